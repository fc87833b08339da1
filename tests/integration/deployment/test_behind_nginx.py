"""Two instances behind nginx, as `docker/compose.yaml` runs them: real processes, the same nginx.conf, MySQL, Valkey.

Customers go on reading and ordering while instances and their shared cache are killed and restarted.
"""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.testing import PASSWORD, shop_harness
from tests.customers import Customers, all_succeeded
from tests.instances import a_product
from tests.mysql_server.process import free_port
from tests.nginx_server import NginxServer, nginx_server
from tests.redis_server import RedisServer, running_redis
from tests.shop_process import SECONDS, ShopProcess

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

STOCK = 100_000


@pytest.fixture
async def storage(mysql_url: str) -> AsyncIterator[SqlStorage]:
    opened = SqlStorage(Database(mysql_url))
    yield opened
    await opened.close()


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as server:
        yield server


@pytest.fixture
def instances(mysql_url: str, redis: RedisServer, tmp_path: Path) -> Iterator[list[ShopProcess]]:
    """The large instance and the small one."""
    settings = {"REDIS_URL": redis.url, "TRUSTED_PROXIES": "127.0.0.1"}
    with ExitStack() as stack:
        started = []
        for name in ("large", "small"):
            started.append(ShopProcess(mysql_url, tmp_path / name, **settings))
            stack.callback(started[-1].kill)
        for instance in started:
            instance.wait()
        yield started


@pytest.fixture
def nginx(instances: list[ShopProcess], tmp_path: Path) -> Iterator[NginxServer]:
    large, small = (instance.address for instance in instances)
    with nginx_server(tmp_path, free_port(), large=large, small=small) as server:
        yield server


@pytest.fixture
async def client(nginx: NginxServer) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=nginx.url, timeout=SECONDS) as opened:
        yield opened


@pytest.fixture
async def customers(storage: SqlStorage, client: httpx.AsyncClient) -> Customers:
    async with shop_harness(storage) as shop:
        await shop.container.accounts.create_admin()("owner", PASSWORD)
    answer = await client.post("/api/auth/login", json={"username": "owner", "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
    return Customers(client, await a_product(client, stock=STOCK))


async def until_nginx_uses(instance: ShopProcess, nginx: NginxServer, client: httpx.AsyncClient) -> None:
    """Wait until nginx sends requests to the instance again."""
    nginx.new_lines()
    async with asyncio.timeout(SECONDS):
        while not any(line["upstream"] == instance.address for line in nginx.new_lines()):
            await client.get("/health/live")


async def test_the_larger_instance_gets_three_of_four_requests(
    instances: list[ShopProcess], nginx: NginxServer, client: httpx.AsyncClient
) -> None:
    for _ in range(40):
        assert (await client.get("/health/ready")).status_code == 200
    nginx.stop()
    shares = Counter(line["upstream"] for line in nginx.new_lines() if line["upstream"])
    assert shares == {instances[0].address: 30, instances[1].address: 10}


async def test_nginx_hides_metrics_and_limits_bodies(
    instances: list[ShopProcess], nginx: NginxServer, client: httpx.AsyncClient
) -> None:
    metrics = await client.get("/metrics")
    assert (metrics.status_code, metrics.json()["error"]["code"]) == (404, "NOT_FOUND")
    large = await client.post("/api/auth/login", content=b" " * (1024 * 1024 + 1))
    assert (large.status_code, large.json()["error"]["code"]) == (413, "PAYLOAD_TOO_LARGE")
    claims = {"X-Forwarded-For": "203.0.113.9", "X-Request-Id": "mine", "Accept-Encoding": "gzip"}
    answer = await client.get("/api/products?page=1&search=private", headers=claims)
    assert answer.headers["X-Request-Id"] == "mine"
    assert "Content-Encoding" not in answer.headers
    nginx.stop()
    (line,) = (line for line in nginx.new_lines() if line["request_id"] == "mine")
    assert "private" not in json.dumps(line)
    served_by = next(instance for instance in instances if instance.address == line["upstream"])
    served_by.stop()  # so that its log is complete
    assert '"mine"' in served_by.log.read_text()
    assert "203.0.113.9" not in served_by.log.read_text()


async def test_a_killed_instance_causes_no_errors(
    instances: list[ShopProcess],
    nginx: NginxServer,
    client: httpx.AsyncClient,
    customers: Customers,
    storage: SqlStorage,
) -> None:
    async with customers.shopping():
        await customers.some_more()
        instances[0].kill()
        await customers.some_more()
        await asyncio.to_thread(instances[0].restart)
        await until_nginx_uses(instances[0], nginx, client)
    await all_succeeded(customers, storage)


@pytest.mark.parametrize("restarted", [1, pytest.param(2, marks=pytest.mark.long)])
async def test_a_rolling_restart_causes_no_errors(
    instances: list[ShopProcess],
    nginx: NginxServer,
    client: httpx.AsyncClient,
    customers: Customers,
    storage: SqlStorage,
    restarted: int,
) -> None:
    async with customers.shopping():
        for instance in instances[:restarted]:
            await customers.some_more()
            await asyncio.to_thread(instance.stop)
            await customers.some_more()
            await asyncio.to_thread(instance.restart)
            await until_nginx_uses(instance, nginx, client)
    await all_succeeded(customers, storage)


async def test_the_shop_works_when_the_shared_cache_fails(
    redis: RedisServer,
    client: httpx.AsyncClient,
    customers: Customers,
    storage: SqlStorage,
) -> None:
    async with customers.shopping():
        await customers.some_more()
        redis.kill()
        await customers.some_more()
        await asyncio.to_thread(redis.start)
        await customers.some_more()
        redis.freeze()
        await customers.some_more()
        assert (await client.get("/health/ready")).status_code == 200
        redis.thaw()
        await customers.some_more()
    await all_succeeded(customers, storage)
    assert customers.slowest < 2  # the limit allows for a busy machine


async def test_without_instances_nginx_answers_with_a_shop_error(
    instances: list[ShopProcess], client: httpx.AsyncClient
) -> None:
    for instance in instances:
        instance.kill()
    answer = await client.post("/api/orders", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "UNAVAILABLE")
    assert answer.headers["Retry-After"] == "1"
