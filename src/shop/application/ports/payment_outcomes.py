"""Who counts what becomes of payments."""

from datetime import timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from shop.domain.payments.payment import PaymentStatus, RefundStatus


class EventSource(StrEnum):
    """How an event of the provider's came here."""

    WEBHOOK = "webhook"
    LIST = "list"
    """Its webhook was missed: the provider's list of events told."""


class EventResult(StrEnum):
    """What an event did."""

    APPLIED = "applied"
    SKIPPED = "skipped"
    """It was applied before, or means nothing to the shop."""


@runtime_checkable
class PaymentOutcomes(Protocol):
    """Told of what became of payments, refunds and events: once each, after it was committed.

    For counting, not for keeping books: what was committed while the database's answer was lost is never told. No
    method waits, does I/O, or raises.
    """

    def payment_became(self, provider: str, status: PaymentStatus) -> None:
        """A payment has another status now."""

    def refund_became(self, provider: str, status: RefundStatus) -> None:
        """A refund has its verdict."""

    def event_heard(
        self, provider: str, source: EventSource, result: EventResult, age: timedelta | None
    ) -> None:
        """An event was dealt with, so long after it happened; None if nobody knows when that was."""
