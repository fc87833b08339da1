"""Every product gets a variant, and references to products become references to variants."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, upgrade
from tests.storages import DATA_MIGRATION_KINDS

pytestmark = pytest.mark.anyio

USER, CART, ORDER, REFUND = (bytes([number]) * 16 for number in range(1, 5))
NOW = "2026-03-14 09:26:53"

ROWS = (
    "INSERT INTO users (id, username, username_key, role, active, created_at, version)"
    f" VALUES (:user, 'ada', 'ada', 'customer', 1, '{NOW}', 1)",
    "INSERT INTO carts (id, user_id, version) VALUES (:cart, :user, 2)",
    "INSERT INTO cart_lines (cart_id, product_id, position, quantity) VALUES (:cart, :product, 1, 3)",
    "INSERT INTO orders (id, number, user_id, created_at, currency, subtotal, discount, total, contact,"
    f" shipping_address) VALUES (:order, 'A', :user, '{NOW}', 'USD', 20, 2, 18, '{{}}', '{{}}')",
    "INSERT INTO order_lines (order_id, position, product_id, name, unit_price, quantity, discount, line_total)"
    " VALUES (:order, 0, :product, 'Mug', 10, 2, 2, 18)",
    "INSERT INTO sales_entries (order_id, number, at, user_id, product_id, quantity, gross, discount, refunded,"
    f" folded) VALUES (:order, 0, '{NOW}', :user, :product, 2, 20, 2, 0, 1)",
    "INSERT INTO sales_entries (order_id, number, refund_id, at, user_id, product_id, quantity, gross, discount,"
    f" refunded, folded) VALUES (:order, 1, :refund, '{NOW}', :user, :product, 0, 0, 0, 5, 1)",
    "INSERT INTO product_days (day, product_id, orders, quantity, gross, discount, refunded)"
    " VALUES ('2026-03-14', :product, 1, 2, 20, 2, 5)",
    "INSERT INTO product_sales (product_id, day, units) VALUES (:product, '2026-03-14', 2)",
)


async def run(url: str, *statements: str, **values: Any) -> list[tuple[Any, ...]]:
    """Run statements with these values; return the rows of the last one."""
    database, rows = Database(url), []
    try:
        async with database.writes.begin() as connection:
            for statement in statements:
                result = await connection.execute(text(statement), values)
                rows = [tuple(row) for row in result] if result.returns_rows else []
    finally:
        await database.dispose()
    return rows


@pytest.mark.parametrize("empty_url", DATA_MIGRATION_KINDS, indirect=True)
async def test_references_to_products_become_references_to_variants_and_back(empty_url: str) -> None:
    await asyncio.to_thread(upgrade, empty_url, "0011")
    [(product, stock), *_] = await run(
        empty_url, "SELECT product_id, available FROM stock WHERE available > 0 ORDER BY product_id"
    )
    values = {"user": USER, "cart": CART, "order": ORDER, "refund": REFUND, "product": product}
    for statement in ROWS:
        names = {name: value for name, value in values.items() if f":{name}" in statement}
        await run(empty_url, statement, **names)
    before = await run(empty_url, "SELECT id, sku, price FROM products ORDER BY id")

    await asyncio.to_thread(upgrade, empty_url, "0016")
    assert await run(empty_url, "SELECT id, sku, price FROM variants ORDER BY id") == before
    assert await run(empty_url, "SELECT COUNT(*) FROM products WHERE price_to <> price") == [(0,)]
    for query, row in (
        (
            "SELECT item_id, product_id, available FROM stock WHERE item_id = :product",
            (product, product, stock),
        ),
        ("SELECT item_id, quantity FROM cart_lines WHERE item_id = :product", (product, 3)),
        ("SELECT item_id, product_id FROM order_lines WHERE item_id = :product", (product, product)),
        (
            "SELECT item_id, quantity, orders, product_orders FROM item_days WHERE item_id = :product",
            (product, 2, 1, 1),
        ),
        ("SELECT product_id, units FROM product_sales WHERE item_id = :product", (product, 2)),
    ):
        assert await run(empty_url, query, product=product) == [row], query
    entries = await run(empty_url, "SELECT item_id, begins_product FROM sales_entries ORDER BY number")
    assert entries == [(product, 1), (product, 0)]

    await asyncio.to_thread(downgrade, empty_url, "0011")
    assert await run(
        empty_url, "SELECT available FROM stock WHERE product_id = :product", product=product
    ) == [(stock,)]
    assert await run(empty_url, "SELECT product_id, orders FROM product_days") == [(product, 1)]
    assert await run(empty_url, "SELECT product_id, quantity FROM cart_lines") == [(product, 3)]
