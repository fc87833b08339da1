"""The provider's webhooks: verified signals to fetch a payment's current state."""

import msgspec

from shop.application.framework.marks import SetMark, webhook_mark
from shop.application.payments.providers import PaymentProviders
from shop.application.payments.statements import SettlePayment
from shop.application.ports.payment_outcomes import EventResult, EventSource, PaymentOutcomes
from shop.application.ports.payments import PaymentProvider, ProviderEvent
from shop.application.ports.system import Clock


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
        result = EventResult.APPLIED if await self._is_applied(event, provider) else EventResult.SKIPPED
        age = None if event.created_at is None else self._clock.now() - event.created_at
        self._outcomes.count_event(provider.name, source, result, age)

    async def _is_applied(self, event: ProviderEvent, provider: PaymentProvider) -> bool:
        if event.intent_id is None:
            return False
        intent = await provider.intent(event.intent_id)
        if intent is None or intent.order_id is None:
            return False
        refunds = await provider.refunds_of(intent.id) if event.concerns_refunds else []
        asks_for_disputes = event.concerns_disputes or intent.disputed
        disputes = await provider.disputes_of(intent.id) if asks_for_disputes else []
        return await self._settle(intent, provider, event.id, refunds, disputes, event.created_at)
