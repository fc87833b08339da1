"""T3: what the provider says of a payment becomes what the shop knows.

The one place where a payment's state moves an order. It is fed with the provider's own statement, whoever asked
for it (webhook, cancellation, worker): the end state depends on what is true, not on the order in which it was
heard.
"""

from datetime import datetime
from typing import Final

from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.payments import PaymentProvider, ProviderRefund
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.application.transactions import run_again
from shop.domain.order import CancellationReason, Order, OrderStatus
from shop.domain.payment import (
    Intent,
    Payment,
    PaymentMismatch,
    PaymentRejected,
    PaymentStatus,
    PaymentUnavailable,
    Refund,
    RefundStatus,
)

_DECLINED: Final = "the payment was declined"
_LONGEST_REASON: Final = 200


class SettlePayment:
    """Applies a provider's statement about an intent to its order, once; then sends the refunds that follow."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        provider: PaymentProvider,
        clock: Clock,
        ids: Ids,
        cache: CatalogueCache,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._provider = provider
        self._clock = clock
        self._ids = ids
        self._cache = cache

    async def __call__(self, intent: Intent, event_id: str | None = None) -> None:
        """Raises PaymentMismatch when amount or currency are not the order's; an intent of no order is ignored."""
        if intent.order_id is None:
            return
        moved = await self._apply(intent, intent.order_id, event_id)
        if moved is None:
            return
        self._cache.stock_changed(moved)
        self._cache.sales_changed()
        await self.send_refunds(intent.order_id)

    async def send_refunds(self, order_id: str) -> None:
        """Ask the provider for every refund of the order that has no verdict yet; what can't be told yet waits."""
        for refund in await self._pending_refunds(order_id):
            try:
                verdict = await self._provider.refund(refund)
            except PaymentUnavailable:
                return
            except PaymentRejected:
                verdict = ProviderRefund("", RefundStatus.FAILED)
            if verdict.status is not RefundStatus.PENDING:
                self._cache.stock_changed(await self._apply_refund(refund, verdict))

    @run_again
    async def _pending_refunds(self, order_id: str) -> list[Refund]:
        async with self._unit_of_work() as work:
            refunds = await work.payments.refunds(order_id)
        return [refund for refund in refunds if refund.status is RefundStatus.PENDING]

    @run_again
    async def _apply(self, intent: Intent, order_id: str, event_id: str | None) -> dict[str, int] | None:
        """The units whose stock or sales moved; None when nothing did."""
        now = self._clock.now()
        async with self._unit_of_work() as work:
            # The order first: deliveries of one event then wait for each other here, and not in a ring.
            order = await work.orders.lock(order_id)
            if event_id is not None and not await work.payments.record_event(event_id, now):
                return None
            if order is None:
                return None
            if (intent.amount, intent.currency) != (order.total, order.currency):
                raise PaymentMismatch(f"The payment of order {order_id} has another amount or currency.")
            payments = await work.payments.of_order(order_id)
            known = next((payment for payment in payments if payment.intent_id == intent.id), None)
            observed = await self._observe(work, known, intent, now)
            if known is not None and known.status is observed.status:
                return None
            captured_before = any(payment.status is PaymentStatus.SUCCEEDED for payment in payments)
            return await self._move(work, order, intent, now, captured_before=captured_before)

    async def _observe(
        self, work: UnitOfWork, known: Payment | None, intent: Intent, now: datetime
    ) -> Payment:
        if known is not None:
            observed = known.observe(intent, now)
            if observed is not known:
                await work.payments.save(observed)
            return observed
        assert intent.order_id is not None
        made = Payment(
            order_id=intent.order_id,
            attempt=intent.attempt,
            provider=self._provider.name,
            intent_id=intent.id,
            client_secret=intent.client_secret or "",
            status=intent.status,
            amount=intent.amount,
            currency=intent.currency,
            created_at=now,
            updated_at=now,
        )
        await work.payments.add(made)
        return made

    async def _move(
        self, work: UnitOfWork, order: Order, intent: Intent, now: datetime, *, captured_before: bool
    ) -> dict[str, int] | None:
        match intent.status:
            case PaymentStatus.SUCCEEDED:
                return await self._money_came(work, order, intent, now, captured_before=captured_before)
            case PaymentStatus.CANCELLED if order.status is OrderStatus.CANCELLING and not captured_before:
                return await cancelled_unpaid(work, order, now)
            case PaymentStatus.CANCELLED if order.is_payable and intent.attempt == order.payment_attempt:
                await work.orders.save(order.next_attempt())
            case PaymentStatus.FAILED if order.status is OrderStatus.PENDING:
                await work.orders.save(
                    order.fail(now, (intent.decline_reason or _DECLINED)[:_LONGEST_REASON])
                )
        return None

    async def _money_came(
        self, work: UnitOfWork, order: Order, intent: Intent, now: datetime, *, captured_before: bool
    ) -> dict[str, int] | None:
        if captured_before or order.status is OrderStatus.CANCELLED:
            # Nobody is owed anything for this money: it goes back, and the order stays what it is.
            reason = "paid after the order was settled"
            await work.payments.add_refund(
                Refund.owe(self._ids.new_id(), order, intent.id, order.total, reason, now)
            )
            return {}
        cancellation = order.cancellation
        order = order.pay(now)
        snapshot = await work.orders.snapshot(order.id)
        assert snapshot is not None
        await work.sales.record_sale(snapshot, now)
        await work.products.count_sales(snapshot.quantities, now.date())
        if cancellation is not None and cancellation.reason is not CancellationReason.EXPIRED:
            order = order.begin_cancelling(now, cancellation.reason)
            await work.payments.add_refund(
                Refund.owe(self._ids.new_id(), order, intent.id, order.total, cancellation.reason.value, now)
            )
        await work.orders.save(order)
        return snapshot.quantities

    @run_again
    async def _apply_refund(self, refund: Refund, verdict: ProviderRefund) -> dict[str, int]:
        """The units that went back into the stock."""
        now = self._clock.now()
        async with self._unit_of_work() as work:
            order = await work.orders.lock(refund.order_id)
            assert order is not None
            present = next(
                each for each in await work.payments.refunds(refund.order_id) if each.id == refund.id
            )
            settled = present.settle(verdict.status, verdict.id or None)
            if settled is present:
                return {}
            await work.payments.save_refund(settled)
            if settled.status is RefundStatus.FAILED:
                if order.status is OrderStatus.CANCELLING:
                    await work.orders.save(order.keep_after_failed_refund(now))
                return {}
            if not await _is_for_the_order(work, settled):
                return {}
            await work.sales.record_refund(order.id, settled.id, settled.amount, now)
            order = order.refund(settled.amount, now)
            restocked: dict[str, int] = {}
            if order.status is OrderStatus.CANCELLING:
                order = order.finish_cancelling(now)
                restocked = await _restock(work, order)
            await work.orders.save(order)
            return restocked


async def cancelled_unpaid(work: UnitOfWork, order: Order, now: datetime) -> dict[str, int]:
    """Finish a cancellation that leaves no money anywhere; the units that went back into the stock."""
    await work.orders.save(order.finish_cancelling(now))
    await work.promo_codes.give_back_use(order.id)
    return await _restock(work, order)


async def _restock(work: UnitOfWork, order: Order) -> dict[str, int]:
    snapshot = await work.orders.snapshot(order.id)
    assert snapshot is not None
    await work.stock.give_back(snapshot.quantities)
    return snapshot.quantities


async def _is_for_the_order(work: UnitOfWork, refund: Refund) -> bool:
    """Whether the refund gives back what paid the order, and not money that came on top of it."""
    captured = [
        payment
        for payment in await work.payments.of_order(refund.order_id)
        if payment.status is PaymentStatus.SUCCEEDED
    ]
    return captured[0].intent_id == refund.intent_id
