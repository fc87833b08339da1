"""The sample products of the migrations: complete, found, and removed again where nobody bought them."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import inspect, text

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.application.ports.catalogue import SortKey
from shop.contract.product_samples import names, page, remove, revise
from shop.testing import ManualClock, shop_harness

TABLES = (
    "products",
    "stock",
    "listings",
    "product_words",
    "word_counts",
    "category_counts",
    "listing_counts",
    "categories",
    "product_categories",
    "category_listings",
    "stock_adjustments",
)


def on(url: str, action: Callable[[SqlStorage], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        storage = SqlStorage(Database(url))
        try:
            return await action(storage)
        finally:
            await storage.close()

    return asyncio.run(run())


async def contents(storage: SqlStorage) -> dict[str, list[tuple[Any, ...]]]:
    async with storage.database.reads.connect() as plain:
        present = set(await plain.run_sync(lambda connection: inspect(connection).get_table_names()))
    async with storage.database.reading() as connection:
        return {
            table: sorted(map(tuple, await connection.execute(text(f"SELECT * FROM {table}"))), key=repr)
            for table in TABLES
            if table in present
        }


async def ensure_kept_counts(storage: SqlStorage) -> None:
    async with storage.database.reading() as connection:
        for wrong in (
            "SELECT COUNT(*) FROM word_counts c WHERE listed <> "
            "(SELECT COUNT(*) FROM product_words w WHERE w.word = c.word)",
            "SELECT COUNT(*) FROM listing_counts c WHERE listed <> "
            "(SELECT COUNT(*) FROM category_listings l WHERE l.category_id = c.category_id) "
            "AND listed <> (SELECT COUNT(*) FROM listings)",
        ):
            assert (await connection.execute(text(wrong))).scalar_one() == 0


async def look_around(storage: SqlStorage) -> None:
    everything = await page(storage.catalogue)
    assert everything.total == len(everything.items) == 24
    on_sale = [
        item for item in everything.items if item.compare_at_price and item.compare_at_price > item.price
    ]
    assert 5 <= len(on_sale) <= 12
    assert len({item.category for item in everything.items}) >= 5
    assert {item.id for item in everything.items} == {
        item.id for item in (await page(storage.catalogue, sort=SortKey.NAME)).items
    }
    assert await names(storage.catalogue, search="cafe creme") == ["Café Crème Beans, 1 kg"]
    assert await names(storage.catalogue, search="tv") == ["48-inch OLED TV"]
    kitchen = (await storage.categories.tree()).find("Kitchen")
    assert (await page(storage.catalogue, categories=kitchen)).total == 4
    assert (await page(storage.catalogue, in_stock=False)).total == 1
    await ensure_kept_counts(storage)


async def edit(storage: SqlStorage) -> None:
    first, second, *_ = (await page(storage.catalogue)).items
    async with storage.unit_of_work() as work:
        products = [await work.products.get(item.id) for item in (first, second)]
    assert products[0] is not None
    assert products[1] is not None
    await revise(storage.unit_of_work, products[0], name="Something else", category="Elsewhere")
    await remove(storage.unit_of_work, products[1])


def test_samples_come_and_go(empty_url: str) -> None:
    upgrade(empty_url)
    on(empty_url, look_around)
    first = on(empty_url, contents)
    downgrade(empty_url, revision="0001")
    assert not any(on(empty_url, contents).values())
    upgrade(empty_url)
    assert on(empty_url, contents) == first


def test_edited_samples_go_too(empty_url: str) -> None:
    upgrade(empty_url)
    on(empty_url, edit)
    downgrade(empty_url, revision="0001")
    left = on(empty_url, contents)
    assert not any(left[table] for table in ("products", "stock", "listings", "product_words"))
    assert all(listed == 0 for table in ("word_counts", "category_counts") for _, listed in left[table])


def test_a_shop_that_opens_today_hears_nothing_of_a_time_before(empty_url: str) -> None:
    """Samples are older than the shop that they come with."""
    upgrade(empty_url)

    async def insights(storage: SqlStorage) -> Any:
        clock = ManualClock(datetime(2026, 12, 1, tzinfo=UTC))
        async with shop_harness(storage=storage, clock=clock) as shop:
            admin = await shop.admin()
            on_the_first_day = (await admin.get("/api/admin/dashboard")).json()["insights"]
            clock.advance(days=31)
            later = (await (await shop.log_in("owner")).get("/api/admin/dashboard")).json()["insights"]
        return on_the_first_day, {(each["kind"], each["evidence"]["daysWithoutSale"]) for each in later}

    assert on(empty_url, insights) == ([], {("no_sale", 31)})
