"""Figures in SQL: the sums that are kept ready, and what isn't in them yet."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, date
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Row,
    Select,
    bindparam,
    case,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.database import Database
from shop.adapters.sql.sales import entry_of
from shop.adapters.sql.tables.accounts import users
from shop.adapters.sql.tables.catalogue import listings, products, stock
from shop.adapters.sql.tables.orders import order_states
from shop.adapters.sql.tables.sales import (
    daily_figures,
    figures_state,
    order_days,
    product_days,
    product_months,
    promo_code_days,
    sales_entries,
)
from shop.application.ports.statistics import ProductFacts
from shop.domain.figures import Figures, SalesFigures, merged, sums
from shop.domain.order import OrderStatus
from shop.domain.periods import Span, SpanOfDays, day_of, in_days, month_of, next_month, start_of_day
from shop.domain.sales import SalesEntry
from shop.domain.user import Role

_E: Final = sales_entries.c
_SUMS: Final = ("orders", "quantity", "gross", "discount", "refunded")
_PRODUCT_DAYS: Final = (product_days.c.day, product_days.c.product_id)
_PROMO_CODE_DAYS: Final = (promo_code_days.c.day, promo_code_days.c.promo_code)
_STATE: Final = select(figures_state.c.zone)
_EDGE: Final = (
    select(
        _E.product_id,
        _E.promo_code,
        func.sum(case((_E.number == 0, 1), else_=0)).label("orders"),
        func.sum(case((_E.refund_id.is_(None), 1), else_=0)).label("sales"),
        *(func.sum(_E[name]).label(name) for name in _SUMS[1:]),
    )
    .where(_E.at >= bindparam("since"), _E.at < bindparam("until"))
    .group_by(_E.product_id, _E.promo_code)
)
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
_SELLING_OUT: Final = (
    _FACTS.where(
        products.c.active,
        ~products.c.deleted,
        (stock.c.available <= bindparam("stock", type_=Integer))
        | (
            (listings.c.units > 0)
            & (stock.c.available * 30 <= listings.c.units * bindparam("days", type_=Integer))
        ),
    )
    .order_by(_LASTS.is_(None), _LASTS, stock.c.available, products.c.id)
    .limit(bindparam("most", type_=Integer))
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
        async with self._database.snapshot() as connection:
            if await connection.scalar(_STATE) != zone.key:  # not kept, or not in this zone
                return sums(await _entries(connection, _during(_E.at, span)), zone).in_all()
            days = in_days(span, zone)
            found = SalesFigures({}, {}, {})
            for edge in days.edges:
                found += await _edge(connection, edge, zone)
            if days.is_empty:
                return found
            tail = await _entries(connection, [~_E.folded, *_during(_E.at, _span_of(days, zone))])
            return found + await _kept(connection, days) + sums(tail, zone).in_all()

    async def sales_by_promo_code(self, span: Span, zone: ZoneInfo) -> Mapping[str, Figures]:
        async with self._database.snapshot() as connection:
            days = in_days(span, zone)
            if days.edges or await connection.scalar(_STATE) != zone.key:
                where = [_E.promo_code.is_not(None), *_during(_E.at, span)]
                return sums(await _entries(connection, where), zone).in_all().by_promo_code
            kept = await _totals(connection, *_PROMO_CODE_DAYS, days.first, days.end)
            tail = await _entries(connection, [~_E.folded, *_during(_E.at, span)])
            return merged(kept, sums(tail, zone).in_all().by_promo_code)

    async def sales_of_products(
        self, product_ids: Collection[str], first: date, zone: ZoneInfo
    ) -> Mapping[str, Mapping[date, Figures]]:
        found: dict[tuple[date, str], Figures] = {}
        where = [_E.product_id.in_(list(product_ids)), _E.at >= start_of_day(first, zone)]
        async with self._database.snapshot() as connection:
            if await connection.scalar(_STATE) == zone.key:
                kept = select(product_days).where(
                    product_days.c.product_id.in_(list(product_ids)), product_days.c.day >= first
                )
                found = {
                    (row.day, row.product_id): _figures_of(row) for row in await connection.execute(kept)
                }
                where.append(~_E.folded)
            found = merged(found, sums(await _entries(connection, where), zone).products)
        by_product: dict[str, dict[date, Figures]] = {}
        for (day, product_id), figures in found.items():
            by_product.setdefault(product_id, {})[day] = figures
        return by_product

    async def sales_of_user(self, user_id: str, span: Span) -> list[SalesEntry]:
        async with self._database.reading() as connection:
            entries = await _entries(connection, [_E.user_id == user_id, *_during(_E.at, span)])
        return sorted(entries, key=lambda entry: (entry.at, entry.order_id, entry.number))

    async def orders_by_status(self, span: Span) -> Mapping[OrderStatus, int]:
        placed = order_states.c.created_at
        days = in_days(span, ZoneInfo("UTC"))
        count = func.count().label("orders")
        statements: list[Select[Any]] = [
            select(order_states.c.status, count).where(*_during(placed, edge)).group_by(order_states.c.status)
            for edge in days.edges
        ]
        if not days.is_empty:
            miscounted = (order_states.c.miscounted, *_during(placed, _span_of(days, UTC)))
            statements += [
                select(order_days.c.status, func.sum(order_days.c.orders))
                .where(*_between(order_days.c.day, days.first, days.end))
                .group_by(order_days.c.status),
                select(order_states.c.status, count).where(*miscounted).group_by(order_states.c.status),
                select(order_states.c.counted_as, -count)
                .where(*miscounted, order_states.c.counted_as.is_not(None))
                .group_by(order_states.c.counted_as),
            ]
        orders: dict[OrderStatus, int] = {}
        async with self._database.snapshot() as connection:
            for statement in statements:
                for status, number in await connection.execute(statement):
                    orders[OrderStatus(status)] = orders.get(OrderStatus(status), 0) + int(number)
        return {status: number for status, number in orders.items() if number}

    async def new_customers(self, span: Span) -> int:
        statement = (
            select(func.count())
            .select_from(users)
            .where(users.c.role == Role.CUSTOMER.value, *_during(users.c.created_at, span))
        )
        async with self._database.reading() as connection:
            return (await connection.execute(statement)).scalar_one()

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


async def _entries(connection: AsyncConnection, where: Iterable[ColumnElement[bool]]) -> list[SalesEntry]:
    return [entry_of(row) for row in await connection.execute(select(sales_entries).where(*where))]


async def _edge(connection: AsyncConnection, edge: Span, zone: ZoneInfo) -> SalesFigures:
    """Part of one day, summed up by the database."""
    assert edge.since is not None and edge.until is not None
    found = SalesFigures({}, {}, {})
    for row in await connection.execute(_EDGE, {"since": edge.since, "until": edge.until}):
        figures = _figures_of(row)
        of_product = Figures(
            int(row.sales), figures.quantity, figures.gross, figures.discount, figures.refunded
        )
        found += SalesFigures(
            {day_of(edge.since, zone): figures},
            {row.product_id: of_product},
            {} if row.promo_code is None else {row.promo_code: figures},
        )
    return found


async def _kept(connection: AsyncConnection, days: SpanOfDays) -> SalesFigures:
    by_day = await connection.execute(
        select(daily_figures).where(*_between(daily_figures.c.day, days.first, days.end))
    )
    # Whole months where there are any, single days at the ends.
    first = None if days.first is None else _first_whole_month(days.first)
    end = None if days.end is None else month_of(days.end)
    parts = [(product_months.c.month, product_months.c.product_id, first, end)]
    if first is not None and end is not None and first >= end:
        parts = [(*_PRODUCT_DAYS, days.first, days.end)]
    else:
        if first is not None and first != days.first:
            parts.append((*_PRODUCT_DAYS, days.first, first))
        if end is not None and end != days.end:
            parts.append((*_PRODUCT_DAYS, end, days.end))
    by_product: dict[str, Figures] = {}
    for part in parts:
        by_product = merged(by_product, await _totals(connection, *part))
    by_promo_code = await _totals(connection, *_PROMO_CODE_DAYS, days.first, days.end)
    return SalesFigures({row.day: _figures_of(row) for row in by_day}, by_product, by_promo_code)


def _first_whole_month(day: date) -> date:
    return day if day.day == 1 else next_month(day)


async def _totals(
    connection: AsyncConnection, day: Column[date], key: Column[str], first: date | None, end: date | None
) -> dict[str, Figures]:
    columns = day.table.c
    statement = (
        select(key.label("key"), *(func.sum(columns[name]).label(name) for name in _SUMS))
        .where(*_between(day, first, end))
        .group_by(key)
    )
    return {row.key: _figures_of(row) for row in await connection.execute(statement)}


def _between(column: Column[date], first: date | None, end: date | None) -> list[ColumnElement[bool]]:
    return [
        *([] if first is None else [column >= first]),
        *([] if end is None else [column < end]),
    ]


def _during(column: Column[Any], span: Span) -> list[ColumnElement[bool]]:
    return [
        *([] if span.since is None else [column >= span.since]),
        *([] if span.until is None else [column < span.until]),
    ]


def _span_of(days: SpanOfDays, zone: Any) -> Span:
    return Span(
        None if days.first is None else start_of_day(days.first, zone),
        None if days.end is None else start_of_day(days.end, zone),
    )


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
