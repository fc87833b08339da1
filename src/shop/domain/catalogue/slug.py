"""Slugs: the readable names of products and categories in URLs."""

import re
from collections.abc import Collection, Iterator
from typing import ClassVar, Final

from shop.domain.errors import ShopError
from shop.domain.text import folded

MAX_SLUG: Final = 120
_MAX_BASE: Final = 100
"""Leaves room for a number after a slug that is made from a name."""
_TRIED_NUMBERS: Final = 50
_WORD: Final = re.compile(r"[^\W_]+")


class SlugTaken(ShopError):
    """Another product, or another category, has this slug."""

    code: ClassVar[str] = "SLUG_TAKEN"

    def __init__(self) -> None:
        super().__init__("Another product or category has this slug.", {"slug": "is taken"})


def slug_of(name: str, fallback: str) -> str:
    """Return the slug that a name makes: its folded words, joined by hyphens. Names without a word get `fallback`."""
    slug = _joined_words(name)
    if len(slug) > _MAX_BASE:
        at_most = slug[: _MAX_BASE + 1]
        slug = at_most.rpartition("-")[0] or at_most[:_MAX_BASE]
    return slug or fallback


def slug_rule(slug: str) -> str | None:
    """Return why this can't be a slug; None if it can."""
    if not slug:
        return "must not be blank"
    if len(slug) > MAX_SLUG:
        return f"must be at most {MAX_SLUG} characters"
    if slug != _joined_words(slug):
        return "must be lower-case letters and digits without accents, joined by single hyphens"
    return None


def candidates(base: str, owner_id: str) -> Iterator[str]:
    """Yield the slugs to try for a name, in order. The last one ends with random digits of `owner_id`.

    `owner_id` is the id of the product or category that gets the slug.
    """
    yield base
    for number in range(2, _TRIED_NUMBERS + 1):
        yield f"{base}-{number}"
    yield f"{base[:_MAX_BASE]}-{owner_id[-12:]}"


def first_free(base: str, owner_id: str, taken: Collection[str]) -> str:
    """Return the first candidate that is not taken."""
    last = f"{base[:80].rstrip('-')}-{owner_id}"
    return next((slug for slug in candidates(base, owner_id) if slug not in taken), last)


def _joined_words(text: str) -> str:
    return "-".join(_WORD.findall(folded(text)))
