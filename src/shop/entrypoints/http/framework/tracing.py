"""What the middleware needs of traces, if there are any."""

from collections.abc import Iterable
from typing import Protocol


class RequestSpan(Protocol):
    """One request's part of a trace."""

    @property
    def trace_id(self) -> str:
        """Of the whole trace, in hex."""

    def end(self, method: str, route: str, status: int, request_id: str) -> None:
        """Say what it was. By the task that began it."""


class RequestTracer(Protocol):
    """Makes the spans."""

    def begin(self, headers: Iterable[tuple[bytes, bytes]]) -> RequestSpan:
        """Begin one that goes on with the trace that the headers name, or with a new one."""
