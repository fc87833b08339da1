"""The application as the server sees it: with the connections' limits, and perhaps metrics on a port of their own."""

import resource
from collections.abc import Awaitable, Callable
from typing import Final

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from shop.entrypoints.server.connections import Connections, Limits

FILES_BESIDE_CONNECTIONS: Final = 64
"""Files of a process that are neither a client's connection nor the database's: sockets, logs, the provider, Redis."""
_FEWEST_CONNECTIONS: Final = 8

_log = structlog.get_logger()


class ServedApplication:
    """`app`, by the protocol that needs `connections`; requests to `metrics_port` go to `metrics` instead."""

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
    """Return limits with at most `connections`, fewer where the process may not open as many files.

    What is over is for the database and the rest: a client that opens many connections must not stop the others. The
    soft limit on open files is raised as far as needed and allowed. Logs a warning if it isn't enough.
    """
    reserved = FILES_BESIDE_CONNECTIONS + database_connections
    allowed = (allow_files or raise_file_limit)(connections + reserved)
    affordable = max(min(connections, allowed - reserved), _FEWEST_CONNECTIONS)
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
    """Raise the soft limit on open files to `wanted`, within the hard one. Return what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return wanted if soft == resource.RLIM_INFINITY else soft
    raised = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (raised, hard))
    return raised
