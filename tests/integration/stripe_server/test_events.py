"""The fake's events, as they are listed and as they are delivered."""

import asyncio
from datetime import timedelta

import httpx
import pytest
from stripe import InvalidRequestError, SignatureVerificationError, StripeClient, Webhook
from stripe import api_version as sdk_api_version

from tests.stripe_client import an_intent
from tests.stripe_server import StripeServer, stripe_server

pytestmark = pytest.mark.anyio


async def test_each_change_is_an_event_newest_first(stripe: StripeServer, client: StripeClient) -> None:
    paid = await an_intent(client, key="a key")
    stripe.decline(paid.id)
    stripe.pay(paid.id)
    stripe.refund(paid.id, 250)
    cancelled = await an_intent(client)
    stripe.require_action(cancelled.id)
    stripe.cancel(cancelled.id)
    stripe.start_processing((await an_intent(client)).id)

    listed = await client.v1.events.list_async({"limit": 100})

    assert [each.type for each in reversed(listed.data)] == [
        "payment_intent.created",
        "charge.failed",
        "payment_intent.payment_failed",
        "charge.succeeded",
        "payment_intent.succeeded",
        "refund.created",
        "charge.refunded",
        "payment_intent.created",
        "payment_intent.requires_action",
        "payment_intent.canceled",
        "payment_intent.created",
        "charge.pending",
        "payment_intent.processing",
    ]
    first = listed.data[-1]
    assert (first.object, first.livemode, first.api_version) == ("event", False, sdk_api_version)
    assert (first.request.idempotency_key, listed.data[-2].request.id) == ("a key", None)
    # An event shows the object as it was then.
    assert first.data.object["status"] == "requires_payment_method"
    succeeded = next(each for each in listed.data if each.type == "payment_intent.succeeded")
    assert (await client.v1.events.retrieve_async(succeeded.id)).data.object["amount_received"] == 1250


async def test_events_are_chosen_by_type_and_time(stripe: StripeServer, client: StripeClient) -> None:
    early = await an_intent(client)
    stripe.pay(early.id)
    stripe.clock.advance(days=1)
    since = int(stripe.clock.now().timestamp())
    late = await an_intent(client)
    stripe.pay(late.id)

    of_types = await client.v1.events.list_async(
        {"types": ["payment_intent.succeeded", "payment_intent.canceled"], "limit": 1}
    )
    older = await client.v1.events.list_async(
        {"types": ["payment_intent.succeeded"], "starting_after": of_types.data[0].id}
    )
    recent = await client.v1.events.list_async({"created": {"gte": since}, "type": "payment_intent.*"})

    assert ([each.data.object["id"] for each in of_types.data], of_types.has_more) == ([late.id], True)
    assert ([each.data.object["id"] for each in older.data], older.has_more) == ([early.id], False)
    assert [each.type for each in recent.data] == ["payment_intent.succeeded", "payment_intent.created"]


async def test_events_are_kept_for_thirty_days(stripe: StripeServer, client: StripeClient) -> None:
    await an_intent(client)
    (event_id,) = stripe.events
    stripe.clock.advance(days=30)

    assert not (await client.v1.events.list_async()).data
    with pytest.raises(InvalidRequestError):
        await client.v1.events.retrieve_async(event_id)


async def test_deliveries_are_signed(stripe: StripeServer, client: StripeClient) -> None:
    intent = await an_intent(client, description="Zwei Becher, größer")
    stripe.pay(intent.id)

    (delivery,) = stripe.deliveries("payment_intent.succeeded")

    event = Webhook.construct_event(
        delivery.payload, delivery.headers["Stripe-Signature"], stripe.webhook_secret, tolerance=300
    )
    assert (event.id, event.type) == (delivery.event_id, "payment_intent.succeeded")
    assert event.data.object["description"] == "Zwei Becher, größer"
    for payload, secret in (
        (delivery.payload.replace(b"1250", b"1251"), stripe.webhook_secret),
        (delivery.payload, f"{stripe.webhook_secret}0"),
    ):
        with pytest.raises(SignatureVerificationError):
            Webhook.construct_event(payload, delivery.signature, secret)


async def test_a_delivery_can_be_signed_with_an_earlier_time(
    stripe: StripeServer, client: StripeClient
) -> None:
    await an_intent(client)

    (late,) = stripe.deliveries(at=stripe.clock.now() - timedelta(minutes=6))

    with pytest.raises(SignatureVerificationError, match="tolerance"):
        Webhook.construct_event(late.payload, late.signature, stripe.webhook_secret, tolerance=300)
    assert Webhook.construct_event(late.payload, late.signature, stripe.webhook_secret, tolerance=600)


async def test_rolled_secrets_overlap(stripe: StripeServer, client: StripeClient) -> None:
    await an_intent(client)
    old = stripe.webhook_secret
    new = stripe.roll_webhook_secret()

    (delivery,) = stripe.deliveries()
    assert delivery.signature.count("v1=") == 2
    for secret in (old, new):
        assert Webhook.construct_event(delivery.payload, delivery.signature, secret)

    stripe.expire_old_webhook_secrets()
    (delivery,) = stripe.deliveries()
    assert Webhook.construct_event(delivery.payload, delivery.signature, new)
    with pytest.raises(SignatureVerificationError):
        Webhook.construct_event(delivery.payload, delivery.signature, old)


async def test_rejected_events_are_delivered_again(stripe: StripeServer, client: StripeClient) -> None:
    intent = await an_intent(client)
    stripe.pay(intent.id)
    received: list[bytes] = []
    answers = [b"200 OK", b"500 Internal Server Error", None, b"204 No Content", b"200 OK"]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
        received.append(await reader.readexactly(length))
        status = answers.pop(0)
        if status is not None:
            writer.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % status)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as endpoint:
        url = f"http://127.0.0.1:{endpoint.sockets[0].getsockname()[1]}/"
        assert await stripe.deliver(url) == [200, 500, None]
        assert [each.type for each in stripe.undelivered()] == [
            "charge.succeeded",
            "payment_intent.succeeded",
        ]
        assert await stripe.deliver(url) == [204, 200]
        assert await stripe.deliver(url) == []

    assert received[1:3] == received[3:]
    pending = {each.pending_webhooks for each in (await client.v1.events.list_async()).data}
    assert pending == {0}


async def test_an_account_may_be_live() -> None:
    with stripe_server(livemode=True) as live:
        created = await _create(live)

        assert live.secret_key.startswith("sk_live_")
        assert created.json()["livemode"] is True
        assert all(event["livemode"] for event in live.events.values())
        assert "v0=" not in live.deliveries()[0].signature


async def _create(server: StripeServer) -> httpx.Response:
    """Create an intent without the SDK. Return the answer."""
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {server.secret_key}"}) as client:
        return await client.post(
            f"{server.url}/v1/payment_intents", data={"amount": "1250", "currency": "EUR"}
        )
