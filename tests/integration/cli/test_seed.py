"""Seeded data: reproducible, and as consistent as real data."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from sqlalchemy import select, text

from shop.adapters.sql.catalogue.tables import product_sales
from shop.adapters.sql.orders.tables import orders
from shop.adapters.sql.promotions.tables import promo_uses
from shop.adapters.sql.seeding.data import seeded_customers, seeded_products, seeded_promo_codes
from shop.adapters.sql.seeding.history import seeded_orders
from shop.adapters.sql.seeding.orders import market
from shop.adapters.sql.seeding.seed import BATCH_SIZE, NothingToOrder, SeedReport, SeedUsed, SqlSeed
from shop.adapters.sql.storage import SqlStorage
from shop.application.catalogue.views import listed_product_view
from shop.application.ports.catalogue import SortKey
from shop.contract.product_samples import USD, page, remove
from tests.invariants import assert_invariants

pytestmark = pytest.mark.anyio

END = datetime(2026, 3, 5, tzinfo=UTC)
POPULAR_FROM = date(2026, 2, 4)
COUNT_BY_STATUS = text("SELECT status, COUNT(*) FROM order_states GROUP BY status")
INCONSISTENCIES = [
    "SELECT COUNT(*) FROM word_counts c WHERE listed <> (SELECT COUNT(*) FROM product_words w WHERE w.word = c.word)",
    "SELECT COUNT(*) FROM listing_counts c WHERE listed <> (SELECT COUNT(*) FROM category_listings l "
    "WHERE l.category_id = c.category_id) AND listed <> (SELECT COUNT(*) FROM listings)",
    "SELECT COUNT(*) FROM category_listings c WHERE NOT EXISTS (SELECT 1 FROM listings l "
    "WHERE l.product_id = c.product_id AND l.price = c.price AND l.name_key = c.name_key AND l.units = c.units)",
    "SELECT COUNT(*) FROM variants v WHERE NOT EXISTS (SELECT 1 FROM stock s WHERE s.item_id = v.id)",
    "SELECT COUNT(*) FROM products p WHERE NOT EXISTS (SELECT 1 FROM listings l WHERE l.product_id = p.id "
    "AND l.price = p.price AND l.created_at = p.created_at)",
    "SELECT COUNT(*) FROM product_words w WHERE NOT EXISTS (SELECT 1 FROM listings l WHERE l.product_id = w.product_id "
    "AND l.price = w.price)",
    "SELECT COUNT(*) FROM stock WHERE NOT listed",
]
USES = select(promo_uses, orders.c.subtotal).join(orders, orders.c.id == promo_uses.c.order_id)
IMPOSSIBLE_TIMES = [
    "SELECT COUNT(*) FROM orders o JOIN users u ON u.id = o.user_id WHERE o.created_at < u.created_at",
    "SELECT COUNT(*) FROM order_lines l JOIN orders o ON o.id = l.order_id JOIN products p ON p.id = l.product_id "
    "WHERE o.created_at < p.created_at",
    "SELECT COUNT(*) FROM order_history WHERE at >= '2026-03-05'",
    "SELECT COUNT(*) FROM refunds WHERE created_at >= '2026-03-05'",
    "SELECT COUNT(*) FROM products WHERE created_at >= '2026-03-05'",
    "SELECT COUNT(*) FROM users WHERE created_at >= '2026-03-05'",
]


async def seed(storage: SqlStorage, *, batch_size: int = BATCH_SIZE, **wanted: Any) -> SeedReport:
    arguments = {
        "products": 50,
        "customers": 5,
        "orders": 0,
        "random_seed": 1,
        "until": END.date(),
        "progress": lambda *_: None,
    }
    return await SqlSeed(storage.database, USD, batch_size=batch_size)(**{**arguments, **wanted})


async def test_a_seed_makes_the_same_products_and_customers_anywhere(sql_storage: SqlStorage) -> None:
    reported: list[tuple[str, int, int]] = []
    report = await seed(sql_storage, progress=lambda *step: reported.append(step))
    assert report == SeedReport(50, 5, 0)
    assert reported == [("products", 50, 50), ("customers", 5, 5)]
    listed = await page(sql_storage.catalogue)
    expected = [listed_product_view(made.product, made.units, USD) for made in seeded_products(1, 2, 50, END)]
    tree = await sql_storage.categories.tree()
    for item in listed.items:
        (category_id,) = item.category_ids
        assert tree.categories[category_id].name == item.category
        assert len(tree.path(category_id)) == 2
    assert [replace(item, category_ids=[]) for item in listed.items] == expected
    assert {item.variant_count for item in listed.items} > {1}
    for user in seeded_customers(1, 5, END):
        async with sql_storage.unit_of_work() as work:
            assert await work.users.get(user.id) == user


async def test_seeded_products_are_like_any_other(sql_storage: SqlStorage) -> None:
    await seed(sql_storage, products=120)
    product = next(seeded_products(1, 2, 120, END)).product
    found = await page(sql_storage.catalogue, search=product.name)
    assert [item.id for item in found.items] == [product.id]
    tree = await sql_storage.categories.tree()
    for categories in (tree.find(product.category or ""), tree.find("Kitchen")):
        assert (await page(sql_storage.catalogue, sort=SortKey.NAME, categories=categories)).total > 1
    async with sql_storage.database.reading() as connection:
        for wrong in INCONSISTENCIES:
            assert (await connection.execute(text(wrong))).scalar_one() == 0, wrong
    await remove(sql_storage.unit_of_work, product)
    assert (await page(sql_storage.catalogue)).total == 119


async def test_a_second_seed_adds_to_the_first(sql_storage: SqlStorage) -> None:
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


async def test_seeded_orders_satisfy_the_invariants(sql_storage: SqlStorage) -> None:
    reported: list[tuple[str, int, int]] = []
    report = await seed(
        sql_storage, batch_size=200, orders=1_600, progress=lambda *step: reported.append(step)
    )
    assert report == SeedReport(50, 5, 1_600)
    assert [done for what, done, _ in reported if what == "orders"] == list(range(200, 1_601, 200))
    await assert_invariants(sql_storage, sql_storage.sandbox_ledger, sales_since=POPULAR_FROM)
    async with sql_storage.database.reading() as connection:
        statuses = dict((await connection.execute(COUNT_BY_STATUS)).all())
        for wrong in IMPOSSIBLE_TIMES:
            assert (await connection.execute(text(wrong))).scalar_one() == 0, wrong
    assert set(statuses) == {"paid", "shipped", "delivered", "cancelled", "refunded"}
    assert statuses["delivered"] > statuses["cancelled"] > statuses["refunded"] > 0


async def test_recently_sold_products_are_popular(sql_storage: SqlStorage) -> None:
    await seed(sql_storage, orders=1_500)
    async with sql_storage.database.reading() as connection:
        days = list((await connection.execute(select(product_sales.c.day))).scalars())
    assert POPULAR_FROM <= min(days) < max(days) < date(2026, 3, 5)


async def test_promo_codes_were_used_when_they_could_be(sql_storage: SqlStorage) -> None:
    await seed(sql_storage, orders=1_500)
    codes, _ = await sql_storage.promo_codes.promo_codes(1, 20)
    assert {code.code for code in codes} == {"WELCOME-1", "THANKS-1", "SUMMER-1", "WINTER-1"}
    assert all(code.times_used for code in codes)
    async with sql_storage.database.reading() as connection:
        uses = (await connection.execute(USES)).all()
    for code in codes:
        orders = [use for use in uses if use.promo_code_id == code.id]
        assert len(orders) == code.times_used
        for order in orders:
            assert (code.starts_at or order.at) <= order.at < (code.ends_at or END)
            assert order.subtotal >= (code.min_subtotal or 0)


def test_seasonal_codes_have_ended() -> None:
    for month in range(1, 13):
        end = datetime(2026, month, 28, tzinfo=UTC)
        for code in seeded_promo_codes(1, 2, end)[2:]:
            assert code.ends_at is not None
            assert end - timedelta(days=400) < code.ends_at <= end


async def test_the_same_seed_makes_the_same_orders_once(sql_storage: SqlStorage) -> None:
    await seed(sql_storage, orders=20)
    async with sql_storage.database.reading() as connection:
        there = await market(connection, seeded_promo_codes(1, 2, END))
    for made in seeded_orders(1, there, "USD", 20, END):
        async with sql_storage.unit_of_work() as work:
            assert await work.orders.snapshot(made.snapshot.id) == made.snapshot
    with pytest.raises(SeedUsed):
        await seed(sql_storage, products=0, customers=0, orders=1)
