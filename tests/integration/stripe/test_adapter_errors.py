"""Failures of Stripe and the network, and timeouts, as errors of the port."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import pytest

from shop.adapters.payments.stripe import StripePayments
from shop.domain.payments.payment import (
    Intent,
    PaymentAttemptSpoiled,
    PaymentRejected,
    PaymentUnavailable,
)
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.anyio

ORDER = "0194d3a0-0000-7000-8000-000000000001"

Call = Callable[[StripePayments], Awaitable[object]]


async def create(payments: StripePayments) -> Intent:
    return await payments.create_intent(ORDER, 1, 1250, "EUR")


async def list_events(payments: StripePayments) -> object:
    return [event async for event in payments.events_since(datetime(2026, 1, 1, tzinfo=UTC))]


CALLS: dict[str, Call] = {
    "payment_intents.retrieve": lambda payments: payments.intent("pi_1"),
    "payment_intents.cancel": lambda payments: payments.cancel_intent("pi_1"),
    "payment_intents.list": lambda payments: payments.intents_of(ORDER, datetime(2026, 1, 1, tzinfo=UTC)),
    "refunds.list": lambda payments: payments.refunds_of("pi_1"),
}
every_call = pytest.mark.parametrize("operation", [*CALLS, "payment_intents.create"])


def asked(operation: str) -> Call:
    return CALLS.get(operation, create)


@every_call
async def test_calls_are_unavailable_while_stripe_is_down(
    stripe: StripeServer, payments: StripePayments, operation: str
) -> None:
    stripe.down()
    with pytest.raises(PaymentUnavailable):
        await asked(operation)(payments)
    stripe.up()


@every_call
async def test_calls_are_unavailable_after_too_many_requests(
    stripe: StripeServer, payments: StripePayments, operation: str
) -> None:
    stripe.rate_limit_next(operation)
    with pytest.raises(PaymentUnavailable) as raised:
        await asked(operation)(payments)
    assert not isinstance(raised.value, PaymentAttemptSpoiled)


@every_call
async def test_calls_are_unavailable_while_stripe_is_overloaded(
    stripe: StripeServer, payments: StripePayments, operation: str
) -> None:
    stripe.fail_next(operation, 503, saved=False)
    with pytest.raises(PaymentUnavailable) as raised:
        await asked(operation)(payments)
    assert not isinstance(raised.value, PaymentAttemptSpoiled)


@every_call
@pytest.mark.usefixtures("impatient")
async def test_calls_are_unavailable_if_stripe_does_not_answer(
    stripe: StripeServer, payments: StripePayments, operation: str
) -> None:
    for _ in range(2):
        stripe.hang_next(operation)
    with pytest.raises(PaymentUnavailable):
        await asked(operation)(payments)
    stripe.clear_faults()


@every_call
async def test_calls_are_unavailable_with_a_secret_key_that_stripe_rejects(
    stripe: StripeServer, operation: str
) -> None:
    payments = StripePayments("sk_test_of_somebody_else", (), ("card",), stripe.url, stripe.clock)
    with pytest.raises(PaymentUnavailable) as refused:
        await asked(operation)(payments)
    await payments.close()
    assert refused.value.retry_after == 60
    assert "somebody_else" not in str(refused.value)


async def test_a_lock_timeout_at_stripe_is_retried(stripe: StripeServer, payments: StripePayments) -> None:
    stripe.rate_limit_next("payment_intents.create", code="lock_timeout")
    await create(payments)
    assert [request.status for request in stripe.requests] == [429, 200]


async def test_a_failed_page_does_not_pass_for_the_end_of_a_list(
    stripe: StripeServer, payments: StripePayments
) -> None:
    for attempt in range(101):
        await payments.create_intent(ORDER, attempt, 1250, "EUR")
    since = stripe.clock.now()
    seen: list[Intent] = []

    async def read_on() -> None:
        async for intent in payments.intents_between(since, since + timedelta(hours=1)):
            if not seen:
                stripe.fail_next("payment_intents.list", 503, saved=False)
            seen.append(intent)

    with pytest.raises(PaymentUnavailable):
        await read_on()
    assert len(seen) == 100


async def test_permanent_stripe_refusals_are_internal_errors(payments: StripePayments) -> None:
    with pytest.raises(PaymentRejected):
        await payments.create_intent(ORDER, 1, 1, "EUR")


async def test_an_attempt_whose_failure_is_saved_is_spoiled(
    stripe: StripeServer, payments: StripePayments
) -> None:
    stripe.fail_next("payment_intents.create", 500)
    for _ in range(2):
        with pytest.raises(PaymentAttemptSpoiled):
            await create(payments)
    assert stripe.requests[-1].replayed
    assert await payments.intents_of(ORDER, stripe.clock.now()) == []


async def test_the_intent_of_a_spoiled_attempt_can_be_found(
    stripe: StripeServer, payments: StripePayments
) -> None:
    stripe.fail_next("payment_intents.create", 500, after_effect=True)
    with pytest.raises(PaymentAttemptSpoiled):
        await create(payments)
    [made] = stripe.intents.values()
    [found] = await payments.intents_of(ORDER, stripe.clock.now())
    assert (found.id, found.attempt, found.client_secret) == (made["id"], 1, made["client_secret"])


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_dropped_connection_is_made_again_under_the_same_key(
    stripe: StripeServer, payments: StripePayments, after_effect: bool
) -> None:
    stripe.drop_next("payment_intents.create", after_effect=after_effect)
    intent = await create(payments)
    assert list(stripe.intents) == [intent.id]
    assert [request.idempotency_key for request in stripe.requests] == [f"{ORDER}:1"] * 2
    assert stripe.requests[-1].replayed is after_effect


async def test_a_twice_lost_response_is_found_by_a_retry(
    stripe: StripeServer, payments: StripePayments
) -> None:
    stripe.drop_next("payment_intents.create", times=2)
    with pytest.raises(PaymentUnavailable):
        await create(payments)
    intent = await create(payments)
    assert list(stripe.intents) == [intent.id]


@pytest.mark.usefixtures("impatient")
async def test_an_intent_that_is_still_being_created_is_returned_by_a_later_request(
    stripe: StripeServer, payments: StripePayments
) -> None:
    hang = stripe.hang_next("payment_intents.create", after_effect=True)
    with pytest.raises(PaymentUnavailable) as raised:
        await create(payments)
    assert not isinstance(raised.value, PaymentAttemptSpoiled)
    assert stripe.requests[-1].error_code == "idempotency_key_in_use"
    hang.release()
    [made] = stripe.intents
    while not stripe.requests[0].status:
        await payments.intent(made)
    assert (await create(payments)).id == made
