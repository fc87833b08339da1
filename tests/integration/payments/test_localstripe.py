"""The official SDK against localstripe: the shop's requests, checked by an independent fake."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest
from stripe import CardError, Event, InvalidRequestError, StripeClient

from tests.localstripe_server import LocalstripeServer, localstripe_server
from tests.stripe_client import an_intent, stripe_client

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def localstripe() -> Iterator[LocalstripeServer]:
    with localstripe_server() as server:
        yield server


@pytest.fixture
async def client(localstripe: LocalstripeServer) -> AsyncIterator[StripeClient]:
    async with stripe_client(localstripe.url, localstripe.secret_key) as client:
        yield client


async def test_a_card_pays(client: StripeClient) -> None:
    intent = await an_intent(
        client,
        payment_method_types=["card"],
        payment_method="pm_card_visa",
        metadata={"order_id": "an order"},
    )
    assert intent.status == "requires_confirmation"

    assert (await client.v1.payment_intents.confirm_async(intent.id)).status == "succeeded"

    found = await client.v1.payment_intents.retrieve_async(intent.id)
    assert (found.status, found.amount, found.currency) == ("succeeded", 1250, "eur")
    assert found.metadata["order_id"] == "an order"


async def test_a_card_is_declined(client: StripeClient) -> None:
    intent = await an_intent(
        client, payment_method_types=["card"], payment_method="pm_card_chargeCustomerFail"
    )

    with pytest.raises(CardError) as declined:
        await client.v1.payment_intents.confirm_async(intent.id)

    assert declined.value.code == "card_declined"
    found = await client.v1.payment_intents.retrieve_async(intent.id)
    assert found.status == "requires_payment_method"


async def test_a_cancelled_intent_cannot_be_cancelled_again(client: StripeClient) -> None:
    intent = await an_intent(client, payment_method_types=["card"])

    assert (await client.v1.payment_intents.cancel_async(intent.id)).status == "canceled"

    with pytest.raises(InvalidRequestError):
        await client.v1.payment_intents.cancel_async(intent.id)


async def test_a_payment_is_refunded_in_part(client: StripeClient) -> None:
    intent = await an_intent(client, payment_method_types=["card"], payment_method="pm_card_visa")
    await client.v1.payment_intents.confirm_async(intent.id)

    refund = await client.v1.refunds.create_async({"payment_intent": intent.id, "amount": 250})

    assert (refund.status, refund.amount) == ("succeeded", 250)
    listed = await client.v1.refunds.list_async({"payment_intent": intent.id})
    assert [each.id for each in listed.data] == [refund.id]


async def test_webhooks_are_signed(localstripe: LocalstripeServer, client: StripeClient) -> None:
    received: asyncio.Queue[tuple[bytes, str]] = asyncio.Queue()
    async with await asyncio.start_server(_keeping(received), "127.0.0.1", 0) as endpoint:
        port = endpoint.sockets[0].getsockname()[1]
        await asyncio.to_thread(
            localstripe.send_webhooks_to, f"http://127.0.0.1:{port}/", ["payment_intent.succeeded"]
        )
        intent = await an_intent(client, payment_method_types=["card"], payment_method="pm_card_visa")
        await client.v1.payment_intents.confirm_async(intent.id)

        async with asyncio.timeout(30):
            event = await _delivered(received, client, localstripe)
            while event.data.object["id"] != intent.id:  # events of earlier tests may still arrive
                event = await _delivered(received, client, localstripe)

    assert (event.type, event.data.object["status"]) == ("payment_intent.succeeded", "succeeded")


async def _delivered(
    received: asyncio.Queue[tuple[bytes, str]], client: StripeClient, localstripe: LocalstripeServer
) -> Event:
    payload, signature = await received.get()
    return client.construct_event(payload, signature, localstripe.webhook_secret)


def _keeping(received: asyncio.Queue[tuple[bytes, str]]) -> Callable[..., Awaitable[None]]:
    """A webhook endpoint that accepts everything and keeps the payload and its signature."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        payload = await reader.readexactly(int(headers["content-length"]))
        await received.put((payload, headers["stripe-signature"]))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()
        await writer.wait_closed()

    return answer
