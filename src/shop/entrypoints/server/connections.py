"""Limits on a process's open connections and on the time that each may take to send a request."""

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
    """Limits per connection; `connections` is the maximum number of open connections per process."""

    connections: int = 1_000
    target_bytes: int = 8 * 1024
    head_bytes: int = 32 * 1024
    """Limit on the request line and all headers, and on a body's trailers and chunk headers."""
    headers: int = 100
    idle_seconds: int = 75
    """How long a connection stays open after a response.

    Longer than load balancers keep one (60 s by default at nginx and AWS): they could otherwise send a request just
    when the shop closes, and they do not repeat a POST.
    """
    head_seconds: float = 10.0
    body_seconds: float = 15.0
    """Time limit of a body, extended by a second per `body_bytes_per_second` bytes received."""
    body_bytes_per_second: int = 1024
    linger_seconds: float = 1.0
    """How long a refused client may keep sending before its connection is reset; the next field limits the bytes."""
    linger_bytes: int = 1024 * 1024
    sweep_seconds: float = 1.0
    """The interval between deadline checks, and so the maximum delay of a timeout."""


class Waiting(Protocol):
    """A connection that is waiting for its client."""

    deadline: float
    """On the event loop's clock."""

    def time_out(self, now: float) -> None:
        """End the connection, or set a later deadline."""

    def give_way(self) -> None:
        """Close immediately to make room for another connection."""


class Connections(Collector):
    """The open connections of a process. Beyond the limit, the longest-waiting connection is closed."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.refusals: Counter[Refusal] = Counter(dict.fromkeys(Refusal, 0))
        self.open = 0
        self._without_request: dict[Waiting, None] = {}  # in the order in which they started waiting
        self._without_body: dict[Waiting, None] = {}
        self._timer: asyncio.TimerHandle | None = None

    def admit(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Count a new connection. Return False if the limit is reached and no other connection is waiting."""
        self.open += 1
        if self._timer is None:
            self._timer = loop.call_later(self.limits.sweep_seconds, self._sweep, loop)
        return self.open <= self.limits.connections or self._make_room()

    def closed(self, connection: Waiting) -> None:
        """Forget a connection that was counted."""
        self.open -= 1
        self.stop_waiting(connection)

    def wait_for_request(self, connection: Waiting) -> None:
        """Time `connection` out at its deadline; close it earlier if its slot is needed."""
        self._without_body.pop(connection, None)
        self._without_request[connection] = None

    def wait_for_body(self, connection: Waiting) -> None:
        """Like `wait_for_request`, but such connections are closed last when slots are needed."""
        self._without_request.pop(connection, None)
        self._without_body[connection] = None

    def stop_waiting(self, connection: Waiting) -> None:
        """Exempt `connection` from deadlines and eviction while its request is being answered."""
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
        """Close the connection that has waited longest. Return False if none is waiting."""
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
