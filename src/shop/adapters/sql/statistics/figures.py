"""The maintained figures (sums over the ledger), in SQL.

A process that changes them locks the one row of `figures_state`: the marks on folded entries and the sums change
together, in one process at a time. Nothing else locks that row, so neither checkouts nor payments wait.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BindParameter,
    Column,
    Date,
    Integer,
    Row,
    String,
    Table,
    and_,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate
from shop.adapters.sql.framework.upserts import AddingInsert
from shop.adapters.sql.orders.tables import order_states
from shop.adapters.sql.statistics.figure_check import differences
from shop.adapters.sql.statistics.order_counts import fold_orders, rebuild_counts
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
from shop.application.framework.transactions import run_again
from shop.application.ports.statistics import Difference
from shop.domain.periods import (
    Block,
    block_of,
    day_of,
    month_of,
    next_block,
    next_month,
    start_of_day,
)
from shop.domain.statistics.figures import DailyFigures, Figures, sums

BATCH: Final = 2_000
"""Number of entries, or orders, folded in one transaction."""

_STATE: Final = select(figures_state)
_LOCKED_STATE: Final = _STATE.with_for_update()
_FREE_STATE: Final = _STATE.with_for_update(skip_locked=True)
_MAKE_STATE: Final = insert(figures_state).values(id=1, zone="", building="", built_until=None)
_SET_STATE: Final = update(figures_state)

_MOST: Final = bindparam("most", type_=Integer)
_SINCE: Final[BindParameter[datetime]] = bindparam("since")
_UNTIL: Final[BindParameter[datetime]] = bindparam("until")
_NEW_ENTRIES: Final = (
    select(sales_entries)
    .where(~sales_entries.c.folded)
    .order_by(sales_entries.c.at, sales_entries.c.order_id, sales_entries.c.number)
    .limit(_MOST)
)
_ENTRY_KEY: Final = tuple_(sales_entries.c.order_id, sales_entries.c.number)
_MARK_ENTRIES: Final = (
    update(sales_entries).where(_ENTRY_KEY.in_(bindparam("keys", expanding=True))).values(folded=True)
)
_OF_MONTH: Final = and_(sales_entries.c.at >= _SINCE, sales_entries.c.at < _UNTIL)
_MARK_MONTH: Final = update(sales_entries).where(_OF_MONTH, ~sales_entries.c.folded).values(folded=True)
_FOLDED_IN_MONTH: Final = select(sales_entries).where(_OF_MONTH, sales_entries.c.folded)

_MOMENTS: Final = select(
    select(func.min(sales_entries.c.at)).scalar_subquery().label("first_sale"),
    select(func.max(sales_entries.c.at)).scalar_subquery().label("last_sale"),
    select(func.min(order_states.c.created_at)).scalar_subquery().label("first_order"),
    select(func.max(order_states.c.created_at)).scalar_subquery().label("last_order"),
)


_SUMS: Final = ("orders", "quantity", "gross", "discount", "refunded", "disputed")
_DAY_SUMS: Final = (*_SUMS, "shipping", "tax", "tax_added")


def _sums(table: Table) -> list[Column[int]]:
    return [table.c[name] for name in _SUMS]


def _item_sums(table: Table) -> list[Column[int]]:
    return [*_sums(table), table.c.product_orders]


_ADD_DAYS: Final = AddingInsert(daily_figures, *(daily_figures.c[name] for name in _DAY_SUMS))
_ADD_ITEM_DAYS: Final = AddingInsert(item_days, *_item_sums(item_days))
_ADD_ITEM_PERIODS: Final = AddingInsert(item_periods, *_item_sums(item_periods))
_ADD_PROMO_CODE_DAYS: Final = AddingInsert(promo_code_days, *_sums(promo_code_days))
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
    ["length", "first", "item_id", "product_id", *(column.name for column in _item_sums(item_periods))],
    select(
        _LENGTH,
        _FIRST,
        item_days.c.item_id,
        item_days.c.product_id,
        *(func.sum(column) for column in _item_sums(item_days)),
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


class SqlFigures:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @run_again
    async def fold(self, zone: ZoneInfo) -> int:
        await self._ensure_state()
        async with self._database.transaction() as connection:
            state = (await connection.execute(_FREE_STATE)).one_or_none()
            if state is None:
                return 0
            if state.building or state.zone != zone.key:
                return await _rebuild_some(connection, state, zone)
            return await _fold_entries(connection, zone) + await fold_orders(connection, BATCH)

    @run_again
    async def begin_rebuilding(self, zone: ZoneInfo) -> list[date]:
        await self._ensure_state()
        async with self._database.transaction() as connection:
            state = (await connection.execute(_LOCKED_STATE)).one()
            await _begin(connection, state, zone)
            months = await _months(connection, zone)
        if months is None:
            return []
        first, last = months
        found = [first]
        while found[-1] < last:
            found.append(next_month(found[-1]))
        return found

    async def rebuilt_until(self) -> date | None:
        async with self._database.reading() as connection:
            state = (await connection.execute(_STATE)).one_or_none()
        return (state.built_until or date.min) if state is not None and state.building else None

    async def differences(self, zone: ZoneInfo) -> list[Difference]:
        async with self._database.snapshot() as connection:
            return await differences(connection, zone)

    async def _ensure_state(self) -> None:
        async with self._database.reading() as connection:
            if (await connection.execute(_STATE)).one_or_none() is not None:
                return
        async with self._database.transaction() as connection:
            try:
                await connection.execute(_MAKE_STATE)
            except IntegrityError as error:
                if not is_duplicate(error):
                    raise


async def _fold_entries(connection: DirectConnection, zone: ZoneInfo) -> int:
    entries = [entry_of(row) for row in await connection.execute(_NEW_ENTRIES, {"most": BATCH})]
    if entries:
        keys = [(entry.order_id, entry.number) for entry in entries]
        await connection.defer(_MARK_ENTRIES, {"keys": keys})
        added = sums(entries, zone)
        await _add_days(connection, added)
        await _add_periods(connection, added)
    return len(entries)


async def _add_days(connection: DirectConnection, added: DailyFigures) -> None:
    by_day = {(day,): figures for day, figures in added.days.items()}
    await _ADD_DAYS.execute(connection, _rows(("day",), by_day, _DAY_SUMS))
    days = [
        {**item._asdict(), **_values(figures), "product_orders": added.product_orders[item]}
        for item, figures in sorted(added.items.items(), key=itemgetter(0))
    ]
    await _ADD_ITEM_DAYS.execute(connection, days)
    await _ADD_PROMO_CODE_DAYS.execute(connection, _rows(("day", "promo_code"), added.promo_codes))


async def _add_periods(connection: DirectConnection, added: DailyFigures) -> None:
    periods: defaultdict[tuple[Block, date, str, str], Figures] = defaultdict(Figures)
    product_orders: Counter[tuple[Block, date, str, str]] = Counter()
    for item, figures in added.items.items():
        for block in Block:
            period = (block, block_of(item.day, block), item.item_id, item.product_id)
            periods[period] += figures
            product_orders[period] += added.product_orders[item]
    rows = _rows(("length", "first", "item_id", "product_id"), periods)
    for row, (_, orders) in zip(rows, sorted(product_orders.items(), key=itemgetter(0)), strict=True):
        row["product_orders"] = orders
    await _ADD_ITEM_PERIODS.execute(connection, rows)


def _rows(
    names: Sequence[str], by_key: Mapping[Any, Figures], sums_of_row: Sequence[str] = _SUMS
) -> list[dict[str, Any]]:
    """Return the rows in key order."""
    return [
        {**dict(zip(names, key, strict=True)), **_values(figures, sums_of_row)}
        for key, figures in sorted(by_key.items(), key=itemgetter(0))
    ]


def _values(figures: Figures, names: Sequence[str] = _SUMS) -> dict[str, int]:
    return {name: getattr(figures, name) for name in names}


async def _begin(connection: DirectConnection, state: Row[Any], zone: ZoneInfo) -> None:
    same = state.zone == zone.key
    if not same:
        for deletion in _DELETE_ALL:
            await connection.defer(deletion)
    # While the zone is empty, readers ignore the figures.
    await connection.defer(
        _SET_STATE, {"zone": zone.key if same else "", "building": zone.key, "built_until": None}
    )


async def _months(connection: DirectConnection, zone: ZoneInfo) -> tuple[date, date] | None:
    """Return the first and the last month with anything to count."""
    moments = (await connection.execute(_MOMENTS)).one()
    days = [
        day for moment in moments if moment is not None for day in (day_of(moment, zone), day_of(moment, UTC))
    ]
    return (month_of(min(days)), month_of(max(days))) if days else None


async def _rebuild_some(connection: DirectConnection, state: Row[Any], zone: ZoneInfo) -> int:
    """Rebuild one more month; or begin, or finish."""
    if state.building != zone.key:
        await _begin(connection, state, zone)
        return 1
    months = await _months(connection, zone)
    month = state.built_until or (months[0] if months else None)
    if months is None or month is None or month > months[1]:
        await _delete_outside(connection, months)
        await connection.defer(_SET_STATE, {"zone": zone.key, "building": "", "built_until": None})
        return 1
    await _rebuild_sales(connection, month, zone)
    await rebuild_counts(connection, month)
    await connection.defer(
        _SET_STATE, {"zone": state.zone, "building": zone.key, "built_until": next_month(month)}
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
    await _add_days(connection, sums(entries, zone))
    day = month
    while day < next_month(month):
        await _rebuild_period(connection, Block.THIRD, day)
        day = next_block(day, Block.THIRD)
    for block in (Block.MONTH, Block.QUARTER):
        await _rebuild_period(connection, block, block_of(month, block))


async def _rebuild_period(connection: DirectConnection, block: Block, first: date) -> None:
    values = {"length": block.value, "first": first, "end": next_block(first, block)}
    await connection.defer(_DELETE_PERIOD, values)
    await connection.defer(_ADD_PERIOD, values)
