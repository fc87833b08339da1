"""The facet index of one process follows the changes of every other process."""

import asyncio
from typing import Any

import pytest

from shop.adapters.sql.catalogue.changes import record_changes
from shop.adapters.sql.catalogue.facet_feed import FacetFeed
from shop.adapters.sql.catalogue.facet_index import FacetIndex
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.application.framework.transactions import wait_budget
from shop.application.ports.catalogue import ProductFilter
from shop.contract.product_samples import a_product, page, remove, revise, store
from shop.domain.catalogue.facets import wanted_of
from shop.domain.errors import Unavailable

pytestmark = pytest.mark.anyio

WOOL = wanted_of([("Material", "Wool")])


def a_woollen(name: str = "Lamp", **fields: Any) -> Any:
    return a_product(name, attributes=(("Material", "Wool"),), **fields)


async def total(storage: SqlStorage, **wanted: Any) -> int:
    return (await page(storage.catalogue, attributes=WOOL, **wanted)).total


async def test_changes_by_other_processes_are_seen(sql_storage: SqlStorage) -> None:
    other = SqlStorage(Database(sql_storage.database.url.render_as_string(hide_password=False)))
    lamp = a_woollen()
    await store(sql_storage.unit_of_work, lamp, stock=1)
    assert (await total(sql_storage), await total(other)) == (1, 1)
    await revise(other.unit_of_work, lamp, active=False)
    assert (await total(sql_storage), await total(other)) == (0, 0)
    await revise(sql_storage.unit_of_work, lamp, active=True)
    await store(other.unit_of_work, a_woollen("Desk"), stock=0)
    assert (await total(sql_storage), await total(other)) == (2, 2)
    assert (await total(sql_storage, in_stock=True), await total(other, in_stock=True)) == (1, 1)
    async with other.unit_of_work() as work:
        assert await work.stock.take({lamp.id: 1})
    assert (await total(sql_storage, in_stock=True), await total(other, in_stock=True)) == (0, 0)
    await remove(other.unit_of_work, lamp)
    assert (await total(sql_storage), await total(other)) == (1, 1)
    await other.close()


async def test_an_index_is_rebuilt_after_too_many_changes(sql_storage: SqlStorage) -> None:
    feed = FacetFeed(sql_storage.database, max_changes=2)
    indexes: list[FacetIndex] = []
    for number in (1, 2, 4):
        while (await page(sql_storage.catalogue)).total < number:
            await store(sql_storage.unit_of_work, a_woollen())
        indexes.append(await feed.current(with_stock=True))
        assert indexes[-1].matching(ProductFilter(attributes=WOOL, in_stock=True)).bit_count() == number
    await store(sql_storage.unit_of_work, a_woollen(), a_woollen(), a_woollen())
    rebuilt = await feed.current(with_stock=True)
    assert rebuilt is not indexes[0] is indexes[1] is indexes[2]
    assert rebuilt.matching(ProductFilter(attributes=WOOL, in_stock=True)).bit_count() == 7


async def test_concurrent_requests_share_an_index(sql_storage: SqlStorage) -> None:
    await store(sql_storage.unit_of_work, *(a_woollen() for _ in range(3)))
    feed = FacetFeed(sql_storage.database)
    indexes = await asyncio.gather(*(feed.current(with_stock=number % 2 == 0) for number in range(12)))
    assert len(set(map(id, indexes))) == 1
    assert len(indexes[0]) == 3


async def test_the_index_is_correct_after_concurrent_writes_and_reads(sql_storage: SqlStorage) -> None:
    made = [a_woollen(f"Lamp {number}") for number in range(8)]

    async def write(number: int) -> None:
        await store(sql_storage.unit_of_work, made[number])
        if number % 2:
            await revise(sql_storage.unit_of_work, made[number], attributes=())

    async def read() -> None:
        for _ in range(5):
            await total(sql_storage)

    await asyncio.gather(*(write(number) for number in range(8)), read(), read())
    assert await total(sql_storage) == 4


async def test_a_request_out_of_time_gets_retry_after(sql_storage: SqlStorage) -> None:
    await store(sql_storage.unit_of_work, a_woollen())
    feed = FacetFeed(sql_storage.database)
    with wait_budget(0), pytest.raises(Unavailable) as refused:
        await feed.current(with_stock=False)
    assert refused.value.retry_after
    assert len(await feed.current(with_stock=False)) == 1  # the build went on without the first request
    await feed.close()


async def test_revisions_are_in_the_order_of_commits(sql_storage: SqlStorage) -> None:
    """A second writer waits for the first one's commit: no reader can meet its revision first."""
    if sql_storage.database.is_sqlite:
        pytest.skip("SQLite has one writer at a time")
    first, second = a_woollen("First"), a_woollen("Second")
    await store(sql_storage.unit_of_work, first, second)
    committed: list[str] = []
    recorded = asyncio.Event()

    async def commit(product_id: str, *, waits: bool) -> None:
        async with sql_storage.database.transaction() as connection:
            if not waits:
                await recorded.wait()
            await record_changes(connection, [product_id])
            await connection.flush()
            if waits:
                recorded.set()
                await asyncio.sleep(0.2)  # without the wait, the other transaction could commit now
        committed.append(product_id)

    await asyncio.gather(commit(first.id, waits=True), commit(second.id, waits=False))
    assert committed == [first.id, second.id]
