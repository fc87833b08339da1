"""A new version while the shop is open: old code on the new schema, and no request lost."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import SchemaOutdated, require_compatible, upgrade
from shop.adapters.sql.storage import SqlStorage
from tests.instances import a_product, an_order, open_instances
from tests.invariants import assert_invariants
from tests.served_shop import environment, run, serving
from tests.storages import copy_database
from tests.versions import Version, before_the_newest_migration, migrations_to_come, present, to_come

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

PASSWORD = "correct horse battery"
CUSTOMERS = 3
ROUNDS = 3
"""The least number of paid orders in each stage, by all customers together."""
FIRST_THAT_CHECKS_COMPATIBILITY = "0007"
"""Earlier versions start only on their own schema."""


class Traffic:
    """Customers who look, buy and pay at whatever instances are open, from the first stage to the last."""

    def __init__(self, product_id: str) -> None:
        self.open: list[httpx.AsyncClient] = []
        self._product_id = product_id
        self._turns = itertools.count()
        self._under_way: dict[httpx.AsyncClient, int] = {}
        self._changed = asyncio.Condition()
        self.placed: list[str] = []
        self.stopping = False

    async def request(self, method: str, path: str, token: str = "", **options: Any) -> Any:
        """Send a request to one of the open instances, which must succeed; return the answer."""
        instance = self.open[next(self._turns) % len(self.open)]
        self._under_way[instance] = self._under_way.get(instance, 0) + 1
        try:
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            answer = await instance.request(method, path, headers=headers, **options)
        finally:
            self._under_way[instance] -= 1
            async with self._changed:
                self._changed.notify_all()
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        return answer.json()

    async def shop_around(self, name: str) -> None:
        """Buy and pay as one customer, in a loop, until `stopping` is set."""
        account = {"username": name, "password": PASSWORD}
        await self.request("POST", "/api/auth/signup", json=account)
        token = (await self.request("POST", "/api/auth/login", json=account))["accessToken"]
        item = {"itemId": self._product_id, "quantity": 1}
        while not self.stopping:
            await self.request("GET", "/api/products?page=1")
            await self.request("POST", "/api/cart/items", token, json=item)
            order = (await self.request("POST", "/api/cart/checkout", token))["order"]
            secret = order["payment"]["clientSecret"]
            confirmed = {"outcome": "succeeded"}
            await self.request("POST", f"/api/sandbox/payments/{secret}/confirm", json=confirmed)
            shown = await self.request("GET", f"/api/orders/{order['id']}", token)
            assert shown["status"] == "paid"
            self.placed.append(order["id"])
            async with self._changed:
                self._changed.notify_all()

    async def wait_for_orders(self) -> None:
        """Wait until ROUNDS more orders are paid."""
        wanted = len(self.placed) + ROUNDS
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.placed) >= wanted)

    async def leave(self, instance: httpx.AsyncClient) -> None:
        """Send no more requests to an instance, as a load balancer does before it is stopped."""
        self.open.remove(instance)
        async with self._changed:
            await self._changed.wait_for(lambda: not self._under_way.get(instance))


@asynccontextmanager
async def customers(traffic: Traffic) -> AsyncIterator[None]:
    """Run the customers until the block ends. The first failure of any of them is raised at once."""
    async with asyncio.TaskGroup() as group:
        for number in range(CUSTOMERS):
            group.create_task(traffic.shop_around(f"customer{number}"))
        yield
        traffic.stopping = True


class Deployment:
    """One database, and versions of the shop that run on it."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self._folder = folder
        self._number = itertools.count()
        self._instances: list[Instance] = []

    def variables(self, version: Version) -> Mapping[str, str]:
        return {
            "PYTHONPATH": str(version.source),
            "SHOP_DATABASE_URL": self.url,
            "SHOP_JWT_SECRET": "-" * 32,
            "SHOP_PAYMENTS": "sandbox",
        }

    async def run(self, version: Version, *arguments: str, given: str = "") -> tuple[int, str]:
        """Run a command; return its exit code and its output."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "shop", *arguments),
            cwd=self._folder,
            env=environment(**self.variables(version)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        said, _ = await process.communicate(given.encode())
        assert process.returncode is not None
        return process.returncode, said.decode()

    async def open(self, version: Version) -> "Instance":
        """Start an instance with a worker. It must stop cleanly."""
        folder = self._folder / str(next(self._number))
        folder.mkdir()
        process = serving(folder, "--worker", variables=self.variables(version), really=True)
        url, _ = await asyncio.to_thread(process.__enter__)
        instance = Instance(process, httpx.AsyncClient(base_url=url, timeout=30))
        self._instances.append(instance)
        return instance

    async def close(self) -> None:
        for instance in self._instances:
            await instance.stop()


class Instance:
    """A running server, and a client of it."""

    def __init__(self, process: AbstractContextManager[Any], client: httpx.AsyncClient) -> None:
        self.client = client
        self._process: AbstractContextManager[Any] | None = process

    async def stop(self) -> None:
        """Stop the server, without blocking the event loop; a second call does nothing."""
        process, self._process = self._process, None
        if process is not None:
            await self.client.aclose()
            await asyncio.to_thread(process.__exit__, None, None, None)


@pytest.fixture(params=["the current version, then the next", "the previous version, then the current one"])
def versions(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Version, Version]:
    """An old version and a new one."""
    if request.param.endswith("then the next"):
        return present(), to_come(tmp_path / "to come")
    before = before_the_newest_migration(tmp_path / "before")
    if before is None:
        pytest.skip("this checkout has no history, or the newest migration needs the shop stopped")
    return before, present()


@pytest.fixture
async def deployment(empty_mysql_url: str, tmp_path: Path) -> AsyncIterator[Deployment]:
    opened = Deployment(empty_mysql_url, tmp_path)
    yield opened
    await opened.close()


@pytest.mark.long
@pytest.mark.timeout(400)  # six processes start one after the other, while the shop is busy
async def test_a_new_version_takes_over_while_the_shop_is_open(
    deployment: Deployment, versions: tuple[Version, Version]
) -> None:
    old, new = versions
    assert (await deployment.run(old, "migrate"))[0] == 0
    assert (await deployment.run(old, "create-admin", "owner", "--password-stdin", given=f"{PASSWORD}\n"))[
        0
    ] == 0
    first = await deployment.open(old)
    login = {"username": "owner", "password": PASSWORD}
    token = (await first.client.post("/api/auth/login", json=login)).json()["accessToken"]
    async with httpx.AsyncClient(
        base_url=first.client.base_url, headers={"Authorization": f"Bearer {token}"}
    ) as admin:
        product_id = await a_product(admin, 1_000)
    traffic = Traffic(product_id)
    traffic.open.append(first.client)
    async with customers(traffic):
        await traffic.wait_for_orders()
        code, said = await deployment.run(new, "migrate")
        assert (code, f"Migrated to {new.head}" in said) == (0, True), said
        await traffic.wait_for_orders()  # the old code, on the new schema
        if old.head >= FIRST_THAT_CHECKS_COMPATIBILITY:
            again = await deployment.open(old)
            traffic.open.append(again.client)
            await traffic.leave(first.client)
            await first.stop()
            await traffic.wait_for_orders()  # the old code, started on the new schema
            first = again
        second = await deployment.open(new)
        traffic.open.append(second.client)
        await traffic.wait_for_orders()  # both at once
        await traffic.leave(first.client)
        await first.stop()
        await traffic.wait_for_orders()  # the new code alone
    await second.stop()
    storage = SqlStorage(Database(deployment.url))
    books = await assert_invariants(storage, storage.sandbox_ledger, quiet=True)
    await storage.close()
    assert set(traffic.placed) <= books.orders.keys()
    assert len(traffic.placed) >= 4 * ROUNDS
    assert (await deployment.run(new, "check-statistics"))[0] == 0


async def test_the_current_version_keeps_working_after_the_next_migration(
    database_copy: str, tmp_path: Path
) -> None:
    """The short form of the test above, with one process and without concurrent requests."""
    async with open_instances(database_copy, 1) as before:
        admin, customer = await before[0].admin(), await before[0].customer("ada")
        product_id = await a_product(admin, 10)
        assert (await before[0].pay(await an_order(customer, product_id))).status_code == 200
        migrations_to_come(tmp_path / "to come")
        await asyncio.to_thread(upgrade, database_copy, folder=tmp_path / "to come")
        assert (await before[0].pay(await an_order(customer, product_id))).status_code == 200
        async with open_instances(database_copy, 1) as after:
            customer = await after[0].customer("grace")
            assert (await after[0].pay(await an_order(customer, product_id))).status_code == 200
            books = await after.check()
    assert len(books.orders) == 3


@pytest.fixture
def database_copy(empty_mysql_url: str, mysql_url_of_new_shop: str) -> str:
    """The URL of a database at the current version's schema."""
    copy_database(mysql_url_of_new_shop, empty_mysql_url)
    return empty_mysql_url


def test_going_back_needs_no_migration(database_copy: str, tmp_path: Path) -> None:
    next_revision = migrations_to_come(tmp_path / "to come")
    upgrade(database_copy, folder=tmp_path / "to come")
    variables = {"SHOP_DATABASE_URL": database_copy}
    migrated = run(tmp_path, "migrate", variables=variables)
    assert (migrated.returncode, migrated.stdout) == (
        0,
        f"Nothing to do: the database is at {next_revision}.\n",
    )
    assert run(tmp_path, "check-statistics", variables=variables).returncode == 0


def test_a_version_that_the_schema_no_longer_supports_refuses_to_start(
    database_copy: str, tmp_path: Path
) -> None:
    folder, old = tmp_path / "to come", present().head
    new = migrations_to_come(folder)
    [migration] = (folder / "versions").glob(f"{new}_*.py")
    contracting = migration.read_text().replace(f'compatible_since = "{old}"', f'compatible_since = "{new}"')
    migration.write_text(contracting)
    with pytest.raises(SchemaOutdated, match="run `shop migrate` first"):
        require_compatible(database_copy, folder=folder)
    upgrade(database_copy, folder=folder)
    variables = {
        "SHOP_DATABASE_URL": database_copy,
        "SHOP_JWT_SECRET": "-" * 32,
        "SHOP_PAYMENTS": "sandbox",
    }
    served = run(tmp_path, "serve", "--port", "0", variables=variables)
    refusal = f"this version ({old}) can't work any more"
    assert (served.returncode, refusal in served.stderr) == (1, True), served.stderr
    assert run(tmp_path, "migrate", variables=variables).returncode == 1
