"""Filters and filtered pages on MySQL: `python -m bench filters [--products N]`.

Needs SHOP_TEST_MYSQL_URL (`python -m tests.mysql_server --durable --exec python -m bench filters`). Creates a database
with products that have variants, with 5 options and 10 attributes in all, measures, and drops it. No answer is cached.
"""

import argparse
import asyncio
import itertools
import os
import random
import resource
import statistics
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from bench.search import measured, own_database
from shop.adapters.security.secrets import RandomIds
from shop.adapters.sql.catalogue.queries import SqlCatalogueQueries
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.seeding.batches import product_batch
from shop.adapters.sql.seeding.categories import ensure_categories
from shop.adapters.sql.seeding.data import SeededProduct
from shop.application.ports.catalogue import ProductFilter, ProductQuery, SortKey
from shop.domain.catalogue.facets import wanted_of
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.variant import Variant
from shop.domain.money import Currency

USD = Currency("USD")
BATCH_SIZE = 1_000
OPTIONS = {f"Option {name}": [f"{name}{number}" for number in range(8)] for name in "ABCDE"}
ATTRIBUTES = {f"Attribute {number}": 4 ** (1 + number % 4) for number in range(10)}
"""The number of values of each attribute: 4 to 256."""
MAX_FEW_PRODUCTS = 5_000
GOALS = {"no filter": 60.0, "few": 60.0, "many": 300.0, "page": 20.0}
"""Milliseconds at the median."""


def a_product(chance: random.Random, ids: RandomIds, at: datetime, category: str) -> Product:
    names = tuple(chance.sample(sorted(OPTIONS), 2))
    choices = list(itertools.product(*(chance.sample(OPTIONS[name], 2) for name in names)))
    return Product(
        id=ids.new_id(),
        name=f"Product {chance.randrange(10**6)}",
        category=category,
        options=names,
        variants=tuple(
            Variant(id=ids.new_id(), price=chance.randrange(100, 50_000), options=choice)
            for choice in choices
        ),
        attributes=tuple(
            (name, f"value {min(int(chance.expovariate(4 / values)), values - 1)}")
            for name, values in ATTRIBUTES.items()
        ),
        created_at=at,
        updated_at=at,
    )


async def fill(database: Database, total: int, console: Console) -> None:
    chance, ids, started = random.Random(1), RandomIds(), time.perf_counter()
    async with database.transaction() as connection:
        places = await ensure_categories(connection)
    at = datetime.now(UTC) - timedelta(days=400)
    for start in range(0, total, BATCH_SIZE):
        made = [
            SeededProduct(
                a_product(chance, ids, at + timedelta(minutes=number), chance.choice(sorted(places))), {}
            )
            for number in range(start, min(start + BATCH_SIZE, total))
        ]
        batch = product_batch(made, places)
        async with database.transaction() as connection:
            for statement, rows in batch.rows:
                if statement.table.name == "stock":
                    for row in rows:
                        row["initial"] = row["available"] = chance.randrange(20)
                if statement.table.name != "product_words":  # nothing is searched for
                    await connection.execute(statement, rows)
            for adding, rows in batch.counts:
                await adding.execute(connection, rows)
    async with database.reading() as connection:
        for table in ("products", "variants", "stock", "listings", "category_listings"):
            await connection.execute(text(f"ANALYZE TABLE {table}"))
    console.print(f"{total:,} products after {time.perf_counter() - started:.0f} s")


def random_pairs(chance: random.Random, number: int) -> list[ProductFilter]:
    """Return pairs of filters: two attributes, two options, or one of each."""
    pairs = []
    for _ in range(number):
        attributes, options = [], []
        for _ in range(2):
            if chance.random() < 0.5:
                name = chance.choice(sorted(OPTIONS))
                options.append((name, chance.choice(OPTIONS[name])))
            else:
                name = chance.choice(sorted(ATTRIBUTES))
                attributes.append((name, f"value {chance.randrange(ATTRIBUTES[name])}"))
        pairs.append(ProductFilter(options=wanted_of(options), attributes=wanted_of(attributes)))
    return pairs


class Report:
    """Collects times by label, and shows them as a table."""

    def __init__(self) -> None:
        self._times: dict[str, list[float]] = {}

    async def note(self, label: str, call: Callable[[], Awaitable[Any]]) -> None:
        median, _ = await measured(call, 3)
        self._times.setdefault(label, []).append(median)

    def table(self) -> Table:
        table = Table(title="Filters, ms")
        for column in ("what", "how many", "median", "worst", "goal"):
            table.add_column(column, justify="left" if column == "what" else "right")
        for label, times in self._times.items():
            goal = GOALS[label.partition(":")[0]]
            median, worst = statistics.median(times), max(times)
            table.add_row(label, f"{len(times)}", f"{median:.1f}", f"{worst:.1f}", f"{goal:.0f}")
        return table


async def measure(database: Database, console: Console, pairs: int) -> None:
    catalogue, report = SqlCatalogueQueries(database), Report()
    before, started = _memory(), time.perf_counter()
    everything = await catalogue.filters(ProductFilter(), None)
    seconds, mebibytes = time.perf_counter() - started, (_memory() - before) / 1024
    console.print(f"index built in {seconds:.1f} s; it takes up to {mebibytes:.0f} MiB")
    await report.note("no filter", lambda: catalogue.filters(ProductFilter(), None))
    for category_id in everything.categories:
        wanted = ProductFilter(categories=(category_id,))
        await report.note("no filter: a category", lambda wanted=wanted: catalogue.filters(wanted, None))  # type: ignore[misc]
    chance = random.Random(2)
    for wanted in random_pairs(chance, pairs):
        total = (await catalogue.page(ProductQuery(1, 20, wanted), USD)).total
        label = (
            "few: pairs with at most 5,000 products" if total <= MAX_FEW_PRODUCTS else "many: pairs with more"
        )
        await report.note(label, lambda wanted=wanted: catalogue.filters(wanted, None))  # type: ignore[misc]
        for number, sort in ((1, None), (1, SortKey.PRICE), (1, SortKey.POPULARITY), (10, SortKey.NAME)):
            query = ProductQuery(number, 20, wanted, sort)
            label = f"page: page {number} by {sort or 'creation'}"
            await report.note(label, lambda query=query: catalogue.page(query, USD))  # type: ignore[misc]
    await catalogue.close()
    console.print(report.table())


def _memory() -> int:
    """Return the largest resident memory of this process so far, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


async def run(products: int, pairs: int) -> None:
    console = Console(width=120)
    server_url = os.environ.get("SHOP_TEST_MYSQL_URL")
    if not server_url:
        raise SystemExit(
            "Set SHOP_TEST_MYSQL_URL, or run through `python -m tests.mysql_server --durable --exec …`."
        )
    async with own_database(server_url) as database:
        await fill(database, products, console)
        await measure(database, console, pairs)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench filters", description=__doc__)
    parser.add_argument("--products", type=int, default=100_000)
    parser.add_argument("--pairs", type=int, default=30, help="how many random pairs of filters")
    arguments = parser.parse_args()
    asyncio.run(run(arguments.products, arguments.pairs))


if __name__ == "__main__":
    main()
