"""How well the caches do, for Prometheus."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector


class Cache(Protocol):
    """Something that counts how often it had what was asked for."""

    hits: int
    misses: int


class SharedCache(Protocol):
    """What the instances share."""

    @property
    def outcomes(self) -> Mapping[tuple[str, str], int]:
        """Look-ups by what was sought and how it went: `hit`, `miss`, `unreachable`."""

    @property
    def errors(self) -> Mapping[str, int]:
        """What went wrong, by kind."""

    @property
    def is_open(self) -> bool:
        """Whether the breaker is: it isn't asked."""


class CacheMetrics(Collector):
    """`shop_cache_lookups_total`, and of a shared cache `shop_cache_errors_total` and `shop_cache_breaker_open`."""

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
