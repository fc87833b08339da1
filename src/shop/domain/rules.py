"""Rules for the fields of entities: each `…_rule` returns why a value breaks it, or None."""

import re
from typing import Final

from shop.domain.errors import ValidationFailed
from shop.domain.money import MAX_MINOR_UNITS
from shop.domain.text import has_control_characters, has_visible_text, paragraphs

MAX_REASON: Final = 500
"""The maximum length of the reason that staff give for a change."""

_ADDRESS: Final = re.compile(r"(?:https://[^\s/?#\\][^\s\\]*|/(?![/\\])[^\s\\]*)", re.IGNORECASE)
"""An https address, or a path of the shop's own. `//host` and `/\\host` would be another host's to a browser."""


def length_rule(text: str | None, max_length: int) -> str | None:
    """Check the length of a text in characters."""
    return f"must be at most {max_length} characters" if text is not None and len(text) > max_length else None


def shown_rule(text: str, max_length: int) -> str | None:
    """Check a text that must have visible characters."""
    return length_rule(text, max_length) if has_visible_text(text) else "must not be blank"


def identifier_rule(text: str | None, max_length: int) -> str | None:
    """Check an identifier that programs compare, such as a sku."""
    if text is None:
        return None
    if has_control_characters(text):
        return "must not contain control characters"
    return length_rule(text, max_length) if has_visible_text(text) else "must show something"


def address_rule(url: str | None, max_length: int) -> str | None:
    """Check the URL of a picture."""
    if url is not None and (not _ADDRESS.fullmatch(url) or has_control_characters(url)):
        return "must be an https address or a path that begins with a slash"
    return length_rule(url, max_length)


def amount_rule(amount: int | None) -> str | None:
    """Check an amount in minor units."""
    if amount is None or 0 <= amount <= MAX_MINOR_UNITS:
        return None
    return f"must be between 0 and {MAX_MINOR_UNITS} minor units"


def checked_reason(reason: str | None) -> str | None:
    """Return the reason that staff give for a change, tidied; None if it is blank.

    Raises ValidationFailed if it is too long.
    """
    text = paragraphs(reason or "")
    if rule := length_rule(text, MAX_REASON):
        raise ValidationFailed({"reason": rule})
    return text or None
