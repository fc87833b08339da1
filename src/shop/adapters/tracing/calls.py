"""One span per call to the payment provider."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from opentelemetry.trace import SpanKind

from shop.adapters.tracing.sdk import Tracing


class TracedCalls:
    """Wraps a call in a span, in addition to its other wrapper."""

    def __init__(self, tracing: Tracing, observe: Callable[[str], AbstractContextManager[object]]) -> None:
        self._tracing = tracing
        self._observe = observe

    @contextmanager
    def __call__(self, operation: str) -> Iterator[None]:
        """Trace one call."""
        name, attributes = f"payment provider {operation}", {"shop.operation": operation}
        with self._tracing.span(name, SpanKind.CLIENT, attributes), self._observe(operation):
            yield
