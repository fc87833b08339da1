"""Contract tests: filters by option, attribute, price and stock, and their counts, on random catalogues."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import pytest

from shop.application.catalogue.filter_views import FiltersView, filters_view
from shop.application.ports.catalogue import ProductFilter, SortKey
from shop.application.ports.storage import Storage
from shop.contract.order_samples import a_user
from shop.contract.product_samples import LATER, NOW, USD, a_product, ids, page, remove, revise, store, walked
from shop.domain.catalogue.attributes import AttributeValue
from shop.domain.catalogue.category import Category, CategoryTree
from shop.domain.catalogue.facets import facet_key, wanted_of, with_value
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.search import wanted_words
from shop.domain.catalogue.stock import StockAdjustment
from shop.domain.catalogue.variant import Variant

pytestmark = pytest.mark.anyio

SIZES = ["S", "M", "L", "m"]
COLOURS = ["Red", "red", "RÉD", "Blue", "Green"]
ATTRIBUTES: dict[str, list[AttributeValue]] = {
    "Material": ["Wool", "wool", "Silk"],
    "matérial": ["Wool", "Linen"],
    "Height": [10, "10", 12.5],
    "Washable": [True, False, "true"],
    "Maker": [f"Maker {number}" for number in range(30)],
}


HOME = Category(id=ids.new_id(), name="Home", slug="home")
KITCHEN = Category(id=ids.new_id(), name="Kitchen", slug="kitchen", parent_id=HOME.id)
OFFICE = Category(id=ids.new_id(), name="Office", slug="office", position=1)
TREE = CategoryTree.of([HOME, KITCHEN, OFFICE])


class Stocked(NamedTuple):
    """A product, and the stock of each variant."""

    product: Product
    units: dict[str, int]


def a_random_product(chance: random.Random) -> Stocked:
    names = chance.choice([(), ("Size",), ("Size", "Colour"), ("colour", "SIZE")])
    choices = {
        tuple(chance.choice(SIZES if name.lower() == "size" else COLOURS) for name in names) for _ in range(4)
    }
    distinct = {tuple(value.casefold() for value in options): options for options in sorted(choices)}
    product_id = ids.new_id()
    variants = tuple(
        Variant(
            id=ids.new_id() if names else product_id,
            price=chance.choice([100, 200, 300, 999]),
            options=options,
            active=chance.random() < 0.8,
        )
        for options in list(distinct.values())[:3]
    )
    category = chance.choice([KITCHEN, OFFICE, None])
    attributes: dict[str, tuple[str, AttributeValue]] = {}
    for name, values in ATTRIBUTES.items():
        if chance.random() < 0.5:
            attributes[facet_key(name)] = name, chance.choice(values)
    product = Product(
        id=product_id,
        name=chance.choice(["red lamp", "blue lamp", "desk"]),
        category=None if category is None else category.name,
        category_ids=() if category is None else (category.id,),
        options=names,
        variants=variants,
        attributes=tuple(attributes.values()),
        active=chance.random() < 0.9,
        created_at=NOW + timedelta(seconds=chance.randint(0, 20)),
        updated_at=NOW,
    )
    return Stocked(product, {variant.id: chance.choice([0, 0, 3]) for variant in variants})


async def plant(storage: Storage) -> None:
    async with storage.unit_of_work() as work:
        await work.categories.lock()
        for category in TREE.ordered():
            await work.categories.add(category)


async def a_random_catalogue(storage: Storage, chance: random.Random, size: int = 60) -> list[Stocked]:
    await plant(storage)
    made = [a_random_product(chance) for _ in range(size)]
    for each in made:
        async with storage.unit_of_work() as work:
            await work.products.add(each.product, each.units)
    return made


def a_random_filter(chance: random.Random) -> ProductFilter:
    options = [
        *(("size", chance.choice(SIZES)) for _ in range(chance.choice([0, 0, 1, 2]))),
        *(("Colour", chance.choice(COLOURS)) for _ in range(chance.choice([0, 0, 1]))),
    ]
    attributes = [
        *(
            ("MATERIAL", str(chance.choice(["wool", "silk", "linen"])))
            for _ in range(chance.choice([0, 0, 1]))
        ),
        *(("height", chance.choice(["10", "12.5"])) for _ in range(chance.choice([0, 0, 1]))),
        *(("Washable", "TRUE") for _ in range(chance.choice([0, 0, 0, 1]))),
        *(("maker", f"maker {chance.randrange(30)}") for _ in range(chance.choice([0, 0, 0, 2]))),
    ]
    return ProductFilter(
        categories=chance.choice([None, None, (HOME.id,), (KITCHEN.id, OFFICE.id)]),
        min_price=chance.choice([None, None, 150, 0]),
        max_price=chance.choice([None, None, 250, 0]),
        in_stock=chance.choice([None, None, True, False]),
        options=wanted_of(options),
        attributes=wanted_of(attributes),
    )


def passes(each: Stocked, wanted: ProductFilter, words: str | None) -> bool:
    """Return whether the product is in the list: a second implementation, by the words of the contract."""
    product = each.product
    if not product.listed:
        return False
    if wanted.categories is not None and TREE.shown_in(product.category_ids).isdisjoint(wanted.categories):
        return False
    if words is not None and words not in f"{product.name} {product.labels} {product.category}".lower():
        return False
    shown = {facet_key(name): facet_key(str(value)) for name, value in product.attributes}
    if any(shown.get(name) not in values for name, values in wanted.attributes):
        return False
    met = [
        variant
        for variant in product.variants
        if variant.active
        and variant.price >= (wanted.min_price or 0)
        and variant.price <= (9_999 if wanted.max_price is None else wanted.max_price)
        and all(
            any(
                facet_key(name) == key and facet_key(value) in values
                for name, value in product.choice(variant)
            )
            for key, values in wanted.options
        )
    ]
    if wanted.chooses_variants and not met:
        return False
    return wanted.in_stock in (None, any(each.units[variant.id] for variant in met))


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
    return (await page(storage.catalogue, limit=1, search=words, **_fields(wanted))).total


def _fields(wanted: ProductFilter) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in ProductFilter.__dataclass_fields__}


async def filters(storage: Storage, wanted: ProductFilter, words: str | None = None) -> FiltersView:
    counts = await storage.catalogue.filters(wanted, None if words is None else wanted_words(words))
    return filters_view(counts, TREE, USD, None)


@pytest.mark.parametrize("seed", range(3))
async def test_lists_and_searches_show_what_passes_the_filter(storage: Storage, seed: int) -> None:
    chance = random.Random(seed)
    made = await a_random_catalogue(storage, chance)
    for _ in range(40):
        wanted, words = a_random_filter(chance), chance.choice([None, None, "lamp"])
        expected = sorted(each.product.id for each in made if passes(each, wanted, words))
        shown = await page(storage.catalogue, search=words, **_fields(wanted))
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


async def test_counts_follow_every_change(storage: Storage) -> None:
    chance = random.Random(9)
    made = await a_random_catalogue(storage, chance, size=20)
    await filters(storage, ProductFilter())
    for number in range(30):
        index = chance.randrange(len(made))
        before = made[index].product
        after = a_random_product(chance)
        if chance.random() < 0.2:
            await remove(storage.unit_of_work, before)
            await store(storage.unit_of_work, a := a_product(f"new {number}"), stock=0)
            made[index] = Stocked(a, {a.id: 0})
        else:
            variants = after.product.variants
            if not after.product.options:
                variants = (replace(variants[0], id=before.id),)
            edited = before.set_variants(after.product.options, variants, LATER)
            edited = replace(
                edited,
                attributes=after.product.attributes,
                active=after.product.active,
                category=after.product.category,
                category_ids=after.product.category_ids,
            )
            async with storage.unit_of_work() as work:
                await work.products.lock(before.id)
                await work.products.update(before, edited, after.units)
                units = dict(await work.stock.of_product(before.id))
            made[index] = Stocked(edited, units)
        wanted = a_random_filter(chance)
        shown = await page(storage.catalogue, **_fields(wanted))
        assert {item.id for item in shown.items} == {
            each.product.id for each in made if passes(each, wanted, None)
        }
        for added, count in additions(await filters(storage, ProductFilter()), ProductFilter()):
            assert count == sum(passes(each, added, None) for each in made)


async def test_counts_follow_a_moved_category(storage: Storage) -> None:
    await plant(storage)
    lamp = a_product("Lamp", category=KITCHEN.name, category_ids=(KITCHEN.id,))
    await store(storage.unit_of_work, lamp)

    async def counts() -> dict[str, int]:
        found = await storage.catalogue.filters(ProductFilter(), None)
        return {each.slug: found.categories.get(each.id, 0) for each in TREE.ordered()}

    assert await counts() == {"home": 1, "kitchen": 1, "office": 0}
    async with storage.unit_of_work() as work:
        tree = await work.categories.lock()
        for changed in tree.place(replace(tree.categories[KITCHEN.id], parent_id=OFFICE.id), None):
            await work.categories.save(changed)
        await work.categories.queue_reindexing([KITCHEN.id])
    async with storage.unit_of_work() as work:
        assert await work.categories.reindex()
    assert await counts() == {"home": 0, "kitchen": 1, "office": 1}


async def test_counts_follow_the_stock(storage: Storage) -> None:
    lamp = a_product("Lamp", attributes=(("Material", "Wool"),))
    await store(storage.unit_of_work, lamp, stock=2)
    assert (await filters(storage, ProductFilter())).in_stock == 1
    async with storage.unit_of_work() as work:
        assert await work.stock.take({lamp.id: 2})
    shown = await filters(storage, ProductFilter(in_stock=False))
    assert (shown.in_stock, shown.attributes[0].values[0].count) == (0, 1)
    assert (await filters(storage, ProductFilter(in_stock=True))).attributes == []
    async with storage.unit_of_work() as work:
        await work.stock.give_back({lamp.id: 1})
    assert (await filters(storage, ProductFilter())).in_stock == 1


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


async def test_pages_of_a_filtered_list_meet_every_product_once(storage: Storage) -> None:
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


async def test_a_changed_attribute_is_found_at_once(storage: Storage) -> None:
    lamp = a_product("Lamp", attributes=(("Material", "Wool"),))
    await store(storage.unit_of_work, lamp)
    wool, silk = (wanted_of([("Material", value)]) for value in ("Wool", "Silk"))
    assert (await page(storage.catalogue, attributes=wool)).total == 1
    await revise(storage.unit_of_work, lamp, attributes=(("Material", "Silk"),))
    assert (await page(storage.catalogue, attributes=wool)).total == 0
    assert (await page(storage.catalogue, attributes=silk)).total == 1
    assert (await page(storage.catalogue, search="silk")).total == 1


async def test_a_rolled_back_change_is_not_counted(storage: Storage) -> None:
    lamp = a_product("Lamp", attributes=(("Material", "Wool"),))

    async def fail() -> None:
        async with storage.unit_of_work() as work:
            await work.products.add(lamp, {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert (await filters(storage, ProductFilter())).attributes == []


async def test_stock_that_an_admin_adjusts_is_counted(storage: Storage) -> None:
    user_id = await a_user(storage.unit_of_work)
    lamp = a_product("Lamp")
    await store(storage.unit_of_work, lamp, stock=0)
    assert (await filters(storage, ProductFilter())).in_stock == 0
    async with storage.unit_of_work() as work:
        assert await work.stock.lock(lamp.id) == 0
        await work.stock.adjust(StockAdjustment(ids.new_id(), lamp.id, 5, 5, None, user_id, NOW))
    assert (await filters(storage, ProductFilter())).in_stock == 1
