"""Filters by option, attribute, price and stock, in memory: computed product by product."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import NamedTuple

from shop.application.catalogue.filter_views import Counts, ValueCount
from shop.application.ports.catalogue import ProductFilter
from shop.domain.catalogue.attributes import AttributeValue, spelled
from shop.domain.catalogue.facets import Wanted, facet_key, with_value
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import Variant


class StockedProduct(NamedTuple):
    """A listed product with the stock of each variant, and the categories that show it."""

    product: Product
    units_by_item: Mapping[str, int]
    shown_in: frozenset[str]

    def has_stock(self, variants: Iterable[Variant]) -> bool:
        return any(self.units_by_item[variant.id] for variant in variants)

    def passes(self, wanted: ProductFilter) -> bool:
        product = self.product
        if wanted.categories is not None and self.shown_in.isdisjoint(wanted.categories):
            return False
        if not _has_all(wanted.attributes, ((name, spelled(value)) for name, value in product.attributes)):
            return False
        variants = self.matching_variants(wanted)
        if wanted.chooses_variants and not variants:
            return False
        return wanted.in_stock is None or self.has_stock(variants) == wanted.in_stock

    def matching_variants(self, wanted: ProductFilter) -> list[Variant]:
        """Return the active variants with the options and prices of the filter, in stock or not."""
        return [
            variant
            for variant in self.product.visible_variants
            if (wanted.min_price is None or variant.price >= wanted.min_price)
            and (wanted.max_price is None or variant.price <= wanted.max_price)
            and _has_all(wanted.options, self.product.choice(variant))
        ]


def price_extremes(listed: Iterable[StockedProduct], wanted: ProductFilter) -> tuple[int, int] | None:
    """Return the lowest and the highest price of the matching active variants, ignoring the price filter."""
    wanted = replace(wanted, min_price=None, max_price=None)
    prices = [
        variant.price
        for each in listed
        if each.passes(wanted)
        for variant in each.matching_variants(wanted)
        if not wanted.in_stock or each.has_stock([variant])
    ]
    return (min(prices), max(prices)) if prices else None


def category_counts(listed: Iterable[StockedProduct], wanted: ProductFilter) -> Mapping[str, int]:
    wanted = replace(wanted, categories=None)
    return Counter(category_id for each in listed if each.passes(wanted) for category_id in each.shown_in)


def option_counts(listed: Iterable[StockedProduct], wanted: ProductFilter) -> Counts:
    def values_of(product: Product) -> list[tuple[str, AttributeValue]]:
        return [chosen for variant in product.visible_variants for chosen in product.choice(variant)]

    def added(name: str, value: str) -> ProductFilter:
        return replace(wanted, options=with_value(wanted.options, name, value))

    return _counts(listed, values_of, added)


def attribute_counts(listed: Iterable[StockedProduct], wanted: ProductFilter) -> Counts:
    def added(name: str, value: str) -> ProductFilter:
        return replace(wanted, attributes=with_value(wanted.attributes, name, value))

    return _counts(listed, lambda product: list(product.attributes), added)


def _counts(
    listed: Iterable[StockedProduct],
    values_of: Callable[[Product], list[tuple[str, AttributeValue]]],
    added: Callable[[str, str], ProductFilter],
) -> Counts:
    """Count each value among the products, which are sorted by creation: a name's first spelling is used."""
    names: dict[str, str] = {}
    values: dict[tuple[str, str], AttributeValue] = {}
    counts: dict[tuple[str, str], int] = {}
    for each in listed:
        keys = set()
        for name, value in values_of(each.product):
            key = facet_key(name), facet_key(spelled(value))
            names.setdefault(key[0], name)
            values.setdefault(key, value)
            keys.add(key)
        for key in keys:
            counts[key] = counts.get(key, 0) + each.passes(added(*key))
    found: dict[str, tuple[str, list[ValueCount]]] = {}
    for (name_key, value_key), count in counts.items():
        if count:
            values_of_name = found.setdefault(name_key, (names[name_key], []))[1]
            values_of_name.append(ValueCount(value_key, values[name_key, value_key], count))
    return found


def _has_all(wanted: Wanted, chosen: Iterable[tuple[str, str]]) -> bool:
    if not wanted:
        return True
    keys = {(facet_key(name), facet_key(value)) for name, value in chosen}
    return all(any((name, value) in keys for value in values) for name, values in wanted)
