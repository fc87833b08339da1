"""How text becomes the words that a search compares: without case, without accents, the same on every database."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

MAX_WORD_LENGTH: Final = 64
"""Longer words are cut, in products and in queries alike."""
MAX_NAME_KEY_LENGTH: Final = 200

_WORD: Final = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """Without case and accents, compatible characters made one: "Ⅻ Crème Brûlée" -> "xii creme brulee"."""
    if text.isascii():
        return text.lower()
    # Folding can bring marks forth (İ), so they are taken away last.
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(filter(_is_no_mark, decomposed))


def words(text: str) -> list[str]:
    """The folded words of a text, in order, repeated ones too: all that is neither letter nor digit parts them."""
    return [word[:MAX_WORD_LENGTH] for word in _WORD.findall(folded(text))]


def name_key(name: str) -> str:
    """What names are sorted by, code point by code point."""
    return folded(name)[:MAX_NAME_KEY_LENGTH].rstrip()


@lru_cache(maxsize=4096)
def _is_no_mark(character: str) -> bool:
    return not unicodedata.category(character).startswith("M")


class Weight:
    """How much a word's field counts for relevance."""

    DESCRIPTION: Final = 1
    LABEL: Final = 2
    """Category or sku."""
    NAME: Final = 3


def weighted_words(name: str, sku: str | None, category: str | None, description: str) -> dict[str, int]:
    """Each word of a product with the weight of the best field that it stands in."""
    weights = dict.fromkeys(words(description), Weight.DESCRIPTION)
    weights.update(dict.fromkeys(words(f"{sku or ''} {category or ''}"), Weight.LABEL))
    weights.update(dict.fromkeys(words(name), Weight.NAME))
    return weights


def score(word: str, weight: int, wanted: str) -> int:
    """What a product's word adds to its relevance for a wanted word that it begins with: more if it is that word.

    A product's relevance is the sum, over the wanted words, of the best score of its words.
    """
    return 2 * weight + (word == wanted)


def wanted_words(query: str) -> tuple[str, ...]:
    """The words that a product must have for a query, each once; one that begins another of them is implied."""
    distinct = dict.fromkeys(words(query))
    return tuple(
        word for word in distinct if not any(other != word and other.startswith(word) for other in distinct)
    )
