"""Nearest spellings of search words."""

import pytest

from shop.domain.catalogue.spelling import MAX_QUERIES, Words, corrected_queries, corrections

TOTALS = {
    "lamp": 5,
    "lamps": 2,
    "lamb": 9,
    "berry": 3,
    "knife": 2,
    "table": 4,
    "keyboard": 1,
    "uhr": 1,
    "лампа": 1,
    "red": 4,
    "note": 3,
    "book": 2,
    "box": 1,
    "l" * 25: 1,
}


def corrected(*query: str) -> list[Words]:
    unknown = tuple(word for word in query if not any(known.startswith(word) for known in TOTALS))
    possible = corrections(query, unknown)
    if possible is None:
        return []
    totals = {word: TOTALS[word] for word in possible.words & TOTALS.keys()}
    return corrected_queries(query, unknown, possible, totals)


@pytest.mark.parametrize(
    ("query", "nearest"),
    [
        (["lmap"], ("lamp",)),
        (["tble"], ("table",)),
        (["tabble"], ("table",)),
        (["tsble"], ("table",)),
        (["berries"], ("berry",)),
        (["knives"], ("knife",)),
        (["boxes"], ("box",)),
        (["uhren"], ("uhr",)),
        (["лапма"], ("лампа",)),
        (["лмпа"], ("лампа",)),
        (["tablelamp"], ("table", "lamp")),
        (["key", "board"], ("keyboard",)),
        (["notebook"], ("note", "book")),
        (["red", "tabel"], ("red", "table")),
        (["tabel", "lmap"], ("table", "lamp")),
        (["laml"], ("lamb",)),
    ],
)
def test_the_nearest_spelling_comes_first(query: list[str], nearest: Words) -> None:
    assert corrected(*query)[0] == nearest


@pytest.mark.parametrize(
    "query",
    [["zzzzzz"], ["a4"], ["rd"], ["tabel"] + ["red"] * 6, ["l" * 26], ["lmap", "tabel", "laml", "tble"]],
)
def test_distant_words_and_queries_beyond_the_limits_are_not_corrected(query: list[str]) -> None:
    assert corrected(*query) == []


def test_more_frequent_words_come_first() -> None:
    assert corrected("lamd") == [("lamb",), ("lamp",)]


def test_known_words_can_be_corrected_too() -> None:
    assert ("lamb", "table") in corrected("lamp", "table")
    assert corrected("note", "book") == []


def test_the_number_of_corrected_queries_is_limited() -> None:
    # For each of the words there are two corrections, lamb and lamp.
    assert len(corrected("laml", "lamd", "lamx")) == MAX_QUERIES


def test_digits_are_kept() -> None:
    possible = corrections(("abc12",), ("abc12",))
    assert possible is not None
    assert all("".join(filter(str.isdigit, word)) == "12" for word in possible.of_word["abc12"])
