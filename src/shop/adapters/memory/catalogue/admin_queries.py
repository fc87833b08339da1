"""All products, listed or not, in memory."""

import asyncio

from shop.adapters.memory.catalogue.products import PRODUCTS, units_by_item
from shop.adapters.memory.framework.store import Store
from shop.application.catalogue.views import (
    ListedProductView,
    ProductView,
    listed_product_view,
    product_view,
)
from shop.application.framework.views import Page
from shop.application.ports.catalogue import AdminProductsQuery
from shop.domain.catalogue.product import Product
from shop.domain.money import Currency


class MemoryAdminProductQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, query: AdminProductsQuery, currency: Currency) -> Page[ListedProductView]:
        await asyncio.sleep(0)
        products: list[Product] = list(self._store.tables[PRODUCTS].values())
        found = [
            product for product in products if not product.deleted and query.active in {None, product.active}
        ]
        found.sort(key=lambda product: (product.updated_at, product.id), reverse=True)
        shown = found[(query.page - 1) * query.limit : query.page * query.limit]
        items = [
            listed_product_view(product, units_by_item(self._store, product), currency) for product in shown
        ]
        return Page(query.page, query.limit, len(found), items)

    async def walk(self, after: str, limit: int, currency: Currency) -> list[ProductView]:
        await asyncio.sleep(0)
        products: list[Product] = list(self._store.tables[PRODUCTS].values())
        found = [product for product in products if not product.deleted and product.id > after]
        found.sort(key=lambda product: product.id)
        return [
            product_view(product, units_by_item(self._store, product), currency) for product in found[:limit]
        ]
