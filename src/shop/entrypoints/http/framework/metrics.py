"""Request counts and durations, for Prometheus.

They are kept in plain Python and converted to metric families on scrape: the client library's instruments take a lock
and look up labels several times per request, ten times the processor time of this. All updates happen on the event
loop's thread, so no locks are needed.
"""

from bisect import bisect_left
from collections.abc import Awaitable, Callable, Iterator
from typing import Protocol, TypeAlias

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

_BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BUCKETS = (*map(str, _BOUNDS), "+Inf")
_LABELS = ("method", "route", "status")


ShowMetrics: TypeAlias = Callable[[], Awaitable[bytes]]
"""Returns the metrics in Prometheus's text format."""


def metrics_of(registry: CollectorRegistry) -> ShowMetrics:
    """Return a function that renders the metrics of this process."""

    async def show_metrics() -> bytes:
        return generate_latest(registry)

    return show_metrics


class _Series:
    __slots__ = ("buckets", "seconds")

    def __init__(self) -> None:
        self.buckets = [0] * (len(_BOUNDS) + 1)
        self.seconds = 0.0


class OutcomeCounts(Protocol):
    """Counts of request outcomes."""

    def count(self, outcome: str, *, is_checkout: bool) -> None:
        """Count the response to a request that had an outcome."""


class RequestMetrics(Collector):
    """`shop_http_…` for every request, and the counts of outcomes."""

    def __init__(self, outcomes: OutcomeCounts) -> None:
        self.restart(outcomes)

    def restart(self, outcomes: OutcomeCounts) -> None:
        """Forget all requests, and count outcomes in `outcomes` from now on."""
        self._series: dict[tuple[str, str, int], _Series] = {}
        self._outcomes = outcomes
        self.in_flight = 0

    def record(
        self,
        method: str,
        route: str,
        status: int,
        seconds: float,
        outcome: str | None,
        *,
        is_checkout: bool = False,
    ) -> None:
        """Count one finished request. `route` is a path template, so the number of series stays small.

        `outcome` is the code of the returned error, the outcome of a checkout, or None.
        """
        key = (method, route, status)
        series = self._series.get(key)
        if series is None:
            series = self._series[key] = _Series()
        series.buckets[bisect_left(_BOUNDS, seconds)] += 1
        series.seconds += seconds
        if outcome is not None:
            self._outcomes.count(outcome, is_checkout=is_checkout)

    def collect(self) -> Iterator[Metric]:
        total = CounterMetricFamily("shop_http_requests", "Requests answered.", labels=_LABELS)
        duration = HistogramMetricFamily(
            "shop_http_request_duration_seconds", "Time from request to end of answer.", labels=_LABELS
        )
        for (method, route, status), series in self._series.items():
            labels = (method, route, str(status))
            reached, buckets = 0, []
            for bound, count in zip(_BUCKETS, series.buckets, strict=True):
                reached += count
                buckets.append((bound, reached))
            total.add_metric(labels, reached)
            duration.add_metric(labels, buckets, series.seconds)
        in_flight = GaugeMetricFamily("shop_http_requests_in_flight", "Requests being answered.")
        in_flight.add_metric((), self.in_flight)
        return iter((total, duration, in_flight))
