"""`python -m bench upgrade`: how long a large shop of the version before variants takes to migrate.

Creates a database with that version's schema, fills it by SQL alone, and migrates it. The books, which are the results
of the queries in BOOKS, must be equal before and after.
"""

import argparse
import asyncio
import os
import resource
import time
from collections.abc import Iterator
from typing import Any, Final

from rich.console import Console
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.search import own_database
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import upgrade

BEFORE_VARIANTS: Final = "0011"
_BATCH_SIZE: Final = 20_000
_NOW: Final = "'2026-03-14 09:26:53'"
_ID: Final = "UNHEX(LPAD(HEX({}), 32, '0'))"
_PRODUCT_OF_LINE: Final = "((n * 7 + k * 13) % :products + 1)"

# `numbers` has the numbers from 1 on as `n`; `positions` has 0, 1 and 2 as `k`.
PRODUCTS: Final = (
    f"""INSERT INTO products (id, sku, name, description, category, price, compare_at_price, active, deleted, version,
created_at, updated_at) SELECT {_ID.format("n")}, IF(n % 997 = 0, NULL, CONCAT('SKU', n)),
CONCAT('Lamp of series ', n % 5000, ' number ', n),
'A lamp.', CONCAT('Category ', n % 40), 100 + n % 9900, IF(n % 10 = 0, 20000, NULL), n % 100 <> 0, n % 997 = 0, 1,
{_NOW}, {_NOW} FROM numbers WHERE n > :after AND n <= :upto""",
    f"""INSERT INTO stock (product_id, initial, available, listed) SELECT {_ID.format("n")}, 100, n % 100,
n % 100 <> 0 AND n % 997 <> 0 FROM numbers WHERE n > :after AND n <= :upto""",
    f"""INSERT INTO listings (product_id, category, price, name_key, created_at, units) SELECT {_ID.format("n")},
CONCAT('Category ', n % 40), 100 + n % 9900, CONCAT('lamp of series ', n % 5000, ' number ', n), {_NOW}, n % 50
FROM numbers WHERE n > :after AND n <= :upto AND n % 100 <> 0 AND n % 997 <> 0""",
    *(
        f"""INSERT INTO product_words (word, product_id, weight, category, price) SELECT {word}, {_ID.format("n")}, 8,
CONCAT('Category ', n % 40), 100 + n % 9900 FROM numbers
WHERE n > :after AND n <= :upto AND n % 100 <> 0 AND n % 997 <> 0"""
        for word in ("'lamp'", "'series'", "CONCAT(n % 5000)", "CONCAT('number', n)")
    ),
)
ORDERS: Final = (
    f"""INSERT INTO users (id, username, username_key, role, active, created_at, version) SELECT {_ID.format("n")},
CONCAT('user', n), CONCAT('user', n), 'customer', 1, {_NOW}, 1 FROM numbers WHERE n > :after AND n <= :upto""",
    f"""INSERT INTO carts (id, user_id, version) SELECT {_ID.format("n")}, {_ID.format("n")}, 2 FROM numbers
WHERE n > :after AND n <= :upto""",
    f"""INSERT INTO cart_lines (cart_id, product_id, position, quantity)
SELECT {_ID.format("n")}, {_ID.format(_PRODUCT_OF_LINE)}, k, k + 1 FROM numbers, positions
WHERE n > :after AND n <= :upto""",
    f"""INSERT INTO orders (id, number, user_id, created_at, currency, subtotal, discount, total, contact,
shipping_address) SELECT {_ID.format("n")}, CONCAT('N', n), {_ID.format("n")}, {_NOW}, 'USD', 3000, 300, 2700, '{{}}',
'{{}}' FROM numbers WHERE n > :after AND n <= :upto""",
    f"""INSERT INTO order_lines (order_id, position, product_id, name, unit_price, quantity, discount, line_total)
SELECT {_ID.format("n")}, k, {_ID.format(_PRODUCT_OF_LINE)}, 'Lamp', 500, 2, 100, 900 FROM numbers, positions
WHERE n > :after AND n <= :upto""",
    f"""INSERT INTO order_states (order_id, user_id, created_at, currency, total, status, expires_at, refunded_total,
payment_attempt, history_length, cancelling_recorded, counted_as) SELECT {_ID.format("n")}, {_ID.format("n")}, {_NOW},
'USD', 2700, 'paid', {_NOW}, 0, 1, 2, 0, 'paid' FROM numbers WHERE n > :after AND n <= :upto""",
    f"""INSERT INTO order_history (order_id, sequence, status, at) SELECT {_ID.format("n")}, k,
IF(k = 0, 'pending', 'paid'), {_NOW} FROM numbers, positions WHERE n > :after AND n <= :upto AND k < 2""",
    f"""INSERT INTO payments (order_id, attempt, provider, intent_id, client_secret, status, amount, currency,
created_at, updated_at) SELECT {_ID.format("n")}, 1, 'sandbox', CONCAT('pi_', n), CONCAT('pi_', n, '_secret'),
'succeeded', 2700, 'USD', {_NOW}, {_NOW} FROM numbers WHERE n > :after AND n <= :upto""",
    f"""INSERT INTO sales_entries (order_id, number, at, user_id, product_id, quantity, gross, discount, refunded,
folded) SELECT {_ID.format("n")}, k, DATE_ADD({_NOW}, INTERVAL n % 300 DAY), {_ID.format("n")},
{_ID.format(_PRODUCT_OF_LINE)}, 2, 1000, 100, 0, 1 FROM numbers, positions WHERE n > :after AND n <= :upto""",
)
FIGURES: Final = (
    """INSERT INTO product_days SELECT DATE(at), product_id, COUNT(DISTINCT order_id), SUM(quantity), SUM(gross),
SUM(discount), SUM(refunded) FROM sales_entries GROUP BY 1, 2""",
    """INSERT INTO product_sales SELECT product_id, DATE(at), SUM(quantity) FROM sales_entries GROUP BY 1, 2""",
    """INSERT INTO daily_figures SELECT DATE(at), COUNT(DISTINCT order_id), SUM(quantity), SUM(gross), SUM(discount),
SUM(refunded) FROM sales_entries GROUP BY 1""",
    "INSERT INTO word_counts SELECT word, COUNT(*) FROM product_words GROUP BY word",
    "INSERT INTO category_counts SELECT category, COUNT(*) FROM listings GROUP BY category",
)
BOOKS: Final = {
    "products": ("SELECT COUNT(*), SUM(price), SUM(deleted), COUNT(compare_at_price) FROM products",) * 2,
    "prices": (
        "SELECT COUNT(*), SUM(price), SUM(CRC32(CONCAT(HEX(id), COALESCE(sku, ''), price))) FROM products",
        "SELECT COUNT(*), SUM(price), SUM(CRC32(CONCAT(HEX(product_id), COALESCE(sku, ''), price))) FROM variants "
        "WHERE id = product_id",
    ),
    "stock": (
        "SELECT COUNT(*), SUM(initial), SUM(available), SUM(CRC32(CONCAT(HEX(product_id), available))) FROM stock",
        "SELECT COUNT(*), SUM(initial), SUM(available), SUM(CRC32(CONCAT(HEX(item_id), available))) FROM stock",
    ),
    "stock on sale": ("SELECT SUM(listed) FROM stock", "SELECT SUM(listed AND active) FROM stock"),
    "carts": (
        "SELECT COUNT(*), SUM(quantity), SUM(CRC32(CONCAT(HEX(cart_id), HEX(product_id), quantity))) FROM cart_lines",
        "SELECT COUNT(*), SUM(quantity), SUM(CRC32(CONCAT(HEX(cart_id), HEX(item_id), quantity))) FROM cart_lines",
    ),
    "orders": ("SELECT COUNT(*), SUM(subtotal), SUM(discount), SUM(total) FROM orders",) * 2,
    "order lines": (
        "SELECT COUNT(*), SUM(line_total), SUM(CRC32(CONCAT(HEX(order_id), position, HEX(product_id)))) "
        "FROM order_lines",
        "SELECT COUNT(*), SUM(line_total), SUM(CRC32(CONCAT(HEX(order_id), position, HEX(item_id)))) "
        "FROM order_lines",
    ),
    "order states": (
        "SELECT COUNT(*), SUM(total), SUM(refunded_total), SUM(status = 'paid') FROM order_states",
    )
    * 2,
    "payments": ("SELECT COUNT(*), SUM(amount) FROM payments",) * 2,
    "sales": (
        "SELECT COUNT(*), SUM(quantity), SUM(gross), SUM(discount), SUM(CRC32(HEX(product_id))) FROM sales_entries",
        "SELECT COUNT(*), SUM(quantity), SUM(gross), SUM(discount), SUM(CRC32(HEX(item_id))) FROM sales_entries",
    ),
    "figures per day": ("SELECT COUNT(*), SUM(orders), SUM(gross), SUM(discount) FROM daily_figures",) * 2,
    "figures per item": (
        "SELECT COUNT(*), SUM(orders), SUM(quantity), SUM(gross), SUM(discount) FROM product_days",
        "SELECT COUNT(*), SUM(product_orders), SUM(quantity), SUM(gross), SUM(discount) FROM item_days",
    ),
    "popularity": (
        "SELECT COUNT(*), SUM(units) FROM product_sales",
        "SELECT COUNT(*), SUM(units) FROM product_sales",
    ),
    "lists": ("SELECT COUNT(*), SUM(units), SUM(price) FROM listings",) * 2,
    "words of names": ("SELECT COUNT(*), SUM(weight) FROM product_words WHERE word LIKE 'number%'",) * 2,
}
"""Pairs of queries, on the old schema and on the new one, whose results must be equal."""


async def books(database: Database, which: int) -> dict[str, tuple[Any, ...]]:
    async with database.reading() as connection:
        return {
            name: tuple((await connection.execute(text(queries[which]))).one())
            for name, queries in BOOKS.items()
        }


async def fill(database: Database, products: int, orders: int) -> None:
    """Fill the tables batch by batch, without foreign key checks."""
    async with database.reads.connect() as connection:
        for statement in (
            "SET SESSION foreign_key_checks = 0",
            "CREATE TEMPORARY TABLE positions (k INT PRIMARY KEY)",
            "INSERT INTO positions VALUES (0), (1), (2)",
            "CREATE TEMPORARY TABLE numbers (n INT PRIMARY KEY)",
        ):
            await _run(connection, statement)
        for after, upto in _batches(max(products, orders)):
            await _run(connection, "DELETE FROM numbers")
            await _run(connection, f"SET SESSION cte_max_recursion_depth = {_BATCH_SIZE + 1}")
            await _run(
                connection,
                "INSERT INTO numbers WITH RECURSIVE counted (n) AS (SELECT :first UNION ALL SELECT n + 1 FROM counted "
                "WHERE n < :upto) SELECT n FROM counted",
                first=after + 1,
                upto=upto,
            )
            for statements, total in ((PRODUCTS, products), (ORDERS, orders)):
                for statement in statements if after < total else ():
                    values = {"after": after, "upto": min(upto, total)}
                    if ":products" in statement:
                        values["products"] = products
                    await _run(connection, statement, **values)
        for statement in FIGURES:
            await _run(connection, statement)
        await connection.invalidate()  # its checks are off: it must not be reused


async def _run(connection: AsyncConnection, statement: str, **values: int) -> None:
    await connection.execute(text(statement), values)


def _batches(total: int) -> Iterator[tuple[int, int]]:
    return ((after, min(after + _BATCH_SIZE, total)) for after in range(0, total, _BATCH_SIZE))


async def run(products: int, orders: int) -> None:
    console = Console(width=120)
    server_url = os.environ.get("SHOP_TEST_MYSQL_URL")
    if not server_url:
        raise SystemExit(
            "Set SHOP_TEST_MYSQL_URL, or run through `python -m tests.mysql_server --durable --exec …`."
        )
    async with own_database(server_url, BEFORE_VARIANTS) as database:
        url = database.url.render_as_string(hide_password=False)
        started = time.perf_counter()
        await fill(database, products, orders)
        console.print(f"{products:,} products and {orders:,} orders in {time.perf_counter() - started:.0f} s")
        before, started = await books(database, 0), time.perf_counter()
        migrated = await asyncio.to_thread(upgrade, url)
        seconds = time.perf_counter() - started
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        console.print(
            f"{len(migrated.steps)} migrations from {BEFORE_VARIANTS} in {seconds:.0f} s, {memory:.0f} MiB"
        )
        after = await books(database, 1)
        for name, value in before.items():
            console.print(f"{name}: {value} {'stays' if after[name] == value else f'became {after[name]}'}")
        if after != before:
            raise SystemExit("The books are not equal.")
        console.print("The books are equal.")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.upgrade", description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=100_000)
    arguments = parser.parse_args()
    asyncio.run(run(arguments.products, arguments.orders))


if __name__ == "__main__":
    main()
