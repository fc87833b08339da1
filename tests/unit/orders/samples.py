"""Orders of every status, created by their domain actions."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from shop.domain.address import Address
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import Order, OrderStatus
from shop.domain.orders.snapshot import Contact, OrderLine, OrderSnapshot

ORDER_ID: Final = "01932c07-7d2e-7c31-9f4a-5b1d6e8f9a0b"
PLACED: Final = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER: Final = PLACED + timedelta(minutes=5)
TERM: Final = timedelta(minutes=30)


def snapshot_of(total: int) -> OrderSnapshot:
    """Return the snapshot of an order of one mug at this price."""
    return OrderSnapshot(
        id=ORDER_ID,
        user_id="user",
        created_at=PLACED,
        currency="USD",
        lines=(OrderLine("mug", "mug", None, "Mug", total, 1, 0),),
        subtotal=total,
        discount=0,
        total=total,
        promo_code=None,
        contact=Contact(),
        shipping_address=Address(),
    )


def placed(total: int = 1000) -> Order:
    return Order.place(snapshot_of(total), PLACED + TERM)


def _cancelling(order: Order) -> Order:
    return order.begin_cancelling(LATER, CancellationReason.CUSTOMER)


PATHS: Final[dict[OrderStatus, Callable[[Order], Order]]] = {
    OrderStatus.PENDING: lambda order: order,
    OrderStatus.FAILED: lambda order: order.fail(LATER, "declined"),
    OrderStatus.PAID: lambda order: order.pay(LATER),
    OrderStatus.CANCELLING: _cancelling,
    OrderStatus.SHIPPED: lambda order: order.pay(LATER).ship(LATER),
    OrderStatus.DELIVERED: lambda order: order.pay(LATER).ship(LATER).deliver(LATER),
    OrderStatus.CANCELLED: lambda order: _cancelling(order).finish_cancelling(LATER),
    OrderStatus.REFUNDED: lambda order: order.pay(LATER).refund(order.total, LATER),
}
"""How a pending order gets to each status."""


def order_that_is(status: OrderStatus, total: int = 1000) -> Order:
    """Return an order with this status and total."""
    return PATHS[status](placed(total))
