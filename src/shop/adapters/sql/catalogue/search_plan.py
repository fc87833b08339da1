"""How a search combines its words."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

FILTER: Final = -1
"""Stands for the filter in place of a driving word: the candidates are the products that pass the filter."""
_LOOKUP_COST: Final = 15
"""Cost of one index lookup, in rows read in index order."""
_MAX_MERGED_ROWS: Final = 300_000
"""Words with more products are looked up instead: a lookup can stop when the page is full."""


class Candidate(NamedTuple):
    """A product that has every word: its id (the database's bytes), its score and its sort value."""

    id: bytes
    score: int
    sort: Any


class AccessPath(NamedTuple):
    """How the words are combined."""

    driver: int
    """Index of the word whose products are the candidates, or FILTER."""
    merged: tuple[int, ...]
    """The words whose products are all read and joined with the candidates."""
    looked_up: tuple[int, ...]
    """The words that are looked up for each candidate."""


class Plan(NamedTuple):
    access_path: AccessPath
    candidates: int
    """Maximum number of candidates."""


def plan_of(counts: Sequence[int], filtered: int | None) -> Plan:
    """Choose the fastest plan from each word's number of products and, with a filter, the number that pass it."""
    driver, candidates = min(enumerate(counts), key=lambda counted: counted[1])
    # A word's candidates are filtered as they are read; for the filter's candidates, every word is looked up.
    if filtered is not None and filtered * _LOOKUP_COST < candidates:
        return Plan(AccessPath(FILTER, (), tuple(range(len(counts)))), filtered)
    others = [number for number in range(len(counts)) if number != driver]
    merged = tuple(
        number for number in others if counts[number] < min(candidates * _LOOKUP_COST, _MAX_MERGED_ROWS)
    )
    looked_up = tuple(number for number in others if number not in merged)
    return Plan(AccessPath(driver, merged, looked_up), candidates)
