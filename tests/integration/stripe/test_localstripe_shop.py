"""The shop against localstripe, an independent imitation of Stripe.

It ignores idempotency keys, confirms an intent only once, and cannot filter intents by `created` or events by `types`.
Only the tests with `tests.stripe_server` cover the parts of the shop that need these.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from stripe import CardError, StripeClient

from shop.domain.payments.payment import PaymentStatus
from shop.settings import Payments
from shop.testing import ManualClock, ShopHarness, shop_harness
from tests.instances import a_product, an_order
from tests.localstripe_server import LocalstripeServer, localstripe_server
from tests.stripe_client import stripe_client
from tests.stripe_shop import WEBHOOKS

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def localstripe() -> Iterator[LocalstripeServer]:
    with localstripe_server() as server:
        yield server


@pytest.fixture
async def shop(localstripe: LocalstripeServer) -> AsyncIterator[ShopHarness]:
    localstripe.reset()
    async with shop_harness(
        clock=ManualClock(datetime.now(UTC)),  # localstripe always uses the system's clock
        payments=Payments.STRIPE,
        stripe_api_base=localstripe.url,
        stripe_secret_key=localstripe.secret_key,
        stripe_webhook_secrets=(localstripe.webhook_secret,),
    ) as opened:
        yield opened


@pytest.fixture
async def client(localstripe: LocalstripeServer) -> AsyncIterator[StripeClient]:
    async with stripe_client(localstripe.url, localstripe.secret_key) as client:
        yield client


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin()


@pytest.fixture
async def ada(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.customer("ada")


@pytest.fixture
async def order(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Mapping[str, Any]:
    return await an_order(ada, await a_product(admin, 10), 2)


def intent_id(order: Mapping[str, Any]) -> str:
    return str(order["payment"]["clientSecret"].partition("_secret_")[0])


async def pay(client: StripeClient, order: Mapping[str, Any], method: str = "pm_card_visa") -> None:
    """Pay as the customer's browser does. localstripe needs the method and the confirmation in separate requests."""
    await client.v1.payment_intents.update_async(intent_id(order), {"payment_method": method})
    await client.v1.payment_intents.confirm_async(intent_id(order))


async def status_of(ada: httpx.AsyncClient, order: Mapping[str, Any]) -> str:
    return str((await ada.get(f"/api/orders/{order['id']}")).json()["status"])


async def check_payments(shop: ShopHarness) -> None:
    """Let the worker ask Stripe, as it does when no webhook comes for a while."""
    shop.clock.advance(minutes=2)
    await shop.work()


async def test_a_card_pays(
    shop: ShopHarness, client: StripeClient, ada: httpx.AsyncClient, order: Mapping[str, Any]
) -> None:
    assert order["payment"]["status"] == "pending"
    await pay(client, order)
    await check_payments(shop)
    assert await status_of(ada, order) == "paid"


async def test_a_card_is_declined(
    shop: ShopHarness, client: StripeClient, ada: httpx.AsyncClient, order: Mapping[str, Any]
) -> None:
    with pytest.raises(CardError):
        await pay(client, order, "pm_card_chargeCustomerFail")
    await check_payments(shop)
    assert await status_of(ada, order) == "failed"
    reopened = await ada.post(f"/api/orders/{order['id']}/payment")
    assert intent_id(reopened.json()["order"]) == intent_id(order), "a declined intent can still be paid"


async def test_cancelling_an_unpaid_order_cancels_its_intent(
    shop: ShopHarness, client: StripeClient, ada: httpx.AsyncClient, order: Mapping[str, Any]
) -> None:
    answer = await ada.post(f"/api/orders/{order['id']}/cancel")
    assert answer.json()["order"]["status"] == "cancelled"
    assert (await client.v1.payment_intents.retrieve_async(intent_id(order))).status == "canceled"
    again = await shop.container.payments.stripe_payments().cancel_intent(intent_id(order))
    assert again.status is PaymentStatus.CANCELLED


async def test_a_payment_is_refunded_in_part_and_in_full(
    shop: ShopHarness,
    client: StripeClient,
    admin: httpx.AsyncClient,
    ada: httpx.AsyncClient,
    order: Mapping[str, Any],
) -> None:
    await pay(client, order)
    await check_payments(shop)
    for request, status in (({"amount": 5}, "paid"), ({}, "refunded")):
        answer = await admin.post(f"/api/admin/orders/{order['id']}/refunds", json=request)
        assert answer.status_code == 201, answer.text
        assert answer.json()["refund"]["status"] == "succeeded"
        assert await status_of(ada, order) == status
    refunds = await shop.container.payments.stripe_payments().refunds_of(intent_id(order))
    assert sorted(refund.amount for refund in refunds) == [500, 2000]
    assert all(refund.refund_id for refund in refunds)


async def test_cancelling_a_paid_order_refunds_it(
    client: StripeClient, ada: httpx.AsyncClient, order: Mapping[str, Any]
) -> None:
    await pay(client, order)
    answer = await ada.post(f"/api/orders/{order['id']}/cancel")
    assert answer.json()["order"]["status"] == "cancelled"
    [refund] = (await client.v1.refunds.list_async({"payment_intent": intent_id(order)})).data
    assert refund.amount == 2500


async def test_a_signed_webhook_is_applied(
    localstripe: LocalstripeServer,
    shop: ShopHarness,
    client: StripeClient,
    ada: httpx.AsyncClient,
    order: Mapping[str, Any],
) -> None:
    applied = asyncio.Event()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in head[1:] if line)
        payload = await reader.readexactly(int(headers["content-length"]))
        signature = {"Stripe-Signature": headers["stripe-signature"]}
        answer = await shop.client.post(WEBHOOKS, content=payload, headers=signature)
        writer.write(b"HTTP/1.1 %d x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n" % answer.status_code)
        writer.close()
        if answer.status_code == 200 and await status_of(ada, order) == "paid":
            applied.set()

    async with await asyncio.start_server(pass_on, "127.0.0.1", 0) as endpoint:
        port = endpoint.sockets[0].getsockname()[1]
        url = f"http://127.0.0.1:{port}/"
        await asyncio.to_thread(localstripe.send_webhooks_to, url, ["payment_intent.succeeded"])
        await pay(client, order)
        async with asyncio.timeout(30):
            await applied.wait()
    assert await status_of(ada, order) == "paid"
