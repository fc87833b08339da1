"""Metrics of payment, refund and event outcomes."""

from datetime import timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import RefundStatus


class EventSource(StrEnum):
    """How a provider event reached the shop."""

    WEBHOOK = "webhook"
    LIST = "list"
    """Read from the provider's list of events, because the webhook was missed."""


class EventResult(StrEnum):
    """The result of handling an event."""

    APPLIED = "applied"
    SKIPPED = "skipped"
    """Already applied, or irrelevant to the shop."""


@runtime_checkable
class PaymentOutcomes(Protocol):
    """Receives each outcome of a payment, refund or event once, after it was committed.

    For metrics, not for accounting: an outcome is not reported if the database's response to the commit was lost. No
    method waits, does I/O, or raises.
    """

    def count_payment(self, provider: str, status: PaymentStatus) -> None:
        """Count a payment's new status."""

    def count_refund(self, provider: str, status: RefundStatus) -> None:
        """Count a refund's final status."""

    def count_event(
        self, provider: str, source: EventSource, result: EventResult, age: timedelta | None
    ) -> None:
        """Count a handled event and its age; None if its time is unknown."""
