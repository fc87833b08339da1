"""Compares the ledger and the figures, row by row, with the records that they are derived from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Row, Select, func, select

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.orders.tables import order_states
from shop.adapters.sql.statistics.ledger_check import ENTRIES, MAX_DIFFERENCES, ledger_differences, rows_of
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
from shop.domain.statistics.figures import NOTHING, Figures, sums

_STATUSES_BY_DAY: Final = (
    select(func.date(order_states.c.created_at), order_states.c.counted_as, func.count())
    .where(order_states.c.counted_as.is_not(None))
    .group_by(func.date(order_states.c.created_at), order_states.c.counted_as)
)
_ORDER_DAYS: Final = select(order_days.c.day, order_days.c.status, order_days.c.orders).where(
    order_days.c.orders != 0
)


class _ItemSum(NamedTuple):
    """An item's figures, and the number of its orders that count towards its product."""

    figures: Figures
    product_orders: int

    def plus(self, other: "_ItemSum") -> "_ItemSum":
        return _ItemSum(self.figures + other.figures, self.product_orders + other.product_orders)


_NO_ITEM_SUM: Final = _ItemSum(NOTHING, 0)


async def differences(connection: DirectConnection, zone: ZoneInfo) -> list[Difference]:
    """Return all differences, up to MAX_DIFFERENCES of each kind. The connection must read one snapshot."""
    found = await ledger_differences(connection)
    state = (await connection.execute(select(figures_state))).one_or_none()
    if state is not None and state.zone == zone.key:
        found += await _figure_differences(connection, zone)
        found += await _period_differences(connection, zone)
        stored = {
            f"{day} {status}": str(count) for day, status, count in await rows_of(connection, _ORDER_DAYS)
        }
        truth = {
            f"{day} {status}": str(count)
            for day, status, count in await rows_of(connection, _STATUSES_BY_DAY)
        }
        found += _compared("order_days", stored, truth)
    return found


async def _figure_differences(connection: DirectConnection, zone: ZoneInfo) -> list[Difference]:
    found: list[Difference] = []
    for month in await _months(connection, zone):
        end = next_month(month)
        bounds = (ENTRIES.at >= start_of_day(month, zone), ENTRIES.at < start_of_day(end, zone))
        rows = await connection.execute(select(sales_entries).where(ENTRIES.folded, *bounds))
        truth = sums((entry_of(row) for row in rows), zone)
        for day_column, key_column, expected in (
            (daily_figures.c.day, None, {str(day): figures for day, figures in truth.days.items()}),
            (promo_code_days.c.day, promo_code_days.c.promo_code, _by_text(truth.promo_codes)),
        ):
            stored = await _stored(connection, day_column, key_column, month, end)
            found += _compared(day_column.table.name, _shown(stored), _shown(expected))
        stored_items = {
            f"{row.day} {row.item_id} {row.product_id}": _item_sum_of(row)
            for row in await _items_of_days(connection, month, end)
        }
        expected_items = {
            " ".join(map(str, item)): _ItemSum(figures, truth.product_orders[item])
            for item, figures in truth.items.items()
        }
        found += _compared("item_days", _shown(stored_items), _shown(expected_items))
    return found


async def _period_differences(connection: DirectConnection, zone: ZoneInfo) -> list[Difference]:
    """Compare the blocks of days with the days that they consist of."""
    found: list[Difference] = []
    for quarter in sorted({block_of(month, Block.QUARTER) for month in await _months(connection, zone)}):
        end = next_block(quarter, Block.QUARTER)
        truth: defaultdict[str, _ItemSum] = defaultdict(lambda: _NO_ITEM_SUM)
        for row in await _items_of_days(connection, quarter, end):
            for block in Block:
                period = f"{block} {block_of(row.day, block)} {row.item_id} {row.product_id}"
                truth[period] = truth[period].plus(_item_sum_of(row))
        periods = item_periods.c
        rows = await connection.execute(
            select(item_periods).where(periods.first >= quarter, periods.first < end)
        )
        stored = {
            f"{row.length} {row.first} {row.item_id} {row.product_id}": _item_sum_of(row) for row in rows
        }
        found += _compared("item_periods", _shown(stored), _shown(truth))
    return found


async def _months(connection: DirectConnection, zone: ZoneInfo) -> list[date]:
    """Return every month from the first to the last entry or figure."""
    ((first, last),) = await rows_of(connection, select(func.min(ENTRIES.at), func.max(ENTRIES.at)))
    days = [day_of(moment, zone) for moment in (first, last) if moment is not None]
    for column in (daily_figures.c.day, item_days.c.day, item_periods.c.first, promo_code_days.c.day):
        (ends,) = await rows_of(connection, select(func.min(column), func.max(column)))
        days += [day for day in ends if day is not None]
    months = [month_of(min(days))] if days else []
    while months and months[-1] < month_of(max(days)):
        months.append(next_month(months[-1]))
    return months


async def _items_of_days(connection: DirectConnection, first: date, end: date) -> Sequence[Row[Any]]:
    days = item_days.c.day
    return (await connection.execute(select(item_days).where(days >= first, days < end))).all()


async def _stored(
    connection: DirectConnection, day: Column[date], key: Column[Any] | None, month: date, end: date
) -> dict[str, Figures]:
    statement: Select[Any] = select(day.table).where(day >= month, day < end)
    read = _figures_of if key is not None else _day_figures_of
    return {
        " ".join(str(row._mapping[column.name]) for column in (day, key) if column is not None): read(row)
        for row in await connection.execute(statement)
    }


def _figures_of(row: Row[Any]) -> Figures:
    return Figures(row.orders, row.quantity, row.gross, row.discount, row.refunded, row.disputed)


def _day_figures_of(row: Row[Any]) -> Figures:
    return replace(_figures_of(row), shipping=row.shipping, tax=row.tax, tax_added=row.tax_added)


def _item_sum_of(row: Row[Any]) -> _ItemSum:
    return _ItemSum(_figures_of(row), row.product_orders)


def _by_text(figures: Mapping[tuple[date, str], Figures]) -> dict[str, Figures]:
    return {f"{day} {key}": value for (day, key), value in figures.items()}


def _shown(figures: Mapping[str, Figures] | Mapping[str, _ItemSum]) -> dict[str, str]:
    return {key: str(value) for key, value in figures.items() if value not in (NOTHING, _NO_ITEM_SUM)}


def _compared(where: str, stored: Mapping[str, str], truth: Mapping[str, str]) -> list[Difference]:
    keys = sorted(key for key in stored.keys() | truth.keys() if stored.get(key) != truth.get(key))
    return [
        Difference(where, key, stored.get(key, "nothing"), truth.get(key, "nothing"))
        for key in keys[:MAX_DIFFERENCES]
    ]
