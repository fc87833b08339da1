"""Where payments are kept, and the provider that collects them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from shop.application.framework.views import Page
from shop.application.payments.refund_views import AdminRefundView
from shop.domain.payments.dispute import DisputeStatus
from shop.domain.payments.payment import (
    Intent,
    Ledger,
    Payment,
    PaymentMethod,
    ProviderAccount,
    Refund,
    RefundStatus,
)


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A verified webhook. A hint that something happened to the intent, never a statement of its state.

    `intent_id` is None when the event is of a kind, or of a mode (test, live), that means nothing to the shop.
    `concerns_refunds` says that the intent's refunds may have changed, `concerns_disputes` that its disputes may have.
    `created_at` is when it happened, if the provider says so.
    """

    id: str
    intent_id: str | None
    concerns_refunds: bool = False
    concerns_disputes: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the provider states it; `amount` in minor units.

    `refund_id` is the shop's own id of it, None for one that was not made by the shop; `failure_reason` says why it
    failed, if the provider says so.
    """

    id: str
    refund_id: str | None
    amount: int
    status: RefundStatus
    failure_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ProviderDispute:
    """A dispute as the provider states it; `amount` in minor units of `currency`, which may be the bank's own."""

    id: str
    status: DisputeStatus
    amount: int
    currency: str
    reason: str
    opened_at: datetime


@runtime_checkable
class PaymentProvider(Protocol):
    """The outside world's money. No method may be called while a transaction is open.

    Every method that asks the provider raises PaymentUnavailable when it can't be reached or answers too late
    (whatever it was asked may have happened), and a ProviderRefusal when it refuses for good. No other exception
    leaves an adapter: an answer that it cannot read is PaymentUnavailable, too.
    """

    name: str
    method: PaymentMethod
    keeps_books: bool
    """Whether it can be asked what became of a payment. If not, a person says so, and it is never asked."""
    order_term: timedelta | None
    """How long an order may wait for its payment here; None: as long as the shop says for all orders."""
    time_budget: timedelta
    """How long a method may take before it gives up, at the most; iterators: each step."""

    @property
    def account(self) -> ProviderAccount:
        """Where this provider makes payments: its name, and its account as far as it is known by now. No I/O."""

    async def open(self) -> None:
        """Learn the account, if that takes asking. Called once at the start; gives up soon, and never raises."""

    async def close(self) -> None:
        """Close every connection. May be called more than once."""

    def instructions(self, number: str, total: int, currency: str) -> str | None:
        """What a buyer has to do to pay for the order of this number (total in minor units); None: nothing but pay.

        No I/O.
        """

    def ensure_payable(self, amount: int, currency: str) -> None:
        """Raises TotalNotPayable when no payment of this amount (minor units, above 0) can be taken. No I/O."""

    def ensure_refundable(self, amount: int, currency: str) -> None:
        """Raises TotalNotPayable when no refund of this amount (minor units, above 0) can be stated. No I/O."""

    async def create_intent(self, order_id: str, attempt: int, amount: int, currency: str) -> Intent:
        """The intent of this order and attempt with its client secret; asked again, the same intent.

        Raises PaymentAttemptSpoiled when it failed in a way that asking again can't mend.
        """

    async def intent(self, intent_id: str) -> Intent | None:
        """The intent's present state; None if the provider knows none."""

    async def intents_of(self, order_id: str, since: datetime) -> list[Intent]:
        """All intents made since the moment that carry this order's id, oldest first.

        Also those whose making the shop was never told of.
        """

    def intents_between(self, start: datetime, end: datetime) -> AsyncIterator[Intent]:
        """All intents made within [start, end), whosoever, in no particular order."""

    async def cancel_intent(self, intent_id: str) -> Intent | None:
        """Cancel the intent unless it is final, and return it as it is now: not cancelled if the money was faster.

        None if the provider knows no such intent.
        """

    async def refund(self, refund: Refund, currency: str) -> ProviderRefund:
        """Send the refund's amount back, or say what became of it; asked again, nothing more happens.

        `currency` is the payment's. A refund that carries the provider's id is never sent: it may have been made
        there, without the shop.

        Raises PaymentDeclined when it can't be done for reasons that lie in the payment.
        """

    async def refunds_of(self, intent_id: str) -> list[ProviderRefund]:
        """All refunds of the intent, whoever made them."""

    async def disputes_of(self, intent_id: str) -> list[ProviderDispute]:
        """All disputes of the intent, closed ones too."""

    def verify_event(self, payload: bytes, signature: str, at: datetime) -> ProviderEvent:
        """The event in a webhook's raw body. Raises WebhookRejected. No I/O."""

    def events_since(self, moment: datetime) -> AsyncIterator[ProviderEvent]:
        """The events since the moment that may mean something to the shop, as far as the provider keeps them."""


@runtime_checkable
class Payments(Protocol):
    """The ledger: one payment an order and attempt, refunds, and which events were applied."""

    async def add(self, payment: Payment) -> bool:
        """Store a new payment; False when this order's attempt already has one. One statement."""

    async def latest(self, order_id: str) -> Payment | None:
        """The payment of the order's last attempt, if there is one."""

    async def ledger(self, order_id: str) -> Ledger:
        """All payments and refunds of the order. Two statements."""

    async def save(self, payment: Payment) -> None:
        """Store a payment's status."""

    async def add_refund(self, refund: Refund) -> None:
        """Store a new refund."""

    async def save_refund(self, refund: Refund) -> None:
        """Store a refund's status."""

    async def record_event(self, event_id: str, at: datetime) -> bool:
        """Note that the event is being applied in this unit of work; False when it was before."""

    async def applied_events(self, event_ids: Sequence[str]) -> set[str]:
        """Those of the events that were applied before."""

    async def forget_events(self, before: datetime, limit: int) -> int:
        """Forget at most `limit` events applied before the moment; how many it were."""


@dataclass(frozen=True, slots=True)
class RefundsQuery:
    """One page of everybody's refunds, or of those that have come to this `status`."""

    page: int
    limit: int
    status: RefundStatus | None = None


@runtime_checkable
class RefundQueries(Protocol):
    """Reads of everybody's refunds, whoever made them."""

    async def page(self, query: RefundsQuery) -> Page[AdminRefundView]:
        """One page of the refunds, newest first (ties by id, descending), and their number. Two statements."""
