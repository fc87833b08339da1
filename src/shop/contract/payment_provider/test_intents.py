"""Intents: created once per order and attempt, then found, paid, declined and cancelled."""

from datetime import timedelta

import pytest

from shop.contract.order_samples import ids
from shop.contract.payment_provider import PaymentAccount
from shop.domain.payments.payment import Intent, PaymentRejected, PaymentStatus

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def an_intent(account: PaymentAccount, order_id: str | None = None, attempt: int = 1) -> Intent:
    """Create an intent of 12.50 EUR."""
    return await account.provider.create_intent(order_id or ids.new_id(), attempt, 1250, "EUR")


async def current(account: PaymentAccount, intent: Intent) -> Intent:
    found = await account.provider.intent(intent.id)
    assert found is not None
    assert (found.id, found.amount, found.currency) == (intent.id, intent.amount, intent.currency)
    assert (found.order_id, found.attempt) == (intent.order_id, intent.attempt)
    return found


async def test_an_intent_is_made_for_an_order_and_attempt(payment_account: PaymentAccount) -> None:
    order_id = ids.new_id()
    intent = await an_intent(payment_account, order_id, 3)
    assert (intent.order_id, intent.attempt) == (order_id, 3)
    assert (intent.amount, intent.currency, intent.status) == (1250, "EUR", PaymentStatus.PENDING)
    assert intent.client_secret
    assert (await current(payment_account, intent)).status is PaymentStatus.PENDING


async def test_a_repeated_request_returns_the_same_intent(payment_account: PaymentAccount) -> None:
    order_id = ids.new_id()
    first = await an_intent(payment_account, order_id)
    assert await an_intent(payment_account, order_id) == first
    assert await payment_account.provider.intents_of(order_id, payment_account.clock.now()) == [
        await current(payment_account, first)
    ]


async def test_a_different_amount_for_the_same_attempt_is_refused(payment_account: PaymentAccount) -> None:
    order_id = ids.new_id()
    first = await an_intent(payment_account, order_id)
    with pytest.raises(PaymentRejected):
        await payment_account.provider.create_intent(order_id, 1, 1251, "EUR")
    assert (await current(payment_account, first)).amount == 1250


async def test_every_order_and_attempt_has_an_intent_of_its_own(payment_account: PaymentAccount) -> None:
    one, other = ids.new_id(), ids.new_id()
    made = [
        await an_intent(payment_account, order_id, attempt) for order_id in (one, other) for attempt in (1, 2)
    ]
    assert len({intent.id for intent in made}) == 4
    assert len({intent.client_secret for intent in made}) == 4
    found = await payment_account.provider.intents_of(one, payment_account.clock.now() - SECOND)
    assert [intent.id for intent in found] == [intent.id for intent in made[:2]]


async def test_an_unknown_intent_is_none(payment_account: PaymentAccount) -> None:
    assert await payment_account.provider.intent("pi_nobodys") is None


async def test_an_unknown_intent_is_not_cancelled(payment_account: PaymentAccount) -> None:
    assert await payment_account.provider.cancel_intent("pi_nobodys") is None


async def test_the_account_is_named_after_the_provider(payment_account: PaymentAccount) -> None:
    provider = payment_account.provider
    await provider.open()
    assert provider.account.provider == provider.name
    payment_account.disconnect()
    await provider.open()
    assert provider.account.provider == provider.name


async def test_intents_are_found_by_the_time_they_were_made(payment_account: PaymentAccount) -> None:
    now = payment_account.clock.now()
    intent = await an_intent(payment_account)

    async def made_within(start: timedelta, end: timedelta) -> list[str]:
        found = payment_account.provider.intents_between(now + start, now + end)
        return [each.id async for each in found]

    assert await made_within(timedelta(), SECOND) == [intent.id]
    assert await made_within(-SECOND, timedelta()) == []
    assert await made_within(SECOND, 2 * SECOND) == []
    assert intent.order_id
    assert await payment_account.provider.intents_of(intent.order_id, now + SECOND) == []


async def test_a_declined_intent_can_still_be_paid(payment_account: PaymentAccount) -> None:
    intent = await an_intent(payment_account)
    await payment_account.decline(intent.id)
    declined = await current(payment_account, intent)
    assert declined.status is PaymentStatus.FAILED
    assert declined.decline_reason
    await payment_account.pay(intent.id)
    assert (await current(payment_account, intent)).status is PaymentStatus.SUCCEEDED


async def test_a_cancelled_intent_stays_cancelled(payment_account: PaymentAccount) -> None:
    intent = await an_intent(payment_account)
    for _ in range(2):
        cancelled = await payment_account.provider.cancel_intent(intent.id)
        assert cancelled is not None
        assert cancelled.status is PaymentStatus.CANCELLED
    assert (await current(payment_account, intent)).status is PaymentStatus.CANCELLED


async def test_a_paid_intent_is_not_cancelled(payment_account: PaymentAccount) -> None:
    intent = await an_intent(payment_account)
    await payment_account.pay(intent.id)
    kept = await payment_account.provider.cancel_intent(intent.id)
    assert kept is not None
    assert kept.status is PaymentStatus.SUCCEEDED
    assert (await current(payment_account, intent)).status is PaymentStatus.SUCCEEDED
