"""The cost of a page by source: this process's memory, a Valkey server shared by instances, or MySQL.

`python -m bench sharing`, without HTTP, on the MySQL server of SHOP_TEST_MYSQL_URL and a separate Valkey server.
"""

import argparse
import asyncio
import os
import secrets
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import uvloop
from rich.console import Console
from rich.table import Table

from bench.search import fill, own_database
from shop.adapters.cache.catalogue_cache import InProcessCatalogueCache
from shop.adapters.cache.redis.connection import RedisConnection
from shop.adapters.cache.redis.shared_reads import RedisReads
from shop.adapters.sql.catalogue.queries import SqlCatalogueQueries
from shop.application.framework.views import encode
from shop.application.ports.catalogue import CachedAnswer, ProductFilter, ProductQuery
from shop.domain.money import Currency
from tests.redis_server import running_redis

PRODUCTS = 10_000
CLIENTS = 16
KEY = b"a page"
QUERY = ProductQuery(1, 20, ProductFilter())
USD = Currency("USD")


async def latencies(call: Callable[[], Awaitable[object]], clients: int, seconds: float) -> list[float]:
    """Let each of the concurrent clients make calls one after the other. Return all latencies, in seconds."""
    found: list[float] = []
    deadline = time.perf_counter() + seconds

    async def client() -> None:
        began = time.perf_counter()
        while began < deadline:
            await call()
            ended = time.perf_counter()
            found.append(ended - began)
            began = ended

    await asyncio.gather(*(client() for _ in range(clients)))
    return found


async def measure(server: str, seconds: float, console: Console) -> None:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        valkey = stack.enter_context(running_redis(folder))
        connection = RedisConnection(valkey.url)
        connection.start()
        shared = RedisReads(connection, secrets.token_hex(), "bench")
        async with own_database(server) as database:
            await fill(database, PRODUCTS, console)
            queries = SqlCatalogueQueries(database)
            # The cache's clock stands still, so entries never expire and every look-up is a hit.
            cache = InProcessCatalogueCache(monotonic=lambda: 0.0)

            async def from_mysql() -> CachedAnswer:
                page = await queries.page(QUERY, USD)
                return CachedAnswer(encode(page), [product.id for product in page.items])

            async def from_valkey() -> None:
                look_up = await shared.look_up("catalogue", KEY, CachedAnswer)
                if look_up.value is None:
                    look_up.keep(await from_mysql())

            async def from_memory() -> None:
                if cache.get(KEY) is None:
                    await cache.load(KEY, from_mysql)

            table = Table("A page of 20", "p50 µs, alone", f"p50 µs, {CLIENTS} at once", "per second")
            for name, call in (
                ("this process", from_memory),
                ("Valkey", from_valkey),
                ("MySQL", from_mysql),
            ):
                await latencies(call, CLIENTS, 0.5)
                alone = await latencies(call, 1, seconds)
                together = await latencies(call, CLIENTS, seconds)
                table.add_row(
                    name,
                    f"{statistics.median(alone) * 1e6:,.1f}",
                    f"{statistics.median(together) * 1e6:,.1f}",
                    f"{len(together) / seconds:,.0f}",
                )
            console.print(table)
            console.print(dict(shared.outcomes), dict(shared.errors))
        await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench sharing", description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0)
    options = parser.parse_args()
    uvloop.run(measure(os.environ["SHOP_TEST_MYSQL_URL"], options.seconds, Console()))


if __name__ == "__main__":
    main()
