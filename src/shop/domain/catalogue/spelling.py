"""Nearest spellings of search words: one typo, a plural, joined or split words."""

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise, product
from string import ascii_lowercase
from typing import Final, NamedTuple

from shop.domain.text import folded

MIN_LETTERS: Final = 3
"""Words with fewer letters are not corrected: every one is close to many others."""
MAX_LENGTH: Final = 24
"""Longer words are not corrected."""
MAX_WORDS: Final = 6
"""Queries with more words are not corrected."""
MAX_UNKNOWN: Final = 3
"""Queries with more unknown words are not corrected."""
MAX_QUERIES: Final = 5
"""The maximum number of corrected queries that are searched for."""
_MAX_OPTIONS: Final = 3
"""The maximum number of corrections of one word, and of ways to split it, that are tried."""
_MAX_ALPHABET: Final = 80
_SINGULARS: Final = (("ies", "y"), ("ves", "f"), ("ves", "fe"), ("es", ""), ("en", ""), ("er", ""))
_PLURALS: Final = (("y", "ies"), ("f", "ves"), ("fe", "ves"))

Words = tuple[str, ...]


class Corrections(NamedTuple):
    """Candidates for the corrected words of a query."""

    of_word: Mapping[str, frozenset[str]]
    """By word: one typo away, its singular, its plural."""
    splits: Mapping[str, Sequence[Words]]
    """By word: each way to split it in two."""
    joined: frozenset[str]
    """Neighbouring words joined."""

    @property
    def words(self) -> frozenset[str]:
        """Return every word that must be looked up."""
        alone = [word for words in self.of_word.values() for word in words]
        parts = [part for splits in self.splits.values() for split in splits for part in split]
        return frozenset([*alone, *parts, *self.joined])


def corrections(query: Words, unknown: Words) -> Corrections | None:
    """Return the candidates for a query; None if it is not corrected.

    `unknown` are the query's words with which no indexed word begins.
    """
    if len(query) > MAX_WORDS or len(unknown) > MAX_UNKNOWN:
        return None
    wrong = [word for word in (unknown or query[:MAX_UNKNOWN]) if _is_correctable(word)]
    return Corrections(
        {word: frozenset({*_edits(word), *_inflections(word)}) - {word} for word in wrong},
        {word: [(word[:at], word[at:]) for at in range(1, len(word))] for word in wrong},
        frozenset(left + right for left, right in pairwise(query) if len(left + right) <= MAX_LENGTH),
    )


def corrected_queries(
    query: Words, unknown: Words, possible: Corrections, totals: Mapping[str, int]
) -> list[Words]:
    """Return the corrected queries in the order in which they are tried.

    `totals` is the number of products with each of the possible words; words without products are absent. More
    frequent words come first. If no word is unknown, each corrected query changes one word or joins two.
    """
    options = {word: _options(word, possible, totals) for word in possible.of_word}
    found = [joined for joined in _joined(query, possible, totals) if not set(joined) & set(unknown)]
    if unknown:
        ways = product(*(options.get(word, []) for word in unknown))
        found += [_replaced(query, dict(zip(unknown, way, strict=True))) for way in ways]
    else:
        found += [_replaced(query, {word: option}) for word in options for option in options[word]]
    return list(dict.fromkeys(found))[:MAX_QUERIES]


def _options(word: str, possible: Corrections, totals: Mapping[str, int]) -> list[Words]:
    alone = sorted(
        (each for each in possible.of_word[word] if each in totals), key=lambda each: (-totals[each], each)
    )
    splits = [
        split for split in possible.splits[word] if all(part in totals and len(part) > 1 for part in split)
    ]
    splits.sort(key=lambda split: (-min(totals[part] for part in split), split))
    return [(each,) for each in alone[:_MAX_OPTIONS]] + splits[:_MAX_OPTIONS]


def _joined(query: Words, possible: Corrections, totals: Mapping[str, int]) -> Iterator[Words]:
    for at, (left, right) in enumerate(pairwise(query)):
        if left + right in possible.joined and left + right in totals:
            yield (*query[:at], left + right, *query[at + 2 :])


def _replaced(query: Words, by: Mapping[str, Words]) -> Words:
    return tuple(part for word in query for part in by.get(word, (word,)))


def _is_correctable(word: str) -> bool:
    return len(word) <= MAX_LENGTH and sum(map(str.isalpha, word)) >= MIN_LETTERS


def _edits(word: str) -> Iterator[str]:
    """Yield every word that differs by one letter: missing, added, replaced, or swapped with the next one."""
    alphabet = _alphabet_of(word)
    for at in range(len(word) + 1):
        before, after = word[:at], word[at:]
        for letter in alphabet:
            yield before + letter + after
        if not after or not after[0].isalpha():
            continue
        yield before + after[1:]
        for letter in alphabet:
            yield before + letter + after[1:]
        if after[1:2].isalpha():
            yield before + after[1] + after[0] + after[2:]


def _inflections(word: str) -> Iterator[str]:
    for ending, other in (*_SINGULARS, *_PLURALS):
        stem = word.removesuffix(ending)
        if stem != word and len(stem) > 1:
            yield stem + other


def _alphabet_of(word: str) -> str:
    """Return the letters of the word's scripts, with which typos in it may be corrected."""
    scripts = {_script(letter) for letter in word if letter.isalpha()}
    return "".join(_alphabet(script) for script in sorted(scripts))


@lru_cache(maxsize=512)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]


@lru_cache(maxsize=32)
def _alphabet(script: str) -> str:
    """Return the folded letters of a script, at most _MAX_ALPHABET; none for scripts with thousands."""
    if script == "LATIN":
        return ascii_lowercase
    letters = [
        letter
        for letter in map(chr, range(0x370, 0x1100))
        if letter.isalpha() and _script(letter) == script and folded(letter) == letter
    ]
    return "".join(letters[:_MAX_ALPHABET])
