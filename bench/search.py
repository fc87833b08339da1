"""Search and lists on MySQL over many products: `python -m bench.search [--products N]`.

Needs SHOP_TEST_MYSQL_URL (`python -m tests.mysql_server --durable --exec python -m bench.search`). Creates a
database, fills it as `shop seed` does, compares every query with plain `LIKE '%q%'`, and drops it again.
"""

import argparse
import asyncio
import os
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy import make_url, text

from bench.multiply import MAX_DOUBLINGS, double
from shop.adapters.sql.catalogue.categories import SqlCategoryQueries
from shop.adapters.sql.catalogue.queries import SqlCatalogueQueries
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import upgrade
from shop.adapters.sql.seeding.seed import SqlSeed
from shop.application.catalogue.nearest_spelling import NearestSpelling
from shop.application.ports.catalogue import ProductFilter, ProductQuery, SortKey
from shop.domain.catalogue.search import wanted_words
from shop.domain.money import Currency

USD = Currency("USD")
LIMIT = 20
GENERATED = 10_000
"""About this many products are generated; the others are copies of them."""
SEARCH_GOAL, LIST_GOAL = 50.0, 20.0
"""Milliseconds at the median."""
SEARCHES: list[tuple[str, str, ProductFilter]] = [
    ("a rare word", "quintamark", ProductFilter()),
    ("two words", "olive headphones", ProductFilter()),
    ("two common words", "merino sweater", ProductFilter()),
    ("three letters", "hea", ProductFilter()),
    ("word, category, price", "walnut", ProductFilter(("Furniture",), 20_000, 60_000)),
    ("a model", "norrason b350", ProductFilter()),
    ("one letter", "s", ProductFilter()),
    ("nothing like it", "zzzz lamp", ProductFilter()),
    ("common word, in stock", "lamp", ProductFilter(in_stock=True)),
]
MISSPELT = (
    "hedphones",
    "olvie headphones",
    "walnutt",
    "merinos sweater",
    "head phones",
    "oliveheadphones",
    "swaeter",
    "xylqtz",
    "lampp walnut oilve",
)
FIXED_MIX = {"a rare word", "two words", "three letters", "word, category, price"}
PAGES = (1, 100, 1_000)
LISTS: list[tuple[str, ProductFilter]] = [
    ("everything", ProductFilter()),
    ("a category", ProductFilter(("Kitchen",))),
    ("in stock", ProductFilter(in_stock=True)),
]


@asynccontextmanager
async def own_database(server_url: str, revision: str | None = None) -> AsyncIterator[Database]:
    """Yield a database with the newest schema and sample products, or with the schema of `revision` and no products."""
    name = f"shop_bench_{uuid.uuid4().hex[:12]}"
    server = Database(
        make_url(server_url).set(database="mysql").render_as_string(hide_password=False), patient=True
    )
    async with server.reading() as connection:
        await connection.execute(text(f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin"))
    url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
    await asyncio.to_thread(upgrade, url, revision or "head", samples=revision is None)
    database = Database(url, patient=True)
    try:
        yield database
    finally:
        await database.dispose()
        async with server.reading() as connection:
            await connection.execute(text(f"DROP DATABASE {name}"))
        await server.dispose()


async def fill(database: Database, products: int, console: Console) -> None:
    """Generate products; if many are wanted, generate a part of them and double it by SQL."""
    started = time.perf_counter()
    doublings = min(MAX_DOUBLINGS, max(0, (products // GENERATED).bit_length() - 1))
    generated = products >> doublings

    def progress(what: str, done: int, total: int) -> None:
        if done % 100_000 == 0 or done == total:
            console.print(f"{done:,} of {total:,} {what} after {time.perf_counter() - started:.0f} s")

    await SqlSeed(database, USD)(
        products=generated,
        customers=0,
        orders=0,
        random_seed=1,
        until=datetime.now(UTC).date(),
        progress=progress,
    )
    await double(database, doublings)
    products, seconds = generated << doublings, time.perf_counter() - started
    async with database.reading() as connection:
        rows = 0
        for table in ("products", "stock", "listings", "product_words", "word_counts"):
            rows += (await connection.execute(text(f"SELECT COUNT(*) FROM {table}"))).scalar_one()
        # Some products need sales, or all of them would tie on popularity.
        await connection.execute(
            text("UPDATE listings SET units = CRC32(product_id) % 1000 WHERE CRC32(product_id) % 7 = 0")
        )
        for table in (
            "products",
            "stock",
            "listings",
            "product_words",
            "word_counts",
            "category_listings",
            "listing_counts",
        ):
            await connection.execute(text(f"ANALYZE TABLE {table}"))
    console.print(
        f"{products:,} products, {rows:,} rows, in {seconds:,.0f} s; {generated:,} of them generated"
    )


async def measured(call: Callable[[], Awaitable[Any]], at_least: int = 7) -> tuple[float, float]:
    """Return the median and the maximum time in ms, after one warm-up call."""
    await call()
    times: list[float] = []
    while len(times) < at_least:
        started = time.perf_counter()
        await call()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), max(times)


async def like(database: Database, search: str, wanted: ProductFilter) -> int:
    """Run the same search with LIKE, without sorting. Return the number of rows of its first page."""
    conditions = ["active"]
    values: dict[str, Any] = {}
    for number, word in enumerate(search.split()):
        columns = " OR ".join(
            f"{column} LIKE :word{number}" for column in ("name", "sku", "category", "description")
        )
        conditions.append(f"({columns})")
        values[f"word{number}"] = f"%{word}%"
    if wanted.categories:
        conditions.append(
            "id IN (SELECT product_id FROM category_listings WHERE category_id = :category)"
            " AND price BETWEEN :lowest AND :highest"
        )
        category = bytes.fromhex(wanted.categories[0].replace("-", ""))
        values |= {"category": category, "lowest": wanted.min_price, "highest": wanted.max_price}
    statement = (
        f"SELECT COUNT(*) OVER (), products.* FROM products WHERE {' AND '.join(conditions)} LIMIT {LIMIT}"
    )
    async with database.reading() as connection:
        return len((await connection.execute(text(statement), values)).all())


async def with_ids(database: Database, wanted: ProductFilter) -> ProductFilter:
    """Return the filter with the ids of the categories that it names."""
    if not wanted.categories:
        return wanted
    tree = await SqlCategoryQueries(database).tree()
    return replace(wanted, categories=tree.find(wanted.categories[0]))


async def search_table(database: Database, *, with_like: bool) -> Table:
    table = Table(title=f"Search: {LIMIT} hits, ms (goal for the median of those marked: {SEARCH_GOAL:.0f})")
    for column in ("query", "", "total", "median", "worst", "LIKE '%q%'"):
        table.add_column(column, justify="left" if column in ("query", "") else "right")
    catalogue = SqlCatalogueQueries(database)
    for label, search, named in SEARCHES:
        wanted = await with_ids(database, named)
        query = ProductQuery(1, LIMIT, wanted, words=wanted_words(search))
        total = (await catalogue.page(query, USD)).total
        median, worst = await measured(lambda query=query: catalogue.page(query, USD))  # type: ignore[misc]
        like_median = "–"
        if with_like:
            like_median = f"{(await measured(lambda s=search, w=wanted: like(database, s, w), 1))[0]:,.0f}"  # type: ignore[misc]
        goal = (" ✓" if median < SEARCH_GOAL else " ✗") if label in FIXED_MIX else ""
        table.add_row(label, search + goal, f"{total:,}", f"{median:.1f}", f"{worst:.1f}", like_median)
    return table


async def list_table(database: Database) -> Table:
    table = Table(title=f"Lists: {LIMIT} per page, median ms (goal: {LIST_GOAL:.0f})")
    table.add_column("what, sorted by")
    for number in PAGES:
        table.add_column(f"page {number:,}", justify="right")
    catalogue = SqlCatalogueQueries(database)
    for label, named in LISTS:
        wanted = await with_ids(database, named)
        for sort in SortKey:
            for descending in (False, True):
                cells = []
                for number in PAGES:
                    query = ProductQuery(number, LIMIT, wanted, sort, descending)
                    median, _ = await measured(lambda query=query: catalogue.page(query, USD))  # type: ignore[misc]
                    cells.append(f"{median:.1f}")
                table.add_row(f"{label}, {sort} {'desc' if descending else 'asc'}", *cells)
    return table


async def spelling_table(database: Database) -> Table:
    """Measure the spelling alone, and the whole answer: the search without hits, the spelling and its first page."""
    table = Table(title=f"Nearest spellings, ms (goal for the median: {SEARCH_GOAL:.0f})")
    for column in ("query", "corrected", "total", "median", "worst", "whole answer"):
        table.add_column(column, justify="left" if column in ("query", "corrected") else "right")
    catalogue = SqlCatalogueQueries(database)
    nearest = NearestSpelling(catalogue, USD)

    async def search(typed: str) -> tuple[str | None, int]:
        await catalogue.page(ProductQuery(1, LIMIT, words=wanted_words(typed)), USD)
        if (corrected := await nearest(typed)) is None:
            return None, 0
        page = await catalogue.page(ProductQuery(1, LIMIT, words=wanted_words(corrected)), USD)
        return corrected, page.total

    for typed in MISSPELT:
        corrected, total = await search(typed)
        median, worst = await measured(lambda typed=typed: nearest(typed))  # type: ignore[misc]
        whole, _ = await measured(lambda typed=typed: search(typed))  # type: ignore[misc]
        goal = " ✓" if median < SEARCH_GOAL else " ✗"
        cells = (f"{total:,}", f"{median:.1f}", f"{worst:.1f}", f"{whole:.1f}")
        table.add_row(typed, f"{corrected}{goal}", *cells)
    return table


async def run(products: int, *, with_like: bool, only_spelling: bool) -> None:
    console = Console(width=120)
    server_url = os.environ.get("SHOP_TEST_MYSQL_URL")
    if not server_url:
        raise SystemExit(
            "Set SHOP_TEST_MYSQL_URL, or run through `python -m tests.mysql_server --durable --exec …`."
        )
    async with own_database(server_url) as database:
        await fill(database, products, console)
        console.print(await spelling_table(database))
        if only_spelling:
            return
        console.print(await search_table(database, with_like=with_like))
        console.print(await list_table(database))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.search", description=__doc__)
    parser.add_argument("--products", type=int, default=1_000_000)
    parser.add_argument(
        "--without-like", action="store_true", help="leave out the comparison, which takes long"
    )
    parser.add_argument("--only-spelling", action="store_true", help="measure nearest spellings alone")
    arguments = parser.parse_args()
    asyncio.run(
        run(
            arguments.products,
            with_like=not arguments.without_like,
            only_spelling=arguments.only_spelling,
        )
    )


if __name__ == "__main__":
    main()
