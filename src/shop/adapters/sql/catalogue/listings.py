"""What visitors browse and search, updated in the same transaction as the products."""

from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from shop.adapters.sql.catalogue.categories import SqlCategories
from shop.adapters.sql.catalogue.category_listings import SqlCategoryListings
from shop.adapters.sql.catalogue.listing_words import SqlListingWords
from shop.adapters.sql.catalogue.tables import listings, product_sales
from shop.adapters.sql.framework.execution import DirectConnection
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.search import name_key

_ADD: Final = insert(listings)
_UPDATE: Final = (
    update(listings)
    .where(listings.c.product_id == bindparam("id"))
    .values(price=bindparam("price"), name_key=bindparam("name_key"))
)
_REMOVE: Final = delete(listings).where(listings.c.product_id == bindparam("id"))
_SALES: Final = (
    select(product_sales.c.units)
    .where(product_sales.c.product_id == bindparam("id"))
    .with_for_update(read=True)
)
_SET_UNITS: Final = (
    update(listings).where(listings.c.product_id == bindparam("id")).values(units=bindparam("sum"))
)


class SqlListings:
    """The listings of the products that visitors see, in general and by category, and their search words."""

    def __init__(self, connection: DirectConnection, categories: SqlCategories) -> None:
        self._connection = connection
        self._categories = categories
        self._by_category = SqlCategoryListings(connection)
        self._words = SqlListingWords(connection)

    async def add(self, product: Product) -> None:
        """List a product that is not listed yet."""
        shown_in = await self._shown_in(product)
        await self._connection.defer(_ADD, listing_of(product, units=0))
        if product.version > 1:  # a new product has no sales
            # After the insert: either a payment that is counting sales waits for this row, or this transaction
            # waits for the sale.
            sales = (await self._connection.scalars(_SALES, {"id": product.id})).all()
            if sales:
                await self._connection.defer(_SET_UNITS, {"id": product.id, "sum": sum(sales)})
        await self._by_category.show(product.id, shown_in)
        await self._words.add(product)

    async def remove(self, product: Product) -> None:
        """Remove the listing of a listed product."""
        await self._by_category.lock([product.id])
        await self._by_category.hide(product.id)
        await self._words.remove(product)
        await self._connection.defer(_REMOVE, {"id": product.id})

    async def update(self, before: Product, after: Product) -> None:
        """Update the listing of a product that stays listed."""
        if (before.price, before.name) != (after.price, after.name):
            key = name_key(after.name)
            moved = {"id": after.id, "price": after.price, "name_key": key}
            await self._connection.defer(_UPDATE, moved)
            await self._by_category.move(after.id, after.price, key)
        if set(before.category_ids) != set(after.category_ids):
            shown_in = await self._shown_in(after)
            await self._by_category.lock([after.id])
            await self._by_category.show_only({after.id: shown_in})
        await self._words.replace([(before, after)])

    async def _shown_in(self, product: Product) -> frozenset[str]:
        if not product.category_ids:
            return frozenset()
        return (await self._categories.share()).shown_in(product.category_ids)


def listing_of(product: Product, units: int) -> dict[str, Any]:
    return {
        "product_id": product.id,
        "price": product.price,
        "name_key": name_key(product.name),
        "created_at": product.created_at,
        "units": units,
    }
