"""Counts of the facet index: for each value, the products that a list with it would have."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final
from uuid import UUID

from shop.adapters.sql.catalogue.bitmaps import (
    PLANES,
    Members,
    Planes,
    intersection,
    restricted,
    union,
)
from shop.adapters.sql.catalogue.facet_index import FacetIndex
from shop.adapters.sql.catalogue.facet_values import FacetValues, Spellings
from shop.application.catalogue.filter_views import Counts, FilterCounts, ValueCount
from shop.application.ports.catalogue import ProductFilter
from shop.domain.catalogue.facets import without

_Count = Callable[[Spellings], int]


def filter_counts(index: FacetIndex, wanted: ProductFilter, among: int | None = None) -> FilterCounts:
    """Return the counts for a list with this filter; `among` restricts it to these products."""
    counting = _Counting(index, wanted, index.listed if among is None else among & index.listed)
    return FilterCounts(
        counting.prices(),
        index.matching(replace(wanted, in_stock=True), among).bit_count(),
        counting.categories(),
        _counts(index, index.options, counting.option),
        _counts(index, index.attributes, counting.attribute),
    )


def _counts(index: FacetIndex, values: FacetValues, counter: Callable[[str], _Count]) -> Counts:
    counts = {}
    for name in values.names():
        count = counter(name)
        found = [
            ValueCount(key, _first_spelled(index, spellings), number)
            for key, spellings in values.values(name).items()
            if (number := count(spellings))
        ]
        if found:
            counts[name] = values.spelled_name(name, index.first), found
    return counts


def _first_spelled(index: FacetIndex, spellings: Spellings) -> str | int | float | bool:
    if len(spellings) == 1:
        return spellings[0].value
    return min((each for each in spellings if each.posting), key=index.first).value


class _Counting:
    def __init__(self, index: FacetIndex, wanted: ProductFilter, among: int) -> None:
        self._index: Final = index
        self._wanted: Final = wanted
        self._among: Final = among
        self._products: Final = index.products(wanted) & among
        self._variants: Final = index.variants(wanted)
        self._all: Final = self._matching(self._products)

    def prices(self) -> tuple[int, int] | None:
        wanted = replace(self._wanted, min_price=None, max_price=None)
        variants = self._index.variants(wanted)
        products = self._index.matching(wanted, self._among)
        if wanted.in_stock:
            variants = intersection(variants, self._index.stocked)
        return self._index.price_extremes(variants, products)

    def categories(self) -> dict[str, int]:
        """Return the number of products in each category, whatever the category filter."""
        wanted = replace(self._wanted, categories=None)
        found = self._matching(self._index.products(wanted) & self._among)
        return {
            str(UUID(bytes=category_id)): (posting.products & found).bit_count()
            for category_id, posting in self._index.categories.items()
        }

    def attribute(self, name: str) -> _Count:
        """Return a function that counts the values of an attribute."""
        others = without(self._wanted.attributes, name)
        found = self._all
        if others != self._wanted.attributes:
            wanted = replace(self._wanted, attributes=others)
            found = self._matching(self._index.products(wanted) & self._among)
        return _CountedVariants({0: found}).count

    def option(self, name: str) -> _Count:
        """Return a function that counts the values of an option."""
        others = without(self._wanted.options, name)
        variants = self._variants
        if others != self._wanted.options:
            variants = self._index.variants(replace(self._wanted, options=others))
        variants = restricted(variants, self._products)
        in_stock = self._wanted.in_stock
        if in_stock is None:
            return _CountedVariants(variants).count
        stocked = _CountedVariants(intersection(variants, self._index.stocked))
        if in_stock:
            return stocked.count
        every = _CountedVariants(variants)
        return lambda spellings: every.count(spellings) - stocked.count(spellings)

    def _matching(self, products: int) -> int:
        return self._index.having(
            self._variants, products, self._wanted.in_stock, every=not self._wanted.chooses_variants
        )


class _CountedVariants:
    """The variants among which values are counted."""

    def __init__(self, planes: Planes) -> None:
        self._planes: Final = planes
        self._members: Final = {plane: Members(bitmap) for plane, bitmap in planes.items()}

    def count(self, spellings: Spellings) -> int:
        """Return the number of products that have one of the spellings."""
        if len(spellings) == 1 and (few := spellings[0].posting.few) is not None:
            return len(self._products_of(few))
        found = (intersection(self._planes, each.posting.planes) for each in spellings)
        return union(bitmap for planes in found for bitmap in planes.values()).bit_count()

    def _products_of(self, slots: Iterable[int]) -> set[int]:
        return {
            place
            for place, plane in (divmod(each, PLANES) for each in slots)
            if (members := self._members.get(plane)) is not None and place in members
        }
