"""Contract tests: filters by option, attribute, price and stock, and their counts, on random catalogues."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shop.application.catalogue.filter_views import FiltersView, filters_view
from shop.application.ports.catalogue import ProductFilter, SortKey
from shop.application.ports.storage import Storage
from shop.contract.filter_samples import (
    ATTRIBUTES,
    COLOURS,
    HOME,
    SIZES,
    TREE,
    Stocked,
    a_random_catalogue,
    a_random_filter,
    passes,
)
from shop.contract.product_samples import NOW, USD, a_product, ids, page, store, walked
from shop.domain.catalogue.attributes import AttributeValue
from shop.domain.catalogue.facets import facet_key, wanted_of, with_value
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.search import wanted_words
from shop.domain.catalogue.variant import Variant

pytestmark = pytest.mark.anyio


def additions(shown: FiltersView, wanted: ProductFilter) -> Iterator[tuple[ProductFilter, int]]:
    """Yield the filter with each shown value added, and the shown count."""
    yield replace(wanted, in_stock=True), shown.in_stock
    for category in shown.categories:
        [category_id] = [each.id for each in TREE.ordered() if each.slug == category.slug]
        yield replace(wanted, categories=(category_id,)), category.count
    for option in shown.options:
        for value in option.values:
            options = with_value(wanted.options, facet_key(option.name), facet_key(value.value))
            yield replace(wanted, options=options), value.count
    for attribute in shown.attributes:
        for counted in attribute.values:
            spelled = str(counted.value).lower() if isinstance(counted.value, bool) else str(counted.value)
            attributes = with_value(wanted.attributes, facet_key(attribute.name), facet_key(spelled))
            yield replace(wanted, attributes=attributes), counted.count


def every_value(wanted: ProductFilter) -> Iterator[ProductFilter]:
    """Yield the filter with each value that a random product may have."""
    for category_id in TREE.categories:
        yield replace(wanted, categories=(category_id,))
    for name, chosen in (("size", SIZES), ("colour", COLOURS)):
        for value in chosen:
            yield replace(wanted, options=with_value(wanted.options, name, facet_key(value)))
    for name, values in ATTRIBUTES.items():
        for value in map(str, values):
            yield replace(wanted, attributes=with_value(wanted.attributes, facet_key(name), facet_key(value)))


async def total(storage: Storage, wanted: ProductFilter, words: str | None) -> int:
    return (await page(storage.catalogue, limit=1, search=words, **fields_of(wanted))).total


def fields_of(wanted: ProductFilter) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in ProductFilter.__dataclass_fields__}


async def filters(storage: Storage, wanted: ProductFilter, words: str | None = None) -> FiltersView:
    counts = await storage.catalogue.filters(wanted, None if words is None else wanted_words(words))
    return filters_view(counts, TREE, USD, None)


@pytest.mark.parametrize("seed", range(3))
async def test_lists_and_searches_apply_the_filter(storage: Storage, seed: int) -> None:
    chance = random.Random(seed)
    made = await a_random_catalogue(storage, chance)
    for _ in range(40):
        wanted, words = a_random_filter(chance), chance.choice([None, None, "lamp"])
        expected = sorted(each.product.id for each in made if passes(each, wanted, words))
        shown = await page(storage.catalogue, search=words, **fields_of(wanted))
        assert sorted(item.id for item in shown.items) == expected, (wanted, words)
        assert shown.total == len(expected)


@pytest.mark.parametrize("seed", range(3))
async def test_every_count_is_the_total_of_the_list_with_that_value(storage: Storage, seed: int) -> None:
    chance = random.Random(seed)
    made = await a_random_catalogue(storage, chance)
    counted = 0
    for _ in range(6):
        wanted, words = a_random_filter(chance), chance.choice([None, None, "lamp"])
        shown = await filters(storage, wanted, words)
        counts = dict(additions(shown, wanted))
        for added in {*counts, *every_value(wanted)}:
            assert await total(storage, added, words) == counts.get(added, 0), (wanted, added, words)
        counted += len(counts)
        names = [facet_key(option.name) for option in shown.options]
        assert names == sorted(set(names))
        prices = [
            variant.price
            for each in made
            if passes(each, without_price(wanted), words)
            for variant in each.product.variants
            if passes(only(each, variant), without_price(wanted), words) and variant.active
        ]
        seen = [] if shown.price is None else [int(shown.price.min * 100), int(shown.price.max * 100)]
        assert seen == [limit(prices) for limit in (min, max) if prices], wanted
    assert counted > 20


def without_price(wanted: ProductFilter) -> ProductFilter:
    return replace(wanted, min_price=None, max_price=None)


def only(each: Stocked, variant: Variant) -> Stocked:
    """Return the product as if this were its only active variant."""
    variants = tuple(replace(other, active=other.id == variant.id) for other in each.product.variants)
    return Stocked(replace(each.product, variants=variants), each.units)


async def test_nothing_matches(storage: Storage) -> None:
    nothing = FiltersView(None, 0, [], [], [])
    assert await filters(storage, ProductFilter()) == nothing
    await store(storage.unit_of_work, a_product("Lamp", attributes=(("Material", "Wool"),)))
    assert await filters(storage, ProductFilter(), "desk") == nothing
    assert await filters(storage, ProductFilter(), "!") == nothing
    assert await filters(storage, ProductFilter(categories=(HOME.id,))) == nothing
    unknown = ProductFilter(attributes=wanted_of([("Colour", "Red")]))
    assert await filters(storage, unknown) == nothing
    assert (await page(storage.catalogue, attributes=unknown.attributes)).total == 0


async def test_names_and_values_are_shown_as_first_spelled(storage: Storage) -> None:
    spelled: list[tuple[str, str, AttributeValue]] = [
        ("größe", "m", 12),
        ("Grösse", "M", "12"),
        ("GRÖSSE", "M", 12),
    ]
    for day, (name, size, height) in enumerate(spelled):
        product = Product(
            id=ids.new_id(),
            name="Shirt",
            options=(name,),
            variants=(Variant(id=ids.new_id(), price=1, options=(size,)),),
            attributes=(("Height" if day else "HEIGHT", height),),
            created_at=NOW - timedelta(days=day),
            updated_at=NOW,
        )
        await store(storage.unit_of_work, product)
        shown = await filters(storage, ProductFilter())
        [option], [attribute] = shown.options, shown.attributes
        assert (option.name, [(each.value, each.count) for each in option.values]) == (
            name,
            [(size, day + 1)],
        )
        [value] = attribute.values
        assert (attribute.name, value.value, value.count) == ("Height" if day else "HEIGHT", height, day + 1)
        assert isinstance(value.value, type(height))


async def test_pages_of_a_filtered_list_show_every_product_once(storage: Storage) -> None:
    chance = random.Random(4)
    made = await a_random_catalogue(storage, chance)
    wool = wanted_of([("material", "wool"), ("material", "silk")])
    found = {each.product.id for each in made if passes(each, ProductFilter(attributes=wool), None)}
    assert len(found) > 10
    prices = {each.product.id: each.product.price for each in made}
    for sort in (None, *SortKey):
        for words in (None, "lamp"):
            wanted: dict[str, Any] = {"attributes": wool, "sort": sort, "search": words}
            some = {each.product.id for each in made if passes(each, ProductFilter(attributes=wool), words)}
            up = await walked(storage.catalogue, 3, **wanted)
            assert sorted(up) == sorted(some)
            down = await walked(storage.catalogue, 4, descending=True, **wanted)
            assert sorted(down) == sorted(some)
            if sort is SortKey.PRICE:
                assert up == down[::-1] == sorted(up, key=lambda each: (prices[each], each))
    assert (await page(storage.catalogue, page=99, attributes=wool)).total == len(found)
