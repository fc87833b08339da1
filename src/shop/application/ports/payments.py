"""Storage of payments, payment providers, the sandbox's card, and metrics of outcomes."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol, runtime_checkable

from shop.application.framework.views import Page
from shop.application.payments.refund_views import AdminRefundView
from shop.domain.payments.dispute import DisputeStatus
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import Intent, Payment, PaymentMethod, PaymentStatus, ProviderAccount
from shop.domain.payments.refund import Refund, RefundStatus


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """A verified webhook. It signals that the intent may have changed; it is not a statement of the intent's state.

    `intent_id` is None when the shop ignores events of this type or mode (test, live). `concerns_refunds` and
    `concerns_disputes` say that the intent's refunds or disputes may have changed. `created_at` is the time of the
    event, if the provider states it.
    """

    id: str
    intent_id: str | None
    concerns_refunds: bool = False
    concerns_disputes: bool = False
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ProviderRefund:
    """A refund as the provider states it; `amount` in minor units.

    `refund_id` is the shop's own id of the refund, None if the shop did not create it; `failure_reason` is the
    provider's reason, if stated.
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
    """A payment provider. Don't call any method while a transaction is open.

    Every method that calls the provider raises PaymentUnavailable when the provider can't be reached or times out
    (the request may still have taken effect), and a ProviderRefusal when it refuses permanently. Adapters raise no
    other exception: an unreadable answer raises PaymentUnavailable, too.
    """

    name: str
    method: PaymentMethod
    keeps_books: bool
    """Whether the provider can report a payment's state. If not, staff mark payments, and it is never asked."""
    order_term: timedelta | None
    """How long an order may stay unpaid with this provider; None for the shop's default."""
    time_budget: timedelta
    """The maximum time before a method gives up; for iterators, per step."""

    @property
    def account(self) -> ProviderAccount:
        """Return the provider's name and its account, as far as already known. No I/O."""

    async def open(self) -> None:
        """Ask the provider for its account, if needed. Called once at startup; has a short timeout and never raises."""

    async def close(self) -> None:
        """Close every connection. Idempotent."""

    def instructions(self, number: str, total: int, currency: str) -> str | None:
        """Return payment instructions for the order with this number (total in minor units); None if none are needed.

        No I/O.
        """

    def ensure_payable(self, amount: int, currency: str) -> None:
        """Raise TotalNotPayable if the provider can't take a payment of this amount (minor units, above 0). No I/O."""

    def ensure_refundable(self, amount: int, currency: str) -> None:
        """Raise TotalNotPayable if the provider can't make a refund of this amount (minor units, above 0). No I/O."""

    async def create_intent(self, order_id: str, attempt: int, amount: int, currency: str) -> Intent:
        """Create the intent of this order and attempt; return it with its client secret. Idempotent.

        Raises PaymentAttemptSpoiled on a failure that a retry can't fix.
        """

    async def intent(self, intent_id: str) -> Intent | None:
        """Return the intent in its current state; None if the provider does not know it."""

    async def intents_of(self, order_id: str, since: datetime) -> list[Intent]:
        """Return all intents created since the moment that carry this order's id, oldest first.

        This includes intents whose creation was never confirmed to the shop.
        """

    def intents_between(self, start: datetime, end: datetime) -> AsyncIterator[Intent]:
        """Iterate over all intents created within [start, end), by any creator, unordered."""

    async def cancel_intent(self, intent_id: str) -> Intent | None:
        """Cancel the intent unless it is final. Return its current state, which is not cancelled if it was paid first.

        None if the provider does not know the intent.
        """

    async def refund(self, refund: Refund, currency: str) -> ProviderRefund:
        """Send the refund, or return its current state if it was already sent. Idempotent.

        `currency` is the payment's. A refund that already has a provider id is never sent: it may have been created at
        the provider, without the shop.

        Raises PaymentDeclined when the payment can't be refunded.
        """

    async def refunds_of(self, intent_id: str) -> list[ProviderRefund]:
        """Return all refunds of the intent, by any creator."""

    async def disputes_of(self, intent_id: str) -> list[ProviderDispute]:
        """Return all disputes of the intent, including closed ones."""

    def verify_event(self, payload: bytes, signature: str, at: datetime) -> ProviderEvent:
        """Verify the signature and return the event in a webhook's raw body. Raises WebhookRejected. No I/O."""

    def events_since(self, moment: datetime) -> AsyncIterator[ProviderEvent]:
        """Iterate over relevant events since the moment, as far back as the provider keeps them."""


@runtime_checkable
class Payments(Protocol):
    """Payments (one per order and attempt), refunds, and the ids of applied events."""

    async def add(self, payment: Payment) -> bool:
        """Store a new payment. Return False when this order's attempt already has a payment. One statement."""

    async def latest(self, order_id: str) -> Payment | None:
        """Return the payment of the order's last attempt; None if there is none."""

    async def ledger(self, order_id: str) -> Ledger:
        """Return all payments and refunds of the order. Two statements."""

    async def save(self, payment: Payment) -> None:
        """Store a payment's status."""

    async def add_refund(self, refund: Refund) -> None:
        """Store a new refund."""

    async def save_refund(self, refund: Refund) -> None:
        """Store a refund's status."""

    async def record_event(self, event_id: str, at: datetime) -> bool:
        """Record that this unit of work applies the event. Return False if it was applied before."""

    async def applied_events(self, event_ids: Sequence[str]) -> set[str]:
        """Return the ids, among these, of events that were already applied."""

    async def purge_events(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` events applied before the moment. Return the number deleted."""


@dataclass(frozen=True, slots=True)
class RefundsQuery:
    """One page of all refunds, or only of refunds with this `status`."""

    page: int
    limit: int
    status: RefundStatus | None = None


@runtime_checkable
class RefundQueries(Protocol):
    """Reads of all refunds, by any creator."""

    async def page(self, query: RefundsQuery) -> Page[AdminRefundView]:
        """Return one page of the refunds, newest first (ties by id, descending), and their total. Two statements."""


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


class CardOutcome(StrEnum):
    """The simulated answer of the customer's bank."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class SignedEvent:
    """A webhook as sent: the raw body and its signature header."""

    payload: bytes
    signature: str
    provider: str
    """The name of the provider that signed it."""


@runtime_checkable
class SandboxCard(Protocol):
    """Simulates the customer's card. Only the sandbox provider has one."""

    async def lookup(self, client_secret: str) -> Intent | None:
        """Return the intent with this client secret; None if there is none."""

    async def confirm(self, client_secret: str, outcome: CardOutcome) -> SignedEvent | None:
        """Try to pay. Return the webhook that notifies the shop; None for an unknown secret.

        Raises PaymentNotConfirmable when the intent was cancelled, or when it has succeeded and `outcome` is a failure.
        """
