"""A span a call of the payment provider."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from opentelemetry.trace import SpanKind

from shop.adapters.tracing.sdk import Tracing


class TracedCalls:
    """Surrounds a call with a span, beside what surrounds it anyway."""

    def __init__(self, tracing: Tracing, observe: Callable[[str], AbstractContextManager[object]]) -> None:
        self._tracing = tracing
        self._observe = observe

    @contextmanager
    def __call__(self, operation: str) -> Iterator[None]:
        """Surround one call."""
        name, attributes = f"payment provider {operation}", {"shop.operation": operation}
        with self._tracing.span(name, SpanKind.CLIENT, attributes), self._observe(operation):
            yield
