"""Imports and exports on MySQL: `python -m bench imports [--rows N]`.

Needs SHOP_TEST_MYSQL_URL (`make bench ARGS=imports`). Creates a database, imports a file in the form of Shopify's
export with three variants per product, imports it again unchanged and with other prices, exports the products, and
drops the database again.
"""

import argparse
import asyncio
import os
import resource
import time
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.search import own_database
from shop.adapters.sql.storage import SqlStorage
from shop.application.framework.idempotency import Done
from shop.container.root import assemble
from shop.container.shop import Shop
from shop.settings import Settings

VARIANTS = 3
HEADER = (
    "Handle,Title,Body (HTML),Vendor,Type,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,"
    "Variant Inventory Qty,Variant Price,Image Src,Status\n"
)


def a_file(rows: int, price: str) -> bytes:
    lines = [HEADER]
    for number in range(rows // VARIANTS):
        for size in range(VARIANTS):
            own = (
                f"Product {number},<p>Number {number} of many.</p>,Loom,Kind {number % 40},true"
                if not size
                else ",,,,"
            )
            name = "Size" if not size else ""
            picture = f"https://cdn.example.com/{number}.jpg" if not size else ""
            lines.append(
                f"product-{number},{own},{name},{size},P-{number}-{size},{200 + size},5,{price},{picture},"
                f"{'active' if not size else ''}\n"
            )
    return "".join(lines).encode()


async def imported(shop: Shop, file: bytes, *, dry_run: bool = False) -> str:
    """Import the file; return the outcome."""
    outcome = await shop.catalogue.start_import()(None, BytesIO(file), dry_run=dry_run, set_stock=False)
    assert isinstance(outcome, Done)
    run_imports = shop.catalogue.run_imports()
    while await run_imports():
        pass
    done = await shop.catalogue.show_import()(outcome.view.id)
    assert not done.failed, done.errors[:3]
    return f"{done.created:,} created, {done.updated:,} updated, {done.unchanged:,} unchanged"


async def exported(shop: Shop) -> str:
    size = 0
    async for part in shop.catalogue.export_products()():
        size += len(part)
    return f"{size / 2**20:.1f} million characters"


class Report:
    """Measures, for each step, its time, its processor time, and how much the process's largest memory grew."""

    def __init__(self) -> None:
        self.table = Table(title="Imports and exports")
        for column in ("what", "seconds", "processor seconds", "MiB more", "result"):
            self.table.add_column(column, justify="left" if column in {"what", "result"} else "right")

    async def note(self, label: str, step: Callable[[], Awaitable[Any]]) -> None:
        memory, began, busy = _memory(), time.perf_counter(), time.process_time()
        result = await step()
        seconds, busy = time.perf_counter() - began, time.process_time() - busy
        self.table.add_row(label, f"{seconds:.0f}", f"{busy:.0f}", f"{_memory() - memory:.0f}", str(result))


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench imports", description=__doc__)
    parser.add_argument("--rows", type=int, default=50_000)
    options = parser.parse_args()
    report, console = Report(), Console()
    async with own_database(os.environ["SHOP_TEST_MYSQL_URL"]) as database:
        shop = assemble(Settings(jwt_secret="-" * 32), SqlStorage(database))
        first, other = a_file(options.rows, "19.90"), a_file(options.rows, "17.90")
        console.print(f"{options.rows:,} rows, {len(first) / 2**20:.1f} MiB")
        await imported(shop, a_file(30, "1"))  # so that all code is loaded before the measurements
        await report.note("dry run", lambda: imported(shop, first, dry_run=True))
        await report.note("import", lambda: imported(shop, first))
        await report.note("the same file again", lambda: imported(shop, first))
        await report.note("other prices", lambda: imported(shop, other))
        await report.note("export", lambda: exported(shop))
        await shop.close()
    console.print(report.table)


if __name__ == "__main__":
    asyncio.run(main())
