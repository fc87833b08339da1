"""The shop's configuration of the OpenTelemetry SDK.

Exports never block, and at most one export error per minute is logged. The standard `OTEL_…` variables set
the destination, the sampling rate and the service name.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from typing import Final

import structlog
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, SERVICE_VERSION, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode, Tracer, format_trace_id

CLOSE_SECONDS: Final = 3.0
"""The time that a stopping process waits for the last spans to be exported."""
_LOG_INTERVAL_SECONDS: Final = 60.0
_log = structlog.get_logger("shop.tracing")

Attributes = Mapping[str, str | int]


class Tracing:
    """Creates spans and exports them from a background thread. Spans that can't be sent in time are dropped.

    The thread starts with the first span, because a process that only starts others has no spans.
    """

    def __init__(self, version: str) -> None:
        self._version = version
        self._provider: TracerProvider | None = None

    @cached_property
    def tracer(self) -> Tracer:
        """Return the tracer, for spans that `span` can't express."""
        resource_attributes: dict[str, str] = {SERVICE_VERSION: self._version}
        if not os.environ.get("OTEL_SERVICE_NAME") and SERVICE_NAME not in os.environ.get(
            "OTEL_RESOURCE_ATTRIBUTES", ""
        ):
            resource_attributes[SERVICE_NAME] = "shop"
        _limit_log_rate()
        self._provider = TracerProvider(resource=Resource.create(resource_attributes), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        return self._provider.get_tracer("shop", self._version)

    @contextmanager
    def span(
        self, name: str, kind: SpanKind = SpanKind.INTERNAL, attributes: Attributes | None = None
    ) -> Iterator[Span]:
        """Trace the block; of an error only the class is recorded, because its message may contain personal data."""
        with self.tracer.start_as_current_span(
            name, kind=kind, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield span
            except BaseException as error:
                span.set_status(StatusCode.ERROR)
                span.set_attribute("error.type", type(error).__qualname__)
                raise

    @contextmanager
    def task(self, name: str) -> Iterator[str]:
        """Start a new trace around background work; yield its id."""
        with self.span(name) as span:
            yield format_trace_id(span.get_span_context().trace_id)

    async def close(self) -> None:
        """Export the remaining spans, within CLOSE_SECONDS."""
        if self._provider is not None:
            # The SDK may wait much longer for an unresponsive collector; that thread ends with the process.
            closing = threading.Thread(target=self._provider.shutdown, daemon=True)
            closing.start()
            await asyncio.to_thread(closing.join, CLOSE_SECONDS)


def _limit_log_rate() -> None:
    logger = logging.getLogger("opentelemetry")
    logger.handlers[:] = [_RateLimitedHandler()]
    logger.propagate = False


class _RateLimitedHandler(logging.Handler):
    """Passes on one log record per minute, so that an unreachable collector doesn't log one per batch."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._next = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        if (now := time.monotonic()) >= self._next:
            self._next = now + _LOG_INTERVAL_SECONDS
            _log.warning("traces_not_sent", logger=record.name, reason=record.getMessage())
