"""Statements that sum the ledger: folded entries by whole months and days, and entries that are not folded yet.

Each is built once, with every bound as a parameter: an unused range is passed as an empty one.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Select,
    Table,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    union_all,
)

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.framework.pages import only_page
from shop.adapters.sql.framework.statements import UtcDateTime
from shop.adapters.sql.orders.tables import order_states
from shop.adapters.sql.statistics.tables import (
    SUMS,
    daily_figures,
    figures_state,
    item_days,
    item_periods,
    order_days,
    promo_code_days,
    sales_entries,
)
from shop.application.ports.statistics import ItemRanking, ItemSort, SoldBy
from shop.domain.accounts.role import BUILT_IN, Role
from shop.domain.periods import Block, Span, in_days, start_of_day, tiles
from shop.domain.statistics.insights import HISTORY_DAYS, RECENT_DAYS

_EARLIEST: Final = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(3900, 1, 1, tzinfo=UTC)

_STRETCHES: Final[tuple[tuple[str, Block | None], ...]] = (
    ("quarters", Block.QUARTER),
    ("months", Block.MONTH),
    ("other_months", Block.MONTH),
    ("days", None),
    ("other_days", None),
)
"""The stretches that make up a range of days, as `tiles` splits it."""

_E: Final = sales_entries.c
_AMOUNTS: Final = (_E.quantity, _E.gross, _E.discount, _E.refunded, _E.disputed)
_DAY_AMOUNTS: Final = (*_AMOUNTS, _E.shipping, _E.tax, _E.tax_added)
_IS_SALE: Final = case((_E.quantity > 0, 1), else_=0).label("orders")
_BEGINS_PRODUCT: Final = case((_E.begins_product, 1), else_=0).label("orders")
_KEY_COLUMNS: Final = {SoldBy.VARIANT: "item_id", SoldBy.PRODUCT: "product_id"}
_ORDERS_COLUMNS: Final = {SoldBy.VARIANT: "orders", SoldBy.PRODUCT: "product_orders"}
_ORDERS_OF_ENTRIES: Final = {SoldBy.VARIANT: _IS_SALE, SoldBy.PRODUCT: _BEGINS_PRODUCT}
_BEGINS_ORDER: Final = case((_E.number == 0, 1), else_=0).label("orders")


def parameters(span: Span, zone: ZoneInfo) -> dict[str, Any]:
    """Return the parameter values of every statement in this module, except for paging."""
    days = in_days(Span(span.since or _EARLIEST, span.until or _LATEST), zone)
    assert days.first is not None and days.end is not None
    edges = [*days.edges, Span(_EARLIEST, _EARLIEST), Span(_EARLIEST, _EARLIEST)]
    return {
        "first": days.first,
        "end": days.end,
        **_tile_bounds(days.first, days.end),
        "since": start_of_day(days.first, zone),
        "until": start_of_day(days.end, zone),
        "edge_since": edges[0].since,
        "edge_until": edges[0].until,
        "other_edge_since": edges[1].since,
        "other_edge_until": edges[1].until,
        **bounds(span),
    }


def bounds(span: Span) -> dict[str, Any]:
    """Return the parameter values of statements that are not split by day."""
    return {"all_since": span.since or _EARLIEST, "all_until": span.until or _LATEST}


def _tile_bounds(first: date, end: date) -> dict[str, date]:
    """Return the bounds of each stretch that the range may consist of; an absent stretch is an empty range."""
    stretches: dict[str, date] = {}
    found = tiles(first, end)
    for name, block in _STRETCHES:
        stretch = next((tile for tile in found if tile[0] is block), None)
        if stretch is not None:
            found.remove(stretch)
        _, stretches[f"{name}_first"], stretches[f"{name}_end"] = stretch or (block, end, end)
    assert not found
    return stretches


def _during(prefix: str, at: ColumnElement[datetime] = _E.at) -> ColumnElement[bool]:
    return and_(
        at >= bindparam(f"{prefix}since", type_=UtcDateTime),
        at < bindparam(f"{prefix}until", type_=UtcDateTime),
    )


def _between(day: ColumnElement[date], first: str, end: str) -> ColumnElement[bool]:
    return and_(day >= bindparam(first, type_=Date), day < bindparam(end, type_=Date))


ZONE: Final = select(figures_state.c.zone)
DAYS: Final = select(daily_figures).where(_between(daily_figures.c.day, "first", "end"))
ALL_ENTRIES: Final = select(sales_entries).where(_during("all_"))

_NEW: Final = and_(~_E.folded, _during(""))
_EDGES: Final = (_during("edge_"), _during("other_edge_"))
NEW_ENTRIES: Final = select(sales_entries).where(_NEW)
EDGES: Final[tuple[Select[Any], ...]] = tuple(
    select(
        func.sum(_BEGINS_ORDER).label("orders"),
        *(func.sum(amount).label(amount.name) for amount in _DAY_AMOUNTS),
    ).where(edge)
    for edge in _EDGES
)
"""Partial days at either end of a span: `edge_…` binds the first one, `other_edge_…` the other."""


_IN_PERIODS: Final = or_(
    *(
        and_(
            item_periods.c.length == block.value,
            _between(item_periods.c.first, f"{name}_first", f"{name}_end"),
        )
        for name, block in _STRETCHES
        if block is not None
    )
)
_IN_DAYS: Final = or_(
    *(
        _between(item_days.c.day, f"{name}_first", f"{name}_end")
        for name, block in _STRETCHES
        if block is None
    )
)


def _stored_sums(by: SoldBy, table: Table, stretches: ColumnElement[bool]) -> Select[Any]:
    # Group before the union: MySQL would materialize the ungrouped rows of the union, which is slow.
    key, orders = _KEY_COLUMNS[by], _ORDERS_COLUMNS[by]
    sums = (func.sum(table.c[orders if name == "orders" else name]).label(name) for name in SUMS)
    return select(table.c[key].label("id"), *sums).where(stretches).group_by(table.c[key])


def _entries_by(
    key: ColumnElement[str], orders: ColumnElement[int], part: ColumnElement[bool]
) -> Select[Any]:
    return select(key, orders, *_AMOUNTS).where(part)


def _totals(parts: CompoundSelect[Any] | Select[Any], key: str) -> Select[Any]:
    rows = parts.subquery()
    return select(rows.c[key], *(func.sum(rows.c[name]).label(name) for name in SUMS)).group_by(rows.c[key])


def _ranked(totals: Select[Any], ranking: ItemRanking) -> Select[Any]:
    found = totals.subquery()
    columns = found.c
    value: ColumnElement[int] = columns.quantity
    if ranking.sort is ItemSort.REVENUE:
        value = columns.gross - columns.discount - columns.refunded - columns.disputed
    item_id = columns.id
    return only_page(
        select(found, func.count().over().label("total")).order_by(
            value.asc() if ranking.ascending else value.desc(),
            item_id.desc() if ranking.ties_descending else item_id.asc(),
        )
    )


_RANKINGS: Final = tuple(
    ItemRanking(sort, ascending, ties_descending, by)
    for by in SoldBy
    for sort in ItemSort
    for ascending in (False, True)
    for ties_descending in (False, True)
)


def _sold_entries(by: SoldBy, part: ColumnElement[bool]) -> Select[Any]:
    return _entries_by(_E[_KEY_COLUMNS[by]].label("id"), _ORDERS_OF_ENTRIES[by], part)


_SOLD: Final = {
    by: _totals(
        union_all(
            _stored_sums(by, item_periods, _IN_PERIODS),
            _stored_sums(by, item_days, _IN_DAYS),
            *(_sold_entries(by, part) for part in (_NEW, *_EDGES)),
        ),
        "id",
    )
    for by in SoldBy
}
_SOLD_OF_ALL: Final = {by: _totals(_sold_entries(by, _during("all_")), "id") for by in SoldBy}
ITEMS: Final = {ranking: _ranked(_SOLD[ranking.by], ranking) for ranking in _RANKINGS}
ITEMS_OF_ALL: Final = {ranking: _ranked(_SOLD_OF_ALL[ranking.by], ranking) for ranking in _RANKINGS}
COUNT: Final = {by: select(func.count()).select_from(_SOLD[by].subquery()) for by in SoldBy}
COUNT_OF_ALL: Final = {by: select(func.count()).select_from(_SOLD_OF_ALL[by].subquery()) for by in SoldBy}

_WITH_CODE: Final = _E.promo_code.is_not(None)
PROMO_CODES: Final = _totals(
    union_all(
        select(promo_code_days.c.promo_code, *(promo_code_days.c[name] for name in SUMS)).where(
            _between(promo_code_days.c.day, "first", "end")
        ),
        *(_entries_by(_E.promo_code, _BEGINS_ORDER, and_(part, _WITH_CODE)) for part in (_NEW, *_EDGES)),
    ),
    "promo_code",
)
PROMO_CODES_OF_ALL: Final = _totals(
    _entries_by(_E.promo_code, _BEGINS_ORDER, and_(_during("all_"), _WITH_CODE)), "promo_code"
)

_D: Final = item_days.c
_RECENT: Final = _D.day >= bindparam("recent", type_=Date)
_EARLIER: Final = and_(~_RECENT, _D.day >= bindparam("earlier", type_=Date))
TRENDS: Final = (
    select(
        _D.item_id,
        func.max(case((_D.quantity > 0, _D.day))).label("last_sold_on"),
        *(
            func.sum(case((when, _D[name]), else_=0)).label(f"{prefix}_{name}")
            for prefix, when in (("recent", _RECENT), ("earlier", _EARLIER))
            for name in SUMS
        ),
    )
    .where(_D.item_id.in_(bindparam("ids", expanding=True)), _between(_D.day, "first", "end"))
    .group_by(_D.item_id)
)
ENTRIES_OF_ITEMS: Final = select(sales_entries).where(
    _E.item_id.in_(bindparam("ids", expanding=True)), _during("")
)
NEW_ENTRIES_OF_ITEMS: Final = ENTRIES_OF_ITEMS.where(~_E.folded)


def trend_parameters(today: date, zone: ZoneInfo) -> dict[str, Any]:
    """Return the parameter values for trends, except for the items."""
    first, end = today - timedelta(days=HISTORY_DAYS - 1), today + timedelta(days=1)
    return {
        "first": first,
        "earlier": today - timedelta(days=2 * RECENT_DAYS - 1),
        "recent": today - timedelta(days=RECENT_DAYS - 1),
        "end": end,
        "since": start_of_day(first, zone),
        "until": start_of_day(end, zone),
    }


ENTRIES_OF_USER: Final = select(sales_entries).where(_E.user_id == bindparam("user_id"), _during("all_"))

_S: Final = order_states.c
_MISCOUNTED: Final = and_(_S.miscounted, _during("", _S.created_at))
STATUSES: Final = union_all(
    select(order_days.c.status, func.sum(order_days.c.orders).label("orders"))
    .where(_between(order_days.c.day, "first", "end"))
    .group_by(order_days.c.status),
    select(_S.status, func.count().label("orders")).where(_MISCOUNTED).group_by(_S.status),
    select(_S.counted_as, -func.count())
    .where(_MISCOUNTED, _S.counted_as.is_not(None))
    .group_by(_S.counted_as),
    *(
        select(_S.status, func.count()).where(_during(edge, _S.created_at)).group_by(_S.status)
        for edge in ("edge_", "other_edge_")
    ),
)
"""Counted days (in UTC), orders that changed since they were counted, and the partial days at either end."""
FIRST_USERS: Final = union_all(
    *(select(func.min(users.c.created_at)).where(users.c.role == role) for role in BUILT_IN)
)
"""When the first user of each role was created: reads one end of an index per role."""
NEW_CUSTOMERS: Final = (
    select(func.count())
    .select_from(users)
    .where(users.c.role == Role.CUSTOMER.name, users.c.role_id.is_(None), _during("all_", users.c.created_at))
    # MySQL would prefer an index with the same leading columns, and read every customer.
    .with_hint(users, "FORCE INDEX (ix_users_created_at)", "mysql")
)
