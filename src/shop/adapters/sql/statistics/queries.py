"""Figures in SQL: the sums that are kept ready, and what isn't in them yet."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Integer,
    Row,
    Select,
    bindparam,
    case,
    func,
    select,
)

from shop.adapters.sql.catalogue.tables import listings, products, stock
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.statistics import statements
from shop.adapters.sql.statistics.sales import entry_of
from shop.adapters.sql.statistics.tables import (
    sales_entries,
)
from shop.application.ports.statistics import ItemRanking, ProductFacts
from shop.domain.orders.order import OrderStatus
from shop.domain.statistics.figures import Figures, SalesFigures, merged, sums
from shop.domain.statistics.insights import Trend, trend_of
from shop.domain.statistics.periods import Span, day_of
from shop.domain.statistics.sales import SalesEntry

_E: Final = sales_entries.c
_FACTS: Final = (
    select(
        products.c.id,
        products.c.name,
        products.c.price,
        products.c.compare_at_price,
        (products.c.active & ~products.c.deleted).label("listed"),
        products.c.created_at,
        stock.c.available,
        func.coalesce(listings.c.units, 0).label("units"),
    )
    .join(stock, stock.c.product_id == products.c.id)
    .outerjoin(listings, listings.c.product_id == products.c.id)
)
_FACTS_OF: Final = _FACTS.where(products.c.id.in_(bindparam("ids", expanding=True)))
_LASTS: Final = case((listings.c.units > 0, stock.c.available * 1.0 / listings.c.units))
_SELLING_OUT_IDS: Final = (
    select(listings.c.product_id.label("id"))
    .join(stock, stock.c.product_id == listings.c.product_id)
    .where(
        (stock.c.available <= bindparam("stock", type_=Integer))
        | (
            (listings.c.units > 0)
            & (stock.c.available * 30 <= listings.c.units * bindparam("days", type_=Integer))
        )
    )
    .order_by(_LASTS.is_(None), _LASTS, stock.c.available, listings.c.product_id)
    .limit(bindparam("most", type_=Integer))
    .subquery()
)
# All are looked through for a few: what is shown of those is read afterwards.
_SELLING_OUT: Final = _FACTS.join(_SELLING_OUT_IDS, _SELLING_OUT_IDS.c.id == products.c.id).order_by(
    _LASTS.is_(None), _LASTS, stock.c.available, products.c.id
)
_MOST: Final = bindparam("most", type_=Integer)
_WORTH_A_LOOK: Final = (
    select(listings.c.product_id)
    .join(stock, stock.c.product_id == listings.c.product_id)
    .where(listings.c.units == 0, stock.c.available > 0)
    .order_by((stock.c.available * listings.c.price).desc(), listings.c.product_id)
    .limit(_MOST),
    select(products.c.id)
    .where(products.c.on_sale)
    .order_by(products.c.updated_at.desc(), products.c.id.desc())
    .limit(_MOST),
    select(products.c.id)
    .where(products.c.active, ~products.c.deleted)
    .order_by(products.c.updated_at.desc(), products.c.id.desc())
    .limit(_MOST),
)


class SqlStatisticsQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def sales(self, span: Span, zone: ZoneInfo) -> SalesFigures:
        values = statements.parameters(span, zone)
        async with self._database.snapshot() as connection:
            if not await _are_kept(connection, zone):
                by_day = sums(await _entries(connection, statements.ALL_ENTRIES, values), zone).days
                return SalesFigures(by_day, await _by_code(connection, statements.PROMO_CODES_OF_ALL, values))
            kept = {row.day: _figures_of(row) for row in await connection.execute(statements.DAYS, values)}
            new = sums(await _entries(connection, statements.NEW_ENTRIES, values), zone).days
            by_day = merged(kept, new)
            for edge, since in zip(statements.EDGES, ("edge_since", "other_edge_since"), strict=True):
                row = (await connection.execute(edge, values)).one()
                if row.orders is not None:
                    by_day = merged(by_day, {day_of(values[since], zone): _figures_of(row)})
            return SalesFigures(by_day, await _by_code(connection, statements.PROMO_CODES, values))

    async def items(
        self, span: Span, zone: ZoneInfo, ranking: ItemRanking, page: int, limit: int
    ) -> tuple[list[tuple[str, Figures]], int]:
        skipped = (page - 1) * limit
        values = {**statements.parameters(span, zone), "most": limit, "skipped": skipped}
        async with self._database.snapshot() as connection:
            kept = await _are_kept(connection, zone)
            ranked = (statements.ITEMS if kept else statements.ITEMS_OF_ALL)[ranking]
            rows = (await connection.execute(ranked, values)).all()
            if rows or not skipped:
                return [(row.product_id, _figures_of(row)) for row in rows], rows[0].total if rows else 0
            count = statements.COUNT if kept else statements.COUNT_OF_ALL
            return [], await connection.scalar(count, values)

    async def sales_by_promo_code(self, span: Span, zone: ZoneInfo) -> Mapping[str, Figures]:
        values = statements.parameters(span, zone)
        async with self._database.snapshot() as connection:
            kept = await _are_kept(connection, zone)
            statement = statements.PROMO_CODES if kept else statements.PROMO_CODES_OF_ALL
            return await _by_code(connection, statement, values)

    async def trends(self, product_ids: Collection[str], today: date, zone: ZoneInfo) -> Mapping[str, Trend]:
        if not product_ids:
            return {}
        values = {"ids": list(product_ids), **statements.trend_parameters(today, zone)}
        found: dict[str, Trend] = {}
        async with self._database.snapshot() as connection:
            kept = await _are_kept(connection, zone)
            if kept:
                rows = await connection.execute(statements.TRENDS, values)
                found = {row.product_id: _trend_of(row) for row in rows}
            new = statements.NEW_ENTRIES_OF_PRODUCTS if kept else statements.ENTRIES_OF_PRODUCTS
            entries = await _entries(connection, new, values)
        by_product: dict[str, dict[date, Figures]] = {}
        for (day, product_id), figures in sums(entries, zone).products.items():
            by_product.setdefault(product_id, {})[day] = figures
        for product_id, sales in by_product.items():
            found[product_id] = found.get(product_id, Trend()) + trend_of(sales, today)
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

    async def new_customers(self, span: Span) -> int:
        async with self._database.reading() as connection:
            number: int = await connection.scalar(statements.NEW_CUSTOMERS, statements.bounds(span))
        return number

    async def products(self, product_ids: Collection[str]) -> Mapping[str, ProductFacts]:
        if not product_ids:
            return {}
        async with self._database.reading() as connection:
            rows = await connection.execute(_FACTS_OF, {"ids": list(product_ids)})
            return {row.id: _facts_of(row) for row in rows}

    async def selling_out(self, stock: int, days: int, limit: int) -> list[ProductFacts]:
        async with self._database.reading() as connection:
            rows = await connection.execute(_SELLING_OUT, {"stock": stock, "days": days, "most": limit})
            return [_facts_of(row) for row in rows]

    async def worth_a_look(self, limit: int) -> list[str]:
        found: dict[str, None] = {}
        async with self._database.reading() as connection:
            for statement in _WORTH_A_LOOK:
                found |= dict.fromkeys((await connection.scalars(statement, {"most": limit})).all())
        return list(found)


async def _are_kept(connection: DirectConnection, zone: ZoneInfo) -> bool:
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
    return Trend(Figures(*sold[:5]), Figures(*sold[5:]), row.last_sold_on)


def _figures_of(row: Row[Any]) -> Figures:
    # MySQL's sums are decimals.
    return Figures(int(row.orders), int(row.quantity), int(row.gross), int(row.discount), int(row.refunded))


def _facts_of(row: Row[Any]) -> ProductFacts:
    return ProductFacts(
        id=row.id,
        name=row.name,
        price=row.price,
        compare_at_price=row.compare_at_price,
        listed=bool(row.listed),
        created_at=row.created_at,
        stock=row.available,
        popularity=row.units,
    )
