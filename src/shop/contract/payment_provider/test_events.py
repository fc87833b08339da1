"""Webhooks need a valid signature; an unreachable provider is never mistaken for a response."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from shop.application.ports.payments import PaymentProvider
from shop.contract.order_samples import ids
from shop.contract.payment_provider import PaymentAccount
from shop.domain.payments.payment import PaymentUnavailable, WebhookRejected
from shop.domain.payments.refund import Refund, RefundStatus

pytestmark = pytest.mark.anyio


async def test_a_signed_event_names_its_intent(payment_account: PaymentAccount) -> None:
    provider, now = payment_account.provider, payment_account.clock.now()
    intent = await provider.create_intent(ids.new_id(), 1, 1250, "EUR")
    signed = await payment_account.pay(intent.id)
    event = provider.verify_event(signed.payload, signed.signature, now)
    assert event.intent_id == intent.id
    assert event.id
    assert provider.verify_event(signed.payload, signed.signature, now) == event


async def test_wrongly_signed_events_are_rejected(payment_account: PaymentAccount) -> None:
    provider, now = payment_account.provider, payment_account.clock.now()
    intent = await provider.create_intent(ids.new_id(), 1, 1250, "EUR")
    signed = await payment_account.pay(intent.id)
    changed = signed.payload.replace(intent.id.encode(), b"pi_another")
    assert changed != signed.payload
    for payload, signature, at in (
        (changed, signed.signature, now),
        (signed.payload + b" ", signed.signature, now),
        (signed.payload, signed.signature[::-1], now),
        (signed.payload, "", now),
        (signed.payload, signed.signature, now + timedelta(hours=1)),
    ):
        with pytest.raises(WebhookRejected):
            provider.verify_event(payload, signature, at)


def _refund(intent_id: str, at: Any) -> Refund:
    return Refund(ids.new_id(), ids.new_id(), intent_id, 1, None, False, RefundStatus.PENDING, at)


async def _first(found: AsyncIterator[Any]) -> None:
    async for _ in found:
        return


HOUR = timedelta(hours=1)
CALLS: dict[str, Callable[[PaymentProvider, str, Any], Awaitable[Any]]] = {
    "create_intent": lambda provider, _, __: provider.create_intent(ids.new_id(), 1, 1250, "EUR"),
    "intent": lambda provider, intent_id, _: provider.intent(intent_id),
    "intents_of": lambda provider, _, now: provider.intents_of(ids.new_id(), now),
    "intents_between": lambda provider, _, now: _first(provider.intents_between(now, now + HOUR)),
    "cancel_intent": lambda provider, intent_id, _: provider.cancel_intent(intent_id),
    "refund": lambda provider, intent_id, now: provider.refund(_refund(intent_id, now), "EUR"),
    "disputes_of": lambda provider, intent_id, _: provider.disputes_of(intent_id),
    "refunds_of": lambda provider, intent_id, _: provider.refunds_of(intent_id),
}


@pytest.mark.parametrize("call", CALLS)
async def test_a_provider_out_of_reach_is_unavailable(payment_account: PaymentAccount, call: str) -> None:
    provider, now = payment_account.provider, payment_account.clock.now()
    intent = await provider.create_intent(ids.new_id(), 1, 1250, "EUR")
    payment_account.disconnect()
    with pytest.raises(PaymentUnavailable):
        await CALLS[call](provider, intent.id, now)
