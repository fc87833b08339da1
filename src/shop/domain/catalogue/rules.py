"""Rules for the fields of products and variants: each returns why a value breaks it, or None."""

import re
from typing import Final

from shop.domain.money import MAX_MINOR_UNITS

# Control characters, and surrogates, which have no UTF-8.
_NOT_IN_LINES: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_NOT_IN_PARAGRAPHS: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


def text_rule(text: str | None, max_length: int, *, lines: bool = False) -> str | None:
    """`lines` allows line breaks and tabs."""
    if text is None:
        return None
    if len(text) > max_length:
        return f"must be at most {max_length} characters"
    if (_NOT_IN_PARAGRAPHS if lines else _NOT_IN_LINES).search(text):
        return "must not contain control characters"
    return None


def url_rule(url: str | None) -> str | None:
    if url is None:
        return None
    scheme, separator, rest = url.partition("://")
    if scheme.lower() not in ("http", "https") or not separator or not rest or rest[0] in "/?#" or " " in url:
        return "must be an http or https address"
    return None


def amount_rule(amount: int | None) -> str | None:
    if amount is None or 0 <= amount <= MAX_MINOR_UNITS:
        return None
    return f"must be between 0 and {MAX_MINOR_UNITS} minor units"
