"""The fake fails as the test tells it to, and keeps its state whether or not an answer arrives."""

import asyncio
from collections.abc import Awaitable

import pytest
from stripe import APIConnectionError, APIError, RateLimitError, StripeClient

from tests.stripe_client import an_intent, stripe_client
from tests.stripe_server import Balance, StripeServer

pytestmark = pytest.mark.anyio

KEY = "an order : 1"


@pytest.mark.parametrize(("after_effect", "made"), [(False, 0), (True, 1)])
async def test_an_answer_may_be_lost(
    stripe: StripeServer, client: StripeClient, after_effect: bool, made: int
) -> None:
    stripe.drop_next("payment_intents.create", after_effect=after_effect)

    with pytest.raises(APIConnectionError):
        await an_intent(client, KEY)

    assert len(stripe.intents) == made
    intent = await an_intent(client, KEY)
    assert list(stripe.intents) == [intent.id]
    assert [(each.status, each.replayed) for each in stripe.requests] == [(None, False), (200, bool(made))]


async def test_a_refund_whose_answer_is_lost_is_made_once(stripe: StripeServer, client: StripeClient) -> None:
    intent = await an_intent(client)
    stripe.pay(intent.id)
    stripe.drop_next("refunds.create")

    with pytest.raises(APIConnectionError):
        await client.v1.refunds.create_async(
            {"payment_intent": intent.id, "amount": 250}, {"idempotency_key": KEY}
        )
    refund = await client.v1.refunds.create_async(
        {"payment_intent": intent.id, "amount": 250}, {"idempotency_key": KEY}
    )

    assert list(stripe.refunds) == [refund.id]
    assert stripe.ledger() == {intent.id: Balance(captured=1250, refunded=250)}


async def test_a_fault_strikes_its_operation_once(stripe: StripeServer, client: StripeClient) -> None:
    stripe.fail_next("payment_intents.retrieve", 502)
    intent = await an_intent(client)
    assert stripe.faults_pending == 1

    with pytest.raises(APIError):
        await client.v1.payment_intents.retrieve_async(intent.id)

    assert (await client.v1.payment_intents.retrieve_async(intent.id)).id == intent.id
    assert stripe.faults_pending == 0
    with pytest.raises(ValueError, match="there is no operation"):
        stripe.fail_next("payment_intent.create")


@pytest.mark.parametrize(("after_effect", "made"), [(False, 0), (True, 1)])
async def test_a_key_is_in_use_while_its_request_hangs(
    stripe: StripeServer, client: StripeClient, after_effect: bool, made: int
) -> None:
    hang = stripe.hang_next("payment_intents.create", after_effect=after_effect)
    async with asyncio.TaskGroup() as tasks:
        hanging = tasks.create_task(an_intent(client, KEY))
        await hang.reached()

        assert len(stripe.intents) == made
        with pytest.raises(APIError) as in_use:
            await an_intent(client, KEY)
        assert (in_use.value.http_status, in_use.value.error.code) == (409, "idempotency_key_in_use")
        other = await an_intent(client, "another order : 1")
        hang.release()

    assert set(stripe.intents) == {(await hanging).id, other.id}
    assert (await an_intent(client, KEY)).id == (await hanging).id


async def test_a_request_outlives_the_client_that_gave_up(stripe: StripeServer, client: StripeClient) -> None:
    hang = stripe.hang_next("payment_intents.create")
    async with stripe_client(stripe.url, stripe.secret_key, patience=0.05) as impatient:
        with pytest.raises(APIConnectionError):
            await an_intent(impatient, KEY)
    assert not stripe.intents

    hang.release()

    intent = await _when_not_in_use(client)
    assert list(stripe.intents) == [intent]


async def _when_not_in_use(client: StripeClient) -> str:
    """The id of the intent under KEY, once the request that holds the key has ended."""
    while True:
        try:
            return (await an_intent(client, KEY)).id
        except APIError as error:
            if error.error.code != "idempotency_key_in_use":
                raise


async def test_a_hang_ends_at_its_bound(stripe: StripeServer, client: StripeClient) -> None:
    hang = stripe.hang_next("payment_intents.create", bound=0)

    intent = await an_intent(client)

    await hang.reached()
    assert list(stripe.intents) == [intent.id]


async def test_requests_get_no_answer_while_stripe_is_down(
    stripe: StripeServer, client: StripeClient
) -> None:
    intent = await an_intent(client)
    hang = stripe.hang_next("payment_intents.create", after_effect=True)
    async with asyncio.TaskGroup() as tasks:
        under_way = tasks.create_task(_lost(an_intent(client, KEY)))
        await hang.reached()

        stripe.down()

        assert await under_way
        assert await _lost(client.v1.payment_intents.retrieve_async(intent.id))
    hang.release()
    stripe.pay(intent.id)
    stripe.up()

    assert (await client.v1.payment_intents.retrieve_async(intent.id)).status == "succeeded"
    assert await _when_not_in_use(client) in stripe.intents
    assert len(stripe.intents) == 2


async def _lost(request: Awaitable[object]) -> bool:
    """Await the request. Return whether the connection was closed without an answer."""
    try:
        await request
    except APIConnectionError:
        return True
    return False


@pytest.mark.parametrize(("code", "again"), [("rate_limit", "false"), ("lock_timeout", "true")])
async def test_requests_can_be_rate_limited(
    stripe: StripeServer, client: StripeClient, code: str, again: str
) -> None:
    stripe.rate_limit_next("payment_intents.list", code=code, times=2)

    for _ in range(2):
        with pytest.raises(RateLimitError) as limited:
            await client.v1.payment_intents.list_async()
        assert limited.value.json_body["error"]["code"] == code
        assert limited.value.headers["stripe-should-retry"] == again

    assert not (await client.v1.payment_intents.list_async()).data
