"""Statistics and dashboards on MySQL over many orders: `python -m bench.figures [--orders N]`.

Needs SHOP_TEST_MYSQL_URL (`python -m tests.mysql_server --durable --exec python -m bench.figures`). Creates a
database, fills it with two years of three-line orders, computes the figures, measures, and drops it again;
first with a tenth of the orders, to show what grows with their number.
"""

import argparse
import asyncio
import os
import time
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench.search import measured, own_database
from shop.adapters.clock import SystemClock
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.seeding.seed import SqlSeed
from shop.adapters.sql.storage import SqlStorage
from shop.application.catalogue.browsing import SortOrder
from shop.application.ports.statistics import ItemSort
from shop.application.statistics.dashboard import GetDashboard
from shop.application.statistics.insights import FindInsights
from shop.application.statistics.items import GetItemStatistics
from shop.application.statistics.maintenance import MaintainFigures
from shop.application.statistics.own import GetOwnItemStatistics, GetOwnStatistics
from shop.domain.money import Currency
from shop.domain.periods import Granularity

USD: Final = Currency("USD")
ZONE: Final = ZoneInfo("Europe/Berlin")
PRODUCTS: Final = 2_000
ORDERS_A_CUSTOMER: Final = 50
DASHBOARD_GOAL, OWN_GOAL = 100.0, 20.0
"""Milliseconds at the median."""
_BATCH_SIZE: Final = 50_000
_DAYS: Final = 730

_DIGITS: Final = "(" + " UNION ".join(f"SELECT {digit} n" for digit in range(10)) + ")"
_NUMBERS: Final = f"""
CREATE TABLE numbers (n INT PRIMARY KEY)
SELECT a.n + 10 * b.n + 100 * c.n + 1000 * d.n + 10000 * e.n AS n
FROM {_DIGITS} a, {_DIGITS} b, {_DIGITS} c, {_DIGITS} d, {_DIGITS} e
"""
_RANKED: Final = """
CREATE TABLE ranked (place INT PRIMARY KEY, id BINARY(16), name VARCHAR(200), price BIGINT)
SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS place, id, name, price FROM products WHERE sku IS NOT NULL LIMIT 2000
"""
_CUSTOMERS: Final = """
CREATE TABLE buyers (place INT PRIMARY KEY, id BINARY(16))
SELECT ROW_NUMBER() OVER (ORDER BY id) - 1 AS place, id FROM users WHERE role = 'customer'
"""
# Every order has three distinct products; the first third of the products sells twice as often as the last.
_LINES: Final = """
CREATE TEMPORARY TABLE new_lines SELECT o.n, UNHEX(LPAD(HEX(:base + o.n), 32, '0')) AS order_id, p.position,
    r.id AS product_id, r.name, r.price, 1 + CRC32(CONCAT(:base + o.n, 'q', p.position)) % 3 AS quantity,
    TIMESTAMPADD(SECOND, (:base + o.n) * :step, :start) AS at
FROM numbers o JOIN (SELECT 0 position UNION SELECT 1 UNION SELECT 2) p
JOIN ranked r ON r.place = p.position * 667 + CRC32(CONCAT(:base + o.n, 'p', p.position)) % (667 - 1)
WHERE o.n < :size
"""
_INSERTS: Final = (
    """
INSERT INTO orders (id, number, user_id, created_at, currency, subtotal, discount, total, promo_code, contact,
    shipping_address)
SELECT order_id, LPAD(:base + n, 14, '0'), b.id, at, 'USD', s, IF(n % 10, 0, s DIV 10), s - IF(n % 10, 0, s DIV 10),
    IF(n % 10, NULL, 'TENTH'), '{}', '{}'
FROM (SELECT n, order_id, at, SUM(price * quantity) AS s FROM new_lines GROUP BY n, order_id, at) l
JOIN buyers b ON b.place = (:base + n) % :buyers
""",
    """
INSERT INTO order_lines (order_id, position, product_id, sku, name, unit_price, quantity, discount, line_total)
SELECT order_id, position, product_id, NULL, name, price, quantity, 0, price * quantity FROM new_lines
""",
    """
INSERT INTO order_states (order_id, user_id, created_at, currency, total, status, expires_at, refunded_total,
    payment_attempt, history_length, cancelling_recorded)
SELECT id, user_id, created_at, currency, total, ELT(1 + CRC32(id) % 4, 'paid', 'shipped', 'delivered', 'delivered'),
    created_at, 0, 1, 2, 0
FROM orders WHERE number >= LPAD(:base, 14, '0') AND number < LPAD(:base + :size, 14, '0')
""",
    """
INSERT INTO sales_entries (order_id, number, refund_id, at, user_id, product_id, promo_code, quantity, gross, discount,
    refunded, folded)
SELECT l.order_id, l.position, NULL, l.at, o.user_id, l.product_id, o.promo_code, l.quantity, l.price * l.quantity,
    IF(o.promo_code IS NULL, 0, l.price * l.quantity DIV 10), 0, 0
FROM new_lines l JOIN orders o ON o.id = l.order_id
""",
    "DROP TEMPORARY TABLE new_lines",
)


async def fill(database: Database, orders: int, console: Console) -> None:
    """Store orders spread evenly over the last two years, ORDERS_A_CUSTOMER per customer."""
    started = time.perf_counter()
    buyers = max(orders // ORDERS_A_CUSTOMER, 1)
    seed = SqlSeed(database, USD)
    await seed(
        products=PRODUCTS,
        customers=buyers,
        orders=0,
        random_seed=1,
        until=datetime.now(UTC).date(),
        progress=lambda *_: None,
    )
    start = (datetime.now(UTC) - timedelta(days=_DAYS)).replace(tzinfo=None)
    values: dict[str, Any] = {"buyers": buyers, "step": _DAYS * 86_400 / orders, "start": start}
    async with database.writes.connect() as connection:
        await connection.execute(text("SET SESSION foreign_key_checks = 0"))
        for statement in (_NUMBERS, _RANKED, _CUSTOMERS):
            await connection.execute(text(statement))
        for base in range(0, orders, _BATCH_SIZE):
            size = min(_BATCH_SIZE, orders - base)
            for statement in (_LINES, *_INSERTS):
                given = {**values, "base": base, "size": size}
                names = {name: value for name, value in given.items() if f":{name}" in statement}
                await connection.execute(text(statement), names)
            await connection.commit()
        await connection.execute(text("UPDATE listings SET units = 40 + CRC32(product_id) % 100"))
        await connection.commit()
        await connection.invalidate()
    console.print(f"{orders:,} orders made up in {time.perf_counter() - started:.0f} s")


async def measure(database: Database, orders: int, console: Console) -> None:
    storage = SqlStorage(database)
    clock, queries = SystemClock(), storage.statistics
    keep = MaintainFigures(storage.figures, ZONE)
    started = time.perf_counter()
    months = await keep.rebuild(lambda *_: None)
    console.print(f"{months} months of figures added up in {time.perf_counter() - started:.1f} s")
    async with database.reading() as connection:
        for table in ("sales_entries", "product_days", "product_periods", "daily_figures", "order_states"):
            await connection.execute(text(f"ANALYZE TABLE {table}"))
        user_id = (await connection.execute(text("SELECT HEX(id) FROM buyers WHERE place = 7"))).scalar_one()
    user_id = str(user_id).lower()
    user_id = "-".join((user_id[:8], user_id[8:12], user_id[12:16], user_id[16:20], user_id[20:]))
    insights = FindInsights(queries, storage.promo_codes, clock, ZONE, USD)
    dashboard = GetDashboard(queries, insights, clock, ZONE, USD)
    own, own_items = GetOwnStatistics(queries, ZONE, USD), GetOwnItemStatistics(queries, ZONE, USD)
    items = GetItemStatistics(queries, ZONE, USD)
    today = clock.now().date()
    year_ago, odd = today - timedelta(days=365), f"{(today - timedelta(days=365)).isoformat()}T10:30:00Z"
    calls = [
        (f"dashboard, {name}", DASHBOARD_GOAL, lambda since=since, by=by: dashboard(since, str(today), by))
        for name, since, by in (
            ("a year by day", str(year_ago), Granularity.DAY),
            ("a year by month", str(year_ago), Granularity.MONTH),
            ("a year from half past ten", odd, Granularity.WEEK),
            ("everything", None, Granularity.DAY),
        )
    ]
    calls += [
        ("insights alone", None, insights),
        (
            "items of a year",
            None,
            lambda: items(1, 20, ItemSort.REVENUE, SortOrder.DESCENDING, str(year_ago), str(today)),
        ),
        ("a customer's statistics", OWN_GOAL, lambda: own(user_id)),
        ("a customer's items", OWN_GOAL, lambda: own_items(user_id, 1, 20)),
    ]
    table = Table(title=f"{orders:,} orders of 3 lines, {PRODUCTS:,} products, ms")
    for column in ("what", "median", "worst", "goal"):
        table.add_column(column, justify="left" if column == "what" else "right")
    for name, goal, call in calls:
        median, worst = await measured(call, 11)
        verdict = "" if goal is None else f"< {goal:.0f} {'✓' if median < goal else '✗'}"
        table.add_row(name, f"{median:.1f}", f"{worst:.1f}", verdict)
    console.print(table)


async def run(orders: int) -> None:
    console = Console(width=120)
    server_url = os.environ.get("SHOP_TEST_MYSQL_URL")
    if not server_url:
        raise SystemExit(
            "Set SHOP_TEST_MYSQL_URL, or run through `python -m tests.mysql_server --durable --exec …`."
        )
    for number in (orders // 10, orders):
        async with own_database(server_url) as database:
            await fill(database, number, console)
            await measure(database, number, console)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.figures", description=__doc__)
    parser.add_argument("--orders", type=int, default=1_000_000)
    asyncio.run(run(parser.parse_args().orders))


if __name__ == "__main__":
    main()
