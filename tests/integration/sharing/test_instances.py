"""Instances that share a real Valkey: they save statements, and soon see each other's writes."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import event

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.testing import PASSWORD, ShopHarness, shop_harness
from tests.instances import a_product
from tests.redis_server import RedisServer
from tests.shared_reads import reached
from tests.shop_process import SECONDS, ShopProcess

pytestmark = pytest.mark.anyio

BOUND = 1.0
"""Seconds for which an instance may show a value that another instance has changed."""


class CountingStorage(SqlStorage):
    """Records every statement."""

    def __init__(self, url: str) -> None:
        super().__init__(Database(url))
        self.sent: list[str] = []
        for engine in (self.database.writes, self.database.reads):
            event.listen(engine.sync_engine, "before_cursor_execute", self._note)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.sent.append(statement)


@pytest.fixture
async def instances(database_url: str, redis_server: RedisServer) -> AsyncIterator[list[ShopHarness]]:
    """Three instances in this process, each with its own connections, statement log and cache.

    Redis is emptied first: otherwise values of another test would be served for up to a second.
    """
    redis_server.clear()
    async with AsyncExitStack() as stack:
        shops = []
        for _ in range(3):
            storage = CountingStorage(database_url)
            stack.push_async_callback(storage.close)
            shop = await stack.enter_async_context(shop_harness(storage, redis_url=redis_server.url))
            shared = shop.container.shared_reads
            assert shared is not None
            await reached(shared.connection)
            shops.append(shop)
        yield shops


def statements(shop: ShopHarness) -> list[str]:
    sent: list[str] = shop.container.storage.sent
    return sent


async def quickly(attempt: Callable[[], Awaitable[None]]) -> None:
    """Repeat the attempt until it ends before shared values expire: a busy machine may need several attempts."""
    for _ in range(20):
        began = time.monotonic()
        await attempt()
        if time.monotonic() < began + 0.8:
            return
        await asyncio.sleep(BOUND)
    pytest.fail("this machine is too busy")


@pytest.mark.parametrize(
    "path", ["/api/products?page=1", "/api/products/{id}", "/api/products/search?page=1&q=mug"]
)
async def test_values_read_by_one_instance_cost_another_no_statement(
    path: str, instances: list[ShopHarness]
) -> None:
    first, second, third = instances
    path = path.format(id=await a_product(await first.admin(), stock=3))
    answers: list[bytes] = []

    async def read_from_both() -> None:
        statements(third).clear()
        answers[:] = [(await shop.client.get(path)).content for shop in (second, third)]

    await quickly(read_from_both)
    assert statements(third) == []
    assert answers[0] == answers[1]
    assert b"Mug" in answers[0]


async def test_a_session_read_by_one_instance_is_not_read_by_another(
    instances: list[ShopHarness],
) -> None:
    first, second, third = instances
    login = {"Authorization": (await first.customer()).headers["Authorization"]}
    clients = [await shop.open_client(login) for shop in (second, third)]

    async def ask_both() -> None:
        for shop in (second, third):
            statements(shop).clear()
        for client in clients:
            assert (await client.get("/api/auth/me")).status_code == 200

    await asyncio.sleep(BOUND)
    await quickly(ask_both)
    assert (len(statements(second)), len(statements(third))) == (2, 1), (
        "the first reads the session and the user, the other only the user"
    )


async def test_guesses_refused_by_one_instance_cost_another_no_statement(
    instances: list[ShopHarness],
) -> None:
    first, second, _ = instances

    async def guess(shop: ShopHarness) -> httpx.Response:
        return await shop.client.post("/api/auth/login", json={"username": "nobody", "password": "wrong"})

    for _ in range(10):
        assert (await guess(first)).status_code == 401

    async def guess_at_both() -> None:
        assert (await guess(first)).status_code == 429
        statements(second).clear()
        for _ in range(5):
            answer = await guess(second)
            assert (answer.status_code, int(answer.headers["Retry-After"]) > 60) == (429, True)

    await quickly(guess_at_both)
    assert statements(second) == []


class Pair:
    """Two real processes, and clients of each. The owner's token is valid at both."""

    def __init__(self, here: httpx.AsyncClient, there: httpx.AsyncClient) -> None:
        self.here = here
        self.there = there
        self.token: dict[str, str] = {}

    async def log_in(self) -> None:
        answer = await self.here.post("/api/auth/login", json={"username": "owner", "password": PASSWORD})
        self.token = {"Authorization": f"Bearer {answer.json()['accessToken']}"}

    async def a_product(self) -> str:
        body = {"name": "Mug", "price": 9, "stock": 3}
        answer = await self.here.post("/api/products", json=body, headers=self.token)
        return str(answer.json()["id"])

    async def change_price(self, product: str, price: int) -> float:
        """Change the price. Return when the answer arrived."""
        answer = await self.here.patch(f"/api/products/{product}", json={"price": price}, headers=self.token)
        assert answer.status_code == 200
        return time.monotonic()

    async def status_of_me(self, client: httpx.AsyncClient) -> int:
        return (await client.get("/api/auth/me", headers=self.token)).status_code


@pytest.fixture
async def pair(mysql_url: str, server: RedisServer, tmp_path: Path) -> AsyncIterator[Pair]:
    storage = SqlStorage(Database(mysql_url))
    async with shop_harness(storage) as shop:
        await shop.container.accounts.create_admin()("owner", PASSWORD)
    await storage.close()
    async with AsyncExitStack() as stack:
        processes = []
        for name in ("here", "there"):
            processes.append(ShopProcess(mysql_url, tmp_path / name, REDIS_URL=server.url))
            stack.callback(processes[-1].kill)
        clients = []
        for process in processes:
            process.wait()
            client = httpx.AsyncClient(base_url=f"http://{process.address}", timeout=SECONDS)
            clients.append(await stack.enter_async_context(client))
        pair = Pair(*clients)
        await pair.log_in()
        for client in clients:
            await until_breaker(client, is_open=False)
        yield pair


async def price_of(product: str, client: httpx.AsyncClient) -> int:
    return int((await client.get(f"/api/products/{product}")).json()["price"])


async def metric(client: httpx.AsyncClient, name: str, **labels: str) -> float | None:
    families = text_string_to_metric_families((await client.get("/metrics")).text)
    found = (sample for family in families for sample in family.samples if sample.name == name)
    return next((sample.value for sample in found if sample.labels == labels), None)


async def until_breaker(client: httpx.AsyncClient, *, is_open: bool) -> None:
    """Wait until the process reports the breaker as open or closed."""
    deadline = time.monotonic() + SECONDS
    while await metric(client, "shop_cache_breaker_open") != is_open:
        await client.get("/api/products?page=1")  # only a request notices the change
        assert time.monotonic() < deadline


@pytest.mark.mysql
async def test_writes_are_visible_on_other_instances_within_the_bound(pair: Pair) -> None:
    product = await pair.a_product()
    for price in range(10, 14):
        await price_of(product, pair.there)
        changed = await pair.change_price(product, price)
        assert await price_of(product, pair.here) == price
        while (asked := time.monotonic()) <= changed + BOUND:
            assert await price_of(product, pair.there) in (price - 1, price)
        assert await price_of(product, pair.there) == price, asked - changed


@pytest.mark.mysql
async def test_logouts_reach_other_instances_within_the_bound(pair: Pair) -> None:
    assert [await pair.status_of_me(client) for client in (pair.here, pair.there)] == [200, 200]
    assert (await pair.here.post("/api/auth/logout", headers=pair.token)).status_code == 200
    logged_out = time.monotonic()
    assert await pair.status_of_me(pair.here) == 401
    asked = time.monotonic()
    while await pair.status_of_me(pair.there) == 200:
        assert asked <= logged_out + BOUND
        asked = time.monotonic()


@pytest.mark.mysql
async def test_a_frozen_server_is_reported_and_leaves_no_stale_values(
    pair: Pair, server: RedisServer
) -> None:
    product = await pair.a_product()
    clients = (pair.here, pair.there)
    for client in clients:
        await price_of(product, client)
    server.freeze()
    changed = 0.0
    for price in range(10, 15):
        changed = await pair.change_price(product, price)
        for client in clients:
            began = time.monotonic()
            assert await price_of(product, client) in range(9, 15)
            assert time.monotonic() < began + 2  # the limit allows for a busy machine
    for client in clients:
        await until_breaker(client, is_open=True)
        ready = await client.get("/health/ready")
        assert (ready.status_code, ready.json()) == (200, {"status": "ok", "degraded": ["redis"]})
        assert await metric(client, "shop_cache_errors_total", kind="timeout")
    server.thaw()
    for client in clients:
        await until_breaker(client, is_open=False)
        assert (await client.get("/health/ready")).status_code == 200
    # The last change may be long ago by now, so the end is counted from here.
    end = time.monotonic() + 3 * BOUND
    while (asked := time.monotonic()) < end:
        for client in clients:
            assert await price_of(product, client) == 14 or asked <= changed + BOUND
