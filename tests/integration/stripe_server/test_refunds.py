"""The fake's refunds and disputes."""

from typing import Any

import pytest
from stripe import InvalidRequestError, PaymentIntent, StripeClient

from tests.stripe_client import an_intent
from tests.stripe_server import ApiError, Balance, StripeServer

pytestmark = pytest.mark.anyio


@pytest.fixture
async def paid(stripe: StripeServer, client: StripeClient) -> PaymentIntent:
    intent = await an_intent(client)
    stripe.pay(intent.id)
    return intent


async def test_partial_refunds_never_exceed_the_payment(
    stripe: StripeServer, client: StripeClient, paid: PaymentIntent
) -> None:
    first = await client.v1.refunds.create_async(
        {
            "payment_intent": paid.id,
            "amount": 250,
            "reason": "requested_by_customer",
            "metadata": {"refund_id": "a refund"},
        }
    )
    assert (first.status, first.reason, first.metadata["refund_id"]) == (
        "succeeded",
        "requested_by_customer",
        "a refund",
    )
    with pytest.raises(InvalidRequestError, match=r"12\.00 eur.* unrefunded .*10\.00 eur") as beyond:
        await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 1200})
    assert (beyond.value.http_status, beyond.value.param) == (400, "amount")
    assert stripe.ledger() == {paid.id: Balance(captured=1250, refunded=250)}

    rest = await client.v1.refunds.create_async({"payment_intent": paid.id})

    assert rest.amount == 1000
    with pytest.raises(InvalidRequestError) as refunded:
        await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 1})
    assert refunded.value.code == "charge_already_refunded"
    charge = await client.v1.charges.retrieve_async(rest.charge)
    assert (charge.refunded, charge.amount_refunded) == (True, 1250)
    assert (await client.v1.payment_intents.retrieve_async(paid.id)).status == "succeeded"
    assert stripe.ledger() == {paid.id: Balance(captured=1250, refunded=1250)}


async def test_refunds_are_listed_by_intent(
    stripe: StripeServer, client: StripeClient, paid: PaymentIntent
) -> None:
    other = await an_intent(client)
    stripe.pay(other.id)
    stripe.refund(other.id)
    by_dashboard = stripe.refund(paid.id, 300)
    by_api = await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 200})

    listed = await client.v1.refunds.list_async({"payment_intent": paid.id})

    assert [each.id for each in listed.data] == [by_api.id, by_dashboard["id"]]
    found = await client.v1.refunds.retrieve_async(by_api.id, {"expand": ["payment_intent"]})
    assert (found.amount, found.payment_intent.id) == (200, paid.id)


@pytest.mark.parametrize("parameters", [{}, {"payment_intent": "pi_unknown"}])
async def test_a_refund_needs_an_existing_payment(client: StripeClient, parameters: Any) -> None:
    with pytest.raises(InvalidRequestError):
        await client.v1.refunds.create_async(parameters)


async def test_unpaid_intents_are_not_refunded(stripe: StripeServer, client: StripeClient) -> None:
    intent = await an_intent(client)
    stripe.decline(intent.id)

    with pytest.raises(InvalidRequestError, match="does not have a successful charge") as refused:
        await client.v1.refunds.create_async({"payment_intent": intent.id})

    assert refused.value.http_status == 400
    with pytest.raises(ApiError):
        stripe.refund(intent.id)
    assert not stripe.refunds


async def test_a_refund_may_stay_pending(
    stripe: StripeServer, client: StripeClient, paid: PaymentIntent
) -> None:
    stripe.refund_next("pending")
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id})
    assert refund.status == "pending"
    assert stripe.ledger() == {paid.id: Balance(captured=1250, pending=1250)}
    with pytest.raises(InvalidRequestError):
        await client.v1.refunds.create_async({"payment_intent": paid.id, "amount": 1})

    stripe.finish_refund(refund.id)

    assert (await client.v1.refunds.retrieve_async(refund.id)).status == "succeeded"
    assert stripe.ledger() == {paid.id: Balance(captured=1250, refunded=1250)}
    assert [each.type for each in stripe.deliveries(of=paid.id)][-3:] == [
        "refund.created",
        "charge.refunded",
        "refund.updated",
    ]


async def test_a_refund_that_fails_gives_the_money_back(
    stripe: StripeServer, client: StripeClient, paid: PaymentIntent
) -> None:
    stripe.refund_next("pending")
    refund = await client.v1.refunds.create_async({"payment_intent": paid.id})

    stripe.finish_refund(refund.id, failure="lost_or_stolen_card")

    failed = await client.v1.refunds.retrieve_async(refund.id, {"expand": ["charge"]})
    assert (failed.status, failed.failure_reason) == ("failed", "lost_or_stolen_card")
    assert (failed.charge.refunded, failed.charge.amount_refunded) == (False, 0)
    assert stripe.ledger() == {paid.id: Balance(captured=1250)}
    assert [each.type for each in stripe.deliveries()][-2:] == ["refund.updated", "refund.failed"]
    assert (await client.v1.refunds.create_async({"payment_intent": paid.id})).amount == 1250


async def test_a_disputed_payment_is_not_refunded(
    stripe: StripeServer, client: StripeClient, paid: PaymentIntent
) -> None:
    dispute = stripe.dispute(paid.id)

    with pytest.raises(InvalidRequestError) as refused:
        await client.v1.refunds.create_async({"payment_intent": paid.id})

    assert refused.value.code == "charge_disputed"
    listed = await client.v1.disputes.list_async({"payment_intent": paid.id})
    assert [(each.id, each.status) for each in listed.data] == [(dispute["id"], "needs_response")]
    assert (await client.v1.charges.retrieve_async(dispute["charge"])).disputed
    assert stripe.update_dispute(dispute["id"], "under_review")["status"] == "under_review"
    assert stripe.close_dispute(dispute["id"], "lost")["status"] == "lost"
    assert stripe.close_dispute(dispute["id"], "won")["status"] == "won"
    assert [each.type for each in stripe.deliveries()][-6:] == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        "charge.dispute.closed",
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]
    assert (await client.v1.refunds.create_async({"payment_intent": paid.id})).amount == 1250
