"""Connecting to MySQL: server address, timeouts and session settings."""

import asyncio
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import asyncmy
from asyncmy.errors import MySQLError, OperationalError

from shop.adapters.sql.framework.drivers import CREATOR, drop, socket_of

CONNECT_SECONDS: Final = 3.0
"""Timeout per server address for connecting, logging in and applying the session settings."""
READ_SECONDS: Final = 4.0
"""Timeout for each answer to a serving shop: above LOCK_WAIT_SECONDS, below the time limit of a request."""
LOCK_WAIT_SECONDS: Final = 2
MAX_IDLE_SECONDS: Final = 1
"""Idle time after which a connection for transactions is replaced before it is used."""
_IDLE_AT_SERVER_SECONDS: Final = 3
"""Idle time after which the server ends a client's open transaction and releases its locks.

Shorter than two lock waits: a transaction that waits for such a lock gets it on its second attempt.
"""
_PATIENT_LOCK_WAIT_SECONDS: Final = 10
_HOST_UNREACHABLE: Final = 2003
_KEEPALIVE: Final = (("TCP_KEEPIDLE", 10), ("TCP_KEEPINTVL", 5), ("TCP_KEEPCNT", 3))

# These settings change how a statement is parsed or what it does; a server's defaults may differ.
_COMMON_SETTINGS: Final = (
    "sql_mode='ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'",
    "time_zone='+00:00'",
    "sql_safe_updates=0",
    "sql_auto_is_null=0",
    "sql_select_limit=DEFAULT",
    "foreign_key_checks=1",
    "unique_checks=1",
    "transaction_read_only=0",
)


@dataclass(frozen=True, slots=True)
class Session:
    """The settings of a connection for one purpose. `settings` are session variables besides the common ones."""

    settings: Sequence[str]
    autocommit: bool = False
    must_write: bool = True
    """Refuse a read-only server, such as a demoted primary, and try the host name's other addresses."""

    def connect_args(self) -> dict[str, Any]:
        """Return the connect arguments for a SQLAlchemy engine."""
        return {CREATOR: partial(connect, self)}


SERVING_WRITES: Final = Session(
    (
        f"innodb_lock_wait_timeout={LOCK_WAIT_SECONDS}",
        f"lock_wait_timeout={LOCK_WAIT_SECONDS}",
        f"wait_timeout={_IDLE_AT_SERVER_SECONDS}",
        "max_execution_time=0",
        "transaction_isolation='READ-COMMITTED'",
    )
)
SERVING_READS: Final = Session(
    (
        f"innodb_lock_wait_timeout={LOCK_WAIT_SECONDS}",
        f"lock_wait_timeout={LOCK_WAIT_SECONDS}",
        "transaction_isolation='REPEATABLE-READ'",  # for snapshots
    ),
    autocommit=True,
    must_write=False,
)
PATIENT_WRITES: Final = Session(
    (
        f"innodb_lock_wait_timeout={_PATIENT_LOCK_WAIT_SECONDS}",
        "max_execution_time=0",
        "transaction_isolation='READ-COMMITTED'",
    )
)
PATIENT_READS: Final = Session(
    ("max_execution_time=0", "transaction_isolation='REPEATABLE-READ'"), autocommit=True, must_write=False
)
MIGRATING: Final = Session(("max_execution_time=0",))
INSPECTING: Final = Session(("max_execution_time=0",), must_write=False)


async def connect(session: Session, **arguments: Any) -> Any:
    """Return a new asyncmy connection with the given arguments. Raises only asyncmy's OperationalError.

    If the host name has several addresses, each is tried in turn, unless TLS has to verify the name.
    """
    try:
        hosts = await _addresses(arguments)
        for host in hosts[:-1]:
            with suppress(OperationalError):
                return await _connected(session, {**arguments, **host})
        return await _connected(session, {**arguments, **hosts[-1]})
    except OSError as error:  # the name does not resolve
        raise OperationalError(_HOST_UNREACHABLE, str(error)) from error


async def _addresses(arguments: dict[str, Any]) -> list[dict[str, str]]:
    host = arguments.get("host")
    if not host or arguments.get("ssl") or arguments.get("unix_socket"):
        return [{}]
    async with asyncio.timeout(CONNECT_SECONDS):
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return [{"host": address} for address in dict.fromkeys(str(each[4][0]) for each in found)]


async def _connected(session: Session, arguments: dict[str, Any]) -> Any:
    try:
        async with asyncio.timeout(CONNECT_SECONDS):
            connection = await asyncmy.connect(
                **arguments, autocommit=session.autocommit, connect_timeout=CONNECT_SECONDS
            )
            try:
                await _prepare(connection, session)
            except BaseException:
                drop(connection)
                raise
    except TimeoutError as error:
        reason = f"the server gave no answer within {CONNECT_SECONDS:.0f} s"
        raise OperationalError(_HOST_UNREACHABLE, reason) from error
    except MySQLError as error:
        # Access denied, too many connections, …: in every case there is no connection.
        raise OperationalError(_HOST_UNREACHABLE, str(error.args[-1] if error.args else error)) from error
    except Exception as error:
        # If the peer hangs up during the handshake, the driver may raise any exception: RuntimeError, IndexError, …
        raise OperationalError(_HOST_UNREACHABLE, f"no connection: {error!r}") from error
    return connection


async def _prepare(connection: Any, session: Session) -> None:
    async with connection.cursor() as cursor:
        await cursor.execute("SET SESSION " + ", ".join((*_COMMON_SETTINGS, *session.settings)))
        if session.must_write:
            await cursor.execute("SELECT @@GLOBAL.super_read_only OR @@GLOBAL.read_only")
            if (await cursor.fetchone())[0]:
                raise OperationalError(_HOST_UNREACHABLE, "the server is read-only")
    if not session.autocommit:
        await connection.commit()
    if (raw := socket_of(connection)) is not None and raw.family in (socket.AF_INET, socket.AF_INET6):
        for option, value in _KEEPALIVE:
            if hasattr(socket, option):
                raw.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
