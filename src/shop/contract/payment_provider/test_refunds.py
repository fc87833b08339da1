"""Refunds: each is sent once, and their sum never exceeds the payment."""

import pytest

from shop.contract.order_samples import ids
from shop.contract.payment_provider import PaymentAccount
from shop.domain.payments.payment import Intent, PaymentDeclined
from shop.domain.payments.refund import Refund, RefundStatus

pytestmark = pytest.mark.anyio


async def a_paid_intent(account: PaymentAccount) -> Intent:
    """Create and pay an intent of 12.50 EUR."""
    intent = await account.provider.create_intent(ids.new_id(), 1, 1250, "EUR")
    await account.pay(intent.id)
    return intent


def a_refund(account: PaymentAccount, intent: Intent, amount: int) -> Refund:
    assert intent.order_id
    pending = RefundStatus.PENDING
    return Refund(ids.new_id(), intent.order_id, intent.id, amount, None, False, pending, account.clock.now())


async def refunded(account: PaymentAccount, intent: Intent) -> int | None:
    """Return the total refunded as reported by the provider; None if it doesn't report a total."""
    found = await account.provider.intent(intent.id)
    assert found is not None
    return found.refunded


async def test_repeated_requests_send_a_refund_once(payment_account: PaymentAccount) -> None:
    intent = await a_paid_intent(payment_account)
    refund = a_refund(payment_account, intent, 250)
    stated = await payment_account.provider.refund(refund, "EUR")
    assert (stated.refund_id, stated.amount, stated.status) == (refund.id, 250, RefundStatus.SUCCEEDED)
    assert await payment_account.provider.refund(refund, "EUR") == stated
    assert await payment_account.provider.refunds_of(intent.id) == [stated]
    assert await refunded(payment_account, intent) in (250, None)


async def test_refunds_never_exceed_the_paid_amount(payment_account: PaymentAccount) -> None:
    intent = await a_paid_intent(payment_account)
    for amount in (250, 1000):
        await payment_account.provider.refund(a_refund(payment_account, intent, amount), "EUR")
    with pytest.raises(PaymentDeclined):
        await payment_account.provider.refund(a_refund(payment_account, intent, 1), "EUR")
    refunds = await payment_account.provider.refunds_of(intent.id)
    assert sorted(refund.amount for refund in refunds) == [250, 1000]
    assert await refunded(payment_account, intent) in (1250, None)


async def test_an_intent_without_refunds_and_disputes_has_none(payment_account: PaymentAccount) -> None:
    intent = await a_paid_intent(payment_account)
    assert await payment_account.provider.refunds_of(intent.id) == []
    assert await payment_account.provider.disputes_of(intent.id) == []
