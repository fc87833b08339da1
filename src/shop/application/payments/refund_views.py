"""How refunds are shown to those who look at all of them."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

import msgspec

from shop.domain.money import Currency
from shop.domain.payments.payment import Refund, RefundItem, RefundStatus


class RefundItemView(msgspec.Struct, frozen=True, rename="camel"):
    """Units of an order's item that a refund is for."""

    item_id: str
    quantity: int


class AdminRefundView(msgspec.Struct, frozen=True, rename="camel"):
    """A refund and the order that it is of; `amount` in major units of `currency`.

    `order_number` is the order's name for people, `username` the customer's; a closed account's is the one it was
    given when it closed. `items` are what it is for, as far as that was said; `restock`: they came back with it.
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
    items: list[RefundItemView]
    failure_reason: str | None


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
        items=refund_item_views(refund.items),
        failure_reason=refund.failure_reason,
    )


def refund_item_views(items: Sequence[RefundItem]) -> list[RefundItemView]:
    return [RefundItemView(item.item_id, item.quantity) for item in items]
