"""A long-held row lock blocks only requests that need the row."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable

import httpx
import pytest

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.mysql import LOCK_WAIT_SECONDS
from shop.adapters.sql.storage import SqlStorage
from shop.application.framework.transactions import REQUEST_SECONDS
from shop.testing import ShopHarness, shop_harness
from tests.instances import a_product, a_promo_code, fill_cart

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

POOL = 8
SLACK = 10.0
"""Seconds beyond the shop's own limits that a busy machine may take."""


@pytest.fixture
async def storage(mysql_url: str) -> AsyncIterator[SqlStorage]:
    opened = SqlStorage(Database(mysql_url, pool_size=POOL))
    yield opened
    await opened.close()


@pytest.fixture
async def shop(storage: SqlStorage) -> AsyncIterator[ShopHarness]:
    async with shop_harness(storage, database_pool_size=POOL) as opened:
        yield opened


@pytest.fixture
async def other_session(mysql_url: str) -> AsyncIterator[SqlStorage]:
    """Another client of the database, without the shop's time limits."""
    opened = SqlStorage(Database(mysql_url, patient=True))
    yield opened
    await opened.close()


async def buy(client: httpx.AsyncClient, product_id: str) -> httpx.Response:
    return await client.post("/api/orders", json={"items": [{"itemId": product_id, "quantity": 1}]})


async def until_in_use(storage: SqlStorage, connections: int) -> None:
    """Wait until this many connections are in use."""
    in_use: Callable[[], int] = storage.database.writes.pool.checkedout  # type: ignore[attr-defined]
    async with asyncio.timeout(SLACK):
        while in_use() < connections:  # noqa: ASYNC110 (a pool has no event for it)
            await asyncio.sleep(0.01)


async def test_buyers_of_a_locked_product_do_not_block_buyers_of_another(
    shop: ShopHarness, storage: SqlStorage, other_session: SqlStorage
) -> None:
    admin = await shop.admin()
    locked, free = [await a_product(admin, stock=100, name=name) for name in ("Locked", "Free")]
    customers = [await shop.customer(f"customer{number}") for number in range(3 * POOL)]
    ada = await shop.customer("ada")
    async with other_session.unit_of_work() as work:
        await work.stock.lock(locked)
        stuck = [asyncio.create_task(buy(customer, locked)) for customer in customers]
        await until_in_use(storage, POOL * 3 // 4)
        async with asyncio.timeout(LOCK_WAIT_SECONDS):
            assert (await buy(ada, free)).status_code == 201
        assert not any(task.done() for task in stuck)
        async with asyncio.timeout(REQUEST_SECONDS + SLACK):
            answers = await asyncio.gather(*stuck)
    assert Counter(answer.status_code for answer in answers) == {503: len(customers)}
    assert all(answer.headers["Retry-After"] for answer in answers)
    for answer in await asyncio.gather(*(buy(customer, locked) for customer in customers)):
        assert answer.status_code == 201


async def test_users_of_a_locked_promo_code_do_not_block_other_buyers(
    shop: ShopHarness, storage: SqlStorage, other_session: SqlStorage
) -> None:
    admin = await shop.admin()
    mugs = [await a_product(admin, stock=9, name=f"Mug {number}") for number in range(POOL)]
    code = await a_promo_code(admin, usageLimit=100)
    customers = [await shop.customer(f"customer{number}") for number in range(POOL)]
    ada = await shop.customer("ada")
    for customer, mug in zip(customers, mugs, strict=True):
        await fill_cart(customer, mug)
    async with other_session.unit_of_work() as work:
        await work.promo_codes.lock(code)
        checkout = {"promoCode": code}
        stuck = [
            asyncio.create_task(customer.post("/api/cart/checkout", json=checkout)) for customer in customers
        ]
        await until_in_use(storage, POOL * 3 // 4)
        async with asyncio.timeout(LOCK_WAIT_SECONDS):
            assert (await buy(ada, mugs[0])).status_code == 201
        for answer in await asyncio.gather(*stuck):
            assert answer.status_code == 503
