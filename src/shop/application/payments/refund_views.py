"""Views of refunds in the list of all refunds, and of refunded items."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from shop.domain.money import Currency
from shop.domain.payments.refund import Refund, RefundItem, RefundStatus


class RefundItemView(msgspec.Struct, frozen=True, rename="camel"):
    """An order's item and the number of units refunded."""

    item_id: str
    quantity: int


class AdminRefundView(msgspec.Struct, frozen=True, rename="camel"):
    """A refund and its order; `amount` in major units of `currency`.

    `order_number` is the order number that people see. `username` is the customer's, null for a guest; a closed
    account has the name it got when it was closed. `items` are the refunded items, if stated; `restock`: they return to
    the stock.
    """

    id: str
    order_id: str
    order_number: str
    username: str | None
    amount: Decimal
    currency: str
    status: RefundStatus
    reason: str | None
    restock: bool
    created_at: datetime
    items: list[RefundItemView]
    failure_reason: str | None


def admin_refund_view(
    refund: Refund, order_number: str, username: str | None, currency: str
) -> AdminRefundView:
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
        items=refund_item_views(refund.items),
        failure_reason=refund.failure_reason,
    )


def refund_item_views(items: Sequence[RefundItem]) -> list[RefundItemView]:
    return [RefundItemView(item.item_id, item.quantity) for item in items]
