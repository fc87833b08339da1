"""Random catalogues and filters for the contract suites, and an independent implementation of the filter."""

import random
from datetime import timedelta
from typing import NamedTuple

from shop.application.ports.catalogue import ProductFilter
from shop.application.ports.storage import Storage
from shop.contract.product_samples import NOW, ids
from shop.domain.catalogue.attributes import AttributeValue
from shop.domain.catalogue.category import Category, CategoryTree
from shop.domain.catalogue.facets import facet_key, wanted_of
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import Variant

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
    """A product, and the units in stock by variant id."""

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
    """Return whether the filter and the words find the product, independently of the adapters' code."""
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
