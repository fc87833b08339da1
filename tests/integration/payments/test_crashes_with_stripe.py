"""The server and the worker die during their work with Stripe. No money is lost, charged twice or refunded twice."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.books import Books
from tests.crashes import Crashes
from tests.crashing import MortalServer, Request, mortal_server
from tests.instances import Instances, a_product, an_order, fill_cart, open_instances, stripe_settings
from tests.stripe_server import ApiError, Delivery, StripeServer, stripe_server

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

LEASE_SECONDS = 60
"""Longer than every lease: afterwards, others may continue the work of a process that died."""
STOCK = 900


class Shop:
    """One instance of the shop on MySQL, `ada` who buys there, its owner, and Stripe's side."""

    def __init__(self, shops: Instances, stripe: StripeServer, mortal: MortalServer, stride: int) -> None:
        self.shops = shops
        self.stripe = stripe
        self.mortal = mortal
        self.stride = stride
        self.ada: httpx.AsyncClient
        self.owner: httpx.AsyncClient
        self.product_id: str

    async def open(self) -> None:
        self.owner = await self.shops[0].admin()
        self.ada = await self.shops[0].customer("ada")
        self.product_id = await a_product(self.owner, STOCK)

    def crashes(self, client: httpx.AsyncClient | None = None) -> Crashes:
        return Crashes(self.shops, self.mortal, client or self.ada, self.stride, LEASE_SECONDS)

    async def order(self) -> str:
        """Place an order of one unit at 12.50. Return its id."""
        return str((await an_order(self.ada, self.product_id))["id"])

    async def paid_order(self) -> str:
        order_id = await self.order()
        assert (await self.deliver(self.pay(order_id))).status_code == 200
        return order_id

    def pay(self, order_id: str) -> Delivery:
        """Pay as the customer. Return the webhook that follows."""
        [intent_id] = self.intents_of(order_id)
        self.stripe.pay(intent_id)
        [delivery] = self.stripe.deliveries("payment_intent.succeeded", of=intent_id)
        return delivery

    def intents_of(self, order_id: str) -> list[str]:
        intents = self.stripe.intents.values()
        return [str(each["id"]) for each in intents if each["metadata"]["shop_order_id"] == order_id]

    def refunded(self, order_id: str) -> list[int]:
        """The refunds of the order that Stripe has made, in minor units."""
        refunds = self.stripe.refunds.values()
        return [each["amount"] for each in refunds if each["payment_intent"] in self.intents_of(order_id)]

    async def deliver(self, delivery: Delivery) -> httpx.Response:
        return await self.shops[0].client.post(
            "/api/webhooks/stripe", content=delivery.payload, headers=delivery.headers
        )

    async def status_of(self, order_id: str) -> str:
        return str((await self.ada.get(f"/api/orders/{order_id}")).json()["status"])

    async def work(self) -> None:
        """Run the worker after the leases of the process that died have expired."""
        self.shops.advance(seconds=LEASE_SECONDS)
        await self.shops[0].work()

    async def settled(self) -> Books:
        return await self.shops.check(settled_at=self.shops[0].clock.now())


@pytest.fixture
async def shop(mysql_url: str, stride: int) -> AsyncIterator[Shop]:
    lasting = {"access_token_ttl": timedelta(days=400)}
    with stripe_server() as stripe, mortal_server(mysql_url, stripe_settings(stripe)) as mortal:
        async with open_instances(mysql_url, 1, stripe, **lasting) as shops:
            opened = Shop(shops, stripe, mortal, stride)
            await opened.open()
            yield opened


async def test_a_checkout_is_finished_after_a_crash(shop: Shop) -> None:
    crashes = shop.crashes()
    orders: list[str] = []

    async def prepare(key: str) -> Request:
        await fill_cart(shop.ada, shop.product_id)
        return crashes.request("/api/cart/checkout", key)

    async def recover(request: Request, point: int) -> None:
        if point % 2:  # the worker is faster than the client
            await shop.work()
        order = await crashes.retried(request, 201)
        assert (order["total"], order["payment"]["status"]) == (12.5, "pending")
        [intent_id] = shop.intents_of(order["id"])
        assert order["payment"]["clientSecret"] == shop.stripe.intents[intent_id]["client_secret"]
        if point % 3 == 0:
            assert (await shop.deliver(shop.pay(order["id"]))).status_code == 200
        orders.append(order["id"])

    points = await crashes.sweep(prepare, recover)
    assert points[-1] >= 18
    assert len(set(orders)) == len(points)
    shop.shops.advance(minutes=31)
    await shop.work()
    books = await shop.settled()
    assert len(books.orders) == len(points) + 1
    assert books.stock[shop.product_id] == (STOCK, STOCK - sum(point % 3 == 0 for point in points))


async def test_a_webhook_is_applied_once_after_a_crash(shop: Shop) -> None:
    crashes = shop.crashes()
    deliveries: dict[str, tuple[str, Delivery]] = {}

    async def prepare(key: str) -> Request:
        order_id = await shop.order()
        delivery = shop.pay(order_id)
        request = Request("/api/webhooks/stripe", delivery.headers, content=delivery.payload.decode())
        deliveries[delivery.signature] = order_id, delivery
        return request

    async def recover(request: Request, point: int) -> None:
        order_id, delivery = deliveries[request.headers["Stripe-Signature"]]
        if point % 3 == 0:  # the worker asks Stripe before the webhook is repeated
            await shop.work()
        elif point % 3 == 1:  # the worker reads the list of events before the webhook is repeated
            shop.shops.advance(seconds=LEASE_SECONDS)
            await shop.shops[0].container.payments.replay_missed_events()()
        if point % 3 < 2:
            assert await shop.status_of(order_id) == "paid"
        for _ in range(2):
            assert (await shop.deliver(delivery)).status_code == 200
        assert await shop.status_of(order_id) == "paid"

    # A process records the first webhook that it receives, in one more transaction than later webhooks need.
    shop.mortal.answer(await prepare("first"), shop.shops[0].clock.now())
    points = await crashes.sweep(prepare, recover)
    assert points[-1] >= 8
    assert (await shop.settled()).sales[shop.product_id] == len(points) + 2


@pytest.mark.parametrize(
    ("body", "amount", "status"),
    [({"amount": 5, "items": "all", "restock": True}, 500, "paid"), (None, 1250, "refunded")],
    ids=["of a part that is restocked", "of all"],
)
async def test_a_refund_is_made_once_after_a_crash(shop: Shop, body: Any, amount: int, status: str) -> None:
    crashes = shop.crashes(shop.owner)

    if body is not None:
        body = {**body, "items": [{"itemId": shop.product_id, "quantity": 1}]}

    async def prepare(key: str) -> Request:
        return crashes.request(f"/api/admin/orders/{await shop.paid_order()}/refunds", key, body)

    async def recover(request: Request, point: int) -> None:
        if point % 2:  # the worker is faster than the owner
            await shop.work()
        order = await crashes.retried(request, 201)
        assert (order["status"], order["refundedTotal"]) == (status, amount / 100)
        assert shop.refunded(order["id"]) == [amount]

    points = await crashes.sweep(prepare, recover)
    assert points[-1] >= 12
    is_restocked = body is not None
    kept = 0 if is_restocked else len(points) + 1
    assert (await shop.settled()).stock[shop.product_id] == (STOCK, STOCK - kept)


async def test_a_cancellation_refunds_a_paid_order_once_after_a_crash(shop: Shop) -> None:
    crashes = shop.crashes()

    async def prepare(key: str) -> Request:
        return crashes.request(f"/api/orders/{await shop.paid_order()}/cancel", key)

    async def recover(request: Request, point: int) -> None:
        if point % 2:  # the worker is faster than the client
            await shop.work()
        order = await crashes.retried(request, 200)
        assert (order["status"], order["refundedTotal"]) == ("cancelled", 12.5)
        assert shop.refunded(order["id"]) == [1250]

    assert (await crashes.sweep(prepare, recover))[-1] >= 15
    assert (await shop.settled()).stock[shop.product_id] == (STOCK, STOCK)


async def test_an_unpaid_order_expires_after_a_crash(shop: Shop) -> None:
    """The worker dies. At odd points, the customer tries to pay before the next worker runs."""
    crashes = shop.crashes()
    orders: list[str] = []

    async def prepare(key: str) -> Request:
        orders.append(await shop.order())
        shop.shops.advance(minutes=31)
        return Request()

    async def recover(request: Request, point: int) -> None:
        paid = False
        if point % 2:
            with suppress(ApiError):
                shop.pay(orders[-1])
                paid = True
        await shop.work()
        assert await shop.status_of(orders[-1]) == ("paid" if paid else "cancelled")

    points = await crashes.sweep(prepare, recover)
    assert points[-1] >= 18
    books = await shop.settled()
    paid = sum(order.was_paid for order in books.orders.values())
    assert len(points) // 4 <= paid <= sum(point % 2 for point in points)
    assert books.stock[shop.product_id] == (STOCK, STOCK - paid)
