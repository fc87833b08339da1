"""What admins do with orders."""

from enum import StrEnum
from typing import Final

import msgspec

from shop.application.audit import Audit, AuditedOrder
from shop.application.order_views import OrderView
from shop.application.orders import GetOrder
from shop.application.payments.cancelling import CancelOrder
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.application.preconditions import ExpectedVersions, ensure_expected
from shop.application.transactions import run_again
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound
from shop.domain.order import Order
from shop.domain.stock import checked_reason
from shop.domain.user import Principal


class AdminStep(StrEnum):
    """Where an admin can take an order."""

    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"


class OrderStepInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The order's next status, and why: words for its history. Read-only fields may come back and are ignored."""

    status: AdminStep
    reason: str | None = None
    id: object = msgspec.UNSET
    number: object = msgspec.UNSET
    created_at: object = msgspec.UNSET
    items: object = msgspec.UNSET
    subtotal: object = msgspec.UNSET
    discount: object = msgspec.UNSET
    total: object = msgspec.UNSET
    refunded_total: object = msgspec.UNSET
    currency: object = msgspec.UNSET
    promo_code: object = msgspec.UNSET
    contact: object = msgspec.UNSET
    shipping_address: object = msgspec.UNSET
    payment: object = msgspec.UNSET
    status_history: object = msgspec.UNSET


_STEPS: Final = {
    AdminStep.SHIPPED: (Order.ship, AuditAction.ORDER_SHIPPED),
    AdminStep.DELIVERED: (Order.deliver, AuditAction.ORDER_DELIVERED),
}


class MoveOrder:
    """Admins: say that an order was shipped or delivered, or cancel it.

    A paid order that is cancelled is refunded first; while the provider's answer is out, it is `cancelling`.
    Fails with 404 for an unknown order, 409 when its status does not allow the step, 412 for a stale `If-Match`.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        cancel_order: CancelOrder,
        get_order: GetOrder,
        clock: Clock,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._cancel_order = cancel_order
        self._get_order = get_order
        self._clock = clock
        self._audit = audit

    async def __call__(
        self, admin: Principal, order_id: str, step: OrderStepInput, expected: ExpectedVersions = None
    ) -> OrderView:
        """`expected` are lengths of the order's history, which is its version."""
        reason = checked_reason(step.reason)
        if step.status is AdminStep.CANCELLED:
            await self._cancel_order(admin, order_id, expected=expected, note=reason)
        else:
            await self._move(admin, order_id, step.status, reason, expected)
        return await self._get_order(admin, order_id)

    @run_again
    async def _move(
        self,
        admin: Principal,
        order_id: str,
        step: AdminStep,
        reason: str | None,
        expected: ExpectedVersions,
    ) -> None:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            before = await work.orders.lock(order_id)
            if before is None:
                raise NotFound("order")
            ensure_expected(before.history_length, expected)
            verb, action = _STEPS[step]
            after = verb(before, now, reason)
            await work.orders.save(after)
            await self._audit(
                work,
                admin,
                action,
                order_id,
                before=AuditedOrder(before.status),
                after=AuditedOrder(after.status, reason),
            )
