"""Search words: how text is split, folded and scored, identically on every database."""

import re
from typing import Final

from shop.domain.text import folded

MAX_WORD_LENGTH: Final = 64
"""Longer words are cut, in products and in queries alike."""
MAX_NAME_KEY_LENGTH: Final = 200

_WORD: Final = re.compile(r"[^\W_]+")


def words(text: str) -> list[str]:
    """Return the folded words of a text in order, with repetitions. Anything but letters and digits separates words."""
    return [word[:MAX_WORD_LENGTH] for word in _WORD.findall(folded(text))]


def name_key(name: str) -> str:
    """Return the folded name, by which names are sorted, code point by code point."""
    return folded(name)[:MAX_NAME_KEY_LENGTH].rstrip()


class Weight:
    """How much a word's field counts for relevance."""

    DESCRIPTION: Final = 1
    LABEL: Final = 2
    """The category, and the product's `labels`: skus, option values and attribute values."""
    NAME: Final = 3


def weighted_words(name: str, labels: str | None, category: str | None, description: str) -> dict[str, int]:
    """Return each word of a product with the highest weight among the fields that contain it."""
    weights = dict.fromkeys(words(description), Weight.DESCRIPTION)
    weights.update(dict.fromkeys(words(f"{labels or ''} {category or ''}"), Weight.LABEL))
    weights.update(dict.fromkeys(words(name), Weight.NAME))
    return weights


def score(word: str, weight: int, wanted: str) -> int:
    """Return the score of a product's word for a wanted word that is its prefix; an exact match scores higher.

    A product's relevance is the sum, over the wanted words, of the best score of its words.
    """
    return 2 * weight + (word == wanted)


def wanted_words(query: str) -> tuple[str, ...]:
    """Return the distinct words of a query, without those that are prefixes of another."""
    distinct = dict.fromkeys(words(query))
    return tuple(
        word for word in distinct if not any(other != word and other.startswith(word) for other in distinct)
    )
