"""Products in SQL."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row, Update, bindparam, delete, insert, select, update

from shop.adapters.sql.catalogue.listings import SqlListings
from shop.adapters.sql.catalogue.stock import ids, in_portions, quantity_of, quantity_parameters
from shop.adapters.sql.catalogue.tables import listings, product_sales, products, stock
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.upserts import AddingInsert
from shop.domain.catalogue.product import Product
from shop.domain.pricing.quote import Offer

FORGOTTEN_AT_ONCE: Final = 200
"""How many products `forget_sales` looks after at a time: an admin or a payment may wait for their rows."""

_GET: Final = select(products).where(products.c.id == bindparam("id"), ~products.c.deleted)
_LOCK: Final = _GET.with_for_update()
_ADD: Final = insert(products)
_ADD_STOCK: Final = insert(stock)
_UPDATE: Final = (
    update(products)
    .where(products.c.id == bindparam("present_id"))
    .values(
        {
            column: bindparam(column.name)
            for column in products.c
            if column.name not in ("id", "created_at") and column.computed is None
        }
    )
)
_OFFERS: Final = (
    select(
        products.c.id,
        products.c.sku,
        products.c.name,
        products.c.price,
        products.c.active,
        products.c.deleted,
        stock.c.available,
    )
    .join(stock, stock.c.product_id == products.c.id)
    .where(products.c.id.in_(bindparam("ids", expanding=True)))
)
_COUNT_SALES: Final = AddingInsert(product_sales, product_sales.c.units)
_OLD_SALES: Final = (
    select(product_sales.c.product_id, product_sales.c.units)
    .where(product_sales.c.day < bindparam("day"))
    .where(product_sales.c.product_id.in_(bindparam("ids", expanding=True)))
    .with_for_update()
)
_SOLD_LONG_AGO: Final = (
    select(product_sales.c.product_id)
    .where(product_sales.c.day < bindparam("day"))
    .group_by(product_sales.c.product_id)
    .order_by(product_sales.c.product_id)
    .limit(FORGOTTEN_AT_ONCE)
)
_FORGET_SALES: Final = delete(product_sales).where(
    product_sales.c.day < bindparam("day"), product_sales.c.product_id.in_(bindparam("ids", expanding=True))
)


class SqlProducts:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection
        self._listings = SqlListings(connection)

    async def get(self, product_id: str) -> Product | None:
        row = (await self._connection.execute(_GET, {"id": product_id})).one_or_none()
        return None if row is None else product_of(row)

    async def lock(self, product_id: str) -> Product | None:
        row = (await self._connection.execute(_LOCK, {"id": product_id})).one_or_none()
        return None if row is None else product_of(row)

    async def add(self, product: Product, stock: int) -> None:
        await self._connection.execute(_ADD, row_of(product))
        first = {"product_id": product.id, "initial": stock, "available": stock, "listed": product.listed}
        await self._connection.execute(_ADD_STOCK, first)
        if product.listed:
            await self._listings.add(product)

    async def update(self, before: Product, after: Product) -> None:
        assert before.id == after.id
        await self._connection.execute(_UPDATE, {**row_of(after), "present_id": after.id})
        if before.listed and after.listed:
            await self._listings.update(before, after)
        elif before.listed:
            await self._listings.remove(before)
        elif after.listed:
            await self._listings.add(after)

    async def offers(self, product_ids: Sequence[str]) -> Mapping[str, Offer]:
        if not product_ids:
            return {}
        rows = await self._connection.execute(_OFFERS, {"ids": list(product_ids)})
        return {
            row.id: Offer(
                row.id,
                row.sku,
                row.name,
                row.price,
                active=row.active and not row.deleted,
                available=row.available,
            )
            for row in rows
        }

    async def count_sales(self, quantities: Mapping[str, int], day: date) -> None:
        await self.count_sales_of_days({(product_id, day): units for product_id, units in quantities.items()})

    async def count_sales_of_days(self, sold: Mapping[tuple[str, date], int]) -> None:
        """As `count_sales`, for units by product and day."""
        # The listings last: whoever lists a product at this moment writes its listing before reading its sales.
        await _COUNT_SALES.execute(
            self._connection,
            [
                {"product_id": product_id, "day": day, "units": units}
                for (product_id, day), units in sorted(sold.items())
            ],
        )
        totals: Counter[str] = Counter()
        for (product_id, _), units in sold.items():
            totals[product_id] += units
        for some in in_portions(totals):
            await self._connection.execute(_adding_units(len(some)), quantity_parameters(some))

    async def forget_sales(self, before: date) -> int:
        product_ids = (await self._connection.scalars(_SOLD_LONG_AGO, {"day": before})).all()
        old = {"day": before, "ids": product_ids}
        forgotten: dict[str, int] = {}
        if product_ids:  # again, locked: another worker may be at it
            for row in await self._connection.execute(_OLD_SALES, old):
                forgotten[row.product_id] = forgotten.get(row.product_id, 0) + row.units
        if forgotten:
            await self._connection.execute(_FORGET_SALES, old)
            less = {product_id: -units for product_id, units in forgotten.items()}
            await self._connection.execute(_adding_units(len(less)), quantity_parameters(less))
        return len(product_ids)


def row_of(product: Product) -> dict[str, Any]:
    return {
        "id": product.id,
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "price": product.price,
        "compare_at_price": product.compare_at_price,
        "image_url": product.image_url,
        "active": product.active,
        "deleted": product.deleted,
        "version": product.version,
        "created_at": product.created_at,
        "updated_at": product.updated_at,
    }


def product_of(row: Row[Any]) -> Product:
    return Product(
        id=row.id,
        sku=row.sku,
        name=row.name,
        description=row.description,
        category=row.category,
        price=row.price,
        compare_at_price=row.compare_at_price,
        image_url=row.image_url,
        active=row.active,
        deleted=row.deleted,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


@lru_cache(maxsize=256)
def _adding_units(lines: int) -> Update:
    return (
        update(listings)
        .where(listings.c.product_id.in_(ids(lines)))
        .values(units=listings.c.units + quantity_of(listings.c.product_id, lines))
    )
