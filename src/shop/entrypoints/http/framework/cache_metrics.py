"""Cache hit rates, errors and breaker state, for Prometheus."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


class Cache(Protocol):
    """A cache that counts its hits and misses."""

    hits: int
    misses: int


class SharedCache(Protocol):
    """The cache that all instances share."""

    @property
    def outcomes(self) -> Mapping[tuple[str, str], int]:
        """Return the number of look-ups by kind of value and outcome: `hit`, `miss` or `unreachable`."""

    @property
    def errors(self) -> Mapping[str, int]:
        """Return the number of errors by kind."""

    @property
    def is_open(self) -> bool:
        """Return whether the circuit breaker is open, which means the cache is skipped."""


class CacheMetrics(Collector):
    """`shop_cache_lookups_total`; for a shared cache also `shop_cache_errors_total` and
    `shop_cache_breaker_open`.
    """

    def __init__(self, caches: Mapping[str, Cache], shared: SharedCache | None) -> None:
        self._caches = caches
        self._shared = shared

    def collect(self) -> Iterator[Metric]:
        lookups = CounterMetricFamily(
            "shop_cache_lookups",
            "Look-ups in this process's caches, and after a miss there in the one that instances share.",
            labels=("level", "of", "outcome"),
        )
        for name, cache in self._caches.items():
            lookups.add_metric(("process", name, "hit"), cache.hits)
            lookups.add_metric(("process", name, "miss"), cache.misses)
        if self._shared is None:
            yield lookups
            return
        for (name, outcome), count in self._shared.outcomes.items():
            lookups.add_metric(("shared", name, outcome), count)
        yield lookups
        errors = CounterMetricFamily(
            "shop_cache_errors", "What went wrong with the shared cache.", labels=("kind",)
        )
        for kind, count in self._shared.errors.items():
            errors.add_metric((kind,), count)
        yield errors
        breaker = GaugeMetricFamily(
            "shop_cache_breaker_open", "1 while the shared cache isn't asked, for it can't be reached."
        )
        breaker.add_metric((), self._shared.is_open)
        yield breaker
