"""The application as the server sees it: with connection limits and an optional metrics port."""

import resource
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from shop.entrypoints.server.connections import Connections, Limits

RESERVED_FILES: Final = 64
"""Open files other than client and database connections: sockets, logs, the provider, Redis."""
_MIN_CONNECTIONS: Final = 8

_log = structlog.get_logger()


class ServedApplication:
    """`app` with the `connections` that the protocol needs; requests to `metrics_port` go to `metrics`."""

    def __init__(
        self,
        app: ASGIApp,
        connections: Connections,
        metrics: ASGIApp | None = None,
        metrics_port: int = 0,
    ) -> None:
        self.connections = connections
        self._app = app
        self._metrics = metrics
        self._metrics_port = metrics_port

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        if self._metrics is not None and scope["type"] == ScopeType.HTTP:
            server = scope["server"]
            if server is not None and server[1] == self._metrics_port:
                return self._metrics(scope, receive, send)
        return self._app(scope, receive, send)


def affordable_limits(
    connections: int,
    database_connections: int,
    allow_files: Callable[[int], int] | None = None,
) -> Limits:
    """Return limits with at most `connections`, fewer if the process may not open that many files.

    Some descriptors are reserved for the database and other uses, so that a client with many connections cannot
    starve them. The soft limit on open files is raised as far as needed and allowed. Logs a warning if it is too low.
    """
    reserved = RESERVED_FILES + database_connections
    allowed = (allow_files or raise_file_limit)(connections + reserved)
    affordable = max(min(connections, allowed - reserved), _MIN_CONNECTIONS)
    if affordable < connections:
        _log.warning(
            "fewer connections than configured",
            configured=connections,
            connections=affordable,
            open_files=allowed,
            remedy=f"allow {connections + reserved} open files (ulimit -n)",
        )
    return Limits(connections=affordable)


def raise_file_limit(wanted: int) -> int:
    """Raise the soft limit on open files to `wanted`, within the hard limit. Return the new limit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted if soft == resource.RLIM_INFINITY else soft
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return raised
