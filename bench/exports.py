"""Memory of the products' export, for catalogues of several sizes: `python -m bench exports [--products N …]`.

For each size, fills an SQLite database as `shop seed` does, exports its products in a process of its own, and reads
that process's largest resident memory.
"""

import argparse
import asyncio
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.container.root import assemble
from shop.settings import Settings

_EXPORT = "--export-only"


async def exported(url: str) -> str:
    """Export everything; return the size, the seconds, and the largest memory before and after, in MiB."""
    database = Database(url)
    shop = assemble(Settings(jwt_secret="-" * 32), SqlStorage(database))
    export, before, began, size = shop.catalogue.export_products(), _memory(), time.perf_counter(), 0
    async for part in export():
        size += len(part)
    seconds = time.perf_counter() - began
    await shop.close()
    return f"{size / 2**20:.0f} {seconds:.0f} {before:.0f} {_memory():.0f}"


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
            url = f"sqlite:///{Path(folder) / 'shop.db'}"
            seed = [sys.executable, "-m", "shop", "seed", "--products", str(products)]
            environment = {"SHOP_DATABASE_URL": url, "PATH": "/usr/bin:/bin"}
            subprocess.run(
                [*seed, "--customers", "0", "--orders", "0"], cwd=folder, env=environment, check=True
            )
            command = [sys.executable, "-m", "bench.exports", _EXPORT, url]
            figures = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        table.add_row(f"{products:,}", *figures)
    Console().print(table)


if __name__ == "__main__":
    main()
