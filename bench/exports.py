"""Memory of the products' export, for catalogues of several sizes: `python -m bench exports [--products N …]`.

For each size, fills an SQLite database as `shop seed` does, exports its products in a process of its own, and reads
that process's largest resident memory. Above SEEDED products, the rows that an export reads are copied by SQL, which is
faster than seeding as many.
"""

import argparse
import asyncio
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.container.root import assemble
from shop.settings import Settings

SEEDED: Final = 50_000
_EXPORT: Final = "--export-only"
_COPIED: Final = ("products", "variants", "stock", "product_categories")
_IDS: Final = frozenset({"id", "product_id", "item_id"})
_UNIQUE_TEXTS: Final = frozenset({"sku", "slug"})


async def exported(url: str) -> str:
    """Export all products. Return million characters, seconds, and the largest memory before and after in MiB."""
    database = Database(url)
    shop = assemble(Settings(jwt_secret="-" * 32), SqlStorage(database))
    export, before, began, size = shop.catalogue.export_products(), _memory(), time.perf_counter(), 0
    async for part in export():
        size += len(part)
    seconds = time.perf_counter() - began
    await shop.close()
    return f"{size / 2**20:.0f} {seconds:.0f} {before:.0f} {_memory():.0f}"


def copy_products(file: Path, copies: int) -> None:
    """Store this many copies of every product. The first byte of an id numbers the copy; in seeded ids it is 1."""
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.create_function(
            "numbered", 2, lambda key, number: bytes([number]) + key[1:], deterministic=True
        )
        for table in _COPIED:
            columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
            database.execute(f"CREATE TEMP TABLE seeded_{table} AS SELECT {', '.join(columns)} FROM {table}")
            for number in range(2, copies + 2):
                values = ", ".join(_copied(column, number) for column in columns)
                database.execute(f"INSERT INTO {table} SELECT {values} FROM seeded_{table}")


def _copied(column: str, number: int) -> str:
    if column in _IDS:
        return f"numbered({column}, {number})"
    return f"{column} || '-{number}'" if column in _UNIQUE_TEXTS else column


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench exports", description=__doc__)
    parser.add_argument("--products", type=int, nargs="+", default=[100_000, 300_000])
    parser.add_argument(_EXPORT, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.export_only:
        sys.stdout.write(asyncio.run(exported(options.export_only)))
        return
    table = Table(title="Export of products")
    for column in ("products", "million characters", "seconds", "MiB before", "MiB at most"):
        table.add_column(column, justify="right")
    for products in options.products:
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "shop.db"
            url, parts = f"sqlite:///{file}", -(-products // SEEDED)
            seed = [sys.executable, "-m", "shop", "seed", "--products", str(products // parts)]
            environment = {"SHOP_DATABASE_URL": url, "PATH": "/usr/bin:/bin"}
            subprocess.run(
                [*seed, "--customers", "0", "--orders", "0"], cwd=folder, env=environment, check=True
            )
            copy_products(file, parts - 1)
            command = [sys.executable, "-m", "bench.exports", _EXPORT, url]
            figures = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        table.add_row(f"{products:,}", *figures)
    Console().print(table)


if __name__ == "__main__":
    main()
