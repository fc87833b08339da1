"""How many connections a process keeps open, and how long each may take to send a request."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from shop.entrypoints.server.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one connection may take; `connections` is what a process keeps open at most."""

    connections: int = 1_000
    target_bytes: int = 8 * 1024
    head_bytes: int = 32 * 1024
    """The request line and all headers; what a body says beside its payload (trailers, chunk headers), too."""
    headers: int = 100
    head_seconds: float = 10.0
    body_seconds: float = 15.0
    """How long a body may take, longer by a second per `body_bytes_per_second` that arrived."""
    body_bytes_per_second: int = 1024
    linger_seconds: float = 1.0
    """How long a refused client may go on sending before its connection is reset, and (next) how much."""
    linger_bytes: int = 1024 * 1024
    sweep_seconds: float = 1.0
    """How often deadlines are looked at, and so how late a connection may end."""


class Waiting(Protocol):
    """A connection that waits for its client."""

    deadline: float
    """By the loop's clock."""

    def time_out(self, now: float) -> None:
        """End the connection, or set a later deadline."""

    def give_way(self) -> None:
        """Close at once: another connection needs the place."""


class Connections(Collector):
    """The open connections of a process. Past the limit, the one that has waited longest makes room."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.refusals: Counter[Refusal] = Counter(dict.fromkeys(Refusal, 0))
        self.open = 0
        self._without_request: dict[Waiting, None] = {}  # in the order in which they began to wait
        self._without_body: dict[Waiting, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def admit(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Count a new connection; False if it is one too many and every other one has a request under way."""
        self.open += 1
        if self._timer is None:
            self._timer = loop.call_later(self.limits.sweep_seconds, self._sweep, loop)
        return self.open <= self.limits.connections or self._make_room()

    def closed(self, connection: Waiting) -> None:
        """Forget a connection that was counted."""
        self.open -= 1
        self.stop_waiting(connection)

    def wait_for_request(self, connection: Waiting) -> None:
        """Have `connection` timed out at its deadline, and closed earlier if its place is needed."""
        self._without_body.pop(connection, None)
        self._without_request[connection] = None

    def wait_for_body(self, connection: Waiting) -> None:
        """As `wait_for_request`, but it gives way after all of those."""
        self._without_request.pop(connection, None)
        self._without_body[connection] = None

    def stop_waiting(self, connection: Waiting) -> None:
        """Leave `connection` alone: its request is being answered."""
        self._without_request.pop(connection, None)
        self._without_body.pop(connection, None)

    def collect(self) -> Iterator[Metric]:
        connections = GaugeMetricFamily(
            "shop_http_connections",
            "Open connections, by whether a request is being answered.",
            labels=["state"],
        )
        waiting = len(self._without_request) + len(self._without_body)
        connections.add_metric(["waiting"], waiting)
        connections.add_metric(["busy"], self.open - waiting)
        yield connections
        yield GaugeMetricFamily(
            "shop_http_connections_limit", "Open connections that the server allows.", self.limits.connections
        )
        refusals = CounterMetricFamily(
            "shop_http_refusals",
            "Connections ended before their request reached the shop.",
            labels=["reason"],
        )
        for refusal, count in self.refusals.items():
            refusals.add_metric([refusal.reason], count)
        yield refusals

    def _make_room(self) -> bool:
        for waiting in (self._without_request, self._without_body):
            for connection in waiting:
                del waiting[connection]
                connection.give_way()
                return True
        return False

    def time_out_expired(self, now: float) -> None:
        """Time out every connection whose deadline has passed at `now`, by the loop's clock."""
        for waiting in (self._without_request, self._without_body):
            for connection in list(waiting):
                if connection.deadline <= now:
                    connection.time_out(now)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        self.time_out_expired(loop.time())
        self._timer = loop.call_later(self.limits.sweep_seconds, self._sweep, loop) if self.open else None
