"""`python -m bench upgrade`: how long a large shop of an earlier version takes to migrate; its books must stay equal.

Fills a database, takes it back to the schema of `--since`, and migrates it again. A downgrade loses what the earlier
schema could not hold, so only what both versions know is compared.
"""

import argparse
import asyncio
import os
import time
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from sqlalchemy import text

from bench.search import own_database
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import downgrade, upgrade
from shop.adapters.sql.seeding.seed import SqlSeed
from shop.domain.money import Currency

BEFORE_CATEGORIES: Final = "0033"
BOOKS: Final = (
    "SELECT COUNT(*), SUM(price), SUM(deleted) FROM products",
    "SELECT COUNT(*), SUM(price) FROM variants",
    "SELECT COUNT(*), SUM(initial), SUM(available) FROM stock",
    "SELECT COUNT(*), SUM(total), SUM(discount) FROM orders",
    "SELECT COUNT(*), SUM(quantity), SUM(line_total) FROM order_lines",
    "SELECT COUNT(*), SUM(refunded_total) FROM order_states",
    "SELECT COUNT(*), SUM(gross), SUM(refunded) FROM sales_entries",
    "SELECT COUNT(*), SUM(units), SUM(price) FROM listings",
    "SELECT COUNT(*), SUM(weight) FROM product_words",
)


async def books(database: Database) -> dict[str, tuple[Any, ...]]:
    async with database.reading() as connection:
        return {query: tuple((await connection.execute(text(query))).one()) for query in BOOKS}


async def run(products: int, orders: int, since: str) -> None:
    console = Console(width=120)
    server_url = os.environ.get("SHOP_TEST_MYSQL_URL")
    if not server_url:
        raise SystemExit(
            "Set SHOP_TEST_MYSQL_URL, or run through `python -m tests.mysql_server --durable --exec …`."
        )
    async with own_database(server_url) as database:
        url = database.url.render_as_string(hide_password=False)
        await SqlSeed(database, Currency("USD"))(
            products=products,
            customers=min(orders, 20_000),
            orders=orders,
            random_seed=1,
            until=datetime.now(UTC).date(),
            progress=lambda *_: None,
        )
        console.print(f"{products:,} products and {orders:,} orders")
        await asyncio.to_thread(downgrade, url, since)
        before, started = await books(database), time.perf_counter()
        await asyncio.to_thread(upgrade, url)
        console.print(f"from {since} to the head in {time.perf_counter() - started:.1f} s")
        for query, after in (await books(database)).items():
            if after != before[query]:
                raise SystemExit(f"{query}: {before[query]} became {after}")
        console.print("the books are equal")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.upgrade", description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=100_000)
    parser.add_argument("--since", default=BEFORE_CATEGORIES, help="the revision to begin at")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.products, arguments.orders, arguments.since))


if __name__ == "__main__":
    main()
