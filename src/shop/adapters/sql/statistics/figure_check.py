"""Compares the ledger and the figures, row by row, with the records that they are derived from."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Column, Row, Select, and_, case, func, or_, select

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.orders.tables import order_history, order_lines, order_states, orders
from shop.adapters.sql.payments.tables import payments, refunds
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
from shop.domain.orders.order import OrderStatus
from shop.domain.payments.payment import PaymentStatus, RefundStatus
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

_ENOUGH: Final = 100
"""Maximum number of differences to report of each kind."""

_E: Final = sales_entries.c
_PAID: Final = (
    select(order_history.c.order_id, func.min(order_history.c.at).label("at"))
    .where(order_history.c.status == OrderStatus.PAID.value)
    .group_by(order_history.c.order_id)
    .subquery()
)
_SOLD_LINES: Final = (
    select(
        order_lines.c.order_id,
        order_lines.c.position,
        order_lines.c.item_id,
        order_lines.c.product_id,
        order_lines.c.quantity,
        (order_lines.c.unit_price * order_lines.c.quantity).label("gross"),
        order_lines.c.discount,
        order_states.c.user_id,
        orders.c.promo_code,
        _PAID.c.at,
    )
    .join(orders, orders.c.id == order_lines.c.order_id)
    .join(order_states, order_states.c.order_id == order_lines.c.order_id)
    .join(_PAID, _PAID.c.order_id == order_lines.c.order_id)
    .subquery()
)
_ENTRY_OF_LINE: Final = and_(
    _E.order_id == _SOLD_LINES.c.order_id,
    _E.number == _SOLD_LINES.c.position,
    _E.quantity > 0,
    _E.at == _SOLD_LINES.c.at,
    _E.user_id.is_not_distinct_from(_SOLD_LINES.c.user_id),
    _E.item_id == _SOLD_LINES.c.item_id,
    _E.product_id == _SOLD_LINES.c.product_id,
    _E.promo_code.is_not_distinct_from(_SOLD_LINES.c.promo_code),
    _E.quantity == _SOLD_LINES.c.quantity,
    _E.gross == _SOLD_LINES.c.gross,
    _E.discount == _SOLD_LINES.c.discount,
)
_LINES_NOT_IN_LEDGER: Final = (
    select(_SOLD_LINES.c.order_id, _SOLD_LINES.c.position)
    .outerjoin(sales_entries, _ENTRY_OF_LINE)
    .where(_E.order_id.is_(None))
    .limit(_ENOUGH)
)
_SALES_OF_NO_LINE: Final = (
    select(_E.order_id, _E.number)
    .outerjoin(_SOLD_LINES, _ENTRY_OF_LINE)
    .where(_E.quantity > 0, _SOLD_LINES.c.order_id.is_(None))
    .limit(_ENOUGH)
)
# A second payment of a paid order is returned to the customer, and is not part of the sale.
_EARLIER: Final = payments.alias()
_PAID_BEFORE: Final = (
    select(_EARLIER.c.order_id)
    .where(
        _EARLIER.c.order_id == payments.c.order_id,
        _EARLIER.c.status == PaymentStatus.SUCCEEDED.value,
        or_(
            _EARLIER.c.updated_at < payments.c.updated_at,
            and_(_EARLIER.c.updated_at == payments.c.updated_at, _EARLIER.c.attempt < payments.c.attempt),
        ),
    )
    .exists()
)
# The shares of a refund that failed after succeeding add up to zero.
_BACK: Final = case((refunds.c.status == RefundStatus.SUCCEEDED.value, refunds.c.amount), else_=0)
_REFUNDED: Final = (
    select(refunds.c.id, refunds.c.order_id, _BACK.label("amount"))
    .join(payments, payments.c.intent_id == refunds.c.intent_id)
    .join(_PAID, _PAID.c.order_id == refunds.c.order_id)
    .where(payments.c.status == PaymentStatus.SUCCEEDED.value, ~_PAID_BEFORE)
    .subquery()
)
_SHARE_OF_REFUND: Final = and_(_E.order_id == _REFUNDED.c.order_id, _E.refund_id == _REFUNDED.c.id)
# Shipping and tax are below 0 where they went back.
_SHARES: Final = func.coalesce(func.sum(_E.refunded - _E.shipping - _E.tax_added), 0)
_REFUNDS_NOT_IN_LEDGER: Final = (
    select(_REFUNDED.c.id, _REFUNDED.c.amount, _SHARES.label("shares"))
    .outerjoin(sales_entries, _SHARE_OF_REFUND)
    .group_by(_REFUNDED.c.id, _REFUNDED.c.amount)
    .having(_REFUNDED.c.amount != _SHARES)
    .limit(_ENOUGH)
)
_SHARES_OF_NO_REFUND: Final = (
    select(_E.order_id, _E.number)
    .outerjoin(_REFUNDED, _SHARE_OF_REFUND)
    .where(_E.refund_id.is_not(None), _REFUNDED.c.id.is_(None))
    .limit(_ENOUGH)
)
_IS_LOSS: Final = and_(_E.quantity == 0, _E.refund_id.is_(None))
_LOST: Final = func.coalesce(func.sum(case((_IS_LOSS, _E.disputed - _E.shipping - _E.tax_added), else_=0)), 0)
_DISPUTES_NOT_IN_LEDGER: Final = (
    select(order_states.c.order_id, order_states.c.disputes_lost, _LOST.label("shares"))
    .join(sales_entries, _E.order_id == order_states.c.order_id)
    .where(or_(order_states.c.disputes_lost > 0, _IS_LOSS))
    .group_by(order_states.c.order_id, order_states.c.disputes_lost)
    .having(order_states.c.disputes_lost != _LOST)
    .limit(_ENOUGH)
)
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
    """Return all differences, up to _ENOUGH of each kind. The connection must read one snapshot."""
    found = await _ledger_differences(connection)
    state = (await connection.execute(select(figures_state))).one_or_none()
    if state is not None and state.zone == zone.key:
        found += await _figure_differences(connection, zone)
        found += await _period_differences(connection, zone)
        kept = {f"{day} {status}": str(count) for day, status, count in await _rows(connection, _ORDER_DAYS)}
        truth = {
            f"{day} {status}": str(count) for day, status, count in await _rows(connection, _STATUSES_BY_DAY)
        }
        found += _compared("order_days", kept, truth)
    return found


async def _ledger_differences(connection: DirectConnection) -> list[Difference]:
    found = [
        Difference("order_lines", f"{order_id} {position}", "nothing", "sold")
        for order_id, position in await _rows(connection, _LINES_NOT_IN_LEDGER)
    ]
    found += [
        Difference("refunds", refund_id, str(shares), str(amount))
        for refund_id, amount, shares in await _rows(connection, _REFUNDS_NOT_IN_LEDGER)
    ]
    found += [
        Difference("disputes", order_id, str(shares), str(lost))
        for order_id, lost, shares in await _rows(connection, _DISPUTES_NOT_IN_LEDGER)
    ]
    for statement, kept in ((_SALES_OF_NO_LINE, "sold"), (_SHARES_OF_NO_REFUND, "refunded")):
        found += [
            Difference("sales_entries", f"{order_id} {number}", kept, "nothing")
            for order_id, number in await _rows(connection, statement)
        ]
    return found


async def _figure_differences(connection: DirectConnection, zone: ZoneInfo) -> list[Difference]:
    found: list[Difference] = []
    for month in await _months(connection, zone):
        end = next_month(month)
        bounds = (_E.at >= start_of_day(month, zone), _E.at < start_of_day(end, zone))
        rows = await connection.execute(select(sales_entries).where(_E.folded, *bounds))
        truth = sums((entry_of(row) for row in rows), zone)
        for day_column, key_column, expected in (
            (daily_figures.c.day, None, {str(day): figures for day, figures in truth.days.items()}),
            (promo_code_days.c.day, promo_code_days.c.promo_code, _by_text(truth.promo_codes)),
        ):
            kept = await _kept(connection, day_column, key_column, month, end)
            found += _compared(day_column.table.name, _shown(kept), _shown(expected))
        kept_items = {
            f"{row.day} {row.item_id} {row.product_id}": _item_sum_of(row)
            for row in await _items_of_days(connection, month, end)
        }
        expected_items = {
            " ".join(map(str, item)): _ItemSum(figures, truth.product_orders[item])
            for item, figures in truth.items.items()
        }
        found += _compared("item_days", _shown(kept_items), _shown(expected_items))
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
        kept = {f"{row.length} {row.first} {row.item_id} {row.product_id}": _item_sum_of(row) for row in rows}
        found += _compared("item_periods", _shown(kept), _shown(truth))
    return found


async def _months(connection: DirectConnection, zone: ZoneInfo) -> list[date]:
    """Return every month from the first to the last entry or figure."""
    ((first, last),) = await _rows(connection, select(func.min(_E.at), func.max(_E.at)))
    days = [day_of(moment, zone) for moment in (first, last) if moment is not None]
    for column in (daily_figures.c.day, item_days.c.day, item_periods.c.first, promo_code_days.c.day):
        (ends,) = await _rows(connection, select(func.min(column), func.max(column)))
        days += [day for day in ends if day is not None]
    months = [month_of(min(days))] if days else []
    while months and months[-1] < month_of(max(days)):
        months.append(next_month(months[-1]))
    return months


async def _items_of_days(connection: DirectConnection, first: date, end: date) -> Sequence[Row[Any]]:
    days = item_days.c.day
    return (await connection.execute(select(item_days).where(days >= first, days < end))).all()


async def _rows(connection: DirectConnection, statement: Select[Any]) -> Sequence[Sequence[Any]]:
    return (await connection.execute(statement)).all()


async def _kept(
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


def _compared(where: str, kept: Mapping[str, str], truth: Mapping[str, str]) -> list[Difference]:
    keys = sorted(key for key in kept.keys() | truth.keys() if kept.get(key) != truth.get(key))
    return [
        Difference(where, key, kept.get(key, "nothing"), truth.get(key, "nothing")) for key in keys[:_ENOUGH]
    ]
