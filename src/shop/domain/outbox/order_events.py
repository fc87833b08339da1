"""Which events follow from a change of an order."""

from typing import Final

from shop.domain.orders.order import Order, OrderStatus
from shop.domain.outbox.event import EventType

_OF_STATUS: Final = {
    OrderStatus.FAILED: EventType.ORDER_PAYMENT_FAILED,
    OrderStatus.CANCELLED: EventType.ORDER_CANCELLED,
}


def order_event_types(before: Order, after: Order, *, was_paid: bool) -> list[EventType]:
    """Return the events of an order's change within one transaction, in order.

    `was_paid` says whether its payment succeeded in this transaction: an order also returns to `paid` when a refund
    fails.
    """
    statuses = [change.status for change in after.changes]
    types = [EventType.ORDER_PAID] if was_paid and OrderStatus.PAID in statuses else []
    types += [_OF_STATUS[status] for status in statuses if status in _OF_STATUS]
    if after.refunded_total > before.refunded_total:
        types.append(EventType.ORDER_REFUNDED)
    return types
