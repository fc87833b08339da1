"""Products in SQL."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Row, Select, Update, and_, bindparam, delete, func, insert, select, union_all, update

from shop.adapters.sql.catalogue.categories import SqlCategories
from shop.adapters.sql.catalogue.category_listings import SqlCategoryListings
from shop.adapters.sql.catalogue.category_tables import category_listings
from shop.adapters.sql.catalogue.listings import SqlListings
from shop.adapters.sql.catalogue.pictures import SqlPictureUses
from shop.adapters.sql.catalogue.rows import product_of, row_of
from shop.adapters.sql.catalogue.slugs import free_slug, id_by_slug, keep_former_slug
from shop.adapters.sql.catalogue.tables import (
    listings,
    price_changes,
    product_sales,
    products,
    stock,
    variants,
)
from shop.adapters.sql.catalogue.variants import (
    SqlVariants,
    choice_of,
    ids,
    in_chunks,
    quantity_of,
    quantity_parameters,
)
from shop.adapters.sql.framework.execution import AddingInsert, DirectConnection
from shop.adapters.sql.framework.statements import UtcDateTime
from shop.adapters.sql.orders.tables import order_lines
from shop.application.ports.catalogue import NO_UNITS
from shop.domain.catalogue.prices import PriceChange
from shop.domain.catalogue.product import Product
from shop.domain.orders.snapshot import OrderLine
from shop.domain.pricing.quote import Offer
from shop.domain.statistics.figures import ItemDay

SALES_PURGE_BATCH_SIZE: Final = 200
"""Batch size of `purge_sales`, in products. Small, because an admin or a payment may wait for their rows."""

_GET: Final = select(products).where(products.c.id == bindparam("id"), ~products.c.deleted)
_LOCK: Final = _GET.with_for_update()
_ADD: Final = insert(products)
_UPDATE: Final = (
    update(products)
    .where(products.c.id == bindparam("current_id"))
    .values(
        {
            column: bindparam(column.name)
            for column in products.c
            if column.name not in ("id", "created_at") and column.computed is None
        }
    )
)
_ALL_OFFERS: Final = (
    select(
        variants.c.id,
        variants.c.product_id,
        variants.c.sku,
        products.c.name,
        variants.c.price,
        variants.c.options,
        func.coalesce(variants.c.image_url, products.c.image_url).label("image_url"),
        and_(variants.c.active, ~variants.c.deleted, products.c.active, ~products.c.deleted).label("active"),
        variants.c.deleted.label("removed"),
        products.c.tax_class,
        products.c.requires_shipping,
        variants.c.weight,
        stock.c.available,
    )
    .join(products, products.c.id == variants.c.product_id)
    .join(stock, stock.c.item_id == variants.c.id)
)
_OFFERS: Final = _ALL_OFFERS.where(variants.c.id.in_(bindparam("ids", expanding=True)))
_CHOICES: Final = _ALL_OFFERS.where(
    variants.c.product_id.in_(bindparam("ids", expanding=True)),
    variants.c.active,
    ~variants.c.deleted,
    products.c.active,
    ~products.c.deleted,
).order_by(variants.c.product_id, variants.c.position)
_KNOWN_IDS: Final = union_all(
    select(products.c.id).where(products.c.id.in_(bindparam("ids", expanding=True)), ~products.c.deleted),
    select(variants.c.id)
    .join(products, products.c.id == variants.c.product_id)
    .where(
        variants.c.id.in_(bindparam("ids", expanding=True)),
        ~variants.c.deleted,
        ~products.c.deleted,
    ),
)
_SKU_OWNERS: Final = select(variants.c.sku, variants.c.product_id).where(
    variants.c.sku.in_(bindparam("skus", expanding=True))
)
_RECORD_PRICES: Final = insert(price_changes)
_PRICE_CHANGES: Final = select(price_changes).where(
    price_changes.c.item_id.in_(bindparam("ids", expanding=True)),
    price_changes.c.at >= bindparam("since", type_=UtcDateTime),
)
_ORDERED: Final = (
    select(order_lines.c.item_id)
    .where(order_lines.c.item_id.in_(bindparam("ids", expanding=True)))
    .distinct()
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
    .limit(SALES_PURGE_BATCH_SIZE)
)
_FORGET_SALES: Final = delete(product_sales).where(
    product_sales.c.day < bindparam("day"), product_sales.c.product_id.in_(bindparam("ids", expanding=True))
)


class SqlProducts:
    """See the port."""

    def __init__(
        self,
        connection: DirectConnection,
        categories: SqlCategories | None = None,
        changed: set[str] | None = None,
    ) -> None:
        self._connection = connection
        self._by_category = SqlCategoryListings(connection)
        self._listings = SqlListings(connection, categories or SqlCategories(connection))
        self._variants = SqlVariants(connection)
        self._picture_uses = SqlPictureUses(connection)
        self._changed = set() if changed is None else changed

    async def get(self, product_id: str) -> Product | None:
        return await self._found(_GET, product_id)

    async def lock(self, product_id: str) -> Product | None:
        return await self._found(_LOCK, product_id)

    async def _found(self, statement: Select[Any], product_id: str) -> Product | None:
        row = (await self._connection.execute(statement, {"id": product_id})).one_or_none()
        return None if row is None else product_of(row, await self._variants.of_product(product_id))

    async def add(self, product: Product, units: Mapping[str, int]) -> None:
        await self._connection.defer(_ADD, row_of(product))
        await self._by_category.put(product.id, (), product.category_ids)
        await self._variants.add(product, units)
        await self._picture_uses.change(product.id, frozenset(), product.picture_ids)
        if product.listed:
            self._changed.add(product.id)
            await self._listings.add(product)

    async def free_slug(self, name: str, product_id: str) -> str:
        return await free_slug(self._connection, name, product_id)

    async def id_by_slug(self, slug: str) -> str | None:
        return await id_by_slug(self._connection, slug)

    async def sku_owners(self, skus: Sequence[str]) -> Mapping[str, str]:
        if not skus:
            return {}
        rows = await self._connection.execute(_SKU_OWNERS, {"skus": list(skus)})
        return {row.sku: row.product_id for row in rows}

    async def update(self, before: Product, after: Product, units: Mapping[str, int] = NO_UNITS) -> None:
        assert before.id == after.id
        await self._connection.defer(_UPDATE, {**row_of(after), "current_id": after.id})
        await keep_former_slug(self._connection, before, after)
        await self._by_category.put(after.id, before.category_ids, after.category_ids)
        await self._variants.update(before, after, units)
        await self._picture_uses.change(after.id, before.picture_ids, after.picture_ids)
        if before.listed or after.listed:
            self._changed.add(after.id)
        if before.listed and after.listed:
            await self._listings.update(before, after)
        elif before.listed:
            await self._listings.remove(before)
        elif after.listed:
            await self._listings.add(after)

    async def record_prices(self, changes: Sequence[PriceChange]) -> None:
        rows = [
            {
                "id": change.id,
                "item_id": change.item_id,
                "at": change.at,
                "former_price": change.former_price,
                "price": change.price,
            }
            for change in changes
        ]
        await self._connection.defer(_RECORD_PRICES, rows)

    async def price_changes(self, item_ids: Sequence[str], since: datetime) -> Sequence[PriceChange]:
        rows = await self._connection.execute(_PRICE_CHANGES, {"ids": list(item_ids), "since": since})
        return [PriceChange(row.id, row.item_id, row.at, row.former_price, row.price) for row in rows]

    async def offers(self, item_ids: Sequence[str]) -> Mapping[str, Offer]:
        if not item_ids:
            return {}
        rows = await self._connection.execute(_OFFERS, {"ids": list(item_ids)})
        return {row.id: _offer_of(row) for row in rows}

    async def known_ids(self, ids: Sequence[str]) -> frozenset[str]:
        if not ids:
            return frozenset()
        return frozenset(row.id for row in await self._connection.execute(_KNOWN_IDS, {"ids": list(ids)}))

    async def choices(self, product_ids: Sequence[str]) -> Sequence[Offer]:
        if not product_ids:
            return []
        return [
            _offer_of(row) for row in await self._connection.execute(_CHOICES, {"ids": list(product_ids)})
        ]

    async def ordered(self, item_ids: Sequence[str]) -> frozenset[str]:
        if not item_ids:
            return frozenset()
        return frozenset(await self._connection.scalars(_ORDERED, {"ids": list(item_ids)}))

    async def count_sales(self, lines: Sequence[OrderLine], day: date) -> None:
        sold: Counter[ItemDay] = Counter()
        for line in lines:
            sold[ItemDay(day, line.item_id, line.product_id)] += line.quantity
        await self.count_sales_of_days(sold)

    async def count_sales_of_days(self, sold: Mapping[ItemDay, int]) -> None:
        """Like `count_sales`, for units by item and day."""
        # Listings last: a transaction that lists a product inserts its listing before it reads its sales.
        rows = [
            {"item_id": item.item_id, "day": item.day, "product_id": item.product_id, "units": units}
            for item, units in sold.items()
        ]
        await _COUNT_SALES.execute(self._connection, sorted(rows, key=itemgetter("item_id", "day")))
        totals: Counter[str] = Counter()
        for item, units in sold.items():
            totals[item.product_id] += units
        for some in in_chunks(totals):
            await self._add_units(some)

    async def purge_sales(self, before: date) -> int:
        product_ids = (await self._connection.scalars(_SOLD_LONG_AGO, {"day": before})).all()
        old = {"day": before, "ids": product_ids}
        forgotten: dict[str, int] = {}
        if product_ids:  # read again with a lock: another worker may be deleting them
            for row in await self._connection.execute(_OLD_SALES, old):
                forgotten[row.product_id] = forgotten.get(row.product_id, 0) + row.units
        if forgotten:
            await self._connection.defer(_FORGET_SALES, old)
            less = {product_id: -units for product_id, units in forgotten.items()}
            await self._add_units(less)
        return len(product_ids)

    async def _add_units(self, units: Mapping[str, int]) -> None:
        for statement in _adding_units(len(units)):
            await self._connection.defer(statement, quantity_parameters(units))


def _offer_of(row: Row[Any]) -> Offer:
    return Offer(
        row.id,
        row.product_id,
        row.sku,
        row.name,
        row.price,
        active=bool(row.active),
        available=row.available,
        options=choice_of(row.options),
        image_url=row.image_url,
        removed=bool(row.removed),
        tax_class=row.tax_class,
        requires_shipping=bool(row.requires_shipping),
        weight=row.weight or 0,
    )


@lru_cache(maxsize=256)
def _adding_units(lines: int) -> list[Update]:
    """Return the statements that add units to listings. The first one updates `listings`, which serve as the lock."""
    return [
        update(table)
        .where(table.c.product_id.in_(ids(lines)))
        .values(units=table.c.units + quantity_of(table.c.product_id, lines))
        for table in (listings, category_listings)
    ]
