"""What is heard of an order's money, and what follows from it: the one place where a payment moves an order.

It is fed with the provider's own statements, whoever asked for them (webhook, cancellation, worker): the end state
depends on what is true, not on the order in which it was heard.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Self

from shop.application.ports.payments import ProviderRefund
from shop.application.ports.system import Ids
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.orders.order import CancellationReason, Order, OrderStatus
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.payment import (
    Intent,
    Ledger,
    Payment,
    PaymentMismatch,
    PaymentStatus,
    ProviderAccount,
    Refund,
    RefundStatus,
    RefundTooLarge,
)

LONGEST_REASON: Final = 200
_DECLINED: Final = "the payment was declined"


class Settlement:
    """One order's progress and ledger, locked for one transaction.

    Every verb writes what it decides at once, but for the order's own progress: `save` does, at the end.
    """

    def __init__(self, work: UnitOfWork, order: Order, ledger: Ledger, ids: Ids, now: datetime) -> None:
        self.order = order
        self.ledger = ledger
        self.products_moved: set[str] = set()
        """Ids of the products whose stock or sales moved: what a cache must hear of."""
        self.owes_refunds = False
        """Whether refunds were added that still have to be sent; those made at the provider haven't."""
        self.outcomes: list[PaymentStatus | RefundStatus] = []
        """What payments and refunds of the order have become."""
        self._work = work
        self._loaded = order
        self._ids = ids
        self._now = now

    @classmethod
    async def open(cls, work: UnitOfWork, order_id: str, ids: Ids, now: datetime) -> Self | None:
        """Lock the order; None if it is unknown."""
        order = await work.orders.lock(order_id)
        return None if order is None else cls(work, order, await work.payments.ledger(order_id), ids, now)

    async def save(self) -> None:
        """Store the order's progress, if it made any."""
        if self.order is not self._loaded:
            await self._work.orders.save(self.order)

    async def hear(self, intent: Intent, account: ProviderAccount) -> None:
        """The provider's statement about one of the order's payments.

        Raises PaymentMismatch when it isn't about this order's total, or about money that nobody was asked for.
        """
        if (intent.amount, intent.currency) != (self.order.total, self.order.currency):
            raise PaymentMismatch(f"The payment of order {self.order.id} has another amount or currency.")
        if intent.disputed:
            self.order = self.order.dispute(self._now)
        had_money = self.ledger.captured is not None
        known = self.ledger.payment_of(intent.id)
        payment = await self._observe(known, intent, account)
        if payment is None or (known is not None and known.status is payment.status):
            return
        if payment.status is not PaymentStatus.PENDING:
            self.outcomes.append(payment.status)
        match payment.status:
            case PaymentStatus.SUCCEEDED:
                await self._money_came(payment, had_money=had_money)
            case PaymentStatus.CANCELLED if self.order.status is OrderStatus.CANCELLING and not had_money:
                await self.finish_unpaid()
            case PaymentStatus.CANCELLED if (
                self.order.is_payable and payment.attempt == self.order.payment_attempt
            ):
                self.order = self.order.next_attempt()
            case PaymentStatus.FAILED if self.order.status is OrderStatus.PENDING:
                reason = (intent.decline_reason or _DECLINED)[:LONGEST_REASON]
                self.order = self.order.fail(self._now, reason)

    async def hear_refunds(self, stated: Sequence[ProviderRefund], intent_id: str) -> None:
        """The provider's statement about all refunds of a payment: ours, and those made without the shop."""
        payment = self.ledger.payment_of(intent_id)
        for statement in stated:
            refund = self._refund_of(statement)
            if refund is None and payment is not None and statement.status is not RefundStatus.FAILED:
                refund = Refund.of(
                    self._ids.new_id(),
                    payment,
                    statement.amount,
                    "made at the payment provider",
                    self._now,
                    restock=False,
                )
                await self._add_refund(refund)
            if refund is not None:
                await self.settle_refund(refund, statement)

    async def settle_refund(self, refund: Refund, statement: ProviderRefund) -> None:
        """The provider's statement about a refund of the order's. Raises PaymentMismatch for money beyond its total."""
        settled = refund.settle(statement.status, statement.id or None)
        if settled == refund:
            return
        had_goods_back = self.ledger.is_restocked
        await self._work.payments.save_refund(settled)
        self.ledger = self.ledger.with_refund(settled)
        if settled.status is not RefundStatus.PENDING:
            self.outcomes.append(settled.status)
        captured = self.ledger.captured
        if captured is None or captured.intent_id != settled.intent_id:
            return  # It came on top of what paid for the order, and is none of the order's business.
        if settled.status is RefundStatus.FAILED and self.order.status is OrderStatus.CANCELLING:
            self.order = self.order.keep_after_failed_refund(self._now)
        if settled.status is not RefundStatus.SUCCEEDED:
            return
        if settled.amount > self.order.total - self.order.refunded_total:
            raise PaymentMismatch(f"More was refunded of order {self.order.id} than was paid.")
        if self.order.status is not OrderStatus.CANCELLED:  # Else the money came too late: it was no sale's.
            await self._work.sales.record_refund(self.order.id, settled.id, settled.amount, self._now)
        self.order = self.order.refund(settled.amount, self._now)
        goods_are_back = settled.restock
        if self.order.status is OrderStatus.CANCELLING and self.order.refunded_total == self.order.total:
            self.order = self.order.finish_cancelling(self._now)
            goods_are_back = True
        if goods_are_back and not had_goods_back:
            await self._restock()

    async def begin_cancelling(self, reason: CancellationReason, note: str | None = None) -> None:
        """Mark the order, and write down what a paid one is owed. One without a price is over at once.

        Raises ForbiddenTransition.
        """
        was_paid = self.order.status is OrderStatus.PAID
        self.order = self.order.begin_cancelling(self._now, reason, note)
        if self.order.total == 0:
            await self.finish_unpaid()
        elif was_paid and self.ledger.left:
            await self._owe(self.ledger.captured, self.ledger.left, reason.value)

    async def finish_unpaid(self) -> None:
        """Finish a cancellation that leaves no money anywhere."""
        self.order = self.order.finish_cancelling(self._now)
        await self._work.promo_codes.give_back_use(self.order.id)
        await self._restock()

    async def owe(self, refund_id: str, amount: int | None, reason: str | None, *, restock: bool) -> Refund:
        """Write down that this amount, or all that is left, has to go back.

        Raises ForbiddenTransition, RefundTooLarge.
        """
        self.order.ensure_refundable()
        left = self.ledger.left
        wanted = left if amount is None else amount
        captured = self.ledger.captured
        if captured is None or not 0 < wanted <= left:
            raise RefundTooLarge(wanted, left, self.order.currency)
        refund = Refund.of(refund_id, captured, wanted, reason, self._now, restock=restock)
        await self._add_refund(refund)
        return refund

    async def _observe(
        self, known: Payment | None, intent: Intent, account: ProviderAccount
    ) -> Payment | None:
        """The payment as it is known now; None for a further intent of an attempt that has one."""
        if known is not None:
            payment = known.observe(intent, self._now)
            if payment is not known:
                await self._work.payments.save(payment)
        else:
            payment = Payment.opened(self.order.id, intent, account, self._now).observe(intent, self._now)
            if not await self._work.payments.add(payment):
                # Its secret was never given out, so nobody but the shop's owner can have paid it.
                if payment.status is PaymentStatus.SUCCEEDED:
                    raise PaymentMismatch(
                        f"A payment of order {self.order.id} was made behind the shop's back."
                    )
                return None
        self.ledger = self.ledger.with_payment(payment)
        return payment

    async def _money_came(self, payment: Payment, *, had_money: bool) -> None:
        if had_money or self.order.status is OrderStatus.CANCELLED:
            # Nobody is owed anything for this money: it goes back, and the order stays what it is.
            await self._owe(payment, payment.amount, "paid after the order was settled")
            return
        cancellation = self.order.cancellation
        self.order = self.order.pay(self._now)
        snapshot = await self._snapshot()
        await self._work.sales.record_sale(snapshot, self._now)
        await self._work.products.count_sales(snapshot.lines, self._now.date())
        self.products_moved |= snapshot.product_ids
        if cancellation is not None and cancellation.reason is not CancellationReason.EXPIRED:
            self.order = self.order.begin_cancelling(self._now, cancellation.reason, cancellation.note)
            await self._owe(payment, payment.amount, cancellation.reason.value)

    async def _owe(self, payment: Payment | None, amount: int, reason: str) -> None:
        assert payment is not None
        await self._add_refund(
            Refund.of(self._ids.new_id(), payment, amount, reason, self._now, restock=False)
        )
        self.owes_refunds = True

    async def _add_refund(self, refund: Refund) -> None:
        await self._work.payments.add_refund(refund)
        self.ledger = self.ledger.with_refund(refund)

    def _refund_of(self, statement: ProviderRefund) -> Refund | None:
        for refund in self.ledger.refunds:
            if refund.id == statement.refund_id or refund.provider_refund_id == statement.id:
                return refund
        return None

    async def _restock(self) -> None:
        snapshot = await self._snapshot()
        await self._work.stock.give_back(snapshot.quantities)
        self.products_moved |= snapshot.product_ids

    async def _snapshot(self) -> OrderSnapshot:
        snapshot = await self._work.orders.snapshot(self.order.id)
        assert snapshot is not None
        return snapshot
