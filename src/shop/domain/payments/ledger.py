"""The ledger of an order: its payments and refunds."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from shop.domain.payments.payment import Payment, PaymentStatus
from shop.domain.payments.refund import Refund, RefundStatus


@dataclass(frozen=True, slots=True)
class Ledger:
    """All payments of one order by attempt, and its refunds by age."""

    payments: Sequence[Payment] = ()
    refunds: Sequence[Refund] = ()

    @property
    def latest(self) -> Payment | None:
        """Return the payment of the last attempt; None if there is none."""
        return self.payments[-1] if self.payments else None

    @property
    def captured(self) -> Payment | None:
        """Return the payment that pays for the order: the first to succeed. Any further payment must be refunded."""
        captured = [payment for payment in self.payments if payment.status is PaymentStatus.SUCCEEDED]
        return min(captured, key=lambda payment: payment.updated_at, default=None)

    @property
    def left(self) -> int:
        """Return the captured amount that can still be refunded: less refunds that are pending or have succeeded."""
        paid = self.captured
        if paid is None:
            return 0
        return paid.amount - sum(
            refund.amount
            for refund in self.refunds
            if refund.intent_id == paid.intent_id and refund.status is not RefundStatus.FAILED
        )

    @property
    def pending_refunds(self) -> list[Refund]:
        return [refund for refund in self.refunds if refund.status is RefundStatus.PENDING]

    def payment_of(self, intent_id: str) -> Payment | None:
        return next((payment for payment in self.payments if payment.intent_id == intent_id), None)

    def payment_of_attempt(self, attempt: int) -> Payment | None:
        return next((payment for payment in self.payments if payment.attempt == attempt), None)

    def with_payment(self, payment: Payment) -> Self:
        """Return the ledger with a payment added or updated."""
        others = [current for current in self.payments if current.attempt != payment.attempt]
        return replace(self, payments=tuple(sorted((*others, payment), key=lambda each: each.attempt)))

    def with_refund(self, refund: Refund) -> Self:
        """Return the ledger with a refund added or updated."""
        others = [current for current in self.refunds if current.id != refund.id]
        return replace(self, refunds=tuple(sorted((*others, refund), key=lambda each: each.id)))
