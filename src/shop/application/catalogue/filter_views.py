"""Views of the filters of a list: which names and values they show, and in which order."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import NamedTuple

import msgspec

from shop.domain.catalogue.attributes import AttributeValue
from shop.domain.catalogue.category import CategoryTree
from shop.domain.catalogue.facets import MAX_NAMES, MAX_VALUES
from shop.domain.money import Currency


class PriceRangeView(msgspec.Struct, frozen=True):
    """The lowest and the highest price, in major units."""

    min: Decimal
    max: Decimal


class CategoryCountView(msgspec.Struct, frozen=True):
    """A category, and the total of the list in it and below it."""

    slug: str
    name: str
    count: int


class OptionCountView(msgspec.Struct, frozen=True):
    """A value of an option, and the total of the list filtered by it."""

    value: str
    count: int


class AttributeCountView(msgspec.Struct, frozen=True):
    """A value of an attribute, and the total of the list filtered by it."""

    value: AttributeValue
    count: int


class OptionFilterView(msgspec.Struct, frozen=True):
    """An option, and its values, the most frequent first."""

    name: str
    values: list[OptionCountView]


class AttributeFilterView(msgspec.Struct, frozen=True):
    """An attribute, and its values, the most frequent first."""

    name: str
    values: list[AttributeCountView]


class FiltersView(msgspec.Struct, frozen=True, rename="camel"):
    """What the list can be filtered by. Each count is the total of the list with that value added.

    For a name that is filtered already, the value stands in place of the current ones. `price` spans the matching
    active variants, whatever the price filter; null when nothing matches.
    """

    price: PriceRangeView | None
    in_stock: int
    categories: list[CategoryCountView]
    """In tree order."""
    options: list[OptionFilterView]
    attributes: list[AttributeFilterView]


class ValueCount(NamedTuple):
    """A value as it was first spelled, its folded form (`key`), and the total of the list filtered by it."""

    key: str
    value: AttributeValue
    total: int


Counts = Mapping[str, tuple[str, list[ValueCount]]]
"""By folded name: the name as it was first spelled, and its values. Values that match nothing are left out."""


class FilterCounts(NamedTuple):
    """What a list can be filtered by. `prices` are the lowest and highest, in minor units; None if empty."""

    prices: tuple[int, int] | None
    in_stock: int
    categories: Mapping[str, int]
    """By category id. Categories with a count of 0 may be absent; deleted categories may be present."""
    options: Counts
    attributes: Counts


def filters_view(
    counts: FilterCounts, tree: CategoryTree, currency: Currency, max_count: int | None
) -> FiltersView:
    """Return the view; no count is above `max_count`, where the total of the list stops."""

    def limited(count: int) -> int:
        return count if max_count is None else min(count, max_count)

    return FiltersView(
        price=_price_view(counts.prices, currency),
        in_stock=limited(counts.in_stock),
        categories=[
            CategoryCountView(category.slug, category.name, limited(count))
            for category in tree.ordered()
            if (count := counts.categories.get(category.id, 0))
        ],
        options=[
            OptionFilterView(name, [OptionCountView(str(each.value), limited(each.total)) for each in values])
            for name, values in _shown(counts.options)
        ],
        attributes=[
            AttributeFilterView(
                name, [AttributeCountView(each.value, limited(each.total)) for each in values]
            )
            for name, values in _shown(counts.attributes)
        ],
    )


def _price_view(extremes: tuple[int, int] | None, currency: Currency) -> PriceRangeView | None:
    if extremes is None:
        return None
    return PriceRangeView(currency.to_major(extremes[0]), currency.to_major(extremes[1]))


def _shown(counts: Counts) -> Iterable[tuple[str, list[ValueCount]]]:
    """Return the most frequent names in alphabetical order, each with its most frequent values first."""
    frequent = {
        key: (name, sorted(values, key=lambda each: (-each.total, each.key))[:MAX_VALUES])
        for key, (name, values) in counts.items()
        if values
    }
    names = sorted(frequent, key=lambda key: (-frequent[key][1][0].total, key))[:MAX_NAMES]
    return (frequent[key] for key in sorted(names))
