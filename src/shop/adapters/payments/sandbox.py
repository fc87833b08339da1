"""A simulated payment provider: intents, a test card, refunds and signed webhooks, without real money.

It behaves like a remote provider where that matters: its ledger is separate from the shop's transactions,
repeated requests are idempotent, and it notifies the shop only by webhook.
"""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import msgspec

from shop.adapters.payments import stripe_amounts
from shop.adapters.payments.sandbox_ledger import SandboxIntent, SandboxLedger, SandboxRefund
from shop.adapters.payments.signatures import sign, verify
from shop.application.ports.payments import (
    CardOutcome,
    ProviderDispute,
    ProviderEvent,
    ProviderRefund,
    SignedEvent,
)
from shop.application.ports.system import Clock, Ids
from shop.domain.payments.payment import (
    Intent,
    PaymentDeclined,
    PaymentMethod,
    PaymentNotConfirmable,
    PaymentRejected,
    PaymentStatus,
    PaymentUnavailable,
    ProviderAccount,
)
from shop.domain.payments.refund import Refund, RefundStatus


class _Event(msgspec.Struct):
    id: str
    type: str
    created: datetime
    intent: str


class SandboxPayments:
    """See the PaymentProvider and SandboxCard ports.

    For tests: `decline_next()` makes the next confirmation fail in any case; while `reachable` is False, every
    call fails as if the provider were down.
    """

    name = "sandbox"
    method = PaymentMethod.CARD
    keeps_books = True
    order_term = None
    time_budget = timedelta(seconds=2)
    account = ProviderAccount(name)

    def __init__(self, ledger: SandboxLedger, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ids = ids
        self._webhook_secret = ids.new_secret()
        self._declines = 0
        self.reachable = True

    async def open(self) -> None:
        """Do nothing: there is no remote account."""

    async def close(self) -> None:
        """Do nothing: there are no connections."""

    def instructions(self, number: str, total: int, currency: str) -> None:
        """Return None: the card is simulated."""

    def decline_next(self) -> None:
        """Decline the next confirmation."""
        self._declines += 1

    def ensure_payable(self, amount: int, currency: str) -> None:
        """Accept the same amounts as Stripe, so that a shop that works here also works there."""
        stripe_amounts.ensure_payable(amount, currency)

    def ensure_refundable(self, amount: int, currency: str) -> None:
        stripe_amounts.to_stripe(amount, currency)

    async def create_intent(self, order_id: str, attempt: int, amount: int, currency: str) -> Intent:
        self._ensure_reachable()
        self.ensure_payable(amount, currency)
        intent_id = f"pi_sandbox_{self._ids.new_id().replace('-', '')}"
        stored = await self._ledger.add(
            SandboxIntent(
                id=intent_id,
                order_id=order_id,
                attempt=attempt,
                amount=amount,
                currency=currency,
                client_secret=f"{intent_id}_secret_{self._ids.new_secret()}",
                status=PaymentStatus.PENDING,
                created_at=self._clock.now(),
            )
        )
        if (stored.amount, stored.currency) != (amount, currency):
            raise PaymentRejected("The same attempt was made with another amount.")
        return _as_intent(stored)

    async def intent(self, intent_id: str) -> Intent | None:
        self._ensure_reachable()
        return await self._found(intent_id)

    async def intents_of(self, order_id: str, since: datetime) -> list[Intent]:
        self._ensure_reachable()
        found = await self._ledger.of_order(order_id)
        return [_as_intent(intent) for intent in found if intent.created_at >= since]

    async def intents_between(self, start: datetime, end: datetime) -> AsyncIterator[Intent]:
        self._ensure_reachable()
        async for intent in self._ledger.between(start, end):
            yield _as_intent(intent)

    async def cancel_intent(self, intent_id: str) -> Intent | None:
        self._ensure_reachable()
        await self._ledger.move(intent_id, PaymentStatus.CANCELLED)
        return await self._found(intent_id)

    async def refund(self, refund: Refund, currency: str) -> ProviderRefund:
        self._ensure_reachable()
        self.ensure_refundable(refund.amount, currency)
        booked = SandboxRefund(refund.id, refund.intent_id, refund.amount)
        if not await self._ledger.refund(booked):
            raise PaymentDeclined("The refund is more than what is left of the payment.")
        return _as_refund(booked)

    async def refunds_of(self, intent_id: str) -> list[ProviderRefund]:
        self._ensure_reachable()
        return [_as_refund(refund) for refund in await self._ledger.refunds_of(intent_id)]

    async def disputes_of(self, intent_id: str) -> list[ProviderDispute]:  # noqa: ARG002 (the port's)
        """Return no disputes: no bank is behind the sandbox's cards."""
        self._ensure_reachable()
        return []

    def verify_event(self, payload: bytes, signature: str, at: datetime) -> ProviderEvent:
        verify(payload, signature, [self._webhook_secret], at)
        event = msgspec.json.decode(payload, type=_Event)
        return ProviderEvent(event.id, event.intent, created_at=event.created)

    async def events_since(self, moment: datetime) -> AsyncIterator[ProviderEvent]:  # noqa: ARG002 (the port's)
        """Return no events: the sandbox keeps none. The state of a payment is read from its intent."""
        no_events: list[ProviderEvent] = []
        for event in no_events:
            yield event

    async def lookup(self, client_secret: str) -> Intent | None:
        found = await self._ledger.by_secret(client_secret)
        return _as_intent(found) if found else None

    async def confirm(self, client_secret: str, outcome: CardOutcome) -> SignedEvent | None:
        found = await self._ledger.by_secret(client_secret)
        if found is None:
            return None
        if self._declines:
            self._declines -= 1
            outcome = CardOutcome.FAILED
        wanted = PaymentStatus(outcome.value)
        await self._ledger.move(found.id, wanted)
        current = await self._ledger.by_id(found.id)
        assert current is not None
        if current.status is not wanted:
            raise PaymentNotConfirmable(current.status)
        event_id, now = f"evt_sandbox_{self._ids.new_id().replace('-', '')}", self._clock.now()
        payload = msgspec.json.encode(_Event(event_id, f"payment.{wanted}", now, found.id))
        return SignedEvent(payload, sign(payload, self._webhook_secret, now), self.name)

    async def _found(self, intent_id: str) -> Intent | None:
        found = await self._ledger.by_id(intent_id)
        return _as_intent(found) if found else None

    def _ensure_reachable(self) -> None:
        if not self.reachable:
            raise PaymentUnavailable("The payment provider can't be reached.", retry_after=1)


def _as_intent(intent: SandboxIntent) -> Intent:
    return Intent(
        id=intent.id,
        status=intent.status,
        amount=intent.amount,
        currency=intent.currency,
        order_id=intent.order_id,
        attempt=intent.attempt,
        client_secret=intent.client_secret,
        decline_reason="the card was declined" if intent.status is PaymentStatus.FAILED else None,
        refunded=intent.refunded,
    )


def _as_refund(refund: SandboxRefund) -> ProviderRefund:
    return ProviderRefund(
        f"re_sandbox_{refund.id.replace('-', '')}", refund.id, refund.amount, RefundStatus.SUCCEEDED
    )
