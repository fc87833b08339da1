"""The migration gives an existing shop categories and slugs, and changes none of its amounts."""

import asyncio
import importlib.util
import unicodedata
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, migrations_folder, upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.contract.product_samples import page
from shop.domain.catalogue import slug as slugs
from tests.storages import DATA_MIGRATION_KINDS

pytestmark = pytest.mark.anyio

BEFORE = "0033"
PRODUCTS = 2_345  # more than two batches of either migration
NAMES = ["Café Mug", "cafe mug", "★", "Łódź", *(f"Lamp {number}" for number in range(40))]
CATEGORIES = ["Kitchen", "kitchen", "Kitchen", "Ofen & Co", "Öfen", None]
NOW = "2026-03-14 09:26:53"
BOOKS = (
    "SELECT COUNT(*), SUM(price), MIN(name), MAX(name) FROM products",
    "SELECT COUNT(*), SUM(available), SUM(initial) FROM stock",
    "SELECT COUNT(*), SUM(line_total), SUM(quantity) FROM order_lines",
    "SELECT COUNT(*), SUM(total) FROM orders",
    "SELECT COUNT(*), SUM(units), SUM(price) FROM listings",
    "SELECT COUNT(*), SUM(weight), SUM(price) FROM product_words",
    "SELECT COUNT(*), SUM(listed) FROM word_counts",
)

spec = importlib.util.spec_from_file_location(
    "slugs_of_products", *migrations_folder().glob("versions/*_slugs_of_products.py")
)
assert spec is not None
assert spec.loader is not None
migration = importlib.util.module_from_spec(spec)
spec.loader.exec_module(migration)


async def run(url: str, *statements: tuple[str, Any]) -> list[tuple[Any, ...]]:
    """Run statements with their rows of values; return the rows of the last one."""
    database, rows = Database(url), []
    try:
        async with database.writes.begin() as connection:
            for statement, values in statements:
                result = await connection.execute(text(statement), values)
                rows = [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await database.dispose()
    return rows


async def books(url: str) -> list[tuple[Any, ...]]:
    found = [await run(url, (query, {})) for query in BOOKS]
    return [tuple(map(str, row)) for (row,) in found]


def product_id(number: int) -> bytes:
    return bytes.fromhex(f"{number:032x}")


async def fill(url: str) -> None:
    """Store products, some of them inactive or deleted, their listings and search words, and an order."""
    rows = []
    for number in range(1, PRODUCTS + 1):
        listed = number % 10 > 1
        rows.append(
            {
                "id": product_id(number),
                "name": NAMES[number % len(NAMES)],
                "key": NAMES[number % len(NAMES)].lower(),
                "category": CATEGORIES[number % len(CATEGORIES)],
                "place": CATEGORIES[number % len(CATEGORIES)] or "",
                "price": number,
                "active": number % 10 != 1,
                "deleted": number % 10 == 0,
                "listed": listed,
                "units": number % 7,
            }
        )
    shown = [row for row in rows if row["listed"]]
    counts = [{"place": place, "n": n} for place, n in Counter(row["place"] for row in shown).items()]
    user, order = bytes([1]) * 16, bytes([2]) * 16
    await run(
        url,
        (
            "INSERT INTO products (id, name, description, category, price, active, deleted, version, created_at,"
            " updated_at, requires_shipping, tax_class, withdrawable, price_to, variant_count)"
            f" VALUES (:id, :name, '', :category, :price, :active, :deleted, 1, '{NOW}', '{NOW}', 1, 'standard', 1,"
            " :price, 1)",
            rows,
        ),
        (
            "INSERT INTO variants (id, product_id, position, price, active, deleted)"
            " VALUES (:id, :id, 0, :price, 1, :deleted)",
            rows,
        ),
        (
            "INSERT INTO stock (item_id, product_id, initial, available, listed, active)"
            " VALUES (:id, :id, 9, :units, :listed, 1)",
            rows,
        ),
        (
            "INSERT INTO listings (product_id, category, price, name_key, created_at, units)"
            f" VALUES (:id, :category, :price, :key, '{NOW}', :units)",
            shown,
        ),
        (
            "INSERT INTO product_words (word, product_id, weight, category, price)"
            " VALUES ('mug', :id, 3, :category, :price)",
            shown,
        ),
        ("DELETE FROM category_counts", {}),
        ("INSERT INTO category_counts (category, listed) VALUES (:place, :n)", counts),
        ("INSERT INTO word_counts (word, listed) VALUES ('mugs', :n)", {"n": len(shown)}),
        (
            "INSERT INTO users (id, username, username_key, role, active, created_at, version)"
            f" VALUES (:user, 'ada', 'ada', 'customer', 1, '{NOW}', 1)",
            {"user": user},
        ),
        (
            "INSERT INTO orders (id, number, user_id, created_at, currency, subtotal, discount, total, contact,"
            f" shipping_address) VALUES (:order, 'A', :user, '{NOW}', 'USD', 20, 0, 20, '{{}}', '{{}}')",
            {"user": user, "order": order},
        ),
        (
            "INSERT INTO order_lines (order_id, position, item_id, product_id, name, unit_price, quantity, discount,"
            " line_total) VALUES (:order, 0, :id, :id, 'Mug', 10, 2, 0, 20)",
            {"order": order, "id": rows[4]["id"]},
        ),
    )


@pytest.fixture
async def filled_url(empty_url: str) -> str:
    await asyncio.to_thread(upgrade, empty_url, BEFORE)
    await run(
        empty_url,
        *(
            (f"DELETE FROM {table}", {})
            for table in ("category_counts", "product_words", "word_counts", "listings")
        ),
        *((f"DELETE FROM {table}", {}) for table in ("stock", "variants", "products")),
    )
    await fill(empty_url)
    return empty_url


async def assert_categories_are_complete(url: str) -> None:
    """Every live product is in the category of its name, has a slug of its own, and is listed and counted."""
    for wrong in (
        "SELECT COUNT(*) FROM products WHERE NOT deleted AND (slug IS NULL OR slug = '')",
        "SELECT COUNT(*) FROM products WHERE deleted AND slug IS NOT NULL",
        "SELECT COUNT(*) FROM products p LEFT JOIN product_categories o ON o.product_id = p.id"
        " LEFT JOIN categories c ON c.id = o.category_id WHERE NOT p.deleted AND"
        " COALESCE(c.name, '') <> COALESCE(p.category, '')",
        "SELECT COUNT(*) FROM listings l JOIN product_categories o ON o.product_id = l.product_id WHERE NOT EXISTS"
        " (SELECT 1 FROM category_listings c WHERE c.product_id = l.product_id AND c.category_id = o.category_id"
        " AND c.price = l.price AND c.name_key = l.name_key AND c.units = l.units AND c.created_at = l.created_at)",
    ):
        assert await run(url, (wrong, {})) == [(0,)], wrong
    storage = SqlStorage(Database(url))
    try:
        tree, counts = await storage.categories.tree(), await storage.categories.counts()
        assert [(each.name, each.slug, each.position) for each in tree.ordered()] == [
            ("Kitchen", "kitchen", 0),
            ("Öfen", "ofen", 1),
            ("Ofen & Co", "ofen-co", 2),
        ]
        listed = [number for number in range(1, PRODUCTS + 1) if number % 10 > 1]
        for category in tree.ordered():
            names = [name for name in CATEGORIES if name and name.casefold() == category.name.casefold()]
            expected = sum(CATEGORIES[number % len(CATEGORIES)] in names for number in listed)
            found = await page(storage.catalogue, categories=(category.id,), limit=1)
            assert found.total == counts[category.id] == expected
            assert found.items[0].category_ids == [category.id]
            assert found.items[0].category == category.name
        assert (await page(storage.catalogue)).total == len(listed)
        async with storage.unit_of_work() as work:
            assert await work.categories.count_products(list(tree.categories), PRODUCTS) > len(listed) / 2
    finally:
        await storage.close()


@pytest.mark.parametrize("empty_url", DATA_MIGRATION_KINDS, indirect=True)
async def test_products_are_put_into_categories_and_get_slugs(filled_url: str) -> None:
    before = await books(filled_url)
    await asyncio.to_thread(upgrade, filled_url)
    await assert_categories_are_complete(filled_url)
    assert await books(filled_url) == before
    await asyncio.to_thread(downgrade, filled_url, BEFORE)
    assert await books(filled_url) == before
    left = await run(filled_url, ("SELECT category, listed FROM category_counts", {}))
    assert sum(listed for _, listed in left) == sum(number % 10 > 1 for number in range(1, PRODUCTS + 1))
    await asyncio.to_thread(upgrade, filled_url)
    await assert_categories_are_complete(filled_url)


async def test_an_interrupted_migration_resumes(filled_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The migration stops while it writes slugs; the next run continues from what was committed."""
    normalize, seen = unicodedata.normalize, Counter[str]()

    def interrupting(form: Any, value: str) -> str:
        seen[value] += 1
        if seen["Łódź"] > 30:
            raise KeyboardInterrupt
        return normalize(form, value)

    with monkeypatch.context() as patch:
        patch.setattr(unicodedata, "normalize", interrupting)
        with pytest.raises(KeyboardInterrupt):
            await asyncio.to_thread(upgrade, filled_url)
    await asyncio.to_thread(upgrade, filled_url)
    await assert_categories_are_complete(filled_url)


@given(st.text(max_size=300))
def test_the_migration_makes_slugs_as_the_shop_does(name: str) -> None:
    assert migration.slug_of(name) == slugs.slug_of(name, "product")
