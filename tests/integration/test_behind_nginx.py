"""Two instances behind nginx, as `docker/compose.yaml` runs them: the same configuration, real processes, MySQL.

Customers go on reading and ordering while instances are killed and restarted.
"""

import asyncio
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from shop.adapters.sql.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.testing import PASSWORD, shop_harness
from tests.instances import a_product
from tests.invariants import assert_invariants
from tests.mysql_server.process import free_port
from tests.nginx_server import NginxServer, nginx_server

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

KEY = "two instances, one key: 32 bytes at least"
STOCK = 100_000
SECONDS = 60


class Instance:
    """`shop serve` in a process of its own, on one port for all its lives."""

    def __init__(self, url: str, folder: Path) -> None:
        folder.mkdir()
        self.log = folder / "log"
        self._folder = folder
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("SHOP_")
        }
        self._environment |= {"SHOP_DATABASE_URL": url, "SHOP_JWT_SECRET": KEY, "SHOP_PAYMENTS": "sandbox"}
        self._environment |= {"SHOP_TRUSTED_PROXIES": "127.0.0.1"}
        self._port = "0"
        self.start()

    def start(self) -> None:
        """Start it; `wait` is for what follows."""
        command = [sys.executable, "-m", "shop", "serve", "--port", self._port]
        with self.log.open("a") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self._folder,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )

    def wait(self) -> None:
        """Come back when it is open."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("The shop is open at "), self.log.read_text()
        self._port = line.strip().rpartition(":")[2]
        httpx.get(f"http://{self.address}/health/ready", timeout=SECONDS).raise_for_status()

    def restart(self) -> None:
        self.start()
        self.wait()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    def stop(self) -> None:
        """Stop it as an orchestrator does, and see it end well."""
        with self._process as process:
            process.terminate()
            assert process.wait(SECONDS) == 0, self.log.read_text()

    def kill(self) -> None:
        with self._process as process:
            process.kill()


class Customers:
    """Readers, and buyers who send what failed again with the same key, until they are told to stop."""

    def __init__(self, client: httpx.AsyncClient, product: str) -> None:
        self.reads: Counter[int | str] = Counter()
        self.orders: list[str] = []
        self._client = client
        self._product = product
        self._leaving = False

    @asynccontextmanager
    async def shopping(self) -> AsyncIterator[None]:
        async with asyncio.TaskGroup() as group:
            for number in range(4):
                group.create_task(self._read())
                group.create_task(self._buy(f"buyer {number}"))
            try:
                yield
            finally:
                self._leaving = True

    async def _read(self) -> None:
        while not self._leaving:
            try:
                self.reads[(await self._client.get("/api/products?page=1")).status_code] += 1
            except httpx.TransportError as error:
                self.reads[repr(error)] += 1

    async def _buy(self, name: str) -> None:
        while not self._leaving:
            key = f"{name}, after {len(self.orders)} orders"
            body = {"items": [{"itemId": self._product, "quantity": 1}]}
            headers = {"Idempotency-Key": key}
            async with asyncio.timeout(SECONDS):
                answer = await self._client.post("/api/orders", json=body, headers=headers)
                # 409: its first try counts as running for a few seconds, even if its instance is dead.
                while answer.status_code in {409, 502}:
                    answer = await self._client.post("/api/orders", json=body, headers=headers)
            assert answer.status_code == 201, answer.text
            self.orders.append(answer.json()["order"]["id"])

    async def some_more(self) -> None:
        """Come back when as many again were served as make a failure likely to be seen."""
        target = self.reads[200] + 60
        async with asyncio.timeout(SECONDS):
            while self.reads[200] < target:
                await self._client.get("/health/live")


@pytest.fixture
async def storage(mysql_url: str) -> AsyncIterator[SqlStorage]:
    opened = SqlStorage(Database(mysql_url))
    yield opened
    await opened.close()


@pytest.fixture
def instances(mysql_url: str, tmp_path: Path) -> Iterator[list[Instance]]:
    """The large one and the small one."""
    with ExitStack() as stack:
        started = []
        for name in ("large", "small"):
            started.append(Instance(mysql_url, tmp_path / name))
            stack.callback(started[-1].kill)
        for instance in started:
            instance.wait()
        yield started


@pytest.fixture
def nginx(instances: list[Instance], tmp_path: Path) -> Iterator[NginxServer]:
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
        await shop.container.create_admin()("owner", PASSWORD)
    answer = await client.post("/api/auth/login", json={"username": "owner", "password": PASSWORD})
    client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
    return Customers(client, await a_product(client, stock=STOCK))


async def everything_went_well(customers: Customers, storage: SqlStorage) -> None:
    assert customers.reads.keys() == {200}, customers.reads
    books = await assert_invariants(storage, storage.sandbox_ledger, quiet=True)
    assert sorted(books.orders) == sorted(customers.orders)


async def until_used_again(instance: Instance, nginx: NginxServer, client: httpx.AsyncClient) -> None:
    """Come back when nginx gives requests to the instance again."""
    nginx.new_lines()
    async with asyncio.timeout(SECONDS):
        while not any(line["upstream"] == instance.address for line in nginx.new_lines()):
            await client.get("/health/live")


async def test_the_larger_instance_gets_three_of_four_requests(
    instances: list[Instance], nginx: NginxServer, client: httpx.AsyncClient
) -> None:
    for _ in range(40):
        assert (await client.get("/health/ready")).status_code == 200
    nginx.stop()
    shares = Counter(line["upstream"] for line in nginx.new_lines() if line["upstream"])
    assert shares == {instances[0].address: 30, instances[1].address: 10}


async def test_the_entrance_keeps_what_is_not_for_everybody(
    instances: list[Instance], nginx: NginxServer, client: httpx.AsyncClient
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
    served_by.stop()  # then all of its log is there
    assert '"mine"' in served_by.log.read_text()
    assert "203.0.113.9" not in served_by.log.read_text()


async def test_a_killed_instance_is_not_noticed(
    instances: list[Instance],
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
        await until_used_again(instances[0], nginx, client)
    await everything_went_well(customers, storage)


async def test_a_rolling_restart_is_not_noticed(
    instances: list[Instance],
    nginx: NginxServer,
    client: httpx.AsyncClient,
    customers: Customers,
    storage: SqlStorage,
) -> None:
    async with customers.shopping():
        for instance in instances:
            await customers.some_more()
            await asyncio.to_thread(instance.stop)
            await customers.some_more()
            await asyncio.to_thread(instance.restart)
            await until_used_again(instance, nginx, client)
    await everything_went_well(customers, storage)


async def test_without_any_instance_the_error_is_one_of_the_shop_s(
    instances: list[Instance], client: httpx.AsyncClient
) -> None:
    for instance in instances:
        instance.kill()
    answer = await client.post("/api/orders", json={})
    assert (answer.status_code, answer.json()["error"]["code"]) == (502, "UNAVAILABLE")
    assert answer.headers["Retry-After"] == "1"
