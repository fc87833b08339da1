"""Access to the database drivers: connection pools, and sending several statements in one packet.

All private names of SQLAlchemy, asyncmy and aiosqlite that the shop relies on are here. A test
(`tests/unit/framework/test_driver_internals.py`) fails when an installed version changes one of them, or when another
module uses a private name.
"""

import asyncio
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final, NamedTuple

from sqlalchemy.exc import CompileError
from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, Pool, PoolProxiedConnection

from shop.adapters.sql.framework.statements import CompiledStatement
from shop.application.framework.transactions import seconds_left

CREATOR: Final = "async_creator_fn"
"""The connect argument with which SQLAlchemy's asyncmy dialect accepts a coroutine function for connecting."""


class WatchedPool(AsyncAdaptedQueuePool):
    """A pool that counts the waiters for a connection. Runs entirely on the event loop's thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waiting = 0
        """Number of units of work that are waiting now."""
        self.waits = 0
        """Total number of units of work that had to wait, whether or not they got a connection."""
        self.waited_seconds = 0.0
        self.longest_wait = self._timeout

    def _do_get(self) -> ConnectionPoolEntry:
        if self.checkedout() < self.size():
            return super()._do_get()
        self._timeout = min(self.longest_wait, seconds_left())  # read before any other task runs
        self.waiting += 1
        self.waits += 1
        started = perf_counter()
        try:
            return super()._do_get()
        finally:
            self.waiting -= 1
            self.waited_seconds += perf_counter() - started


class MySQLPool(WatchedPool):
    """A pool that never hands out a connection that the server has closed or may be about to close.

    It replaces a connection that was idle for more than `max_idle_seconds`, or that is older than a failure that
    invalidated all connections of its age.
    """

    max_idle_seconds = float("inf")

    def _do_get(self) -> ConnectionPoolEntry:
        entry = super()._do_get()
        driver = entry.driver_connection
        if driver is not None and self._is_stale(entry, driver):
            drop(driver)  # a regular close could wait as long as an unresponsive server
            entry.invalidate()
        return entry

    def _is_stale(self, entry: ConnectionPoolEntry, driver: Any) -> bool:
        return bool(
            driver._stream_broken
            or driver.loop.time() - driver.last_usage > self.max_idle_seconds
            or self._invalidate_time > entry.starttime  # type: ignore[attr-defined]
        )


def invalidate_generation(pool: Pool, connection: PoolProxiedConnection, error: BaseException) -> None:
    """Make the pool replace every connection at least as old as this one instead of handing it out again."""
    pool._invalidate(connection, error, _checkin=False)


def drop(driver: Any) -> None:
    """Close an asyncmy connection's socket immediately. A pending statement fails with OperationalError 2013."""
    transport: asyncio.Transport | None = driver._transport
    if transport is not None:
        transport.abort()


def socket_of(driver: Any) -> socket.socket | None:
    """Return the socket of an open asyncmy connection."""
    found: socket.socket | None = driver._transport.get_extra_info("socket")
    return found


async def run_in_connection_thread(driver: Any, work: Callable[[Any], Any]) -> Any:
    """Call `work` with the sqlite3 connection of an aiosqlite connection, on the only thread that may use it."""
    return await driver._execute(work, driver._conn)


_INSERT: Final = re.compile(r"(INSERT .*? VALUES )(\(.*?\))( AS .*| ON DUPLICATE KEY .*|)", re.DOTALL)
_MAX_INSERT: Final = 1_000_000
"""Maximum length in characters of the rows of an INSERT that are sent as one statement."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement ready to be sent, with one row of values; an INSERT with several rows if `many` is set."""

    text: str
    values: Any = ()
    many: bool = False
    compiled: CompiledStatement | None = None
    pieces: Sequence[str] = ()
    """For MySQL: the text with its values in it; a very large INSERT is split into several pieces."""

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))


BEGIN: Final = Prepared("BEGIN IMMEDIATE")
COMMIT: Final = Prepared("COMMIT", pieces=("COMMIT",))
ROLLBACK: Final = Prepared("ROLLBACK", pieces=("ROLLBACK",))


class Answer(NamedTuple):
    """The database's answer to one statement."""

    description: Sequence[Sequence[Any]] | None
    rows: Sequence[Sequence[Any]]
    rowcount: int


class Progress:
    """The number of a packet's statements that were answered: on an error, the next one has failed."""

    answered = 0


async def send_to_mysql(
    driver: Any, statements: Sequence[Prepared], progress: Progress, answered: Callable[[], None]
) -> Answer:
    """Execute the statements in turn, up to the first that fails; return the answer to the last.

    They form one packet: a single exchange with the server. Calls `answered` before waiting for each answer after the
    first. Raises the driver's errors, and RuntimeError when there are fewer or more answers than statements.
    """
    pieces = [piece for statement in statements for piece in statement.pieces]
    rowcount, first = 0, True
    async with driver.cursor() as cursor:
        if len(pieces) == 1:
            await cursor.execute(pieces[0])
            rowcount = cursor.rowcount
        else:
            await cursor.execute(";".join(pieces))
            for statement in statements:
                rowcount = 0
                for _ in statement.pieces:
                    if not first:
                        answered()
                        if not await cursor.nextset():
                            raise RuntimeError("the server gave fewer answers than there were statements")
                    first = False
                    rowcount += cursor.rowcount
                progress.answered += 1
            description, rows = cursor.description, await _rows_of(cursor)
            if await cursor.nextset():
                raise RuntimeError("the server gave more answers than there were statements")
            return Answer(description, rows, rowcount)
        return Answer(cursor.description, await _rows_of(cursor), rowcount)


async def _rows_of(cursor: Any) -> Sequence[Sequence[Any]]:
    if cursor.description is None:
        return ()
    rows: Sequence[Sequence[Any]] = await cursor.fetchall()
    return rows


async def send_to_sqlite(driver: Any, statements: Sequence[Prepared], progress: Progress) -> Answer:
    """Like `send_to_mysql`, in one call on the connection's thread."""

    def execute(connection: Any) -> Answer:
        cursor: Any = None
        for statement in statements:
            if statement is ROLLBACK and not connection.in_transaction:
                return Answer(None, (), -1)  # SQLite rolls back by itself, for example when the disk is full
            run = connection.executemany if statement.many else connection.execute
            cursor = run(statement.text, statement.values)
            progress.answered += 1
        rows = () if cursor.description is None else cursor.fetchall()
        answer = Answer(cursor.description, rows, cursor.rowcount)
        cursor.close()
        return answer

    answer: Answer = await run_in_connection_thread(driver, execute)
    return answer


def with_values(literal: Callable[[Any], str], text: str, values: Any, *, many: bool) -> Sequence[str]:
    """Return the statement with its values in the text, each formatted by the driver's `literal`."""
    if not many:
        return (text % tuple([literal(value) for value in values]),)
    insert = _INSERT.fullmatch(text)
    if insert is None:
        raise CompileError("several rows are supported only in a plain INSERT … VALUES")
    head, row, tail = insert.groups()
    rows: list[str] = []
    pieces, length = [], 0
    for each in values:
        rows.append(row % tuple([literal(value) for value in each]))
        length += len(rows[-1])
        if length > _MAX_INSERT:
            pieces.append(f"{head % ()}{','.join(rows)}{tail % ()}")
            rows, length = [], 0
    if rows:
        pieces.append(f"{head % ()}{','.join(rows)}{tail % ()}")
    return pieces
