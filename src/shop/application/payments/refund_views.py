"""How refunds are shown to those who look at all of them."""

from datetime import datetime
from decimal import Decimal

import msgspec

from shop.domain.money import Currency
from shop.domain.payments.payment import Refund, RefundStatus


class AdminRefundView(msgspec.Struct, frozen=True, rename="camel"):
    """A refund and the order that it is of; `amount` in major units of `currency`.

    `order_number` is the order's name for people, `username` the customer's; a closed account's is the one it was
    given when it closed. `restock`: the goods came back with it.
    """

    id: str
    order_id: str
    order_number: str
    username: str
    amount: Decimal
    currency: str
    status: RefundStatus
    reason: str | None
    restock: bool
    created_at: datetime


def admin_refund_view(refund: Refund, order_number: str, username: str, currency: str) -> AdminRefundView:
    return AdminRefundView(
        id=refund.id,
        order_id=refund.order_id,
        order_number=order_number,
        username=username,
        amount=Currency(currency).to_major(refund.amount),
        currency=currency,
        status=refund.status,
        reason=refund.reason,
        restock=refund.restock,
        created_at=refund.created_at,
    )
