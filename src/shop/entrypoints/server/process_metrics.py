"""Metrics of all the processes of one `shop serve`, whichever process is scraped.

Each process serves a snapshot of its registry on a Unix socket, and stores the latest one in a file next to it.
The scraped process asks all the others and adds up the values. The file of a dead process is kept: the last
reported values of its counters stay in the sum, so no total ever decreases.
"""

import asyncio
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import msgspec
import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_MAX_SOCKET_NAME_LENGTH: Final = 100  # the operating system allows 107 bytes

COMBINED_GAUGES: Final[Mapping[str, Callable[[float, float], float]]] = {
    "process_max_fds": min,
    "process_open_fds": max,
    "process_resident_memory_bytes": float.__add__,
    "process_start_time_seconds": min,
    "process_virtual_memory_bytes": float.__add__,
    "shop_cache_breaker_open": max,
    "shop_database_pool_connections": float.__add__,
    "shop_database_pool_size": float.__add__,
    "shop_database_pool_waiting": float.__add__,
    "shop_http_connections": float.__add__,
    "shop_http_connections_limit": float.__add__,
    "shop_http_requests_in_flight": float.__add__,
    "shop_worker_backlog_orders": max,
    "shop_worker_backlog_overdue_seconds": max,
    "shop_worker_failures_in_a_row": max,
    "shop_worker_pause_seconds": max,
    "shop_events_wait_seconds": max,
    "shop_mails_oldest_seconds": max,
    "shop_mails_overdue_seconds": max,
    "shop_mails_queued": max,
    "shop_webhook_deliveries_due": max,
    "shop_webhook_deliveries_overdue_seconds": max,
}
"""How two processes' values of a gauge are combined. Every gauge of the shop must be listed."""

_log = structlog.get_logger()


class Sample(msgspec.Struct, array_like=True):
    """A sample of a metric."""

    name: str
    labels: dict[str, str]
    value: float


class Family(msgspec.Struct, array_like=True):
    """A metric with its samples."""

    name: str
    documentation: str
    type: str
    samples: list[Sample]


_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(list[Family]).decode


class ProcessMetrics:
    """The metrics of this process and of the others that share `directory`. Open it before and close it after use."""

    def __init__(
        self, registry: CollectorRegistry, directory: Path, seconds_per_process: float = 2.0
    ) -> None:
        self._registry = registry
        self._directory = directory
        self._seconds_per_process = seconds_per_process
        self._socket = directory / f"{secrets.token_hex(8)}.socket"
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Answer other processes from now on."""
        self._server = await asyncio.start_unix_server(self._answer, self._socket)

    async def close(self) -> None:
        """Write the final snapshot for the remaining processes, and stop answering."""
        self._snapshot()
        if self._server is not None:
            self._server.close()
        self._socket.unlink(missing_ok=True)

    async def __call__(self) -> bytes:
        """Return the sum over all processes; those that don't answer count with their last known counters."""
        own = self._snapshot()
        others = [path for path in self._directory.glob("*.socket") if path != self._socket]
        answers = await asyncio.gather(*(_ask(path, self._seconds_per_process) for path in others))
        living = [own, *(answer for answer in answers if answer is not None)]
        seen = {
            self._socket,
            *(path for path, answer in zip(others, answers, strict=True) if answer is not None),
        }
        unreachable = [
            path.read_bytes()
            for path in self._directory.glob("*.json")
            if path.with_suffix(".socket") not in seen
        ]
        combined = combine((_decode(each) for each in living), (_decode(each) for each in unreachable))
        return generate_latest(_Combined(combined))

    def _snapshot(self) -> bytes:
        snapshot = _encode(
            [
                Family(
                    family.name,
                    family.documentation,
                    family.type,
                    [
                        Sample(sample.name, dict(sample.labels), float(sample.value))
                        for sample in family.samples
                    ],
                )
                for family in self._registry.collect()
            ]
        )
        unfinished = self._socket.with_suffix(".unfinished")
        unfinished.write_bytes(snapshot)
        unfinished.replace(self._socket.with_suffix(".json"))
        return snapshot

    async def _answer(self, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            writer.write(self._snapshot())
            await writer.drain()
        writer.close()


async def _ask(path: Path, seconds: float) -> bytes | None:
    """Return a process's snapshot; None if the process died or does not answer in time."""
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_unix_connection(path)
            try:
                return await reader.read() or None
            finally:
                writer.close()
    except (ConnectionRefusedError, FileNotFoundError):  # it has exited
        pass
    except (TimeoutError, OSError) as error:
        _log.warning("process gives no metrics", process=path.stem, error=repr(error))
    return None


def combine(living: Iterable[list[Family]], dead: Iterable[list[Family]]) -> list[Metric]:
    """Add up the processes' metrics. Gauges of dead processes are left out."""
    combined: dict[str, Metric] = {}
    values: dict[tuple[str, str, tuple[tuple[str, str], ...]], float] = {}
    for families, alive in [*((each, True) for each in living), *((each, False) for each in dead)]:
        for family in families:
            if not alive and family.type == "gauge":
                continue
            combined.setdefault(family.name, Metric(family.name, family.documentation, family.type))
            for sample in family.samples:
                key = (family.name, sample.name, tuple(sample.labels.items()))
                add = _addition_of(family, sample)
                values[key] = add(values[key], sample.value) if key in values else sample.value
    for (family_name, name, labels), value in values.items():
        combined[family_name].add_sample(name, dict(labels), value)
    return list(combined.values())


def _addition_of(family: Family, sample: Sample) -> Callable[[float, float], float]:
    if sample.name.endswith("_created"):
        return min
    if family.type == "gauge":
        return COMBINED_GAUGES.get(family.name, float.__add__)
    return float.__add__


class _Combined(Collector):
    def __init__(self, metrics: list[Metric]) -> None:
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)


def socket_names_fit(directory: Path) -> bool:
    """Return whether socket paths in `directory` are short enough for the operating system."""
    return len(os.fsencode(directory / "0123456789abcdef.socket")) <= _MAX_SOCKET_NAME_LENGTH
