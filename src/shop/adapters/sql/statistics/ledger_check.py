"""Comparing the ledger of sales with the orders, refunds and disputes that it records."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Select, and_, case, func, or_, select

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.orders.tables import order_history, order_lines, order_states, orders
from shop.adapters.sql.payments.tables import payments, refunds
from shop.adapters.sql.statistics.tables import (
    sales_entries,
)
from shop.application.ports.statistics import Difference
from shop.domain.orders.order import OrderStatus
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import RefundStatus

MAX_DIFFERENCES: Final = 100
"""Maximum number of differences of each kind in a report."""
ENTRIES: Final = sales_entries.c
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
    ENTRIES.order_id == _SOLD_LINES.c.order_id,
    ENTRIES.number == _SOLD_LINES.c.position,
    ENTRIES.quantity > 0,
    ENTRIES.at == _SOLD_LINES.c.at,
    ENTRIES.user_id.is_not_distinct_from(_SOLD_LINES.c.user_id),
    ENTRIES.item_id == _SOLD_LINES.c.item_id,
    ENTRIES.product_id == _SOLD_LINES.c.product_id,
    ENTRIES.promo_code.is_not_distinct_from(_SOLD_LINES.c.promo_code),
    ENTRIES.quantity == _SOLD_LINES.c.quantity,
    ENTRIES.gross == _SOLD_LINES.c.gross,
    ENTRIES.discount == _SOLD_LINES.c.discount,
)
_LINES_NOT_IN_LEDGER: Final = (
    select(_SOLD_LINES.c.order_id, _SOLD_LINES.c.position)
    .outerjoin(sales_entries, _ENTRY_OF_LINE)
    .where(ENTRIES.order_id.is_(None))
    .limit(MAX_DIFFERENCES)
)
_SALES_OF_NO_LINE: Final = (
    select(ENTRIES.order_id, ENTRIES.number)
    .outerjoin(_SOLD_LINES, _ENTRY_OF_LINE)
    .where(ENTRIES.quantity > 0, _SOLD_LINES.c.order_id.is_(None))
    .limit(MAX_DIFFERENCES)
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
_SUCCEEDED_AMOUNT: Final = case((refunds.c.status == RefundStatus.SUCCEEDED.value, refunds.c.amount), else_=0)
_REFUNDED: Final = (
    select(refunds.c.id, refunds.c.order_id, _SUCCEEDED_AMOUNT.label("amount"))
    .join(payments, payments.c.intent_id == refunds.c.intent_id)
    .join(_PAID, _PAID.c.order_id == refunds.c.order_id)
    .where(payments.c.status == PaymentStatus.SUCCEEDED.value, ~_PAID_BEFORE)
    .subquery()
)
_SHARE_OF_REFUND: Final = and_(ENTRIES.order_id == _REFUNDED.c.order_id, ENTRIES.refund_id == _REFUNDED.c.id)
# Returned shipping and tax are negative.
_SHARES: Final = func.coalesce(func.sum(ENTRIES.refunded - ENTRIES.shipping - ENTRIES.tax_added), 0)
_REFUNDS_NOT_IN_LEDGER: Final = (
    select(_REFUNDED.c.id, _REFUNDED.c.amount, _SHARES.label("shares"))
    .outerjoin(sales_entries, _SHARE_OF_REFUND)
    .group_by(_REFUNDED.c.id, _REFUNDED.c.amount)
    .having(_REFUNDED.c.amount != _SHARES)
    .limit(MAX_DIFFERENCES)
)
_SHARES_OF_NO_REFUND: Final = (
    select(ENTRIES.order_id, ENTRIES.number)
    .outerjoin(_REFUNDED, _SHARE_OF_REFUND)
    .where(ENTRIES.refund_id.is_not(None), _REFUNDED.c.id.is_(None))
    .limit(MAX_DIFFERENCES)
)
_IS_LOSS: Final = and_(ENTRIES.quantity == 0, ENTRIES.refund_id.is_(None))
_LOST: Final = func.coalesce(
    func.sum(case((_IS_LOSS, ENTRIES.disputed - ENTRIES.shipping - ENTRIES.tax_added), else_=0)), 0
)
_DISPUTES_NOT_IN_LEDGER: Final = (
    select(order_states.c.order_id, order_states.c.disputes_lost, _LOST.label("shares"))
    .join(sales_entries, ENTRIES.order_id == order_states.c.order_id)
    .where(or_(order_states.c.disputes_lost > 0, _IS_LOSS))
    .group_by(order_states.c.order_id, order_states.c.disputes_lost)
    .having(order_states.c.disputes_lost != _LOST)
    .limit(MAX_DIFFERENCES)
)


async def ledger_differences(connection: DirectConnection) -> list[Difference]:
    """Return up to MAX_DIFFERENCES differences of each kind."""
    found = [
        Difference("order_lines", f"{order_id} {position}", "nothing", "sold")
        for order_id, position in await rows_of(connection, _LINES_NOT_IN_LEDGER)
    ]
    found += [
        Difference("refunds", refund_id, str(shares), str(amount))
        for refund_id, amount, shares in await rows_of(connection, _REFUNDS_NOT_IN_LEDGER)
    ]
    found += [
        Difference("disputes", order_id, str(shares), str(lost))
        for order_id, lost, shares in await rows_of(connection, _DISPUTES_NOT_IN_LEDGER)
    ]
    for statement, stored in ((_SALES_OF_NO_LINE, "sold"), (_SHARES_OF_NO_REFUND, "refunded")):
        found += [
            Difference("sales_entries", f"{order_id} {number}", stored, "nothing")
            for order_id, number in await rows_of(connection, statement)
        ]
    return found


async def rows_of(connection: DirectConnection, statement: Select[Any]) -> Sequence[Sequence[Any]]:
    return (await connection.execute(statement)).all()
