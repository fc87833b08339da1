"""Search keys of orders: the forms in which staff's searches compare the buyer's names and email addresses."""

import re
from typing import Final

from shop.domain.orders.snapshot import CROCKFORD, OrderSnapshot
from shop.domain.text import folded

MAX_SEARCH_KEY_LENGTH: Final = 254
"""Longer keys are cut, in orders and in searches alike."""
MAX_NAME_WORDS: Final = 6
"""The maximum number of words of a name with which a search can begin."""

_WORD: Final = re.compile(r"[^\s,;-]+")
_MISREAD: Final = str.maketrans("OIL", "011")
_GROUPS: Final = re.compile("(.{4})(?=.)")
_NUMBER_LENGTH: Final = 12


def search_keys(snapshot: OrderSnapshot) -> frozenset[str]:
    """Return the keys of an order: the email address, and each name beginning with each of its words.

    "Ada King Byron" has the keys "ada king byron", "king byron ada" and "byron ada king".
    """
    contact = snapshot.contact
    keys = {search_key(contact.email or "")}
    for name in {contact.name or "", snapshot.shipping_address.name or ""}:
        words = _words(name)
        keys |= {_joined(words[at:] + words[:at]) for at in range(min(len(words), MAX_NAME_WORDS))}
    return frozenset(keys - {""})


def search_key(text: str) -> str:
    """Return the form of a text that a key of its orders begins with; "" if no order can be found by it."""
    return _joined(_words(text))


def number_prefix(text: str) -> str:
    """Return the beginning of order numbers that the text means: "cah9 q" is "CAH9-Q". "" if no number begins so."""
    letters = re.sub(r"[\s-]", "", text).upper().translate(_MISREAD)
    if len(letters) > _NUMBER_LENGTH or not set(letters) <= set(CROCKFORD):
        return ""
    return _GROUPS.sub(r"\1-", letters)


def _words(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def _joined(words: list[str]) -> str:
    return " ".join(words)[:MAX_SEARCH_KEY_LENGTH].rstrip()
