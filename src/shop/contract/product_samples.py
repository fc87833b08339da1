"""Products to store, and ways to look at the catalogue, for the suites of this folder."""

from datetime import UTC, datetime, timedelta
from typing import Any

from shop.adapters.ids import RandomIds
from shop.application.catalogue.views import ProductView
from shop.application.framework.views import Page
from shop.application.ports.catalogue import CatalogueQueries, ProductFilter, ProductQuery, SortKey
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.search import wanted_words
from shop.domain.money import Currency

NOW = datetime(2026, 3, 14, 9, 26, 53, 589793, UTC)
LATER = NOW + timedelta(days=1)
USD = Currency("USD")
ids = RandomIds()


def a_product(name: str = "Lamp", **fields: Any) -> Product:
    defaults = {"id": ids.new_id(), "name": name, "price": 2599, "created_at": NOW, "updated_at": NOW}
    return Product(**{**defaults, **fields})


def revised(product: Product, **changes: Any) -> Product:
    kept = ("name", "price", "sku", "description", "category", "compare_at_price", "image_url", "active")
    fields = {field: getattr(product, field) for field in kept}
    return product.revise(**{**fields, **changes}, at=LATER)


async def store(unit_of_work: UnitOfWorkFactory, *products: Product, stock: int = 10) -> None:
    """Store each product with so many units."""
    for product in products:
        async with unit_of_work() as work:
            await work.products.add(product, stock)


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
) -> Page[ProductView]:
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
