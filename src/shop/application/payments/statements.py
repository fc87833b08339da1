"""T3: fetch a payment's state, for a verified webhook or the worker; apply it, and send the refunds due."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from shop.application.framework.marks import SetMark, webhook_mark
from shop.application.framework.transactions import retry_on_conflict
from shop.application.orders.order_view import RecordOrderEvents
from shop.application.payments.dispute_settlement import apply_disputes
from shop.application.payments.providers import PaymentElsewhere, PaymentProviders
from shop.application.payments.refund_settlement import apply_refund, apply_refunds
from shop.application.payments.settlement import Settlement
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.payments import (
    EventResult,
    EventSource,
    PaymentOutcomes,
    PaymentProvider,
    ProviderDispute,
    ProviderEvent,
    ProviderRefund,
)
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.payments.payment import Intent, Payment, PaymentStatus, PaymentUnavailable, ProviderRefusal
from shop.domain.payments.refund import Refund, RefundStatus


class SettlePayment:
    """Applies a provider's statement about an intent to its order, once; then sends the resulting refunds."""

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        payment_providers: PaymentProviders,
        clock: Clock,
        ids: Ids,
        cache: CatalogueCache,
        outcomes: PaymentOutcomes,
        events: RecordOrderEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._providers = payment_providers
        self._clock = clock
        self._ids = ids
        self._cache = cache
        self._outcomes = outcomes
        self._events = events

    async def __call__(
        self,
        intent: Intent,
        provider: PaymentProvider,
        event_id: str | None = None,
        refunds: Sequence[ProviderRefund] = (),
        disputes: Sequence[ProviderDispute] = (),
        at: datetime | None = None,
    ) -> bool:
        """Apply the statement. Return False for an intent without an order or an event that was already applied.

        `refunds` and `disputes` are the intent's, if they were requested; `at` is the time of the event, if known.
        Raises PaymentMismatch when amount or currency differ from the order's.
        """
        if intent.order_id is None:
            return False
        settled = await self._apply(intent, intent.order_id, provider, event_id, refunds, disputes, at)
        if settled is None:
            return False
        self.report_outcomes(settled, provider.name)
        if settled.has_refunds_due:
            with suppress(PaymentUnavailable):  # The worker sends them later.
                await self.send_refunds(intent.order_id)
        return True

    async def refresh(self, payment: Payment) -> None:
        """Ask the provider for a payment's state and apply the answer.

        A payment whose provider or account is no longer configured can't be paid any more: its order moves to the
        next attempt. Raises PaymentUnavailable, PaymentRejected, PaymentMismatch.
        """
        provider = self._providers.having(payment)
        if provider is not None and not provider.keeps_books:
            return
        intent = await provider.intent(payment.intent_id) if provider is not None else None
        if provider is None or intent is None:
            await self._give_up(payment)
        else:
            await self(intent, provider)

    async def send_refunds(self, order_id: str) -> None:
        """Send every pending refund of the order to the provider. Raises PaymentUnavailable."""
        for refund, payment in await self._pending_refunds(order_id):
            await self.send_refund(refund, payment)

    async def send_refund(self, refund: Refund, payment: Payment) -> None:
        """Send a refund to the payment's provider, or fetch its current state. Raises PaymentUnavailable.

        The refund fails when the payment's provider or account is no longer configured.
        """
        provider = self._providers.having(payment)
        try:
            if provider is None:
                raise PaymentElsewhere(payment)
            statement = await provider.refund(refund, payment.currency)
        except (ProviderRefusal, PaymentElsewhere) as refusal:
            statement = ProviderRefund("", refund.id, refund.amount, RefundStatus.FAILED, refusal.message)
        if statement.status is not RefundStatus.PENDING or statement.id != refund.provider_refund_id:
            self.report_outcomes(await self._apply_to_refund(refund, statement), payment.provider)

    def report_outcomes(self, settled: Settlement, provider: str) -> None:
        """Count the new payment statuses and invalidate caches. Call it after the commit."""
        for outcome in settled.outcomes:
            if isinstance(outcome, PaymentStatus):
                self._outcomes.count_payment(provider, outcome)
            else:
                self._outcomes.count_refund(provider, outcome)
        if settled.products_moved:
            self._cache.stock_changed(settled.products_moved)
            self._cache.sales_changed()

    @retry_on_conflict
    async def _apply(
        self,
        intent: Intent,
        order_id: str,
        provider: PaymentProvider,
        event_id: str | None,
        refunds: Sequence[ProviderRefund],
        disputes: Sequence[ProviderDispute],
        at: datetime | None,
    ) -> Settlement | None:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            # Lock the order first: duplicate deliveries of an event then queue here instead of deadlocking.
            settlement = await Settlement.open(work, order_id, self._ids, now, self._events)
            if event_id is not None and not await work.payments.record_event(event_id, now):
                return None
            if settlement is None:
                return None
            await settlement.apply_intent(intent, provider.account)
            if refunds:
                await apply_refunds(settlement, refunds, intent.id)
            if disputes:
                await apply_disputes(settlement, disputes, intent.id, at or now)
            await settlement.save()
        return settlement

    @retry_on_conflict
    async def _give_up(self, payment: Payment) -> None:
        # Keep the payment record unchanged: if it is paid later, the order can still be found.
        async with self._unit_of_work() as work:
            order = await work.orders.lock(payment.order_id)
            if order is not None and order.is_payable and order.payment_attempt == payment.attempt:
                await work.orders.save(order.next_attempt())

    @retry_on_conflict
    async def _apply_to_refund(self, refund: Refund, statement: ProviderRefund) -> Settlement:
        async with self._unit_of_work() as work:
            settlement = await Settlement.open(
                work, refund.order_id, self._ids, self._clock.now(), self._events
            )
            assert settlement is not None
            current = next(each for each in settlement.ledger.refunds if each.id == refund.id)
            await apply_refund(settlement, current, statement)
            await settlement.save()
        return settlement

    @retry_on_conflict
    async def _pending_refunds(self, order_id: str) -> list[tuple[Refund, Payment]]:
        async with self._unit_of_work() as work:
            ledger = await work.payments.ledger(order_id)
        payments = {payment.intent_id: payment for payment in ledger.payments}
        return [(refund, payments[refund.intent_id]) for refund in ledger.pending_refunds]


class ReceivedView(msgspec.Struct, frozen=True):
    """The event was applied, was already applied, or is irrelevant: the provider need not resend it."""

    received: bool = True


class ReceiveWebhook:
    """The payment provider, authenticated by its signature: report a change to a payment.

    The event is only a signal: the shop fetches the payment's current state from the provider and applies it, once per
    event. Duplicates, unknown events and other systems' payments change nothing. Fails with VALIDATION_FAILED for a bad
    or old signature. A failure changes nothing, so the provider resends the event.
    """

    def __init__(
        self,
        payment_providers: PaymentProviders,
        settle: SettlePayment,
        clock: Clock,
        outcomes: PaymentOutcomes,
        set_mark: SetMark,
    ) -> None:
        self._providers = payment_providers
        self._settle = settle
        self._clock = clock
        self._outcomes = outcomes
        self._set_mark = set_mark

    async def __call__(self, provider_name: str, payload: bytes, signature: str) -> None:
        provider = self._providers.named(provider_name)
        event = provider.verify_event(payload, signature, self._clock.now())
        await self.apply(event, provider, EventSource.WEBHOOK)
        await self._set_mark(webhook_mark(provider.name))

    async def apply(self, event: ProviderEvent, provider: PaymentProvider, source: EventSource) -> None:
        """Apply an event whose signature was verified or that was fetched from the provider."""
        is_applied = await self._apply_current_state(event, provider)
        result = EventResult.APPLIED if is_applied else EventResult.SKIPPED
        age = None if event.created_at is None else self._clock.now() - event.created_at
        self._outcomes.count_event(provider.name, source, result, age)

    async def _apply_current_state(self, event: ProviderEvent, provider: PaymentProvider) -> bool:
        """Fetch the state of the event's intent and apply it. Return False if there was nothing to apply."""
        if event.intent_id is None:
            return False
        intent = await provider.intent(event.intent_id)
        if intent is None or intent.order_id is None:
            return False
        refunds = await provider.refunds_of(intent.id) if event.concerns_refunds else []
        asks_for_disputes = event.concerns_disputes or intent.disputed
        disputes = await provider.disputes_of(intent.id) if asks_for_disputes else []
        return await self._settle(intent, provider, event.id, refunds, disputes, event.created_at)
