"""Filters by option and attribute: names and values compare folded, and are shown as first spelled."""

from collections.abc import Iterable
from typing import Final

from shop.domain.text import folded, one_line

MAX_NAMES: Final = 100
"""The maximum number of options, and of attributes, that a list's filters show."""
MAX_VALUES: Final = 200
"""The maximum number of values per option or attribute that a list's filters show: the most frequent ones."""

Wanted = tuple[tuple[str, frozenset[str]], ...]
"""Folded names, each with the folded values of which a variant or product must have one."""


def facet_key(text: str) -> str:
    """Return the key by which names and values of options and attributes are compared."""
    return folded(one_line(text))


def wanted_of(chosen: Iterable[tuple[str, str]]) -> Wanted:
    """Return the filter for these names and values: values of one name are alternatives."""
    values: dict[str, set[str]] = {}
    for name, value in chosen:
        values.setdefault(facet_key(name), set()).add(facet_key(value))
    return tuple((name, frozenset(values[name])) for name in sorted(values))


def with_value(wanted: Wanted, name: str, value: str) -> Wanted:
    """Return the filter with this (folded) value in place of the name's current values."""
    return (*without(wanted, name), (name, frozenset((value,))))


def without(wanted: Wanted, name: str) -> Wanted:
    """Return the filter without this (folded) name."""
    return tuple(each for each in wanted if each[0] != name)
