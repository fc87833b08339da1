"""The server dies at every point of a request, one after the other: nothing is lost, and nothing happens twice."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import httpx
import pytest

from shop.domain.order import OrderStatus
from tests.crashing import MOST_POINTS, MortalServer
from tests.instances import Instances, a_product, a_promo_code, fill_cart, open_instances

pytestmark = pytest.mark.anyio


@pytest.fixture
def mortal(database_url: str) -> Iterator[MortalServer]:
    server = MortalServer(database_url)
    yield server
    server.close()


@pytest.fixture
async def shops(database_url: str) -> AsyncIterator[Instances]:
    async with open_instances(database_url, number=1) as instances:
        yield instances


class Crashes:
    """Lets the server die at every point of a request, and the client come back."""

    def __init__(self, shops: Instances, mortal: MortalServer, client: httpx.AsyncClient) -> None:
        self.shops = shops
        self.mortal = mortal
        self.client = client
        self.books: Any = None

    async def at_every_point(
        self,
        prepare: Callable[[], Awaitable[str]],
        recover: Callable[[str, dict[str, str], int], Awaitable[None]],
        *,
        body: Any = None,
    ) -> int:
        """How many points there are. `prepare` gives the path to POST to, `recover` what comes after each death."""
        for point in range(1, MOST_POINTS):
            path = await prepare()
            headers = {
                "Authorization": self.client.headers["Authorization"],
                "Idempotency-Key": f"key {point}",
            }
            now = self.shops[0].clock.now()
            points = self.mortal.send(path, headers, now=now, die_at=point, body=body)
            self.books = await self.shops.check(quiet=False, before=self.books)
            await recover(path, headers, point)
            self.books = await self.shops.check(before=self.books)
            if points is not None:
                assert points == point - 1
                return points
        raise AssertionError("the request never ends")

    async def retried(self, path: str, headers: dict[str, str], status: int) -> dict[str, Any]:
        """The order in the answer to a client that comes back at once, then when the lease is over."""
        early = await self.client.post(path, headers=headers)
        assert early.status_code in {status, 409}, early.text
        if early.status_code == 409:
            assert early.json()["error"]["code"] == "REQUEST_STILL_RUNNING"
            assert int(early.headers["Retry-After"]) >= 1
        self.shops.advance(seconds=10)
        answers = [await self.client.post(path, headers=headers) for _ in range(2)]
        if early.status_code == status:
            answers.append(early)
        assert {each.status_code for each in answers} == {status}, [each.text for each in answers]
        assert len({each.content for each in answers}) == 1
        assert "Idempotent-Replayed" in answers[1].headers
        order: dict[str, Any] = answers[0].json()["order"]
        return order


@pytest.fixture
async def crashes(shops: Instances, mortal: MortalServer) -> Crashes:
    return Crashes(shops, mortal, await shops[0].customer("ada"))


@pytest.fixture
async def product_id(shops: Instances) -> str:
    return await a_product(await shops[0].admin(), stock=900)


@pytest.mark.parametrize("worker_first", [False, True])
async def test_a_checkout(shops: Instances, crashes: Crashes, product_id: str, worker_first: bool) -> None:
    admin = await shops[0].log_in("owner")
    other = await a_product(admin, stock=900, name="Kettle")
    code = await a_promo_code(admin, usageLimit=900, perCustomerLimit=900)
    orders: list[dict[str, Any]] = []

    async def prepare() -> str:
        await fill_cart(crashes.client, product_id, other)
        applied = await crashes.client.put("/api/cart/promo-code", json={"promoCode": code})
        assert applied.status_code == 200
        return "/api/cart/checkout"

    async def recover(path: str, headers: dict[str, str], point: int) -> None:
        if worker_first:
            shops.advance(seconds=10)
            await shops[0].work()
        order = await crashes.retried(path, headers, 201)
        assert (order["total"], order["payment"]["status"]) == (20.0, "pending")
        assert (await crashes.client.get("/api/cart")).json()["items"] == []
        orders.append(order)
        if point % 3 == 0:
            assert (await shops[0].pay(order)).status_code == 200

    points = await crashes.at_every_point(prepare, recover)
    assert points >= 20
    books = await shops.check()
    assert set(books.orders) == {order["id"] for order in orders}
    assert len(orders) == points + 1
    assert books.stock == {product_id: (900, 900 - len(orders)), other: (900, 900 - len(orders))}
    shops.advance(minutes=31)
    await shops[0].work()
    books = await shops.check(settled_at=shops[0].clock.now())
    assert books.stock[product_id] == (900, 900 - len(orders) // 3)


@pytest.mark.parametrize("worker_first", [False, True])
@pytest.mark.parametrize("paid", [False, True])
async def test_a_cancellation(
    shops: Instances, crashes: Crashes, product_id: str, paid: bool, worker_first: bool
) -> None:
    async def prepare() -> str:
        bought = await crashes.client.post(
            "/api/orders", json={"items": [{"itemId": product_id, "quantity": 1}]}
        )
        order = bought.json()["order"]
        if paid:
            await shops[0].pay(order)
        return f"/api/orders/{order['id']}/cancel"

    async def recover(path: str, headers: dict[str, str], point: int) -> None:
        if worker_first:
            shops.advance(seconds=10)
            await shops[0].work()
        order = await crashes.retried(path, headers, 200)
        assert (order["status"], order["refundedTotal"]) == ("cancelled", 12.5 if paid else 0)

    assert await crashes.at_every_point(prepare, recover) >= 15
    books = await shops.check(settled_at=shops[0].clock.now())
    assert books.stock == {product_id: (900, 900)}


async def test_a_payment(shops: Instances, crashes: Crashes, product_id: str) -> None:
    """The customer doesn't come back: the worker asks the provider what became of it."""
    orders: list[str] = []

    async def prepare() -> str:
        bought = await crashes.client.post(
            "/api/orders", json={"items": [{"itemId": product_id, "quantity": 1}]}
        )
        order = bought.json()["order"]
        orders.append(order["id"])
        return f"/api/sandbox/payments/{order['payment']['clientSecret']}/confirm"

    async def recover(path: str, headers: dict[str, str], point: int) -> None:
        shops.advance(minutes=2)
        await shops[0].work()

    assert await crashes.at_every_point(prepare, recover, body={"outcome": "succeeded"}) >= 10
    books = await shops.check()
    statuses = [books.orders[order_id].order.status for order_id in orders]
    assert statuses.index(OrderStatus.PAID) < 6, "money that came is noticed"
    assert statuses == sorted(
        statuses, key=[OrderStatus.PENDING, OrderStatus.CANCELLED, OrderStatus.PAID].index
    )
