"""The Stripe adapter's refunds."""

from dataclasses import replace
from typing import Any

import pytest

from shop.adapters.payments.stripe import StripePayments
from shop.domain.payments.payment import PaymentDeclined, PaymentRejected, PaymentUnavailable
from shop.domain.payments.refund import Refund, RefundStatus
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.anyio

ORDER = "0194d3a0-0000-7000-8000-000000000001"


async def a_paid_intent(stripe: StripeServer, payments: StripePayments) -> str:
    made = await payments.create_intent(ORDER, 1, 1250, "EUR")
    stripe.pay(made.id)
    return made.id


def a_refund(stripe: StripeServer, intent_id: str, amount: int = 250, number: int = 1) -> Refund:
    return Refund(
        id=f"0194d3a0-0000-7000-8000-0000000001{number:02}",
        order_id=ORDER,
        intent_id=intent_id,
        amount=amount,
        reason="too large",
        restock=False,
        status=RefundStatus.PENDING,
        created_at=stripe.clock.now(),
    )


def creations(stripe: StripeServer) -> list[Any]:
    return [request for request in stripe.requests if request.operation == "refunds.create"]


async def test_a_refund_is_sent_with_its_id_as_the_idempotency_key(
    stripe: StripeServer, payments: StripePayments
) -> None:
    refund = a_refund(stripe, await a_paid_intent(stripe, payments))
    stated = await payments.refund(refund, "EUR")
    [made] = stripe.refunds.values()
    assert (stated.id, stated.refund_id) == (made["id"], refund.id)
    assert (stated.amount, stated.status) == (250, RefundStatus.SUCCEEDED)
    assert made["metadata"] == {"shop_order_id": ORDER, "shop_refund_id": refund.id}
    assert [request.idempotency_key for request in creations(stripe)] == [refund.id]


async def test_a_repeated_request_refunds_once(stripe: StripeServer, payments: StripePayments) -> None:
    refund = a_refund(stripe, await a_paid_intent(stripe, payments))
    assert await payments.refund(refund, "EUR") == await payments.refund(refund, "EUR")
    assert stripe.ledger()[refund.intent_id].refunded == 250


async def test_a_refund_is_not_repeated_after_stripe_drops_the_key(
    stripe: StripeServer, payments: StripePayments
) -> None:
    refund = a_refund(stripe, await a_paid_intent(stripe, payments))
    first = await payments.refund(refund, "EUR")
    stripe.clock.advance(hours=25)
    assert await payments.refund(refund, "EUR") == first
    assert len(creations(stripe)) == 1
    assert stripe.ledger()[refund.intent_id].refunded == 250


async def test_a_refund_whose_answer_was_lost_is_found(
    stripe: StripeServer, payments: StripePayments
) -> None:
    refund = a_refund(stripe, await a_paid_intent(stripe, payments))
    stripe.drop_next("refunds.create", after_effect=True, times=2)
    with pytest.raises(PaymentUnavailable):
        await payments.refund(refund, "EUR")
    stripe.clock.advance(hours=25)
    assert (await payments.refund(refund, "EUR")).status is RefundStatus.SUCCEEDED
    assert stripe.ledger()[refund.intent_id].refunded == 250


@pytest.mark.usefixtures("impatient")
async def test_a_refund_that_is_still_under_way_has_not_failed(
    stripe: StripeServer, payments: StripePayments
) -> None:
    refund = a_refund(stripe, await a_paid_intent(stripe, payments))
    hang = stripe.hang_next("refunds.create")
    with pytest.raises(PaymentUnavailable):
        await payments.refund(refund, "EUR")
    with pytest.raises(PaymentUnavailable):  # Its key is in use: 409.
        await payments.refund(refund, "EUR")
    assert creations(stripe)[-1].error_code == "idempotency_key_in_use"
    hang.release()


async def test_a_refund_may_stay_pending(stripe: StripeServer, payments: StripePayments) -> None:
    refund = a_refund(stripe, await a_paid_intent(stripe, payments))
    stripe.refund_next("pending")
    pending = await payments.refund(refund, "EUR")
    assert pending.status is RefundStatus.PENDING
    known = replace(refund, provider_refund_id=pending.id)
    assert (await payments.refund(known, "EUR")).status is RefundStatus.PENDING
    stripe.finish_refund(pending.id)
    assert await payments.refund(known, "EUR") == replace(pending, status=RefundStatus.SUCCEEDED)


async def test_a_refund_may_fail_later(stripe: StripeServer, payments: StripePayments) -> None:
    refund = a_refund(stripe, await a_paid_intent(stripe, payments))
    stripe.refund_next("pending")
    pending = await payments.refund(refund, "EUR")
    stripe.finish_refund(pending.id, failure="lost_or_stolen_card")
    known = replace(refund, provider_refund_id=pending.id)
    assert (await payments.refund(known, "EUR")).status is RefundStatus.FAILED


async def test_a_refund_of_more_than_is_left_is_declined(
    stripe: StripeServer, payments: StripePayments
) -> None:
    intent_id = await a_paid_intent(stripe, payments)
    stripe.refund(intent_id, 1200)
    with pytest.raises(PaymentDeclined):
        await payments.refund(a_refund(stripe, intent_id, 51), "EUR")
    stripe.refund(intent_id, 50)
    with pytest.raises(PaymentDeclined):
        await payments.refund(a_refund(stripe, intent_id, 1, number=2), "EUR")
    assert stripe.ledger()[intent_id].refunded == 1250


async def test_disputed_payments_are_not_refunded(stripe: StripeServer, payments: StripePayments) -> None:
    intent_id = await a_paid_intent(stripe, payments)
    stripe.dispute(intent_id)
    with pytest.raises(PaymentDeclined):
        await payments.refund(a_refund(stripe, intent_id), "EUR")


async def test_a_refund_of_an_unknown_intent_is_an_internal_error(
    stripe: StripeServer, payments: StripePayments
) -> None:
    with pytest.raises(PaymentRejected):
        await payments.refund(a_refund(stripe, "pi_unknown"), "EUR")


async def test_refunds_of_an_intent_are_listed_over_several_pages(
    stripe: StripeServer, payments: StripePayments
) -> None:
    intent_id = await a_paid_intent(stripe, payments)
    other = await payments.create_intent(ORDER, 2, 1250, "EUR")
    stripe.pay(other.id)
    stripe.refund(other.id)
    refund = a_refund(stripe, intent_id)
    await payments.refund(refund, "EUR")
    for _ in range(120):
        stripe.refund(intent_id, 1)
    stated = await payments.refunds_of(intent_id)
    assert len({each.id for each in stated}) == len(stated) == 121
    assert [each.refund_id for each in stated if each.refund_id] == [refund.id]
    assert sum(each.amount for each in stated) == stripe.ledger()[intent_id].refunded == 370


async def test_an_intent_without_money_has_no_refunds(stripe: StripeServer, payments: StripePayments) -> None:
    made = await payments.create_intent(ORDER, 1, 1250, "EUR")
    assert await payments.refunds_of(made.id) == []


async def test_a_refund_made_at_stripe_is_looked_up_and_never_made_again(
    stripe: StripeServer, payments: StripePayments
) -> None:
    intent_id = await a_paid_intent(stripe, payments)
    stripe.refund_next("pending")
    made = stripe.refund(intent_id, 250)
    refund = replace(a_refund(stripe, intent_id), provider_refund_id=made["id"])
    stated = await payments.refund(refund, "EUR")
    assert (stated.id, stated.refund_id, stated.status) == (made["id"], None, RefundStatus.PENDING)
    with pytest.raises(PaymentRejected):
        await payments.refund(replace(refund, provider_refund_id="re_unknown"), "EUR")
    assert creations(stripe) == []
