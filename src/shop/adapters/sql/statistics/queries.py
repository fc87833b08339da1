"""Figures in SQL: the maintained sums plus the entries that they don't contain yet."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Integer,
    Row,
    Select,
    bindparam,
    case,
    func,
    null,
    select,
)

from shop.adapters.sql.catalogue.listing_statements import units_of
from shop.adapters.sql.catalogue.tables import listings, product_sales, products, stock, variants
from shop.adapters.sql.catalogue.variants import choice_of
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.statistics import statements
from shop.adapters.sql.statistics.sales import entry_of
from shop.application.catalogue.stock import POPULARITY_DAYS
from shop.application.ports.statistics import ItemFacts, ItemRanking, SoldBy
from shop.domain.orders.order import OrderStatus
from shop.domain.periods import Span, day_of
from shop.domain.statistics.figures import Figures, SalesFigures, merged, sums
from shop.domain.statistics.insights import Trend, trend_of
from shop.domain.statistics.sales import SalesEntry

_FACTS_OF_PRODUCTS: Final = (
    select(
        products.c.id,
        products.c.id.label("product_id"),
        products.c.name,
        products.c.sku,
        null().label("options"),
        products.c.price,
        products.c.compare_at_price,
        (products.c.active & ~products.c.deleted).label("listed"),
        products.c.created_at,
        units_of(products.c.id),
        func.coalesce(listings.c.units, 0).label("units"),
    )
    .outerjoin(listings, listings.c.product_id == products.c.id)
    .where(products.c.id.in_(bindparam("ids", expanding=True)))
)
_UNITS_OF_ITEM: Final = (
    select(func.coalesce(func.sum(product_sales.c.units), 0))
    .where(product_sales.c.item_id == stock.c.item_id, stock.c.listed, stock.c.active)
    .scalar_subquery()
)
_FACTS: Final = (
    select(
        variants.c.id,
        variants.c.product_id,
        products.c.name,
        variants.c.sku,
        variants.c.options,
        variants.c.price,
        variants.c.compare_at_price,
        (stock.c.listed & stock.c.active).label("listed"),
        products.c.created_at,
        stock.c.available,
        _UNITS_OF_ITEM.label("units"),
    )
    .join(products, products.c.id == variants.c.product_id)
    .join(stock, stock.c.item_id == variants.c.id)
)
_FACTS_OF_ITEMS: Final = _FACTS.where(variants.c.id.in_(bindparam("ids", expanding=True)))
_SOLD: Final = (
    select(product_sales.c.item_id, func.sum(product_sales.c.units).label("units"))
    .group_by(product_sales.c.item_id)
    .subquery()
)
_STOCK_PER_UNIT_SOLD: Final = case((_SOLD.c.units > 0, stock.c.available * 1.0 / _SOLD.c.units))
_SELLING_OUT: Final = (
    select(stock.c.item_id)
    .outerjoin(_SOLD, _SOLD.c.item_id == stock.c.item_id)
    .where(
        stock.c.listed,
        stock.c.active,
        (stock.c.available <= bindparam("stock", type_=Integer))
        | (stock.c.available * POPULARITY_DAYS <= _SOLD.c.units * bindparam("days", type_=Integer)),
    )
    .order_by(_STOCK_PER_UNIT_SOLD.is_(None), _STOCK_PER_UNIT_SOLD, stock.c.available, stock.c.item_id)
    .limit(bindparam("most", type_=Integer))
)
_LIMIT: Final = bindparam("most", type_=Integer)
_NEWEST_CHANGE: Final = (products.c.updated_at.desc(), products.c.id.desc(), variants.c.position)
_VARIANTS_OF_PRODUCTS: Final = (
    select(variants.c.id)
    .select_from(products)
    .join(variants, variants.c.product_id == products.c.id)
    .where(variants.c.active, ~variants.c.deleted)
    .order_by(*_NEWEST_CHANGE)
    .limit(_LIMIT)
)
_INSIGHT_CANDIDATES: Final = (
    select(stock.c.item_id)
    .select_from(listings)
    .join(stock, stock.c.product_id == listings.c.product_id)
    .join(variants, variants.c.id == stock.c.item_id)
    .where(listings.c.units == 0, stock.c.available > 0, stock.c.active)
    .order_by((stock.c.available * variants.c.price).desc(), stock.c.item_id)
    .limit(_LIMIT),
    _VARIANTS_OF_PRODUCTS.where(products.c.on_sale),
    _VARIANTS_OF_PRODUCTS.where(products.c.active, ~products.c.deleted),
)


class SqlStatisticsQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sales(self, span: Span, zone: ZoneInfo) -> SalesFigures:
        values = statements.parameters(span, zone)
        async with self._database.snapshot() as connection:
            if not await _are_maintained(connection, zone):
                by_day = sums(await _entries(connection, statements.ALL_ENTRIES, values), zone).days
                return SalesFigures(by_day, await _by_code(connection, statements.PROMO_CODES_OF_ALL, values))
            stored = {
                row.day: _day_figures_of(row) for row in await connection.execute(statements.DAYS, values)
            }
            new = sums(await _entries(connection, statements.NEW_ENTRIES, values), zone).days
            by_day = merged(stored, new)
            for edge, since in zip(statements.EDGES, ("edge_since", "other_edge_since"), strict=True):
                row = (await connection.execute(edge, values)).one()
                if row.orders is not None:
                    by_day = merged(by_day, {day_of(values[since], zone): _day_figures_of(row)})
            return SalesFigures(by_day, await _by_code(connection, statements.PROMO_CODES, values))

    async def items(
        self, span: Span, zone: ZoneInfo, ranking: ItemRanking, page: int, limit: int
    ) -> tuple[list[tuple[str, Figures]], int]:
        skipped = (page - 1) * limit
        values = {**statements.parameters(span, zone), "most": limit, "skipped": skipped}
        async with self._database.snapshot() as connection:
            maintained = await _are_maintained(connection, zone)
            ranked = (statements.ITEMS if maintained else statements.ITEMS_OF_ALL)[ranking]
            rows = (await connection.execute(ranked, values)).all()
            if rows or not skipped:
                return [(row.id, _figures_of(row)) for row in rows], rows[0].total if rows else 0
            count = (statements.COUNT if maintained else statements.COUNT_OF_ALL)[ranking.by]
            return [], await connection.scalar(count, values)

    async def sales_by_promo_code(self, span: Span, zone: ZoneInfo) -> Mapping[str, Figures]:
        values = statements.parameters(span, zone)
        async with self._database.snapshot() as connection:
            maintained = await _are_maintained(connection, zone)
            statement = statements.PROMO_CODES if maintained else statements.PROMO_CODES_OF_ALL
            return await _by_code(connection, statement, values)

    async def trends(self, item_ids: Collection[str], today: date, zone: ZoneInfo) -> Mapping[str, Trend]:
        if not item_ids:
            return {}
        values = {"ids": list(item_ids), **statements.trend_parameters(today, zone)}
        found: dict[str, Trend] = {}
        async with self._database.snapshot() as connection:
            maintained = await _are_maintained(connection, zone)
            if maintained:
                rows = await connection.execute(statements.TRENDS, values)
                found = {row.item_id: _trend_of(row) for row in rows}
            new = statements.NEW_ENTRIES_OF_ITEMS if maintained else statements.ENTRIES_OF_ITEMS
            entries = await _entries(connection, new, values)
        by_item: dict[str, dict[date, Figures]] = {}
        for item, figures in sums(entries, zone).items.items():
            by_item.setdefault(item.item_id, {})[item.day] = figures
        for item_id, sales in by_item.items():
            found[item_id] = found.get(item_id, Trend()) + trend_of(sales, today)
        return found

    async def sales_of_user(self, user_id: str, span: Span) -> list[SalesEntry]:
        values = {"user_id": user_id, **statements.bounds(span)}
        async with self._database.reading() as connection:
            entries = await _entries(connection, statements.ENTRIES_OF_USER, values)
        return sorted(entries, key=lambda entry: (entry.at, entry.order_id, entry.number))

    async def orders_by_status(self, span: Span) -> Mapping[OrderStatus, int]:
        orders: dict[OrderStatus, int] = {}
        values = statements.parameters(span, ZoneInfo("UTC"))
        async with self._database.reading() as connection:
            for row in await connection.execute(statements.STATUSES, values):
                status = OrderStatus(row.status)
                orders[status] = orders.get(status, 0) + int(row.orders)
        return {status: number for status, number in orders.items() if number}

    async def opened_at(self) -> datetime | None:
        async with self._database.reading() as connection:
            first = await connection.scalars(statements.FIRST_USERS)
        return min((at for at in first if at is not None), default=None)

    async def new_customers(self, span: Span) -> int:
        async with self._database.reading() as connection:
            number: int = await connection.scalar(statements.NEW_CUSTOMERS, statements.bounds(span))
        return number

    async def facts(self, ids: Collection[str], by: SoldBy = SoldBy.VARIANT) -> Mapping[str, ItemFacts]:
        if not ids:
            return {}
        async with self._database.reading() as connection:
            return await _facts(connection, ids, by)

    async def selling_out(self, stock: int, days: int, limit: int) -> list[ItemFacts]:
        async with self._database.reading() as connection:
            # Finding a few item ids scans all items; the facts are then read for those few only.
            wanted = {"stock": stock, "days": days, "most": limit}
            item_ids = (await connection.scalars(_SELLING_OUT, wanted)).all()
            facts = await _facts(connection, item_ids, SoldBy.VARIANT) if item_ids else {}
        return [facts[item_id] for item_id in item_ids]

    async def insight_candidates(self, limit: int) -> list[str]:
        found: dict[str, None] = {}
        async with self._database.reading() as connection:
            for statement in _INSIGHT_CANDIDATES:
                found |= dict.fromkeys((await connection.scalars(statement, {"most": limit})).all())
        return list(found)


async def _facts(connection: DirectConnection, ids: Collection[str], by: SoldBy) -> dict[str, ItemFacts]:
    statement = _FACTS_OF_PRODUCTS if by is SoldBy.PRODUCT else _FACTS_OF_ITEMS
    return {row.id: _facts_of(row) for row in await connection.execute(statement, {"ids": list(ids)})}


async def _are_maintained(connection: DirectConnection, zone: ZoneInfo) -> bool:
    """Return whether figures are maintained by days in this time zone."""
    return bool(await connection.scalar(statements.ZONE) == zone.key)


async def _entries(
    connection: DirectConnection, statement: Select[Any], values: Mapping[str, Any]
) -> list[SalesEntry]:
    return [entry_of(row) for row in await connection.execute(statement, values)]


async def _by_code(
    connection: DirectConnection, statement: Select[Any], values: Mapping[str, Any]
) -> dict[str, Figures]:
    return {row.promo_code: _figures_of(row) for row in await connection.execute(statement, values)}


def _trend_of(row: Row[Any]) -> Trend:
    values: Sequence[Any] = row
    sold = [int(value) for value in values[2:]]
    return Trend(Figures(*sold[:6]), Figures(*sold[6:]), row.last_sold_on)


def _figures_of(row: Row[Any]) -> Figures:
    # MySQL returns sums as decimals.
    return Figures(
        int(row.orders),
        int(row.quantity),
        int(row.gross),
        int(row.discount),
        int(row.refunded),
        int(row.disputed),
    )


def _day_figures_of(row: Row[Any]) -> Figures:
    return replace(
        _figures_of(row), shipping=int(row.shipping), tax=int(row.tax), tax_added=int(row.tax_added)
    )


def _facts_of(row: Row[Any]) -> ItemFacts:
    # MySQL returns sums as decimals.
    return ItemFacts(
        id=row.id,
        product_id=row.product_id,
        name=row.name,
        sku=row.sku,
        options=choice_of(row.options),
        price=row.price,
        compare_at_price=row.compare_at_price,
        listed=bool(row.listed),
        created_at=row.created_at,
        stock=int(row.available),
        popularity=int(row.units),
    )
