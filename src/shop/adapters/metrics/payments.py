"""Metrics of payment outcomes and of calls to the provider."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

from shop.application.ports.payments import EventResult, EventSource
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import RefundStatus

_PAYMENT_OUTCOMES: Final = (
    PaymentStatus.PROCESSING,
    PaymentStatus.SUCCEEDED,
    PaymentStatus.FAILED,
    PaymentStatus.CANCELLED,
)
_REFUND_OUTCOMES: Final = (RefundStatus.SUCCEEDED, RefundStatus.FAILED)
_LAG_BUCKETS: Final = (1, 2.5, 5, 10, 30, 60, 300, 900, 3600, 6 * 3600, 24 * 3600)
_DURATION_BUCKETS: Final = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class PrometheusPaymentOutcomes:
    """See the PaymentOutcomes port. The series of the shop's `providers` start at 0."""

    def __init__(self, registry: CollectorRegistry, providers: Iterable[str]) -> None:
        self._payments = Counter(
            "shop_payments", "Payments that reached this outcome.", ["provider", "outcome"], registry=registry
        )
        self._refunds = Counter(
            "shop_refunds", "Refunds that reached this outcome.", ["provider", "outcome"], registry=registry
        )
        self._events = Counter(
            "shop_payment_events",
            "Handled events of the payment provider.",
            ["provider", "source", "result"],
            registry=registry,
        )
        self._lag = Histogram(
            "shop_payment_event_lag_seconds",
            "From the moment of an event at the payment provider until it was applied.",
            ["provider", "source"],
            buckets=_LAG_BUCKETS,
            registry=registry,
        )
        for provider in providers:
            self._start_at_zero(provider)

    def _start_at_zero(self, provider: str) -> None:
        for payment in _PAYMENT_OUTCOMES:
            self._payments.labels(provider, payment.value)
        for refund in _REFUND_OUTCOMES:
            self._refunds.labels(provider, refund.value)
        for source in EventSource:
            self._lag.labels(provider, source.value)
            for result in EventResult:
                self._events.labels(provider, source.value, result.value)

    def count_payment(self, provider: str, status: PaymentStatus) -> None:
        self._payments.labels(provider, status.value).inc()

    def count_refund(self, provider: str, status: RefundStatus) -> None:
        self._refunds.labels(provider, status.value).inc()

    def count_event(
        self, provider: str, source: EventSource, result: EventResult, age: timedelta | None
    ) -> None:
        self._events.labels(provider, source.value, result.value).inc()
        if result is EventResult.APPLIED and age is not None:
            # The provider's clock may be ahead of ours.
            self._lag.labels(provider, source.value).observe(max(age.total_seconds(), 0))


class ProviderCalls:
    """Measures the duration of each call to the payment provider, and counts failed calls."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._durations = Histogram(
            "shop_payment_provider_call_duration_seconds",
            "Time that calls of the payment provider took, retries included.",
            ["operation"],
            buckets=_DURATION_BUCKETS,
            registry=registry,
        )
        self._failures = Counter(
            "shop_payment_provider_call_failures",
            "Calls of the payment provider without a usable answer: none in time, 5xx, or a rejection.",
            ["operation"],
            registry=registry,
        )

    @contextmanager
    def __call__(self, operation: str) -> Iterator[None]:
        """Measure one call."""
        failures = self._failures.labels(operation)
        with self._durations.labels(operation).time(), failures.count_exceptions():
            yield
