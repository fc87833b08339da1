"""The usage of the database's connection pools, read on scrape."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.drivers import WatchedPool


class PoolMetrics(Collector):
    """`shop_database_pool_…` of a database's two pools, `writes` and `reads`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        size = GaugeMetricFamily(
            "shop_database_pool_size", "Connections that the pool may hold.", labels=["pool"]
        )
        connections = GaugeMetricFamily(
            "shop_database_pool_connections", "Open connections, by what they do.", labels=["pool", "state"]
        )
        waiting = GaugeMetricFamily(
            "shop_database_pool_waiting", "Units of work that wait for a connection.", labels=["pool"]
        )
        waits = CounterMetricFamily(
            "shop_database_pool_waits",
            "Units of work that had to wait for a connection, whether they got one or gave up.",
            labels=["pool"],
        )
        waited = CounterMetricFamily(
            "shop_database_pool_wait_seconds", "Time spent waiting for connections.", labels=["pool"]
        )
        for name, pool in self._pools():
            size.add_metric([name], pool.size())
            connections.add_metric([name, "in_use"], pool.checkedout())
            connections.add_metric([name, "idle"], pool.checkedin())
            waiting.add_metric([name], pool.waiting)
            waits.add_metric([name], pool.waits)
            waited.add_metric([name], pool.waited_seconds)
        return iter((size, connections, waiting, waits, waited))

    def _pools(self) -> Iterator[tuple[str, WatchedPool]]:
        for name, engine in (("writes", self._database.writes), ("reads", self._database.reads)):
            pool = engine.pool
            assert isinstance(pool, WatchedPool)
            yield name, pool
