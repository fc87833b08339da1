"""Two real server processes and their workers on one MySQL database, with concurrent customers at both."""

from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.testing import PASSWORD, shop_harness
from tests.fork_server import PIPE, ForkedProcess
from tests.instances import a_product, an_order, at_once, fill_cart, outcomes
from tests.invariants import assert_invariants
from tests.served_shop import environment

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

BUYERS = 24
KEY = "two servers, one key: 32 bytes at least"


@contextmanager
def served(url: str, folder: Path) -> Iterator[ForkedProcess]:
    """Run a process of `shop serve` on a free port. Stop it as an operator would."""
    settings = environment(SHOP_DATABASE_URL=url, SHOP_JWT_SECRET=KEY, SHOP_PAYMENTS="sandbox")
    command = ("shop", "serve", "--port", "0", "--worker")
    with (
        (folder / "log").open("w") as log,
        ForkedProcess(*command, cwd=folder, env=settings, stdout=PIPE, stderr=log) as process,
    ):
        try:
            yield process
        finally:
            process.terminate()
            assert process.wait(timeout=30) == 0, (folder / "log").read_text()


def address_of(process: ForkedProcess, folder: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("The shop is open at "):
            return line.split()[-1]
    raise AssertionError((folder / "log").read_text())


@pytest.fixture
async def storage(mysql_url: str) -> AsyncIterator[SqlStorage]:
    opened = SqlStorage(Database(mysql_url))
    yield opened
    await opened.close()


@pytest.fixture
def servers(storage: SqlStorage, mysql_url: str, tmp_path: Path) -> Iterator[list[str]]:
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        folder.mkdir()
    with served(mysql_url, folders[0]) as first, served(mysql_url, folders[1]) as second:
        yield [address_of(first, folders[0]), address_of(second, folders[1])]


async def test_concurrent_customers_of_two_servers_keep_the_invariants(
    storage: SqlStorage, servers: list[str]
) -> None:
    async with AsyncExitStack() as clients, shop_harness(storage) as shop:

        async def logged_in(number: int, name: str) -> httpx.AsyncClient:
            client = httpx.AsyncClient(base_url=servers[number % 2], timeout=30)
            await clients.enter_async_context(client)
            answer = await client.post("/api/auth/login", json={"username": name, "password": PASSWORD})
            client.headers["Authorization"] = f"Bearer {answer.json()['accessToken']}"
            return client

        # Sign-ups happen in this process, where passwords are cheap to hash: a server needs a core and 19 MiB for each.
        await shop.container.accounts.create_admin()("owner", PASSWORD)
        for number in range(BUYERS):
            await shop.client.post(
                "/api/auth/signup", json={"username": f"buyer{number}", "password": PASSWORD}
            )
        admin = await logged_in(0, "owner")
        scarce, plenty = await a_product(admin, stock=10), await a_product(admin, stock=900)
        buyers = [await logged_in(number, f"buyer{number}") for number in range(BUYERS)]
        body = {"items": [{"itemId": scarce, "quantity": 1}]}
        answers = await at_once(buyer.post("/api/orders", json=body) for buyer in buyers)
        assert outcomes(answers) == {201: 10, "OUT_OF_STOCK": BUYERS - 10}

        sessions = [await logged_in(number, "buyer0") for number in range(12)]
        await fill_cart(sessions[1], plenty, quantity=3)
        key = {"Idempotency-Key": "a key"}
        answers = await at_once(each.post("/api/cart/checkout", headers=key) for each in sessions)
        again = await at_once(each.post("/api/cart/checkout", headers=key) for each in sessions)
        assert outcomes(answers).keys() <= {201, "REQUEST_STILL_RUNNING"}
        assert {each.status_code for each in again} == {201}
        assert len({each.content for each in (*answers, *again) if each.status_code == 201}) == 1

        orders = [await an_order(buyer, plenty) for buyer in buyers]
        secrets = [order["payment"]["clientSecret"] for order in orders]
        paid_and_cancelled = await at_once(
            request
            for number, order in enumerate(orders)
            for request in (
                buyers[number - 1].post(
                    f"/api/sandbox/payments/{secrets[number]}/confirm", json={"outcome": "succeeded"}
                ),
                buyers[number].post(f"/api/orders/{order['id']}/cancel"),
            )
        )
        assert outcomes(paid_and_cancelled[1::2]) == {200: BUYERS}
        books = await assert_invariants(storage, storage.sandbox_ledger, quiet=True)
        assert {books.orders[order["id"]].order.status for order in orders} == {"cancelled"}
        assert (books.stock[scarce], books.stock[plenty]) == ((10, 0), (900, 897))
