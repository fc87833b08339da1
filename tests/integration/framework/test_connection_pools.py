"""The metrics of the connection pools, on each database."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from shop.adapters.metrics.pools import PoolMetrics
from shop.adapters.sql.framework.database import Database
from shop.domain.errors import Unavailable
from tests.samples_of_metrics import Metrics

pytestmark = pytest.mark.anyio

POOL = "shop_database_pool"


def read(database: Database) -> Metrics:
    registry = CollectorRegistry()
    registry.register(PoolMetrics(database))
    return Metrics(generate_latest(registry).decode())


def use(metrics: Metrics, pool: str = "reads") -> tuple[float, float]:
    connections = metrics.by("state", f"{POOL}_connections", pool=pool)
    return connections.get("in_use", 0), connections.get("idle", 0)


async def test_used_and_idle_connections_are_counted_separately(database: Database) -> None:
    assert use(read(database)) == (0, 0)
    async with database.reading(), database.reading():
        assert use(read(database)) == (2, 0)
    metrics = read(database)
    assert use(metrics) == (0, 2)
    assert use(metrics, "writes") == (0, 0)
    assert metrics(f"{POOL}_size", pool="reads") == 20
    assert metrics(f"{POOL}_waits_total") == 0


async def test_waiting_callers_are_counted(database_url: str) -> None:
    database = Database(database_url, pool_size=1)

    async def read_once() -> None:
        async with database.reading():
            pass

    async with database.reading():
        waiting = [asyncio.create_task(read_once()) for _ in range(3)]
        await asyncio.sleep(0)  # as far as each of them gets
        assert read(database)(f"{POOL}_waiting", pool="reads") == 3
    await asyncio.gather(*waiting)
    metrics = read(database)
    await database.dispose()
    assert metrics(f"{POOL}_waiting") == 0
    assert metrics(f"{POOL}_waits_total", pool="reads") == 3
    assert metrics(f"{POOL}_wait_seconds_total", pool="reads") > 0


async def test_a_caller_that_gives_up_is_no_longer_waiting(database_url: str) -> None:
    database = Database(database_url, pool_size=1, pool_timeout=0.01)
    async with database.reading():
        with pytest.raises(Unavailable, match="too busy"):
            async with database.reading():
                pass
        metrics = read(database)
    await database.dispose()
    assert metrics(f"{POOL}_waiting") == 0
    assert metrics(f"{POOL}_waits_total", pool="reads") == 1
