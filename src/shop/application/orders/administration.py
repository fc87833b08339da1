"""Administration of orders."""

from typing import Final

import msgspec

from shop.application.audit.trail import Audit, AuditedOrder
from shop.application.framework.inputs import ExpectedVersions, ensure_expected, takes_back
from shop.application.framework.transactions import retry_on_conflict
from shop.application.limits import Reason
from shop.application.orders.reading import GetOrder
from shop.application.orders.views import AdminOrderSummary, OrderView
from shop.application.payments.cancelling import CancelOrder
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound, ValidationFailed
from shop.domain.orders.access import OrderAccess
from shop.domain.orders.order import Order, OrderStatus
from shop.domain.rules import checked_reason


@takes_back(OrderView, AdminOrderSummary)
class OrderStepInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The order's next status (`shipped`, `delivered` or `cancelled`) and a reason for its history.

    An order may be sent back as it was read: other fields are ignored, and its current status changes nothing.
    """

    status: OrderStatus
    reason: Reason | None = None
    id: object = msgspec.UNSET


_STEPS: Final = {
    OrderStatus.SHIPPED: (Order.ship, AuditAction.ORDER_SHIPPED),
    OrderStatus.DELIVERED: (Order.deliver, AuditAction.ORDER_DELIVERED),
}
_STATUSES: Final = (*_STEPS, OrderStatus.CANCELLED)


class MoveOrder:
    """Admins: mark an order as shipped or delivered, or cancel it.

    A paid order is refunded before it is cancelled; until the provider answers, it is `cancelling`. Fails
    with NOT_FOUND for an unknown order, a conflict when its status does not allow the step, PAYMENT_DISPUTED while the
    customer's bank holds the money, PRECONDITION_FAILED for a stale expected version.
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
        """Move the order. `expected` holds accepted versions, which are lengths of the order's history."""
        reason = checked_reason(step.reason)
        if step.id is not msgspec.UNSET:
            order = await self._get_order(OrderAccess(admin), order_id)
            if order.status is step.status:  # sent back as it was read
                ensure_expected(len(order.status_history), expected)
                return order
        if step.status not in _STATUSES:
            raise ValidationFailed({"status": f"must be one of {', '.join(_STATUSES)}"})
        if step.status is OrderStatus.CANCELLED:
            await self._cancel_order(OrderAccess(admin), order_id, expected=expected, note=reason)
        else:
            await self._move(admin, order_id, step.status, reason, expected)
        return await self._get_order(OrderAccess(admin), order_id)

    @retry_on_conflict
    async def _move(
        self,
        admin: Principal,
        order_id: str,
        step: OrderStatus,
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
