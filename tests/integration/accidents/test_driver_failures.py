"""Every error of the driver's connection becomes Unavailable, and the pool gets its connection back."""

import asyncio
import builtins
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Iterator
from typing import Any

import asyncmy
import pytest
from asyncmy import errors
from sqlalchemy import text

from shop.adapters.sql.framework import mysql
from shop.adapters.sql.framework.database import Database
from shop.application.ports.unit_of_work import CommitOutcomeUnknown
from shop.domain.errors import Unavailable

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

ONE = text("SELECT 1")


def _driver_errors(of: type[BaseException] = errors.MySQLError) -> Iterator[type[BaseException]]:
    yield of
    for each in of.__subclasses__():
        yield from _driver_errors(each)


FAILURES: list[BaseException] = [
    *(kind(2013, "Lost connection") for kind in _driver_errors()),
    *(kind() for kind in _driver_errors()),
    *(errors.OperationalError(code, "refused") for code in (1040, 1045, 1049, 1129, 1130, 1203, 1226)),
    OSError("network"),
    ConnectionResetError(104, "reset"),
    BrokenPipeError(32, "pipe"),
    socket.gaierror(-2, "unknown host"),
    ssl.SSLError(1, "handshake"),
    ssl.SSLCertVerificationError(1, "certificate"),
    TimeoutError(),
    asyncio.IncompleteReadError(b"", 4),
    RuntimeError("Transport does not expose socket instance"),
    AttributeError("'NoneType' object has no attribute 'write'"),
    AssertionError("Protocol error, expecting EOF"),
    struct.error("unpack requires a buffer of 4 bytes"),
    UnicodeDecodeError("ascii", b"\xff", 0, 1, "ordinal not in range"),
    *(getattr(builtins, name)("?") for name in ("IndexError", "KeyError", "ValueError", "TypeError")),
    NotImplementedError("an authentication plugin"),
]


def _breaks_the_connection(failure: BaseException) -> bool:
    return isinstance(failure, errors.InterfaceError | errors.InternalError) or (
        isinstance(failure, errors.OperationalError | errors.ProgrammingError) and bool(failure.args)
    )


CONNECTION_FAILURES = [
    failure
    for failure in FAILURES
    if not isinstance(failure, errors.MySQLError) or _breaks_the_connection(failure)
]
"""Failures of the connection itself, as opposed to the server's refusal of one statement."""


class Faulty:
    """A connection or cursor of the driver. The methods and statements in `faults` fail."""

    def __init__(self, wrapped: Any, faults: dict[str, BaseException]) -> None:
        self._wrapped = wrapped
        self._faults = faults

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)

    def cursor(self, *arguments: Any) -> "Faulty":
        self._fail("cursor")
        return Faulty(self._wrapped.cursor(*arguments), self._faults)

    async def execute(self, query: str, *arguments: Any) -> Any:
        self._fail("execute")
        self._fail(query)
        return await self._wrapped.execute(query, *arguments)

    async def fetchall(self) -> Any:
        self._fail("fetchall")
        return await self._wrapped.fetchall()

    def _fail(self, call: str) -> None:
        if call in self._faults:
            raise self._faults[call]

    async def __aenter__(self) -> "Faulty":
        await self._wrapped.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self._wrapped.__aexit__(*error)


@pytest.fixture
def faults() -> dict[str, BaseException]:
    """The error that each method of the driver, or each statement, raises."""
    return {}


@pytest.fixture
async def database(
    migrated_mysql_url: str, faults: dict[str, BaseException], monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Database]:
    connect = asyncmy.connect

    async def connected(**arguments: Any) -> Faulty:
        if "connect" in faults:
            raise faults["connect"]
        return Faulty(await connect(**arguments), faults)

    monkeypatch.setattr(mysql.asyncmy, "connect", connected)
    opened = Database(migrated_mysql_url, pool_size=1)
    yield opened
    faults.clear()
    await opened.dispose()


async def test_every_failure_to_connect_is_unavailable(
    database: Database, faults: dict[str, BaseException]
) -> None:
    for failure in FAILURES:
        for call in ("connect", "cursor", "execute"):
            faults[call] = failure
            await _assert_unavailable(database, failure)
            faults.clear()
    await database.ping()


@pytest.mark.parametrize("call", ["cursor", "execute", "fetchall"])
async def test_every_failure_of_an_open_connection_is_unavailable(
    database: Database, faults: dict[str, BaseException], call: str
) -> None:
    for failure in CONNECTION_FAILURES:
        await database.ping()
        faults[call] = failure
        await _assert_unavailable(database, failure)
        faults.clear()
    await database.ping()


async def test_a_failure_to_commit_leaves_the_outcome_unknown(
    database: Database, faults: dict[str, BaseException]
) -> None:
    for failure in CONNECTION_FAILURES:
        await database.ping()
        faults["COMMIT"] = failure
        with pytest.raises(CommitOutcomeUnknown):
            await _write(database)
        _assert_no_connection_is_checked_out(database)
        faults.clear()
    await database.ping()


async def test_a_failure_to_roll_back_does_not_hide_the_first_error(
    database: Database, faults: dict[str, BaseException]
) -> None:
    async def fail() -> None:
        async with database.transaction() as connection:
            await connection.execute(ONE)
            raise LookupError("the first error")

    for failure in FAILURES:
        await database.ping()
        faults["ROLLBACK"] = failure
        with pytest.raises(LookupError, match="the first error"):
            await fail()
        _assert_no_connection_is_checked_out(database)
        faults.clear()
    await database.ping()


async def _assert_unavailable(database: Database, failure: BaseException) -> None:
    for attempt in (database.ping, lambda: _read(database), lambda: _write(database)):
        with pytest.raises(Unavailable) as caught:
            await attempt()
        assert caught.value.retry_after, failure
    _assert_no_connection_is_checked_out(database)


async def _read(database: Database) -> None:
    async with database.reading() as connection:
        await connection.execute(ONE)


async def _write(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute(ONE)


def _assert_no_connection_is_checked_out(database: Database) -> None:
    for engine in (database.reads, database.writes):
        assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
