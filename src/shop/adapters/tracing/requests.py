"""One span per request: it continues the caller's trace and records the route, never the request's content."""

from collections.abc import Iterable
from contextvars import Token
from typing import Final

from opentelemetry.context import Context, attach, detach
from opentelemetry.trace import Span, SpanKind, StatusCode, format_trace_id, set_span_in_context
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from shop.adapters.tracing.sdk import Tracing

_PROPAGATOR: Final = TraceContextTextMapPropagator()
_CARRIED: Final = frozenset({b"traceparent", b"tracestate"})


class RequestTracing:
    """See RequestTracer of the HTTP entrypoint."""

    def __init__(self, tracing: Tracing) -> None:
        self._tracing = tracing

    def begin(self, headers: Iterable[tuple[bytes, bytes]]) -> "RequestSpan":
        carried = {name.decode(): value.decode("latin-1") for name, value in headers if name in _CARRIED}
        parent = _PROPAGATOR.extract(carried, Context())
        return RequestSpan(self._tracing.tracer.start_span("request", parent, SpanKind.SERVER))


class RequestSpan:
    """A request's span: the current span until `end`, which must be called by the same task."""

    def __init__(self, span: Span) -> None:
        self.trace_id: Final = format_trace_id(span.get_span_context().trace_id)
        self._span = span
        self._token: Token[Context] = attach(set_span_in_context(span))

    def end(self, method: str, route: str, status: int, request_id: str) -> None:
        """Name the span after the route, record the outcome, and end it."""
        self._span.update_name(f"{method} {route}")
        self._span.set_attributes(
            {
                "http.request.method": method,
                "http.route": route,
                "http.response.status_code": status,
                "shop.request_id": request_id,
            }
        )
        if status >= 500:
            self._span.set_status(StatusCode.ERROR)
        self._span.end()
        detach(self._token)
