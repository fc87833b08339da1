"""Structured logs: one line of JSON per event, on standard error, with the id of its request.

Other modules need only `structlog.get_logger("shop.…")`. Passwords, tokens, bodies and query strings are
never passed to a logger, so nothing needs masking.
"""

import logging
import sys
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from math import inf
from time import monotonic
from typing import Any, BinaryIO, Final

import msgspec
import structlog
from structlog.types import EventDict, Processor, WrappedLogger

current_request_id: ContextVar[str | None] = ContextVar("current_request_id", default=None)
"""The id of the current request: set by the HTTP middleware, and written on each line."""

current_trace_id: ContextVar[str | None] = ContextVar("current_trace_id", default=None)
"""The id of the current trace if tracing is on; written on each line."""

ABOUT: Final = "about"
"""The key that holds an event's subject. At most one event per subject and minute is written."""

_encode = msgspec.json.Encoder(enc_hook=repr).encode


class RequestLine(msgspec.Struct, frozen=True):
    """An access log entry: no query string, no headers, no body."""

    request_id: str
    method: str
    route: str
    status: int
    ms: float
    client: str
    time: datetime
    event: str = "request"
    level: str = "info"
    trace_id: str | msgspec.UnsetType = msgspec.UNSET


class AccessLog:
    """Writes request lines to the stream set by `configure_logging`, in the format of all other lines.

    They bypass structlog's processors, which would take half as long as the application's other work on a
    request.
    """

    def __init__(self) -> None:
        self._write: Callable[[RequestLine], object] | None = None

    def configure(self, write: Callable[[RequestLine], object] | None) -> None:
        """Pass lines to `write`; drop them if it is None."""
        self._write = write

    def __call__(
        self,
        request_id: str,
        method: str,
        route: str,
        status: int,
        seconds: float,
        client: str,
        trace_id: str | msgspec.UnsetType = msgspec.UNSET,
    ) -> None:
        if self._write is not None:
            ms, now = round(seconds * 1000, 2), datetime.now(UTC)
            line = RequestLine(request_id, method, route, status, ms, client, now, trace_id=trace_id)
            self._write(line)


log_request = AccessLog()


def configure_logging(level: str = "info", *, readable: bool = False, stream: BinaryIO | None = None) -> None:
    """Write events of `level` ("debug" … "critical") and above to `stream`, by default standard error.

    `readable` produces aligned text for a terminal instead of JSON. Raises KeyError for an unknown level.
    """
    threshold = logging.getLevelNamesMapping()[level.upper()]
    output = stream or sys.stderr.buffer
    structlog.configure(
        processors=[_OncePerMinute(), _add_circumstances, *(_readable(output) if readable else _JSON)],
        wrapper_class=structlog.make_filtering_bound_logger(threshold),
        logger_factory=structlog.BytesLoggerFactory(output),
        cache_logger_on_first_use=False,  # existing loggers follow a new configuration
    )
    if threshold > logging.INFO:
        log_request.configure(None)
    elif readable:
        log = structlog.get_logger("shop.http")
        log_request.configure(lambda line: log.info(**_fields_for_structlog(line)))
    else:
        log_request.configure(lambda line: _write(output, _encode(line)))


def _write(output: BinaryIO, line: bytes) -> None:
    output.write(line + b"\n")
    output.flush()


def _fields_for_structlog(line: RequestLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in ("event", "method", "route", "status", "ms", "client")}


def _add_circumstances(_: WrappedLogger, level: str, event: EventDict) -> EventDict:
    event["level"] = level
    event["time"] = datetime.now(UTC)
    if (request_id := current_request_id.get()) is not None:
        event["request_id"] = request_id
    if (trace_id := current_trace_id.get()) is not None:
        event["trace_id"] = trace_id
    return event


class _OncePerMinute:
    """Drops repeated events for a minute; the next line states the number dropped as `repeated`."""

    _PERIOD: Final = 60.0
    _MAX_REMEMBERED: Final = 1_000

    def __init__(self, now: Callable[[], float] = monotonic) -> None:
        self._now = now
        self._written: dict[str, tuple[float, int]] = {}

    def __call__(self, _: WrappedLogger, __: str, event: EventDict) -> EventDict:
        about = event.pop(ABOUT, None)
        if about is None:
            return event
        now = self._now()
        written, dropped = self._written.get(about, (-inf, 0))
        if now - written < self._PERIOD:
            self._written[about] = (written, dropped + 1)
            raise structlog.DropEvent
        if len(self._written) >= self._MAX_REMEMBERED:
            self._written.clear()
        self._written[about] = (now, 0)
        if dropped:
            event["repeated"] = dropped
        return event


def _to_json(_: WrappedLogger, __: str, event: EventDict) -> bytes:
    try:
        return _encode(event)
    except UnicodeEncodeError:  # a lone surrogate, in a client's input or a file name
        return _encode(
            {name: _encodable(value) if isinstance(value, str) else value for name, value in event.items()}
        )


def _encodable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()


_JSON: Final[tuple[Processor, ...]] = (structlog.processors.format_exc_info, _to_json)


def _readable(output: BinaryIO) -> tuple[Processor, ...]:
    # The default, a traceback with local variables, could show a password.
    text = structlog.dev.ConsoleRenderer(
        colors=output.isatty(), exception_formatter=structlog.dev.plain_traceback, timestamp_key="time"
    )
    return (
        _shorten_time,
        lambda logger, name, event: text(logger, name, event).encode("utf-8", "backslashreplace"),
    )


def _shorten_time(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    event["time"] = event["time"].strftime("%H:%M:%S")
    return event
