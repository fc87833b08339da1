"""A silent MySQL server or network: neither an answer nor a closed connection."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from sqlalchemy import text

from shop.adapters.sql.framework import mysql
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import current, upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.application.framework.transactions import REQUEST_SECONDS
from shop.application.ports.unit_of_work import CommitOutcomeUnknown
from shop.domain.errors import Unavailable
from shop.testing import ShopHarness, shop_harness
from tests.instances import a_product, fill_cart
from tests.tcp_proxy import Manner, TcpProxy

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

SLACK = 10.0
"""Seconds beyond the shop's own limits that a busy machine may take."""
POOL = 4


@pytest.fixture
async def database(proxied_url: str) -> AsyncIterator[Database]:
    opened = Database(proxied_url, pool_size=POOL)
    yield opened
    await opened.dispose()


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[ShopHarness]:
    async with shop_harness(SqlStorage(database), database_pool_size=POOL) as opened:
        yield opened


@pytest.fixture
async def peer(own_url: str, shop: ShopHarness) -> AsyncIterator[ShopHarness]:
    """Another instance of the shop, connected to the server without the proxy."""
    database = Database(own_url, pool_size=POOL)
    async with shop_harness(SqlStorage(database), shop.clock, database_pool_size=POOL) as opened:
        yield opened
    await database.dispose()


async def buy(client: httpx.AsyncClient, product_id: str) -> httpx.Response:
    return await client.post("/api/orders", json={"items": [{"itemId": product_id, "quantity": 1}]})


async def buy_until_it_works(client: httpx.AsyncClient, product_id: str) -> list[int]:
    """Buy until an order is placed. Return the statuses of the answers before it."""
    refusals: list[int] = []
    while (answer := await buy(client, product_id)).status_code != 201:
        assert answer.status_code == 503, answer.text
        assert answer.headers["Retry-After"]
        refusals.append(answer.status_code)
        await asyncio.sleep(0.05)
    return refusals


async def within(seconds: float, work: Awaitable[object]) -> float:
    """Return how many seconds the work took. They may exceed the limit only by what a busy machine adds."""
    started = time.monotonic()
    async with asyncio.timeout(seconds + SLACK):
        await work
    return time.monotonic() - started


def test_each_time_limit_leaves_room_for_the_shorter_ones() -> None:
    assert mysql.LOCK_WAIT_SECONDS < mysql.READ_SECONDS < REQUEST_SECONDS
    assert mysql.CONNECT_SECONDS + mysql.READ_SECONDS < REQUEST_SECONDS
    assert mysql.READ_SECONDS < 5
    assert mysql.MAX_IDLE_SECONDS < mysql._IDLE_AT_SERVER_SECONDS < 2 * mysql.LOCK_WAIT_SECONDS


async def test_sales_go_on_when_every_open_connection_falls_silent(
    shop: ShopHarness, peer: ShopHarness, proxy: TcpProxy, database: Database
) -> None:
    mug = await a_product(await shop.admin(), stock=1000)
    customers = [await shop.customer(f"customer{number}") for number in range(2 * POOL)]
    for answer in await asyncio.gather(*(buy(customer, mug) for customer in customers)):
        assert answer.status_code == 201
    proxy.silence()

    async def peers_customers() -> None:
        ada = await peer.customer("ada")
        for _ in range(20):
            assert (await buy(ada, mug)).status_code == 201

    sales = asyncio.gather(*(buy_until_it_works(customer, mug) for customer in customers))
    await within(5, asyncio.gather(sales, peers_customers()))
    assert database.writes.pool.checkedout() == database.reads.pool.checkedout() == 0  # type: ignore[attr-defined]
    assert (await shop.client.get("/health/ready")).status_code == 200


async def test_locks_of_a_silent_client_are_released(
    shop: ShopHarness, peer: ShopHarness, proxy: TcpProxy
) -> None:
    mug = await a_product(await shop.admin(), stock=2)
    ada = await peer.customer("ada")

    async def take_one_and_fall_silent() -> None:
        async with shop.container.storage.unit_of_work() as work:
            assert await work.stock.take({mug: 1})
            proxy.silence()
            assert (await buy(ada, mug)).status_code == 201

    with pytest.raises(CommitOutcomeUnknown):
        await take_one_and_fall_silent()
    proxy.restore()
    assert (await buy(ada, mug)).status_code == 201, "the unit that the silent peer took is back in stock"


@pytest.mark.parametrize("manner", [Manner.MUTE, Manner.HUNG_UP])
async def test_a_silent_server_times_out(
    shop: ShopHarness, proxy: TcpProxy, database: Database, manner: Manner
) -> None:
    mug = await a_product(await shop.admin(), stock=5)
    ada = await shop.customer("ada")
    await fill_cart(ada, mug)
    await database.dispose()
    proxy.manner = manner

    async def refused(request: Awaitable[httpx.Response]) -> None:
        answer = await request
        assert answer.status_code == 503, answer.text
        assert answer.headers["Retry-After"]

    await asyncio.gather(
        within(REQUEST_SECONDS, refused(ada.get("/api/cart"))),
        within(REQUEST_SECONDS, refused(buy(ada, mug))),
        within(REQUEST_SECONDS, refused(shop.client.get("/health/ready"))),
    )
    proxy.restore()
    assert (await buy(ada, mug)).status_code == 201
    assert (await shop.client.get("/health/ready")).status_code == 200


@pytest.mark.parametrize("manner", [Manner.MUTE, Manner.HUNG_UP])
async def test_a_migration_gives_up_on_a_server_that_does_not_greet(
    proxied_url: str, proxy: TcpProxy, manner: Manner
) -> None:
    proxy.manner = manner

    async def gives_up(command: Callable[[str], object]) -> None:
        with pytest.raises(Unavailable, match="can't be opened"):
            await within(mysql.CONNECT_SECONDS, asyncio.to_thread(command, proxied_url))

    await asyncio.gather(gives_up(upgrade), gives_up(current))


async def test_readiness_checks_the_pool_for_writes(shop: ShopHarness, database: Database) -> None:
    held = [await database.writes.connect() for _ in range(POOL)]
    assert (await shop.client.get("/health/ready")).json()["error"]["details"]["down"] == ["database"]
    for connection in held:
        await connection.close()
    assert (await shop.client.get("/health/ready")).status_code == 200


async def test_only_a_command_waits_for_a_long_statement(own_url: str) -> None:
    slow_query = text(f"SELECT SLEEP({mysql.READ_SECONDS + 0.5})")
    serving, patient = Database(own_url), Database(own_url, patient=True)

    async def seconds_slept(database: Database) -> int | None:
        async with database.reading() as connection:
            slept: int | None = await connection.scalar(slow_query)
            return slept

    patient_result, serving_result = await asyncio.gather(
        *map(seconds_slept, (patient, serving)), return_exceptions=True
    )
    assert patient_result == 0
    assert isinstance(serving_result, Unavailable)
    await serving.dispose()
    await patient.dispose()


async def test_a_commit_whose_answer_is_lost_leaves_the_outcome_unknown(
    shop: ShopHarness, peer: ShopHarness, proxy: TcpProxy
) -> None:
    mug = await a_product(await shop.admin(), stock=2)

    async def commit_without_an_answer() -> None:
        async with shop.container.storage.unit_of_work() as work:
            assert await work.stock.take({mug: 1})
            await work.stock.give_back({mug: 5})
            proxy.silence(towards_server=False)

    with pytest.raises(CommitOutcomeUnknown):
        await commit_without_an_answer()
    proxy.restore()
    ada = await peer.customer("ada")
    shown = (await ada.get(f"/api/products/{mug}")).json()
    assert shown["stock"] == 6, "the transaction was committed, and only the answer was lost"
