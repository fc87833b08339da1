"""The tracing interface that the middleware uses when tracing is on."""

from collections.abc import Iterable
from typing import Protocol


class RequestSpan(Protocol):
    """The span of one request."""

    @property
    def trace_id(self) -> str:
        """Return the id of the whole trace, in hex."""

    def end(self, method: str, route: str, status: int, request_id: str) -> None:
        """End the span and record its outcome; must be called by the task that began it."""


class RequestTracer(Protocol):
    """Creates request spans."""

    def begin(self, headers: Iterable[tuple[bytes, bytes]]) -> RequestSpan:
        """Begin a span in the trace named by the headers, or in a new trace."""
