"""Ids and secrets from the operating system's randomness, and keyed digests: HMAC-SHA256 under keys derived from the
shop's secret.
"""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from uuid_utils import uuid7

from shop.application.ports.system import SecretKeysMissing

_SECRET_BYTES = 32


class RandomIds:
    """See the port."""

    def __init__(self) -> None:
        self._last = ""

    def new_id(self) -> str:
        new = str(uuid7())
        # The library counts up within a millisecond; a clock set back must be handled here.
        if new <= self._last:
            new = _successor(self._last)
        self._last = new
        return new

    def new_secret(self) -> str:
        return secrets.token_urlsafe(_SECRET_BYTES)


def _successor(last: str) -> str:
    """Return the next greater UUIDv7, with the last 62 bits incremented."""
    number = int(last.replace("-", ""), 16)
    head, tail = number >> 62, number & (1 << 62) - 1
    digits = f"{(head << 62) | (tail + 1):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


_LABEL: Final = b"shop/"


class HmacDigests:
    """See the port. A purpose's key is HKDF-SHA256 (RFC 5869, no salt) of the secret with the purpose as its info."""

    def __init__(self, secret: str) -> None:
        self._extracted = hmac.digest(bytes(sha256().digest_size), secret.encode(), sha256)
        self._keys: dict[str, bytes] = {}

    def __call__(self, purpose: str, *parts: str) -> bytes:
        key = self._keys.get(purpose)
        if key is None:
            key = self._keys[purpose] = self._derived(purpose)
        encoded = [part.encode() for part in parts]
        # Each part is preceded by its length: ("ab", "c") and ("a", "bc") are different messages.
        message = b"".join(len(part).to_bytes(8) + part for part in encoded)
        return hmac.digest(key, message, sha256)

    def _derived(self, purpose: str) -> bytes:
        return hmac.digest(self._extracted, _LABEL + purpose.encode() + b"\x01", sha256)


class KeyringDigests:
    """See the port `SecretDigests`. Each key computes the same digests as HmacDigests."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._digests = [HmacDigests(key) for key in keys]

    def texts(self, purpose: str, *parts: str) -> tuple[str, ...]:
        if not self._digests:
            raise SecretKeysMissing
        return tuple(
            urlsafe_b64encode(digests(purpose, *parts)).rstrip(b"=").decode() for digests in self._digests
        )
