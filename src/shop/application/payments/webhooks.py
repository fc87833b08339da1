"""The provider's webhooks: verified hints to ask what became of a payment."""

import msgspec

from shop.application.payments.providers import PaymentProviders
from shop.application.payments.statements import SettlePayment
from shop.application.ports.payment_outcomes import EventResult, EventSource, PaymentOutcomes
from shop.application.ports.payments import PaymentProvider, ProviderEvent
from shop.application.ports.system import Clock


class ReceivedView(msgspec.Struct, frozen=True):
    """The event is applied, was before, or means nothing to the shop: it need not be sent again."""

    received: bool = True


class ReceiveWebhook:
    """The payment provider, proven by its signature: something happened to a payment.

    The event is a hint: the provider is asked for the payment's state, and that is what is applied, once an event.
    Duplicates, unknown events and payments that are not the shop's change nothing. Fails with VALIDATION_FAILED for a
    bad or old signature; a failure changes nothing, so the provider sends the event again.
    """

    def __init__(
        self,
        payment_providers: PaymentProviders,
        settle: SettlePayment,
        clock: Clock,
        outcomes: PaymentOutcomes,
    ) -> None:
        self._providers = payment_providers
        self._settle = settle
        self._clock = clock
        self._outcomes = outcomes

    async def __call__(self, provider_name: str, payload: bytes, signature: str) -> None:
        provider = self._providers.named(provider_name)
        event = provider.verify_event(payload, signature, self._clock.now())
        await self.apply(event, provider, EventSource.WEBHOOK)

    async def apply(self, event: ProviderEvent, provider: PaymentProvider, source: EventSource) -> None:
        """Apply an event that is known to be the provider's."""
        result = EventResult.APPLIED if await self._is_applied(event, provider) else EventResult.SKIPPED
        age = None if event.created_at is None else self._clock.now() - event.created_at
        self._outcomes.event_heard(provider.name, source, result, age)

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
