"""The Stripe adapter's intents: created, found and cancelled."""

from datetime import UTC, datetime, timedelta

import pytest

from shop.adapters.payments.stripe import AUTOMATIC, StripePayments
from shop.adapters.payments.stripe_connection import API_VERSION
from shop.domain.payments.payment import PaymentRejected, PaymentStatus, TotalNotPayable
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.anyio

ORDER = "0194d3a0-0000-7000-8000-000000000001"
OTHER_ORDER = "0194d3a0-0000-7000-8000-000000000002"


async def test_an_intent_is_made_for_an_order_and_attempt(
    stripe: StripeServer, payments: StripePayments
) -> None:
    intent = await payments.create_intent(ORDER, 3, 1250, "EUR")
    [made] = stripe.intents.values()
    assert (intent.id, intent.client_secret) == (made["id"], made["client_secret"])
    assert (intent.status, intent.amount, intent.currency) == (PaymentStatus.PENDING, 1250, "EUR")
    assert (intent.order_id, intent.attempt) == (ORDER, 3)
    assert (made["amount"], made["currency"]) == (1250, "eur")
    assert made["metadata"] == {"shop_order_id": ORDER, "shop_attempt": "3"}
    assert made["status"] == "requires_payment_method"


async def test_a_repeated_request_returns_the_same_intent(
    stripe: StripeServer, payments: StripePayments
) -> None:
    first = await payments.create_intent(ORDER, 1, 1250, "EUR")
    assert await payments.create_intent(ORDER, 1, 1250, "EUR") == first
    assert len(stripe.intents) == 1


async def test_every_order_and_attempt_has_a_key_of_its_own(
    stripe: StripeServer, payments: StripePayments
) -> None:
    made = [
        await payments.create_intent(order_id, attempt, 1250, "EUR")
        for order_id in (ORDER, OTHER_ORDER)
        for attempt in (1, 2)
    ]
    assert len({intent.id for intent in made}) == 4
    assert [request.idempotency_key for request in stripe.requests] == [
        f"{ORDER}:1",
        f"{ORDER}:2",
        f"{OTHER_ORDER}:1",
        f"{OTHER_ORDER}:2",
    ]


async def test_a_different_amount_for_the_same_attempt_is_an_internal_error(
    stripe: StripeServer, payments: StripePayments
) -> None:
    await payments.create_intent(ORDER, 1, 1250, "EUR")
    with pytest.raises(PaymentRejected):
        await payments.create_intent(ORDER, 1, 1251, "EUR")
    assert len(stripe.intents) == 1


async def test_the_api_version_is_pinned(stripe: StripeServer, payments: StripePayments) -> None:
    await payments.create_intent(ORDER, 1, 1250, "EUR")
    await payments.intents_of(ORDER, stripe.clock.now())
    assert {request.headers["stripe-version"] for request in stripe.requests} == {API_VERSION}


@pytest.mark.parametrize(
    ("currency", "minor", "sent"),
    [("USD", 1250, "1250"), ("JPY", 1250, "1250"), ("BHD", 12340, "12340"), ("ISK", 500, "50000")],
)
async def test_amounts_are_sent_in_stripes_unit(
    stripe: StripeServer, payments: StripePayments, currency: str, minor: int, sent: str
) -> None:
    try:
        intent = await payments.create_intent(ORDER, 1, minor, currency)
    except PaymentRejected:
        assert currency == "ISK", "the fake accepts the other currencies"
    else:
        assert (intent.amount, intent.currency) == (minor, currency)
    [request] = stripe.requests
    assert (request.parameters["amount"], request.parameters["currency"]) == (sent, currency.lower())


async def test_amounts_that_stripe_refuses_are_refused_locally(
    stripe: StripeServer, payments: StripePayments
) -> None:
    payments.ensure_payable(50, "EUR")
    with pytest.raises(TotalNotPayable):
        payments.ensure_payable(49, "EUR")
    assert stripe.requests == []


async def test_configured_payment_method_types_are_sent(
    stripe: StripeServer, payments: StripePayments
) -> None:
    await payments.create_intent(ORDER, 1, 1250, "EUR")
    [intent] = stripe.intents.values()
    assert intent["payment_method_types"] == ["card"]
    assert intent["automatic_payment_methods"] is None


async def test_stripe_chooses_the_payment_methods_if_the_setting_is_automatic(stripe: StripeServer) -> None:
    payments = StripePayments(
        stripe.secret_key, (stripe.webhook_secret,), (AUTOMATIC,), stripe.url, stripe.clock
    )
    await payments.create_intent(ORDER, 1, 1250, "EUR")
    await payments.close()
    [intent] = stripe.intents.values()
    assert intent["automatic_payment_methods"]["enabled"] is True
    assert "payment_method_types" not in stripe.requests[0].parameters


async def test_an_intent_has_the_status_that_stripe_states(
    stripe: StripeServer, payments: StripePayments
) -> None:
    async def state() -> PaymentStatus:
        intent = await payments.intent(made.id)
        assert intent is not None
        return intent.status

    made = await payments.create_intent(ORDER, 1, 1250, "EUR")
    assert await state() is PaymentStatus.PENDING
    stripe.require_action(made.id)
    assert await state() is PaymentStatus.PENDING
    stripe.decline(made.id)
    assert await state() is PaymentStatus.FAILED
    stripe.start_processing(made.id)
    assert await state() is PaymentStatus.PROCESSING
    stripe.finish_processing(made.id)
    assert await state() is PaymentStatus.SUCCEEDED


async def test_a_decline_says_why(stripe: StripeServer, payments: StripePayments) -> None:
    made = await payments.create_intent(ORDER, 1, 1250, "EUR")
    stripe.decline(made.id, "pm_card_visa_chargeDeclinedInsufficientFunds")
    intent = await payments.intent(made.id)
    assert intent is not None
    assert intent.decline_reason == "Your card has insufficient funds."


async def test_an_intent_says_whether_it_is_disputed(stripe: StripeServer, payments: StripePayments) -> None:
    made = await payments.create_intent(ORDER, 1, 1250, "EUR")
    stripe.pay(made.id)
    before = await payments.intent(made.id)
    stripe.dispute(made.id)
    after = await payments.intent(made.id)
    assert before is not None
    assert after is not None
    assert (before.disputed, after.disputed) == (False, True)


async def test_an_unknown_intent_is_none(payments: StripePayments) -> None:
    assert await payments.intent("pi_unknown") is None


async def test_the_intents_of_an_order_are_found_by_their_metadata(
    stripe: StripeServer, payments: StripePayments
) -> None:
    start = stripe.clock.now()
    early = await payments.create_intent(ORDER, 1, 1250, "EUR")
    stripe.clock.advance(minutes=10)
    await payments.create_intent(OTHER_ORDER, 1, 1250, "EUR")
    late = await payments.create_intent(ORDER, 2, 1250, "EUR")
    assert [intent.id for intent in await payments.intents_of(ORDER, start)] == [early.id, late.id]
    assert [intent.id for intent in await payments.intents_of(ORDER, stripe.clock.now())] == [late.id]
    assert await payments.intents_of("an unknown order", start) == []


async def test_intents_are_listed_over_several_pages(stripe: StripeServer, payments: StripePayments) -> None:
    start = stripe.clock.now()
    outside = await payments.create_intent(ORDER, 1, 1250, "EUR")
    stripe.clock.advance(minutes=1)
    made = {(await payments.create_intent(ORDER, attempt, 1250, "EUR")).id for attempt in range(2, 203)}
    end = stripe.clock.now()
    within = [intent.id async for intent in payments.intents_between(end, end + timedelta(seconds=1))]
    assert len(within) == len(made) == 201
    assert set(within) == made
    before = [intent.id async for intent in payments.intents_between(start, end)]
    assert before == [outside.id]
    assert len(await payments.intents_of(ORDER, start)) == 202


async def test_an_intent_that_is_not_the_shops_has_no_order(
    stripe: StripeServer, payments: StripePayments
) -> None:
    foreign = await payments._connection.services.payment_intents.create_async(
        {"amount": 500, "currency": "usd"}
    )
    intent = await payments.intent(foreign.id)
    assert intent is not None
    assert intent.order_id is None


async def test_an_open_intent_is_cancelled(stripe: StripeServer, payments: StripePayments) -> None:
    made = await payments.create_intent(ORDER, 1, 1250, "EUR")
    assert (await payments.cancel_intent(made.id)).status is PaymentStatus.CANCELLED
    assert stripe.intents[made.id]["status"] == "canceled"


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("cancel", PaymentStatus.CANCELLED),
        ("pay", PaymentStatus.SUCCEEDED),
        ("start_processing", PaymentStatus.PROCESSING),
    ],
)
async def test_an_impossible_cancellation_states_the_status(
    stripe: StripeServer, payments: StripePayments, state: str, status: PaymentStatus
) -> None:
    made = await payments.create_intent(ORDER, 1, 1250, "EUR")
    getattr(stripe, state)(made.id)
    assert (await payments.cancel_intent(made.id)).status is status


async def test_cancelling_an_unknown_intent_finds_nothing_to_cancel(payments: StripePayments) -> None:
    assert await payments.cancel_intent("pi_unknown") is None


async def test_events_are_listed_over_several_pages(stripe: StripeServer, payments: StripePayments) -> None:
    early = await payments.create_intent(ORDER, 1, 1250, "EUR")
    stripe.pay(early.id)
    stripe.clock.advance(hours=1)
    moment = stripe.clock.now()
    late = await payments.create_intent(ORDER, 2, 9900, "EUR")
    for _ in range(110):
        stripe.decline(late.id)
    stripe.pay(late.id)
    stripe.refund(late.id, 100)
    recent = [event async for event in payments.events_since(moment)]
    assert len({event.id for event in recent}) == len(recent) == 110 + 1 + 2
    assert {event.intent_id for event in recent} == {late.id}
    assert sum(event.concerns_refunds for event in recent) == 2
    everything = [event async for event in payments.events_since(datetime(2020, 1, 1, tzinfo=UTC))]
    assert {event.intent_id for event in everything} == {early.id, late.id}
