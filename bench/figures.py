"""Statistics and dashboards on MySQL over many orders: `python -m bench.figures [--orders N]`.

Needs SHOP_TEST_MYSQL_URL (`python -m tests.mysql_server --durable --exec python -m bench.figures`). Creates a
database, seeds it with two years of orders, folds them into figures, measures, and drops the database. Does so first
with a tenth of the orders, to show which times grow with their number.
"""

import argparse
import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench.search import measured, own_database
from shop.adapters.clock import SystemClock
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.orders.tables import order_states
from shop.adapters.sql.seeding.seed import SqlSeed
from shop.adapters.sql.statistics.tables import daily_figures, item_days, item_periods, sales_entries
from shop.adapters.sql.storage import SqlStorage
from shop.application.catalogue.browsing import SortOrder
from shop.application.ports.statistics import ItemSort, SoldBy
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
ORDERS_PER_CUSTOMER: Final = 50
DASHBOARD_GOAL, OWN_GOAL = 100.0, 20.0
"""Milliseconds at the median."""


async def fill(database: Database, orders: int, console: Console) -> None:
    """Store orders of the last two years, ORDERS_PER_CUSTOMER per customer on average."""
    started = time.perf_counter()
    await SqlSeed(database, USD)(
        products=PRODUCTS,
        customers=max(orders // ORDERS_PER_CUSTOMER, 1),
        orders=orders,
        random_seed=1,
        until=datetime.now(UTC).date(),
        progress=lambda *_: None,
    )
    console.print(f"{orders:,} orders seeded in {time.perf_counter() - started:.0f} s")


async def measure(database: Database, orders: int, console: Console) -> None:
    storage = SqlStorage(database)
    clock, queries = SystemClock(), storage.statistics
    keep = MaintainFigures(storage.figures, ZONE)
    started = time.perf_counter()
    months = await keep.rebuild(lambda *_: None)
    console.print(f"{months} months of figures added up in {time.perf_counter() - started:.1f} s")
    async with database.reading() as connection:
        for analysed in (sales_entries, item_days, item_periods, daily_figures, order_states):
            await connection.execute(text(f"ANALYZE TABLE {analysed.name}"))
        user_id = (await connection.execute(text("SELECT user_id FROM orders LIMIT 1"))).scalar_one()
    user_id = str(UUID(bytes=user_id))
    insights = FindInsights(queries, storage.promo_codes, clock, ZONE, USD)
    dashboard = GetDashboard(queries, insights, clock, ZONE, USD)
    own, own_items = GetOwnStatistics(queries, ZONE, USD), GetOwnItemStatistics(queries, ZONE, USD)
    items = GetItemStatistics(queries, ZONE, USD)
    now = clock.now()
    today, year_ago = str(now.date()), str(now.date() - timedelta(days=365))
    calls: list[tuple[str, float | None, Callable[[], Awaitable[Any]]]] = [
        (f"dashboard, {name}", DASHBOARD_GOAL, partial(dashboard, since, today, by))
        for name, since, by in (
            ("a year by day", year_ago, Granularity.DAY),
            ("a year by month", year_ago, Granularity.MONTH),
            ("a year from half past ten", f"{year_ago}T10:30:00Z", Granularity.WEEK),
            ("everything", None, Granularity.DAY),
        )
    ]
    calls += [
        ("insights alone", None, insights),
        (
            "items of a year",
            None,
            partial(items, 1, 20, ItemSort.REVENUE, SortOrder.DESCENDING, SoldBy.PRODUCT, year_ago, today),
        ),
        ("a customer's statistics", OWN_GOAL, partial(own, user_id)),
        ("a customer's items", OWN_GOAL, partial(own_items, user_id, 1, 20, SoldBy.PRODUCT)),
    ]
    table = Table(title=f"{orders:,} orders, {PRODUCTS:,} products, ms")
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
