"""The server dies at each point of a request in turn: nothing is lost, and nothing happens twice."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.crashes import Crashes
from tests.crashing import MortalServer, Request, mortal_server
from tests.instances import Instances, a_product, a_promo_code, fill_cart, open_instances

pytestmark = pytest.mark.anyio


@pytest.fixture
def mortal(database_url: str) -> Iterator[MortalServer]:
    with mortal_server(database_url) as server:
        yield server


@pytest.fixture
async def shops(database_url: str) -> AsyncIterator[Instances]:
    async with open_instances(database_url, number=1) as instances:
        yield instances


@pytest.fixture
async def crashes(shops: Instances, mortal: MortalServer, stride: int) -> Crashes:
    return Crashes(shops, mortal, await shops[0].customer("ada"), stride)


@pytest.fixture
async def product_id(shops: Instances) -> str:
    return await a_product(await shops[0].admin(), stock=900)


async def test_a_checkout_survives_a_crash_at_any_point(
    shops: Instances, crashes: Crashes, product_id: str
) -> None:
    admin = await shops[0].log_in("owner")
    other = await a_product(admin, stock=900, name="Kettle")
    code = await a_promo_code(admin, usageLimit=900, perCustomerLimit=900)
    orders: list[dict[str, Any]] = []

    async def prepare(key: str) -> Request:
        await fill_cart(crashes.client, product_id, other)
        applied = await crashes.client.put("/api/cart/promo-code", json={"promoCode": code})
        assert applied.status_code == 200
        return crashes.request("/api/cart/checkout", key)

    async def recover(request: Request, point: int) -> None:
        if point % 2:  # the worker recovers the order before the client retries
            shops.advance(seconds=10)
            await shops[0].work()
        order = await crashes.retried(request, 201)
        assert (order["total"], order["payment"]["status"]) == (20.0, "pending")
        assert (await crashes.client.get("/api/cart")).json()["items"] == []
        orders.append(order)
        if point % 3 == 0:
            assert (await shops[0].pay(order)).status_code == 200

    points = await crashes.sweep(prepare, recover)
    assert points[-1] >= 20
    books = await shops.check()
    assert len({order["id"] for order in orders}) == len(points)
    assert len(books.orders) == len(points) + 1
    assert books.stock == {product_id: (900, 899 - len(points)), other: (900, 899 - len(points))}
    shops.advance(minutes=31)
    await shops[0].work()
    books = await shops.check(settled_at=shops[0].clock.now())
    assert books.stock[product_id] == (900, 900 - sum(point % 3 == 0 for point in points))


@pytest.mark.parametrize("paid", [False, True])
async def test_a_cancellation_survives_a_crash_at_any_point(
    shops: Instances, crashes: Crashes, product_id: str, paid: bool
) -> None:
    async def prepare(key: str) -> Request:
        bought = await crashes.client.post(
            "/api/orders", json={"items": [{"itemId": product_id, "quantity": 1}]}
        )
        order = bought.json()["order"]
        if paid:
            await shops[0].pay(order)
        return crashes.request(f"/api/orders/{order['id']}/cancel", key)

    async def recover(request: Request, point: int) -> None:
        if point % 2:  # the worker recovers the order before the client retries
            shops.advance(seconds=10)
            await shops[0].work()
        order = await crashes.retried(request, 200)
        assert (order["status"], order["refundedTotal"]) == ("cancelled", 12.5 if paid else 0)

    assert (await crashes.sweep(prepare, recover))[-1] >= 15
    books = await shops.check(settled_at=shops[0].clock.now())
    assert books.stock == {product_id: (900, 900)}


async def test_a_payment_survives_a_crash_at_any_point(
    shops: Instances, crashes: Crashes, product_id: str
) -> None:
    """The customer doesn't come back, so the worker asks the provider whether the payment succeeded."""
    orders: list[str] = []

    async def prepare(key: str) -> Request:
        bought = await crashes.client.post(
            "/api/orders", json={"items": [{"itemId": product_id, "quantity": 1}]}
        )
        order = bought.json()["order"]
        orders.append(order["id"])
        path = f"/api/sandbox/payments/{order['payment']['clientSecret']}/confirm"
        return crashes.request(path, key, {"outcome": "succeeded"})

    async def recover(request: Request, point: int) -> None:
        shops.advance(minutes=2)
        await shops[0].work()

    # A shop's first payment stores more than later ones: it also records that the provider's webhooks arrive.
    crashes.mortal.answer(await prepare("the first"), shops[0].clock.now())
    assert (await crashes.sweep(prepare, recover))[-1] >= 10
    books = await shops.check()
    paid = [books.orders[order_id].was_paid for order_id in orders]
    undisturbed, later = paid[:2], paid[2:]
    before_payment = later.index(True)
    assert undisturbed == [True, True]
    assert later == before_payment * [False] + (len(later) - before_payment) * [True]
    assert before_payment <= 5, "the worker notices a payment that the provider has taken"
