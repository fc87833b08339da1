"""Cancellation and expiry: mark the order, ask the provider, finish by what it says."""

from datetime import datetime
from typing import Final

from shop.application.audit import Audit, AuditedOrder
from shop.application.idempotency import Answer, IdempotencyKey
from shop.application.idempotent_requests import claim, lease_for, save_answer
from shop.application.order_views import OrderAnswer, order_view
from shop.application.payments.settling import SettlePayment, cancelled_unpaid
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.payments import PaymentProvider
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.application.preconditions import ExpectedVersions, ensure_expected
from shop.application.transactions import run_again
from shop.application.views import encode
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound
from shop.domain.order import CancellationReason, Order, OrderStatus
from shop.domain.payment import Payment, PaymentRejected, PaymentStatus, PaymentUnavailable, Refund
from shop.domain.user import Principal, Role

_CALLS: Final = 3
"""How often a cancellation asks the provider at the most: find the payment, cancel it, give its money back."""


class CancelOrder:
    """Owners and admins: cancel an order that is not shipped.

    Unpaid: the payment is cancelled at the provider, stock and promo code are given back. Paid: refunded in full
    first. While the provider's answer is out the order is `cancelling`, and the worker goes on with it.
    Fails with 404 for somebody else's order, 409 when the order's status does not allow it.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        provider: PaymentProvider,
        settle: SettlePayment,
        clock: Clock,
        ids: Ids,
        cache: CatalogueCache,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._provider = provider
        self._settle = settle
        self._clock = clock
        self._ids = ids
        self._cache = cache
        self._audit = audit
        self._lease = lease_for(_CALLS * provider.time_budget)

    async def __call__(
        self,
        principal: Principal,
        order_id: str,
        key: IdempotencyKey | None = None,
        expected: ExpectedVersions = None,
        note: str | None = None,
    ) -> Answer:
        """`expected` are lengths of the order's history, which is its version; `note` is for the history."""
        if (replay := await self._begin_for(principal, order_id, key, expected, note)) is not None:
            return replay
        await self.advance(order_id)
        return await self._answer(principal, order_id, key)

    async def expire(self, order_id: str) -> None:
        """The worker: give up an unpaid order whose term is over, unless its money is on the way."""
        if await self._begin_expiry(order_id):
            await self.advance(order_id)

    async def advance(self, order_id: str) -> None:
        """Bring a cancellation under way as far as the provider allows now; a no-op when there is none."""
        to_refund = await self._awaited(order_id)
        if to_refund is None:
            return
        if to_refund:
            await self._settle.send_refunds(order_id)
        else:
            await self._cancel_payment(order_id)
        await self._record_if_lasting(order_id)

    async def _cancel_payment(self, order_id: str) -> None:
        order, payment = await self._loaded(order_id)
        if order is None or order.status is not OrderStatus.CANCELLING:
            return
        try:
            if payment is None or payment.attempt != order.payment_attempt:
                # The intent may exist without our knowing: asking for it by its key finds or makes it.
                intent_id = (
                    await self._provider.create_intent(
                        order.id, order.payment_attempt, order.total, order.currency
                    )
                ).id
            else:
                intent_id = payment.intent_id
            await self._settle(await self._provider.cancel_intent(intent_id))
        except (PaymentUnavailable, PaymentRejected):
            return

    @run_again
    async def _begin_for(
        self,
        principal: Principal,
        order_id: str,
        key: IdempotencyKey | None,
        expected: ExpectedVersions,
        note: str | None,
    ) -> Answer | None:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            earlier = await claim(work, key, now, order_id=order_id, lease=self._lease)
            if isinstance(earlier, Answer):
                return earlier
            order = await work.orders.lock(order_id)
            if order is None or (order.user_id != principal.user_id and principal.role is not Role.ADMIN):
                raise NotFound("order")
            if earlier is None:
                ensure_expected(order.history_length, expected)
            if earlier is not None or order.status is OrderStatus.CANCELLING:
                return None  # It was begun already: by an earlier request under the key, or by another.
            reason = (
                CancellationReason.CUSTOMER if order.user_id == principal.user_id else CancellationReason.SHOP
            )
            restocked = await self._begin(work, order, reason, now, note)
            if principal.role is Role.ADMIN:
                # Without a price, it needs no provider and is over.
                status = OrderStatus.CANCELLING if order.total else OrderStatus.CANCELLED
                await self._audit(
                    work,
                    principal,
                    AuditAction.ORDER_CANCELLED,
                    order_id,
                    before=AuditedOrder(order.status),
                    after=AuditedOrder(status, note),
                )
        self._cache.stock_changed(restocked)
        return None

    @run_again
    async def _begin_expiry(self, order_id: str) -> bool:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            order = await work.orders.lock(order_id)
            if order is None or not order.is_payable or order.expires_at > now:
                return False
            payment = await work.payments.latest(order_id)
            if payment is not None and payment.status is PaymentStatus.PROCESSING:
                return False
            await self._begin(work, order, CancellationReason.EXPIRED, now)
        return True

    async def _begin(
        self,
        work: UnitOfWork,
        order: Order,
        reason: CancellationReason,
        now: datetime,
        note: str | None = None,
    ) -> dict[str, int]:
        """Mark the order, and write down in the same transaction what a paid one is owed.

        The units that went back into the stock: an order without a price needs no provider and is over at once.
        """
        was_paid = order.status is OrderStatus.PAID
        order = order.begin_cancelling(now, reason, note)
        if order.total == 0:
            return await cancelled_unpaid(work, order, now)
        if was_paid:
            captured = await work.payments.latest(order.id)
            assert captured is not None and captured.status is PaymentStatus.SUCCEEDED
            left = order.total - order.refunded_total
            await work.payments.add_refund(
                Refund.owe(self._ids.new_id(), order, captured.intent_id, left, reason.value, now)
            )
        await work.orders.save(order)
        return {}

    @run_again
    async def _loaded(self, order_id: str) -> tuple[Order | None, Payment | None]:
        async with self._unit_of_work() as work:
            return await work.orders.lock(order_id), await work.payments.latest(order_id)

    @run_again
    async def _awaited(self, order_id: str) -> bool | None:
        """What the cancellation waits for: refunds (True), the payment's end (False), or nothing (None)."""
        async with self._unit_of_work() as work:
            order = await work.orders.lock(order_id)
            if order is None or order.status is not OrderStatus.CANCELLING:
                return None
            payments = await work.payments.of_order(order_id)
            return any(payment.status is PaymentStatus.SUCCEEDED for payment in payments)

    @run_again
    async def _record_if_lasting(self, order_id: str) -> None:
        async with self._unit_of_work() as work:
            order = await work.orders.lock(order_id)
            if order is not None and order.status is OrderStatus.CANCELLING and not order.cancelling_recorded:
                await work.orders.save(order.record_cancelling())

    @run_again
    async def _answer(self, principal: Principal, order_id: str, key: IdempotencyKey | None) -> Answer:
        async with self._unit_of_work() as work:
            order = await work.orders.lock(order_id)
            snapshot = await work.orders.snapshot(order_id)
            assert order is not None and snapshot is not None
            view = order_view(
                snapshot,
                order,
                await work.orders.history(order_id),
                await work.payments.latest(order_id),
                provider=self._provider.name,
                for_owner=order.user_id == principal.user_id,
            )
            return await save_answer(work, key, encode(OrderAnswer(view)))
