"""The only module that interprets database errors: as a conflict to retry, an outage or a violated constraint."""

import re
import sqlite3
from typing import Any, Final

from sqlalchemy import Dialect
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from shop.adapters.constraints import business_error
from shop.application.ports.unit_of_work import LockTimeout, TransactionConflict
from shop.domain.errors import Unavailable

_MYSQL_LOCK_TIMEOUT: Final = 1205
_MYSQL_CONFLICTS: Final = {1213, 3572}
"""Deadlock; NOWAIT lock refused."""
_MYSQL_UNREACHABLE: Final = {
    *(1040, 1041, 1135, 1203, 1226),  # too many connections, out of memory or threads
    *(1042, 1043, 1044, 1045, 1049, 1129, 1130),  # connection or login refused
    *(1053, 1077, 1079, 1080, 1317, 1927, 3024, 3032, 3168, 3169),  # shutting down, killed, offline
    *(1152, 1153, 1158, 1159, 1160, 1161, 1184, 4031),  # connection lost, reported by the server
    *(2002, 2003, 2005, 2006, 2012, 2013, 2014, 2026, 2027, 2045, 2055),  # lost, reported by the client
}
_MYSQL_READ_ONLY: Final = {1290, 1836, 3098, 3100, 3101}
"""Errors of a server that accepts no writes: it is read-only, or was expelled from its replication group."""
_MYSQL_FULL: Final = {1021, 1026, 1114}
_SQLITE_FULL: Final = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR}
_SQLITE_UNWRITABLE: Final = {sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH}
_SQLITE_BUSY: Final = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
_MYSQL_DUPLICATE: Final = re.compile(r"for key '(?:[^'.]*\.)?([^']+)'")
_SQLITE_DUPLICATE: Final = re.compile(r"UNIQUE constraint failed: (?:index '([^']+)'|(\w+)\.(\w+))")

_FULL: Final = (
    "The database's disk is full: nothing can be saved. What was saved before is safe; try again later."
)
_READ_ONLY: Final = "The database can't be written to at the moment; try again."
_UNREACHABLE: Final = "The database can't be reached; try again."


def error_code(error: DBAPIError) -> int | None:
    """Return the server's error number, if the driver reports one."""
    return _code_of(error.orig)


def is_duplicate(error: IntegrityError) -> bool:
    """Return whether a unique or primary key rejected the row (rather than a foreign key or a check)."""
    return error_code(error) == 1062 or "UNIQUE constraint failed" in str(error.orig)


def violated_constraint(error: IntegrityError) -> str | None:
    """Return the name of the violated unique key. SQLite reports the columns; the name is derived from them."""
    text = str(error.orig)
    if found := _MYSQL_DUPLICATE.search(text):
        return found[1]
    if found := _SQLITE_DUPLICATE.search(text):
        return found[1] or f"uq_{found[2]}_{found[3].removesuffix('_key')}"
    return None


def is_lost(error: BaseException, dialect: Dialect) -> bool:
    """Return whether the connection is unusable after the driver's error."""
    dbapi = dialect.loaded_dbapi
    if dialect.name == "sqlite":
        return dialect.is_disconnect(error, None, None)  # type: ignore[arg-type]
    code = _code_of(error)
    if isinstance(error, dbapi.InterfaceError | dbapi.InternalError) and (code is None or code < 1000):
        return True  # the driver's own errors: not connected, packets out of order, …
    return code is not None and dialect.is_disconnect(error, None, None)  # type: ignore[arg-type]


def is_refusal_to_write(error: BaseException) -> bool:
    """Return whether the server definitely refused the write: the statement had no effect."""
    return _code_of(error) in _MYSQL_READ_ONLY


def is_definite(error: DBAPIError) -> bool:
    """Return whether a commit that failed with this error certainly saved nothing."""
    if error.connection_invalidated:
        return False
    return is_refusal_to_write(error.orig) or not isinstance(_mysql_meaning(error), Unavailable)  # type: ignore[arg-type]


def translated(error: DBAPIError) -> Exception:
    """Return the application's error for a database error; the error itself if it is a bug in the shop."""
    if isinstance(error, IntegrityError):
        name = violated_constraint(error)
        return (business_error(name) if name else None) or error
    return _sqlite_meaning(error) or _mysql_meaning(error) or error


def _mysql_meaning(error: DBAPIError) -> Exception | None:
    code = error_code(error)
    if code == _MYSQL_LOCK_TIMEOUT:
        return LockTimeout(str(error.orig))
    if code in _MYSQL_CONFLICTS:
        return TransactionConflict(str(error.orig))
    if code in _MYSQL_READ_ONLY:
        return Unavailable(_READ_ONLY, retry_after=1)
    if code in _MYSQL_FULL:
        return Unavailable(_FULL, retry_after=10)
    if error.connection_invalidated or code in _MYSQL_UNREACHABLE:
        return Unavailable(_UNREACHABLE, retry_after=1)
    return None


def _sqlite_meaning(error: DBAPIError) -> Exception | None:
    code = getattr(error.orig, "sqlite_errorcode", None)
    if code is None or not isinstance(error, OperationalError):
        return None
    kind = code & 0xFF  # the last byte of an extended code is the primary code
    if kind in _SQLITE_BUSY:
        return LockTimeout(str(error.orig))
    if kind in _SQLITE_FULL:
        return Unavailable(_FULL, retry_after=10)
    if kind in _SQLITE_UNWRITABLE:
        return Unavailable(_READ_ONLY, retry_after=10)
    if kind == sqlite3.SQLITE_CANTOPEN:
        return Unavailable(_UNREACHABLE, retry_after=1)
    return None


def _code_of(error: Any) -> int | None:
    arguments = getattr(error, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None
