"""Metrics of deliveries to webhooks."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter

_OUTCOMES: Final = ("succeeded", "failed")


class PrometheusDeliveries:
    """See the port."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._attempts = Counter(
            "shop_webhook_attempts",
            "Attempts to deliver an event to a webhook.",
            ["outcome"],
            registry=registry,
        )
        for outcome in _OUTCOMES:
            self._attempts.labels(outcome)

    def attempted(self, *, succeeded: bool) -> None:
        self._attempts.labels(_OUTCOMES[0 if succeeded else 1]).inc()
