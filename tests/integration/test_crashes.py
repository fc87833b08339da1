"""The server dies at every point of a request, one after the other: nothing is lost, and nothing happens twice."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.crashing import MortalServer
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

        async def request(key: str) -> tuple[str, dict[str, str], datetime, Any]:
            headers = {"Authorization": self.client.headers["Authorization"], "Idempotency-Key": key}
            return await prepare(), headers, self.shops[0].clock.now(), body

        points = self.mortal.answer(*await request("undisturbed"))
        for point in range(1, points + 1):
            path, headers, now, _ = await request(f"key {point}")
            assert self.mortal.dies(path, headers, now, body, at=point)
            self.books = await self.shops.check(quiet=False, before=self.books)
            await recover(path, headers, point)
        await self.shops.check(before=self.books)
        return points

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


async def test_a_checkout(shops: Instances, crashes: Crashes, product_id: str) -> None:
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
        if point % 2:  # the worker is faster than the client
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
    assert len({order["id"] for order in orders}) == points
    assert len(books.orders) == points + 1
    assert books.stock == {product_id: (900, 899 - points), other: (900, 899 - points)}
    shops.advance(minutes=31)
    await shops[0].work()
    books = await shops.check(settled_at=shops[0].clock.now())
    assert books.stock[product_id] == (900, 900 - points // 3)


@pytest.mark.parametrize("paid", [False, True])
async def test_a_cancellation(shops: Instances, crashes: Crashes, product_id: str, paid: bool) -> None:
    async def prepare() -> str:
        bought = await crashes.client.post(
            "/api/orders", json={"items": [{"itemId": product_id, "quantity": 1}]}
        )
        order = bought.json()["order"]
        if paid:
            await shops[0].pay(order)
        return f"/api/orders/{order['id']}/cancel"

    async def recover(path: str, headers: dict[str, str], point: int) -> None:
        if point % 2:  # the worker is faster than the client
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
    paid = [books.orders[order_id].was_paid for order_id in orders]
    unheard = paid.index(True, 1) - 1
    assert paid == [True] + unheard * [False] + (len(paid) - 1 - unheard) * [True]
    assert unheard <= 5, "money that came is noticed"
