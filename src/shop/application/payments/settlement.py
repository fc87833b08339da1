"""An order's state and ledger, locked for one transaction, and what payment providers' statements change in them.

This is the only place where a payment changes an order. The input is always the provider's own statement, requested by
a webhook, a cancellation or the worker: the final state does not depend on the order in which statements arrive.
Statements about refunds are handled in `refund_settlement`.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Final, Self

from shop.application.orders.order_view import RecordOrderEvents
from shop.application.payments.refund_settlement import MAX_REASON_LENGTH, add_refund, finish_cancelling
from shop.application.ports.system import Ids
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import Order, OrderStatus
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.outbox.event import EventType
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import Intent, Payment, PaymentMismatch, PaymentStatus, ProviderAccount
from shop.domain.payments.refund import Refund, RefundStatus

_EVENT_OF_STATUS: Final = {
    OrderStatus.FAILED: EventType.ORDER_PAYMENT_FAILED,
    OrderStatus.CANCELLED: EventType.ORDER_CANCELLED,
}
_DECLINED: Final = "the payment was declined"


class OpenOrder:
    """A locked order, the changes made to it in the transaction, and what to report after the commit.

    Every change is written immediately, except the order's own state, which `save` writes at the end.
    """

    def __init__(
        self,
        work: UnitOfWork,
        order: Order,
        ledger: Ledger,
        ids: Ids,
        now: datetime,
        events: RecordOrderEvents,
    ) -> None:
        self.work = work
        self.order = order
        self.ledger = ledger
        self.ids = ids
        self.now = now
        self.products_moved: set[str] = set()
        """Ids of the products whose stock or sales changed, for cache invalidation."""
        self.has_refunds_due = False
        """Whether refunds were added that still have to be sent. Refunds created at the provider don't count."""
        self.outcomes: list[PaymentStatus | RefundStatus] = []
        """New statuses of the order's payments and refunds."""
        self._events = events
        self._loaded = order
        self._had_money = ledger.captured is not None
        self._snapshot: tuple[OrderSnapshot, str | None] | None = None

    @classmethod
    async def open(
        cls, work: UnitOfWork, order_id: str, ids: Ids, now: datetime, events: RecordOrderEvents
    ) -> Self | None:
        """Lock the order and return it; None if it is unknown."""
        order = await work.orders.lock(order_id)
        if order is None:
            return None
        return cls(work, order, await work.payments.ledger(order_id), ids, now, events)

    @property
    def left(self) -> int:
        """Return the amount paid, less refunds (including pending ones) and amounts lost in disputes."""
        return max(0, self.ledger.left - self.order.disputes_lost)

    async def save(self) -> None:
        """Store the order's state, if it changed, and the events of the change."""
        if self.order is self._loaded:
            return
        await self.work.orders.save(self.order)
        was_paid = not self._had_money and self.ledger.captured is not None
        if types := _order_event_types(self._loaded, self.order, was_paid=was_paid):
            snapshot, username = await self._owned_snapshot()
            await self._events.changed(self.work, types, snapshot, self.order, self.ledger, username)

    async def snapshot(self) -> OrderSnapshot:
        """Return the order snapshot; read only once."""
        return (await self._owned_snapshot())[0]

    async def _owned_snapshot(self) -> tuple[OrderSnapshot, str | None]:
        if self._snapshot is None:
            self._snapshot = await self.work.orders.owned_snapshot(self.order.id)
        assert self._snapshot is not None
        return self._snapshot

    async def add_refund(self, refund: Refund) -> None:
        await self.work.payments.add_refund(refund)
        self.ledger = self.ledger.with_refund(refund)

    async def save_refund(self, refund: Refund) -> None:
        await self.work.payments.save_refund(refund)
        self.ledger = self.ledger.with_refund(refund)

    async def restock(self, units: Mapping[str, int]) -> None:
        """Return units of the order's lines to the stock."""
        if units:
            await self.work.stock.give_back(units)
            snapshot = await self.snapshot()
            await self._events.stock_changed(self.work, snapshot, units)
            self.products_moved |= {line.product_id for line in snapshot.lines if line.item_id in units}


class Settlement(OpenOrder):
    """An open order to which payment statements are applied, and which can be cancelled."""

    async def apply_intent(self, intent: Intent, account: ProviderAccount, note: str | None = None) -> None:
        """Apply the provider's statement about one of the order's payments; `note` goes into the history on payment.

        Raises PaymentMismatch when the amount isn't the order's total, or the shop never requested this payment.
        """
        if (intent.amount, intent.currency) != (self.order.total, self.order.currency):
            raise PaymentMismatch(f"The payment of order {self.order.id} has another amount or currency.")
        if intent.disputed:
            self.order = self.order.mark_disputed(self.now)
        had_money = self.ledger.captured is not None
        known = self.ledger.payment_of(intent.id)
        payment = await self._observe(known, intent, account)
        if payment is None or (known is not None and known.status is payment.status):
            return
        if payment.status is not PaymentStatus.PENDING:
            self.outcomes.append(payment.status)
        match payment.status:
            case PaymentStatus.SUCCEEDED:
                await self._on_paid(payment, note, had_money=had_money)
            case PaymentStatus.CANCELLED if payment.attempt == self.order.payment_attempt:
                # The end of an earlier attempt changes nothing: the buyer may still pay the current one.
                if self.order.is_payable:
                    self.order = self.order.next_attempt()
                elif self.order.status is OrderStatus.CANCELLING and not had_money:
                    await self.finish_unpaid()
            case PaymentStatus.FAILED if self.order.status is OrderStatus.PENDING:
                reason = (intent.decline_reason or _DECLINED)[:MAX_REASON_LENGTH]
                self.order = self.order.fail(self.now, reason)

    async def begin_cancelling(self, reason: CancellationReason, note: str | None = None) -> None:
        """Mark the order as being cancelled, and record the refund due if it is paid.

        An order whose total is 0, or whose money was lost in a dispute, is cancelled immediately. Raises
        ForbiddenTransition, PaymentDisputed.
        """
        was_paid = self.order.status is OrderStatus.PAID
        self.order.ensure_not_disputed()
        self.order = self.order.begin_cancelling(self.now, reason, note)
        if self.order.total == 0:
            await self.finish_unpaid()
        elif was_paid and self.left:
            await self._record_refund_due(self.ledger.captured, self.left, reason.value)
        elif was_paid and not self.order.refundable_amount:
            await finish_cancelling(self)  # All the money was lost in a dispute.

    async def finish_unpaid(self) -> None:
        """Finish the cancellation of an unpaid order."""
        await finish_cancelling(self)
        await self.work.promo_codes.give_back_use(self.order.id)

    async def _observe(
        self, known: Payment | None, intent: Intent, account: ProviderAccount
    ) -> Payment | None:
        """Return the payment, updated; None for a second intent of an attempt that already has a payment."""
        if known is not None:
            payment = known.observe(intent, self.now)
            if payment is not known:
                await self.work.payments.save(payment)
        else:
            payment = Payment.opened(self.order.id, intent, account, self.now).observe(intent, self.now)
            if not await self.work.payments.add(payment):
                # Its secret was never returned to a buyer, so only the shop's owner can have paid it.
                if payment.status is PaymentStatus.SUCCEEDED:
                    raise PaymentMismatch(
                        f"A payment of order {self.order.id} was not requested by the shop."
                    )
                return None
        self.ledger = self.ledger.with_payment(payment)
        return payment

    async def _on_paid(self, payment: Payment, note: str | None, *, had_money: bool) -> None:
        if had_money or self.order.status is OrderStatus.CANCELLED:
            # The order was already settled: refund this payment and leave the order unchanged.
            await self._record_refund_due(payment, payment.amount, "paid after the order was settled")
            return
        cancellation = self.order.cancellation
        self.order = self.order.pay(self.now, note)
        snapshot = await self.snapshot()
        # The account that claimed a guest's order has the sale in its figures.
        owned = replace(snapshot, user_id=self.order.user_id)
        await self.work.sales.record_sale(owned, self.now)
        await self.work.products.count_sales(snapshot.lines, self.now.date())
        self.products_moved |= snapshot.product_ids
        if cancellation is not None and cancellation.reason is not CancellationReason.EXPIRED:
            self.order = self.order.begin_cancelling(self.now, cancellation.reason, cancellation.note)
            await self._record_refund_due(payment, payment.amount, cancellation.reason.value)

    async def _record_refund_due(self, payment: Payment | None, amount: int, reason: str) -> None:
        assert payment is not None
        await add_refund(self, Refund.of(self.ids.new_id(), payment, amount, reason, self.now))
        self.has_refunds_due = True


def _order_event_types(before: Order, after: Order, *, was_paid: bool) -> list[EventType]:
    """Return the events of an order's change within one transaction, in order.

    `was_paid` says whether its payment succeeded in this transaction: an order also returns to `paid` when a refund
    fails.
    """
    statuses = [change.status for change in after.changes]
    types = [EventType.ORDER_PAID] if was_paid and OrderStatus.PAID in statuses else []
    types += [_EVENT_OF_STATUS[status] for status in statuses if status in _EVENT_OF_STATUS]
    if after.refunded_total > before.refunded_total:
        types.append(EventType.ORDER_REFUNDED)
    return types
