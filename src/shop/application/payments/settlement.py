"""Applies payment provider statements to orders. This is the only place where a payment changes an order.

The input is always the provider's own statement, requested by a webhook, a cancellation or the worker: the final state
does not depend on the order in which statements arrive. Statements about refunds are handled in `refund_settlement`.
"""

from dataclasses import replace
from typing import Final

from shop.application.payments.open_order import OpenOrder
from shop.application.payments.refund_settlement import MAX_REASON_LENGTH, add_refund, finish_cancelling
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import OrderStatus
from shop.domain.payments.payment import Intent, Payment, PaymentMismatch, PaymentStatus, ProviderAccount
from shop.domain.payments.refund import Refund

_DECLINED: Final = "the payment was declined"


class Settlement(OpenOrder):
    """An open order to which payment statements are applied, and which can be cancelled."""

    async def apply_intent(self, intent: Intent, account: ProviderAccount, note: str | None = None) -> None:
        """Apply the provider's statement about one of the order's payments; `note` goes into the history on payment.

        Raises PaymentMismatch when the amount isn't the order's total, or the shop never requested this payment.
        """
        if (intent.amount, intent.currency) != (self.order.total, self.order.currency):
            raise PaymentMismatch(f"The payment of order {self.order.id} has another amount or currency.")
        if intent.disputed:
            self.order = self.order.dispute(self.now)
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
            case PaymentStatus.CANCELLED if self.order.status is OrderStatus.CANCELLING and not had_money:
                await self.finish_unpaid()
            case PaymentStatus.CANCELLED if (
                self.order.is_payable and payment.attempt == self.order.payment_attempt
            ):
                self.order = self.order.next_attempt()
            case PaymentStatus.FAILED if self.order.status is OrderStatus.PENDING:
                reason = (intent.decline_reason or _DECLINED)[:MAX_REASON_LENGTH]
                self.order = self.order.fail(self.now, reason)

    async def begin_cancelling(self, reason: CancellationReason, note: str | None = None) -> None:
        """Mark the order as being cancelled and record the refund due if paid. An order without money is cancelled now.

        Raises ForbiddenTransition, PaymentDisputed.
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
