"""Rebuilding the figures from the ledger of sales, month by month."""

from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    Date,
    Row,
    String,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.orders.tables import order_states
from shop.adapters.sql.statistics.folding import add_days, item_sums
from shop.adapters.sql.statistics.order_counts import rebuild_counts
from shop.adapters.sql.statistics.sales import entry_of
from shop.adapters.sql.statistics.tables import (
    daily_figures,
    figures_state,
    item_days,
    item_periods,
    order_days,
    promo_code_days,
    sales_entries,
)
from shop.domain.periods import (
    Block,
    block_of,
    day_of,
    month_of,
    next_block,
    next_month,
    start_of_day,
)
from shop.domain.statistics.figures import sums

_SINCE: Final[BindParameter[datetime]] = bindparam("since")
_UNTIL: Final[BindParameter[datetime]] = bindparam("until")


_OF_MONTH: Final = and_(sales_entries.c.at >= _SINCE, sales_entries.c.at < _UNTIL)
_MARK_MONTH: Final = update(sales_entries).where(_OF_MONTH, ~sales_entries.c.folded).values(folded=True)
_FOLDED_IN_MONTH: Final = select(sales_entries).where(_OF_MONTH, sales_entries.c.folded)

_MOMENTS: Final = select(
    select(func.min(sales_entries.c.at)).scalar_subquery().label("first_sale"),
    select(func.max(sales_entries.c.at)).scalar_subquery().label("last_sale"),
    select(func.min(order_states.c.created_at)).scalar_subquery().label("first_order"),
    select(func.max(order_states.c.created_at)).scalar_subquery().label("last_order"),
)


_DATE_COLUMNS: Final = (
    daily_figures.c.day,
    item_days.c.day,
    promo_code_days.c.day,
)
_FIRST: Final[BindParameter[date]] = bindparam("first", type_=Date)
_END: Final[BindParameter[date]] = bindparam("end", type_=Date)
_DELETE_ALL: Final = [delete(item_periods), *(delete(column.table) for column in _DATE_COLUMNS)]
_DELETE_MONTH: Final = [
    delete(column.table).where(column >= _FIRST, column < _END) for column in _DATE_COLUMNS
]
_P: Final = item_periods.c
_LENGTH: Final[BindParameter[str]] = bindparam("length", type_=String(7))
_DELETE_PERIOD: Final = delete(item_periods).where(_P.length == _LENGTH, _P.first == _FIRST)
_ADD_PERIOD: Final = insert(item_periods).from_select(
    ["length", "first", "item_id", "product_id", *(column.name for column in item_sums(item_periods))],
    select(
        _LENGTH,
        _FIRST,
        item_days.c.item_id,
        item_days.c.product_id,
        *(func.sum(column) for column in item_sums(item_days)),
    )
    .where(item_days.c.day >= _FIRST, item_days.c.day < _END)
    .group_by(item_days.c.item_id, item_days.c.product_id),
)
_IS_QUARTER: Final = _P.length == Block.QUARTER.value
_DELETE_OUTSIDE: Final = [
    *(
        delete(column.table).where(or_(column < _FIRST, column >= _END))
        for column in (*_DATE_COLUMNS, order_days.c.day)
    ),
    delete(item_periods).where(or_(and_(_P.first < _FIRST, ~_IS_QUARTER), _P.first >= _END)),
    delete(item_periods).where(_P.first < bindparam("quarter", type_=Date), _IS_QUARTER),
]


async def begin(connection: DirectConnection, state: Row[Any], zone: ZoneInfo) -> None:
    """Begin a rebuild from the first month. Figures in another time zone are deleted."""
    is_same_zone = state.zone == zone.key
    if not is_same_zone:
        for deletion in _DELETE_ALL:
            await connection.defer(deletion)
    # While the zone is empty, readers ignore the figures.
    await connection.defer(
        SET_STATE, {"zone": zone.key if is_same_zone else "", "building": zone.key, "built_until": None}
    )


async def months_of(connection: DirectConnection, zone: ZoneInfo) -> tuple[date, date] | None:
    """Return the first and the last month with anything to count."""
    moments = (await connection.execute(_MOMENTS)).one()
    days = [
        day for moment in moments if moment is not None for day in (day_of(moment, zone), day_of(moment, UTC))
    ]
    return (month_of(min(days)), month_of(max(days))) if days else None


async def rebuild_some(connection: DirectConnection, state: Row[Any], zone: ZoneInfo) -> int:
    """Do one step of a rebuild: begin it, rebuild a month, or finish it. Return 1: work may be left."""
    if state.building != zone.key:
        await begin(connection, state, zone)
        return 1
    months = await months_of(connection, zone)
    month = state.built_until or (months[0] if months else None)
    if months is None or month is None or month > months[1]:
        await _delete_outside(connection, months)
        await connection.defer(SET_STATE, {"zone": zone.key, "building": "", "built_until": None})
        return 1
    await _rebuild_sales(connection, month, zone)
    await rebuild_counts(connection, month)
    await connection.defer(
        SET_STATE, {"zone": state.zone, "building": zone.key, "built_until": next_month(month)}
    )
    return 1


async def _delete_outside(connection: DirectConnection, months: tuple[date, date] | None) -> None:
    first, end = (months[0], next_month(months[1])) if months else (date.max, date.max)
    values = {"first": first, "end": end, "quarter": block_of(first, Block.QUARTER)}
    for deletion in _DELETE_OUTSIDE:
        await connection.defer(deletion, values)


async def _rebuild_sales(connection: DirectConnection, month: date, zone: ZoneInfo) -> None:
    since, until = start_of_day(month, zone), start_of_day(next_month(month), zone)
    bounds = {"since": since, "until": until}
    # Mark first: entries committed from now on are unmarked; they are neither read here nor counted as folded.
    await connection.defer(_MARK_MONTH, bounds)
    entries = [entry_of(row) for row in await connection.execute(_FOLDED_IN_MONTH, bounds)]
    for deletion in _DELETE_MONTH:
        await connection.defer(deletion, {"first": month, "end": next_month(month)})
    await add_days(connection, sums(entries, zone))
    for block in Block:
        await _rebuild_period(connection, block, block_of(month, block))


async def _rebuild_period(connection: DirectConnection, block: Block, first: date) -> None:
    values = {"length": block.value, "first": first, "end": next_block(first, block)}
    await connection.defer(_DELETE_PERIOD, values)
    await connection.defer(_ADD_PERIOD, values)


SET_STATE: Final = update(figures_state)
