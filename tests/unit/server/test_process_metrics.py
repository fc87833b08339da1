"""Every process answers with the metrics of all processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.parser import text_string_to_metric_families

from shop.entrypoints.server.process_metrics import ProcessMetrics

pytestmark = pytest.mark.anyio

Values = dict[tuple[str, str], float]


class Process:
    """One of several server processes, in this one."""

    def __init__(self, directory: Path) -> None:
        registry = CollectorRegistry()
        self.requests = Counter("requests", "…", ["route"], registry=registry)
        self.seconds = Histogram("seconds", "…", buckets=(1, 5), registry=registry)
        self.connections = Gauge("shop_http_connections", "…", registry=registry)
        self.backlog = Gauge("shop_worker_backlog_orders", "…", registry=registry)
        self.metrics = ProcessMetrics(registry, directory, seconds_per_process=0.1)

    async def shown(self) -> Values:
        families = text_string_to_metric_families((await self.metrics()).decode())
        return {
            (sample.name, ",".join(sample.labels.values())): sample.value
            for family in families
            for sample in family.samples
        }

    async def die(self) -> None:
        """As by SIGKILL: nobody listens, and nothing was put in order."""
        server = self.metrics._server
        assert server is not None
        server.close()
        await server.wait_closed()


@pytest.fixture
async def processes(tmp_path: Path) -> AsyncIterator[list[Process]]:
    async with AsyncExitStack() as stack:
        started = [Process(tmp_path) for _ in range(3)]
        for process in started:
            await process.metrics.open()
            stack.push_async_callback(process.metrics.close)
        yield started


async def test_counters_and_histograms_are_added_up(processes: list[Process]) -> None:
    for number, process in enumerate(processes, 1):
        process.requests.labels("/a").inc(number)
        process.seconds.observe(number)
    processes[0].requests.labels("/b").inc()
    for process in processes:
        shown = await process.shown()
        assert shown["requests_total", "/a"] == 6
        assert shown["requests_total", "/b"] == 1
        assert shown["seconds_count", ""] == 3
        assert shown["seconds_sum", ""] == 6
        assert [shown["seconds_bucket", bound] for bound in ("1.0", "5.0", "+Inf")] == [1, 3, 3]


async def test_gauges_are_summed_unless_they_describe_the_whole_shop(processes: list[Process]) -> None:
    for number, process in enumerate(processes, 1):
        process.connections.set(number)
        process.backlog.set(number)
    shown = await processes[0].shown()
    assert shown["shop_http_connections", ""] == 6
    assert shown["shop_worker_backlog_orders", ""] == 3


async def test_counters_do_not_fall_when_a_process_dies(processes: list[Process]) -> None:
    for process in processes:
        process.requests.labels("/a").inc(10)
        process.connections.set(1)
    assert (await processes[0].shown())["requests_total", "/a"] == 30
    await processes[1].die()
    for asked in (processes[0], processes[2]):
        shown = await asked.shown()
        assert shown["requests_total", "/a"] == 30
        assert shown["shop_http_connections", ""] == 2


async def test_a_process_that_ends_leaves_its_last_counts(processes: list[Process]) -> None:
    processes[1].requests.labels("/a").inc(10)
    await processes[1].metrics.close()
    assert (await processes[0].shown())["requests_total", "/a"] == 10


async def test_a_process_that_does_not_answer_stops_no_other(
    processes: list[Process], tmp_path: Path
) -> None:
    asked = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(say_nothing, tmp_path / "stuck.socket"):
        processes[0].requests.labels("/a").inc()
        assert (await processes[1].shown())["requests_total", "/a"] == 1
        assert asked.is_set()
