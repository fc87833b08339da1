"""Products for the contract suites, helpers that store them, and helpers that read the catalogue."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from shop.adapters.security.secrets import RandomIds
from shop.application.catalogue.views import ListedProductView
from shop.application.framework.views import Page
from shop.application.ports.catalogue import CatalogueQueries, ProductFilter, ProductQuery, SortKey
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.catalogue.category import Category
from shop.domain.catalogue.product import Product, simple_product
from shop.domain.catalogue.search import wanted_words
from shop.domain.catalogue.variant import Variant
from shop.domain.money import Currency
from shop.domain.orders.snapshot import OrderLine

NOW = datetime(2026, 3, 14, 9, 26, 53, 589793, UTC)
LATER = NOW + timedelta(days=1)
USD = Currency("USD")
ids = RandomIds()


def a_product(name: str = "Lamp", **fields: Any) -> Product:
    """Return a product without options."""
    defaults = {"id": ids.new_id(), "name": name, "price": 2599, "created_at": NOW, "updated_at": NOW}
    return simple_product(**{**defaults, **fields})


def a_product_in_sizes(*sizes: str, name: str = "Shirt", **fields: Any) -> Product:
    """Return a product with one variant per size; `fields` are the product's."""
    variants = tuple(Variant(id=ids.new_id(), price=2599, options=(size,)) for size in sizes)
    defaults = {"id": ids.new_id(), "created_at": NOW, "updated_at": NOW}
    return Product(**{**defaults, **fields}, name=name, options=("Size",), variants=variants)


def revised(product: Product, **changes: Any) -> Product:
    """Return the edited product; `price`, `sku` and `compare_at_price` change its only variant."""
    of_variant = {name: changes.pop(name) for name in ("price", "sku", "compare_at_price") if name in changes}
    variant = replace(product.variants[0], **of_variant) if of_variant else None
    return product.revise(LATER, variant, **changes)


def lines_of(units: Mapping[str, int]) -> list[OrderLine]:
    """Return order lines for products without options, with the units by product id."""
    return [
        OrderLine(product_id, product_id, None, "Lamp", 2599, quantity, 0)
        for product_id, quantity in units.items()
    ]


def category_id(name: str) -> str:
    """Return the id of the category that `store` and `revise` make for this name."""
    return str(uuid5(NAMESPACE_OID, name.casefold()))


def in_category(product: Product) -> Product:
    """Return the product in the root category whose name is its `category`."""
    return replace(product, category_ids=() if product.category is None else (category_id(product.category),))


async def ensure_category(work: UnitOfWork, name: str | None) -> None:
    """Store the root category of this name, unless it is stored."""
    if name is None or category_id(name) in (await work.categories.read()).categories:
        return
    tree = await work.categories.lock()
    if category_id(name) not in tree.categories:
        slug = tree.slug_for(category_id(name), name)
        for category in tree.place(Category(id=category_id(name), name=name, slug=slug), None):
            await work.categories.add(category)


async def store(unit_of_work: UnitOfWorkFactory, *products: Product, stock: int = 10) -> None:
    """Store each product with `stock` units of every variant, in the root category that it names."""
    for product in products:
        async with unit_of_work() as work:
            if not product.category_ids:
                await ensure_category(work, product.category)
                product = in_category(product)  # noqa: PLW2901
            await work.products.add(product, dict.fromkeys((each.id for each in product.variants), stock))


async def revise(unit_of_work: UnitOfWorkFactory, product: Product, **changes: Any) -> Product:
    """Change the stored product."""
    async with unit_of_work() as work:
        before = await work.products.lock(product.id)
        assert before is not None
        after = revised(before, **changes)
        if "category" in changes:
            await ensure_category(work, after.category)
            after = in_category(after)
        await work.products.update(before, after)
    return after


async def remove(unit_of_work: UnitOfWorkFactory, product: Product) -> None:
    """Delete the stored product."""
    async with unit_of_work() as work:
        before = await work.products.lock(product.id)
        assert before is not None
        await work.products.update(before, before.delete(LATER))


async def page(
    catalogue: CatalogueQueries,
    *,
    page: int = 1,
    limit: int = 100,
    search: str | None = None,
    sort: SortKey | None = None,
    descending: bool = False,
    category: str | None = None,
    **filters: Any,
) -> Page[ListedProductView]:
    words = None if search is None else wanted_words(search)
    if category is not None:
        filters["categories"] = (category_id(category),)
    query = ProductQuery(page, limit, ProductFilter(**filters), sort, descending, words)
    return await catalogue.page(query, USD)


async def names(catalogue: CatalogueQueries, **wanted: Any) -> list[str]:
    """Return the product names on one page."""
    return [product.name for product in (await page(catalogue, **wanted)).items]


async def walked(catalogue: CatalogueQueries, limit: int, **wanted: Any) -> list[str]:
    """Return the product ids on all pages, in page order."""
    found: list[str] = []
    number = 1
    while items := (await page(catalogue, page=number, limit=limit, **wanted)).items:
        found += [product.id for product in items]
        number += 1
    return found
