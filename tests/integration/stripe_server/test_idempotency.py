"""The fake's saved answers: replays, refusals, and answers that are not saved."""

import pytest
from stripe import (
    APIConnectionError,
    APIError,
    CardError,
    IdempotencyError,
    InvalidRequestError,
    RateLimitError,
    StripeClient,
)

from tests.stripe_client import an_intent
from tests.stripe_server import StripeServer

pytestmark = pytest.mark.anyio

KEY = "an order : 1"


async def test_the_same_request_has_the_same_answer(stripe: StripeServer, client: StripeClient) -> None:
    first = await an_intent(client, KEY)
    stripe.pay(first.id)

    again = await an_intent(client, KEY)

    # The saved answer, not the current state of the intent.
    assert again.to_dict() == first.to_dict()
    assert again.last_response.headers["idempotent-replayed"] == "true"
    assert again.last_response.headers["original-request"] == first.last_response.request_id
    assert again.last_response.request_id != first.last_response.request_id
    assert "idempotent-replayed" not in first.last_response.headers
    assert [each.replayed for each in stripe.requests] == [False, True]
    assert list(stripe.intents) == [first.id]


async def test_a_key_cannot_be_reused_for_another_request(stripe: StripeServer, client: StripeClient) -> None:
    intent = await an_intent(client, KEY)

    with pytest.raises(IdempotencyError, match="same parameters") as parameters:
        await an_intent(client, KEY, amount=1300)
    with pytest.raises(IdempotencyError, match="same endpoint"):
        await client.v1.payment_intents.cancel_async(intent.id, options={"idempotency_key": KEY})

    assert parameters.value.http_status == 400
    assert parameters.value.json_body["error"]["type"] == "idempotency_error"
    assert [each["status"] for each in stripe.intents.values()] == ["requires_payment_method"]


async def test_keys_are_forgotten_after_a_day(stripe: StripeServer, client: StripeClient) -> None:
    first = await an_intent(client, KEY)
    stripe.clock.advance(hours=23, minutes=59)
    assert (await an_intent(client, KEY)).id == first.id

    stripe.clock.advance(minutes=1)

    assert (await an_intent(client, KEY)).id != first.id
    assert len(stripe.intents) == 2


async def test_errors_of_an_operation_are_saved(stripe: StripeServer, client: StripeClient) -> None:
    intent = await an_intent(client)
    for _ in range(2):
        with pytest.raises(CardError) as declined:
            await client.v1.payment_intents.confirm_async(
                intent.id, {"payment_method": "pm_card_chargeDeclined"}, {"idempotency_key": KEY}
            )
    assert declined.value.headers["idempotent-replayed"] == "true"
    assert len(stripe.charges) == 1


async def test_refusals_before_the_operation_are_not_saved(
    stripe: StripeServer, client: StripeClient
) -> None:
    with pytest.raises(InvalidRequestError, match="Missing required param: currency"):
        await an_intent(client, KEY, currency=None)
    stripe.rate_limit_next("payment_intents.create")
    with pytest.raises(RateLimitError) as limited:
        await an_intent(client, KEY)

    assert limited.value.http_status == 429
    assert (await an_intent(client, KEY)).id in stripe.intents


@pytest.mark.parametrize(("after_effect", "made"), [(False, 0), (True, 1)])
async def test_a_server_error_is_saved(
    stripe: StripeServer, client: StripeClient, after_effect: bool, made: int
) -> None:
    stripe.fail_next("payment_intents.create", after_effect=after_effect)

    for _ in range(2):
        with pytest.raises(APIError) as failed:
            await an_intent(client, KEY)
        assert failed.value.http_status == 500

    assert failed.value.headers["idempotent-replayed"] == "true"
    assert failed.value.json_body["error"]["type"] == "api_error"
    assert len(stripe.intents) == made
    assert (await an_intent(client, "an order : 2")).status == "requires_payment_method"


async def test_a_server_error_before_the_operation_is_not_saved(
    stripe: StripeServer, client: StripeClient
) -> None:
    stripe.fail_next("payment_intents.create", 503, saved=False)

    with pytest.raises(APIError) as failed:
        await an_intent(client, KEY)

    assert failed.value.http_status == 503
    assert (await an_intent(client, KEY)).id in stripe.intents


async def test_a_failed_replay_does_not_change_the_saved_answer(
    stripe: StripeServer, client: StripeClient
) -> None:
    intent = await an_intent(client, KEY)
    stripe.fail_next("payment_intents.create")
    stripe.drop_next("payment_intents.create")

    with pytest.raises(APIError):
        await an_intent(client, KEY)
    with pytest.raises(APIConnectionError):
        await an_intent(client, KEY)

    assert (await an_intent(client, KEY)).id == intent.id


async def test_reads_ignore_idempotency_keys(client: StripeClient) -> None:
    await client.v1.payment_intents.list_async(options={"idempotency_key": KEY})
    await client.v1.refunds.list_async(options={"idempotency_key": KEY})
