"""Made-up data: the same for the same seed, and as sound as what comes through the front door."""

from itertools import islice
from typing import Any

import pytest
from sqlalchemy import text

from shop.adapters.sql.seed import NothingToOrder, SeedReport, SeedUsed, SqlSeed
from shop.adapters.sql.seed_data import seeded_customers, seeded_products
from shop.adapters.sql.seed_orders import buyers_and_offers, seeded_orders
from shop.adapters.sql.storage import SqlStorage
from shop.application.catalogue_views import product_view
from shop.application.ports.catalogue import SortKey
from shop.contract.product_samples import USD, page, remove
from tests.invariants import assert_invariants

pytestmark = pytest.mark.anyio

COUNT_BY_STATUS = text("SELECT status, COUNT(*) FROM order_states GROUP BY status")
SOUND = [
    "SELECT COUNT(*) FROM word_counts c WHERE listed <> (SELECT COUNT(*) FROM product_words w WHERE w.word = c.word)",
    "SELECT COUNT(*) FROM category_counts c WHERE listed <> (SELECT COUNT(*) FROM listings l "
    "WHERE l.category = c.category)",
    "SELECT COUNT(*) FROM products p WHERE NOT EXISTS (SELECT 1 FROM stock s WHERE s.product_id = p.id)",
    "SELECT COUNT(*) FROM products p WHERE NOT EXISTS (SELECT 1 FROM listings l WHERE l.product_id = p.id "
    "AND l.price = p.price AND l.category = p.category AND l.created_at = p.created_at)",
    "SELECT COUNT(*) FROM product_words w WHERE NOT EXISTS (SELECT 1 FROM listings l WHERE l.product_id = w.product_id "
    "AND l.price = w.price AND l.category = w.category)",
    "SELECT COUNT(*) FROM stock WHERE NOT listed",
]


async def seed(storage: SqlStorage, **wanted: Any) -> SeedReport:
    arguments = {"products": 50, "customers": 5, "orders": 0, "random_seed": 1, "progress": lambda *_: None}
    return await SqlSeed(storage.database, USD)(**{**arguments, **wanted})


async def test_a_seed_makes_the_same_products_and_customers_anywhere(sql_storage: SqlStorage) -> None:
    told: list[tuple[str, int, int]] = []
    report = await seed(sql_storage, progress=lambda *told_now: told.append(told_now))
    assert report == SeedReport(50, 5, 0)
    assert told == [("products", 50, 50), ("customers", 5, 5)]
    listed = await page(sql_storage.catalogue)
    expected = [product_view(made.product, made.stock, USD) for made in islice(seeded_products(1, 2), 50)]
    assert listed.items == expected
    for user in islice(seeded_customers(1), 5):
        async with sql_storage.unit_of_work() as work:
            assert await work.users.get(user.id) == user


async def test_seeded_products_are_like_any_other(sql_storage: SqlStorage) -> None:
    await seed(sql_storage, products=120)
    product = next(seeded_products(1, 2)).product
    found = await page(sql_storage.catalogue, search=product.name)
    assert [item.id for item in found.items] == [product.id]
    assert (await page(sql_storage.catalogue, sort=SortKey.NAME, category=product.category)).total > 1
    async with sql_storage.database.reading() as connection:
        for wrong in SOUND:
            assert (await connection.execute(text(wrong))).scalar_one() == 0, wrong
    await remove(sql_storage.unit_of_work, product)
    assert (await page(sql_storage.catalogue)).total == 119


async def test_another_seed_adds_to_what_is_there(sql_storage: SqlStorage) -> None:
    await seed(sql_storage)
    with pytest.raises(SeedUsed):
        await seed(sql_storage, customers=0)
    with pytest.raises(SeedUsed):
        await seed(sql_storage, products=0)
    await seed(sql_storage, random_seed=-2)
    assert (await page(sql_storage.catalogue)).total == 100


async def test_orders_need_customers_and_products(sql_storage: SqlStorage) -> None:
    with pytest.raises(NothingToOrder):
        await seed(sql_storage, products=0, orders=1)


async def test_orders_are_as_sound_as_any_other(sql_storage: SqlStorage) -> None:
    told: list[tuple[str, int, int]] = []
    report = await seed(sql_storage, orders=300, progress=lambda *told_now: told.append(told_now))
    assert report == SeedReport(50, 5, 300)
    assert told[-1] == ("orders", 300, 300)
    await assert_invariants(sql_storage, sql_storage.sandbox_ledger)
    async with sql_storage.database.reading() as connection:
        statuses = dict((await connection.execute(COUNT_BY_STATUS)).all())
    assert set(statuses) == {"delivered", "cancelled", "refunded"}
    assert statuses["delivered"] > statuses["cancelled"] > statuses["refunded"] > 0


async def test_the_same_seed_makes_the_same_orders_once(sql_storage: SqlStorage) -> None:
    await seed(sql_storage, orders=20)
    async with sql_storage.database.reading() as connection:
        buyers, offers = await buyers_and_offers(connection)
    for made in islice(seeded_orders(1, buyers, offers, "USD"), 20):
        async with sql_storage.unit_of_work() as work:
            assert await work.orders.snapshot(made.snapshot.id) == made.snapshot
    with pytest.raises(SeedUsed):
        await seed(sql_storage, products=0, customers=0, orders=1)
