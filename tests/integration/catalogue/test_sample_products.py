"""The sample products of the migrations are complete, searchable, and removable unless bought or changed."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import inspect, text

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.application.catalogue.samples import SAMPLE_IDS, RemovedSamples, RemoveSamples
from shop.application.ports.catalogue import SortKey
from shop.contract.product_samples import USD, names, page, remove, revise
from shop.testing import ManualClock, shop_harness
from tests.storages import DATA_MIGRATION_KINDS

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
    """Run the action with the storage at the URL. Return its result."""

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
        rows = {
            table: sorted(map(tuple, await connection.execute(text(f"SELECT * FROM {table}"))), key=repr)
            for table in TABLES
            if table in present
        }
    # A count of 0 means the same as no row.
    return {table: [row for row in rows[table] if "counts" not in table or row[-1]] for table in rows}


async def assert_counts_are_right(storage: SqlStorage) -> None:
    async with storage.database.reading() as connection:
        for wrong in (
            "SELECT COUNT(*) FROM word_counts c WHERE listed <> "
            "(SELECT COUNT(*) FROM product_words w WHERE w.word = c.word)",
            "SELECT COUNT(*) FROM listing_counts c WHERE listed <> "
            "(SELECT COUNT(*) FROM category_listings l WHERE l.category_id = c.category_id) "
            "AND listed <> (SELECT COUNT(*) FROM listings)",
        ):
            assert (await connection.execute(text(wrong))).scalar_one() == 0


async def assert_samples_are_complete(storage: SqlStorage) -> None:
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
    assert all((item.image_url or "").startswith("/pictures/") for item in everything.items)
    assert len({item.image_url for item in everything.items}) == 24
    kitchen = (await storage.categories.tree()).find("Kitchen")
    assert (await page(storage.catalogue, categories=kitchen)).total == 4
    assert (await page(storage.catalogue, in_stock=False)).total == 1
    await assert_counts_are_right(storage)


async def edit_two(storage: SqlStorage) -> None:
    first, second, *_ = (await page(storage.catalogue)).items
    async with storage.unit_of_work() as work:
        products = [await work.products.get(item.id) for item in (first, second)]
    assert products[0] is not None
    assert products[1] is not None
    await revise(storage.unit_of_work, products[0], name="Something else", category="Elsewhere")
    await remove(storage.unit_of_work, products[1])


@pytest.mark.parametrize("new_shop_url", DATA_MIGRATION_KINDS, indirect=True)
def test_migrations_add_and_remove_the_samples(new_shop_url: str) -> None:
    on(new_shop_url, assert_samples_are_complete)
    first = on(new_shop_url, contents)
    downgrade(new_shop_url, revision="0001")
    assert not any(on(new_shop_url, contents).values())
    upgrade(new_shop_url)
    assert on(new_shop_url, contents) == first


@pytest.mark.parametrize("new_shop_url", DATA_MIGRATION_KINDS, indirect=True)
def test_a_downgrade_removes_edited_samples(new_shop_url: str) -> None:
    on(new_shop_url, edit_two)
    downgrade(new_shop_url, revision="0001")
    left = on(new_shop_url, contents)
    emptied = ("products", "stock", "listings", "product_words", "word_counts", "category_counts")
    assert {table: left[table] for table in emptied} == {table: [] for table in emptied}


async def assert_samples_have_variants(storage: SqlStorage) -> None:
    by_name = {item.name: item for item in (await page(storage.catalogue)).items}
    sweater, beans = by_name["Merino Sweater, Navy"], by_name["Café Crème Beans, 1 kg"]
    assert [(option.name, option.values) for option in sweater.options] == [("Size", ["S", "M", "L", "XL"])]
    assert (sweater.price, sweater.compare_at_price, sweater.sku) == (Decimal(119), Decimal(149), None)
    assert (beans.price, beans.price_to, beans.variant_count) == (Decimal("22.9"), Decimal("102.9"), 3)
    jacket = await storage.catalogue.product(by_name["Rain Jacket, Unisex"].id, USD)
    assert jacket is not None
    assert len(jacket.variants) == 8
    (own,) = [variant for variant in jacket.variants if variant.id == jacket.id]
    assert (own.options, own.sku, own.stock) == ({"Size": "M", "Colour": "Petrol"}, "JACKET-RAIN-U", 26)
    assert len({variant.sku for variant in jacket.variants}) == 8
    assert {(variant.options["Colour"], variant.image_url) for variant in jacket.variants} == {
        ("Petrol", "/pictures/rain-jacket-petrol.webp"),
        ("Mustard", "/pictures/rain-jacket-mustard.webp"),
    }
    assert await names(storage.catalogue, search="petrol") == ["Rain Jacket, Unisex"]
    for item in by_name.values():
        async with storage.unit_of_work() as work:
            product = await work.products.get(item.id)
        assert product is not None
        assert product.version == 1
        assert item.stock == sum((await stock_of(storage, product.id)).values())


async def stock_of(storage: SqlStorage, product_id: str) -> Mapping[str, int]:
    async with storage.unit_of_work() as work:
        return await work.stock.of_product(product_id)


async def assert_samples_have_categories(storage: SqlStorage) -> None:
    tree = await storage.categories.tree()
    counts = await storage.categories.counts()
    kitchen = next(category for category in tree.children(None) if category.name == "Kitchen")
    assert [each.name for each in tree.children(kitchen.id)] == ["Coffee & Tea", "Cookware"]
    assert counts[kitchen.id] == 4
    assert all(tree.children(category.id) for category in tree.children(None))
    for item in (await page(storage.catalogue)).items:
        main, below = item.category_ids
        assert tree.categories[main].name == item.category
        assert tree.path(below) == (main, below)
    assert (await page(storage.catalogue, categories=tree.find("cookware"))).total == 2


def test_samples_have_variants_and_categories_of_two_levels(new_shop_url: str) -> None:
    on(new_shop_url, assert_samples_have_variants)
    on(new_shop_url, assert_samples_have_categories)


@pytest.mark.parametrize("empty_url", DATA_MIGRATION_KINDS, indirect=True)
def test_an_upgrade_keeps_a_changed_sample(empty_url: str) -> None:
    upgrade(empty_url, revision="0047")
    sweater = SAMPLE_IDS[18]
    on(empty_url, lambda storage: change_description(storage, sweater))
    upgrade(empty_url)
    shown = on(empty_url, lambda storage: storage.catalogue.product(sweater, USD))
    assert (shown.description, shown.options, len(shown.category_ids)) == ("Mine", [], 1)


async def change_description(storage: SqlStorage, product_id: str) -> None:
    async with storage.unit_of_work() as work:
        product = await work.products.get(product_id)
    assert product is not None
    await revise(storage.unit_of_work, product, description="Mine")


@pytest.mark.parametrize("empty_url", DATA_MIGRATION_KINDS, indirect=True)
def test_a_shop_can_begin_without_samples(empty_url: str) -> None:
    upgrade(empty_url, samples=False)
    left = on(empty_url, contents)
    assert not any(
        left[table] for table in ("products", "categories", "listings", "product_words", "word_counts")
    )


async def remove_samples(storage: SqlStorage) -> RemovedSamples:
    async with shop_harness(storage=storage) as shop:
        removing: RemoveSamples = shop.container.catalogue.remove_samples()
        return await removing()


async def buy_one_and_change_another(storage: SqlStorage) -> None:
    """Order a pocket speaker, and change a lamp's description."""
    async with shop_harness(storage=storage) as shop:
        admin, ada = await shop.admin(), await shop.customer("ada")
        bought = await ada.post("/api/orders", json={"items": [{"itemId": SAMPLE_IDS[11], "quantity": 1}]})
        assert bought.status_code == 201, bought.text
        changed = await admin.patch(f"/api/products/{SAMPLE_IDS[4]}", json={"description": "Mine"})
        assert changed.status_code == 200


def test_only_samples_neither_bought_nor_changed_are_removed(new_shop_url: str) -> None:
    on(new_shop_url, buy_one_and_change_another)
    assert on(new_shop_url, remove_samples) == RemovedSamples(22, 2)
    assert sorted(on(new_shop_url, lambda storage: names(storage.catalogue))) == [
        "Arc Desk Lamp",
        "Pocket Speaker",
    ]
    tree = on(new_shop_url, lambda storage: storage.categories.tree())
    assert {category.name for category in tree.ordered()} == {
        "Audio",
        "Headphones & Speakers",
        "Lamps",
        "Lighting",
    }
    on(new_shop_url, assert_counts_are_right)
    assert on(new_shop_url, remove_samples) == RemovedSamples(0, 2)


def test_samples_give_no_insights_in_a_new_shop(new_shop_url: str) -> None:
    """The samples were created before their shop, so their age proves nothing about its sales."""

    async def insights(storage: SqlStorage) -> Any:
        clock = ManualClock(datetime(2026, 12, 1, tzinfo=UTC))
        async with shop_harness(storage=storage, clock=clock) as shop:
            admin = await shop.admin()
            on_the_first_day = (await admin.get("/api/admin/dashboard")).json()["insights"]
            clock.advance(days=31)
            later = (await (await shop.log_in("owner")).get("/api/admin/dashboard")).json()["insights"]
        return on_the_first_day, {(each["kind"], each["evidence"]["daysWithoutSale"]) for each in later}

    assert on(new_shop_url, insights) == ([], {("no_sale", 31)})
