"""Recognising an email address without storing it."""

from typing import Final

from shop.application.ports.system import KeyedDigests

_PURPOSE: Final = "guest's e-mail"


def email_digest(digests: KeyedDigests, email: str) -> bytes:
    """Return the digest under which the shop recognises an email address, whatever its case."""
    return digests(_PURPOSE, email.lower())
