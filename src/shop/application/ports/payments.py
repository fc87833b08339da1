"""Where payments are kept, and the provider that collects them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from shop.domain.payment import Intent, Payment, Refund, RefundStatus


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A verified webhook. A hint that something happened to the intent, never a statement of its state.

    `intent_id` is None when the event is of a kind that means nothing to the shop.
    """

    id: str
    intent_id: str | None


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the provider states it."""

    id: str
    status: RefundStatus


class PaymentProvider(Protocol):
    """The outside world's money. No method may be called while a transaction is open.

    Every method raises PaymentUnavailable when the provider can't be reached or answers too late (whatever it was
    asked may have happened), and PaymentRejected when it refuses for good.
    """

    name: str
    time_budget: timedelta
    """How long a method may take before it gives up, at the most."""

    def ensure_payable(self, amount: int, currency: str) -> None:
        """Raises TotalNotPayable when no payment of this amount (minor units, above 0) can be taken. No I/O."""

    async def create_intent(self, order_id: str, attempt: int, amount: int, currency: str) -> Intent:
        """The intent of this order and attempt with its client secret; asked again, the same intent."""

    async def intent(self, intent_id: str) -> Intent | None:
        """The intent's present state; None if the provider knows none."""

    async def intents_of(self, order_id: str) -> list[Intent]:
        """All intents that carry this order's id, oldest first: also those whose making we were never told of."""

    async def cancel_intent(self, intent_id: str) -> Intent:
        """Cancel it unless it is final, and say what it is now: not cancelled if the money was faster."""

    async def refund(self, refund: Refund) -> ProviderRefund:
        """Send the refund's amount back; asked again with the same refund, nothing more happens."""

    def verify_event(self, payload: bytes, signature: str, at: datetime) -> ProviderEvent:
        """The event in a webhook's raw body. Raises WebhookRejected. No I/O."""


class Payments(Protocol):
    """The ledger: one payment an order and attempt, refunds, and which events were applied."""

    async def add(self, payment: Payment) -> bool:
        """Store a new payment; False when this order's attempt already has one. One statement."""

    async def latest(self, order_id: str) -> Payment | None:
        """The payment of the order's last attempt, if there is one."""

    async def of_order(self, order_id: str) -> list[Payment]:
        """All payments of the order by attempt."""

    async def save(self, payment: Payment) -> None:
        """Store a payment's status."""

    async def add_refund(self, refund: Refund) -> None:
        """Store a new refund."""

    async def refunds(self, order_id: str) -> list[Refund]:
        """All refunds of the order, oldest first."""

    async def save_refund(self, refund: Refund) -> None:
        """Store a refund's status."""

    async def record_event(self, event_id: str, at: datetime) -> bool:
        """Note that the event is being applied in this unit of work; False when it was before."""

    async def forget_events(self, before: datetime, limit: int) -> int:
        """Forget at most `limit` events applied before the moment; how many it were."""
