"""Products to store, and ways to look at the catalogue, for the suites of this folder."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from shop.adapters.ids import RandomIds
from shop.application.catalogue.views import ListedProductView
from shop.application.framework.views import Page
from shop.application.ports.catalogue import CatalogueQueries, ProductFilter, ProductQuery, SortKey
from shop.application.ports.unit_of_work import UnitOfWorkFactory
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
    """A product without options."""
    defaults = {"id": ids.new_id(), "name": name, "price": 2599, "created_at": NOW, "updated_at": NOW}
    return simple_product(**{**defaults, **fields})


def a_product_in_sizes(*sizes: str, name: str = "Shirt", **fields: Any) -> Product:
    """A product with a variant for each size; `fields` are the product's."""
    variants = tuple(Variant(id=ids.new_id(), price=2599, options=(size,)) for size in sizes)
    defaults = {"id": ids.new_id(), "created_at": NOW, "updated_at": NOW}
    return Product(**{**defaults, **fields}, name=name, options=("Size",), variants=variants)


def revised(product: Product, **changes: Any) -> Product:
    """The product after an edit of itself or, with `price`, `sku` or `compare_at_price`, of its one variant."""
    of_variant = {name: changes.pop(name) for name in ("price", "sku", "compare_at_price") if name in changes}
    variant = replace(product.variants[0], **of_variant) if of_variant else None
    return product.revise(LATER, variant, **changes)


def lines_of(units: Mapping[str, int]) -> list[OrderLine]:
    """Order lines of so many units of each product without options, by its id."""
    return [
        OrderLine(product_id, product_id, None, "Lamp", 2599, quantity, 0)
        for product_id, quantity in units.items()
    ]


async def store(unit_of_work: UnitOfWorkFactory, *products: Product, stock: int = 10) -> None:
    """Store each product with so many units of every variant."""
    for product in products:
        async with unit_of_work() as work:
            await work.products.add(product, dict.fromkeys((each.id for each in product.variants), stock))


async def revise(unit_of_work: UnitOfWorkFactory, product: Product, **changes: Any) -> Product:
    """Change the stored product."""
    async with unit_of_work() as work:
        before = await work.products.lock(product.id)
        assert before is not None
        after = revised(before, **changes)
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
    **filters: Any,
) -> Page[ListedProductView]:
    words = None if search is None else wanted_words(search)
    query = ProductQuery(page, limit, ProductFilter(**filters), sort, descending, words)
    return await catalogue.page(query, USD)


async def names(catalogue: CatalogueQueries, **wanted: Any) -> list[str]:
    """The names on one page."""
    return [product.name for product in (await page(catalogue, **wanted)).items]


async def walked(catalogue: CatalogueQueries, limit: int, **wanted: Any) -> list[str]:
    """The ids on all pages, one page after the other."""
    found: list[str] = []
    number = 1
    while items := (await page(catalogue, page=number, limit=limit, **wanted)).items:
        found += [product.id for product in items]
        number += 1
    return found
