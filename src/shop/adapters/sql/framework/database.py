"""Database connections: one pool for transactions, one for reads without a transaction."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Final, NoReturn, Self

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shop.adapters.sql.framework import mysql
from shop.adapters.sql.framework.drivers import MySQLPool, WatchedPool
from shop.adapters.sql.framework.execution import DeferredFailure, DirectConnection
from shop.adapters.sql.framework.failures import is_definite, translated
from shop.adapters.sql.framework.urls import async_url
from shop.application.framework.transactions import Waiting, seconds_left
from shop.application.ports.unit_of_work import CommitOutcomeUnknown, TransactionConflict
from shop.domain.errors import Unavailable

_SQLITE_BUSY_MILLISECONDS: Final = 2_000
POOL_TIMEOUT_SECONDS: Final = 6.0
_CHECKOUT_SECONDS: Final = 10
"""Timeout for taking a connection from the pool, including connecting and its first use."""
_MYSQL_SNAPSHOT: Final = text("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
_SQLITE_SNAPSHOT: Final = text("BEGIN")
_IS_READ_ONLY: Final = text("SELECT @@GLOBAL.super_read_only OR @@GLOBAL.read_only")
_PING: Final = text("SELECT 1")
# Writes the file's first page, even if the value is unchanged.
_SQLITE_PROBE: Final = text("PRAGMA user_version = 0")


class Database:
    """A MySQL or SQLite database. Call `dispose()`, or the process hangs at exit.

    Statements run through the DirectConnection that `direct` returns. Transactions on SQLite take `writer_lock` first:
    SQLite has one writer anyway, and this lock is fair. A MySQL server has `answer_seconds` for each answer, unless
    the database is `patient`, which is meant for commands that may take long.
    """

    def __init__(
        self,
        url: str,
        pool_size: int = 20,
        *,
        patient: bool = False,
        answer_seconds: float = mysql.READ_SECONDS,
        pool_timeout: float = POOL_TIMEOUT_SECONDS,
        direct: Callable[[AsyncConnection], DirectConnection] = DirectConnection,
    ) -> None:
        self.url: URL = make_url(async_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writer_lock = asyncio.Lock()
        self._direct = direct
        self._answer_seconds = None if patient or self.is_sqlite else answer_seconds
        if self.is_sqlite:
            self.writes: AsyncEngine = _sqlite_engine(self.url, 1, pool_timeout, autocommit=False)
            self.reads: AsyncEngine = _sqlite_engine(self.url, pool_size, pool_timeout, autocommit=True)
        else:
            writes = mysql.PATIENT_WRITES if patient else mysql.SERVING_WRITES
            reads = mysql.PATIENT_READS if patient else mysql.SERVING_READS
            self.writes = _mysql_engine(self.url, pool_size, pool_timeout, writes)
            self.reads = _mysql_engine(self.url, pool_size, pool_timeout, reads)
            self.writes.pool.max_idle_seconds = mysql.MAX_IDLE_SECONDS  # type: ignore[attr-defined]

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[DirectConnection]:
        """Yield a connection for autocommit reads. Raises Unavailable when no connection can be obtained."""
        waiting = Waiting()
        try:
            connection = await self.connect(self.reads)
            try:
                yield self.direct(connection, waiting)
            finally:
                await connection.close()
        except DBAPIError as error:
            meaning = translated(error)
            if isinstance(meaning, TransactionConflict):
                meaning = Unavailable("The database is busy; try again.", retry_after=1)
            raise meaning from error
        finally:
            waiting.end()

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[DirectConnection]:
        """Like `reading`, but all statements read one snapshot."""
        async with self.reading() as connection:
            try:
                await connection.execute(_SQLITE_SNAPSHOT if self.is_sqlite else _MYSQL_SNAPSHOT)
                yield connection
                await connection.commit()
            except BaseException:
                await connection.invalidate()  # its transaction is open: it must not be reused
                raise

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[DirectConnection]:
        """Run a separate transaction outside the units of work, with the same errors."""
        transaction = await Transaction(self).begin()
        try:
            yield transaction.connection
        except BaseException as error:
            await transaction.end(error)
            raise
        await transaction.end(None)

    async def ping(self) -> None:
        """Raise Unavailable unless the database answers a statement and is writable."""
        async with self.reading() as connection:
            await connection.execute(_PING)
        async with self.transaction() as connection:
            if self.is_sqlite:
                await connection.execute(_SQLITE_PROBE)
            elif await connection.scalar(_IS_READ_ONLY):
                await connection.invalidate()
                raise Unavailable("The database is read-only; try again.", retry_after=1)

    async def dispose(self) -> None:
        """Close every connection."""
        await self.writes.dispose()
        await self.reads.dispose()

    async def connect(self, engine: AsyncEngine) -> AsyncConnection:
        """Return a connection from the engine's pool. Raises Unavailable on any driver or server error."""
        try:
            async with asyncio.timeout(min(_CHECKOUT_SECONDS, seconds_left())):
                return await engine.connect()
        except (PoolTimeout, TimeoutError) as error:
            raise Unavailable("The database is too busy; try again.", retry_after=1) from error
        except Exception as error:
            meaning = translated(error) if isinstance(error, DBAPIError) else error
            if isinstance(meaning, Unavailable):
                raise meaning from error
            raise Unavailable("The database can't be reached; try again.", retry_after=1) from error

    def direct(self, connection: AsyncConnection, waiting: Waiting) -> DirectConnection:
        """Return the connection's statement executor, with this database's time limits."""
        direct = self._direct(connection)
        direct.limit(self._answer_seconds, waiting.deadline)
        return direct


class Transaction:
    """One transaction, from waiting for a connection until the connection is returned."""

    connection: DirectConnection

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self) -> Self:
        """Begin. Raises Unavailable without a connection, TransactionConflict when SQLite's file is locked."""
        self._waiting = Waiting()
        database = self._database
        if database.is_sqlite:
            await self._wait_for_the_writer()
        try:
            self._pooled = await database.connect(database.writes)
            try:
                self.connection = database.direct(self._pooled, self._waiting)
                await self.connection.begin()
            except BaseException:
                await self._pooled.close()
                raise
        except BaseException as error:
            self._release()
            if isinstance(error, DBAPIError):
                raise translated(error) from error
            raise
        return self

    async def end(self, error: BaseException | None) -> None:
        """Commit if `error` is None; otherwise roll back, and raise the translation of a database error.

        Raises CommitOutcomeUnknown when the response to the commit was lost.
        """
        try:
            if error is None:
                await self._commit()
            else:
                await self._roll_back()
        finally:
            try:
                await self._pooled.close()
            finally:
                self._release()
        if isinstance(error, DeferredFailure):
            error = error.error
        if isinstance(error, DBAPIError):
            raise translated(error) from error

    async def _wait_for_the_writer(self) -> None:
        try:
            async with self._waiting.timeout():
                await self._database.writer_lock.acquire()
        except TimeoutError as error:
            self._waiting.end()
            raise Unavailable("The database is too busy; try again.", retry_after=1) from error

    async def _commit(self) -> None:
        try:
            await self.connection.commit()
        except DeferredFailure as failure:  # COMMIT was not executed unless the connection was lost
            await self._end_failed_commit(failure.error, definite=not failure.error.connection_invalidated)
        except DBAPIError as error:
            await self._end_failed_commit(error, definite=is_definite(error))

    async def _end_failed_commit(self, error: DBAPIError, *, definite: bool) -> NoReturn:
        if not definite:
            await self.connection.invalidate(error)
            raise CommitOutcomeUnknown(
                "The connection to the database was lost while saving.", retry_after=1
            ) from error
        await self._roll_back()
        raise translated(error) from error

    async def _roll_back(self) -> None:
        # A broken connection has nothing to roll back, and the first error is the one to report. After any other
        # failure, the connection's state is unknown: it must not return to the pool.
        try:
            await self.connection.rollback()
        except DBAPIError:
            await self.connection.invalidate()

    def _release(self) -> None:
        if self._database.is_sqlite:
            self._database.writer_lock.release()
        self._waiting.end()


def _mysql_engine(url: URL, pool_size: int, pool_timeout: float, session: mysql.Session) -> AsyncEngine:
    return create_async_engine(
        url,
        poolclass=MySQLPool,
        hide_parameters=True,  # stored data must not appear in logged errors
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        pool_recycle=1800,
        pool_use_lifo=True,
        # A unit of work always ends its transaction itself, so the pool can save a round trip.
        pool_reset_on_return=None,
        skip_autocommit_rollback=session.autocommit,  # SQLAlchemy can save one, too, after each read
        connect_args=session.connect_args(),
    )


def _sqlite_engine(url: URL, pool_size: int, pool_timeout: float, *, autocommit: bool) -> AsyncEngine:
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if autocommit else {}
    engine = create_async_engine(
        url,
        poolclass=WatchedPool,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=pool_timeout,
        **options,
    )
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    if not autocommit:
        event.listen(engine.sync_engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions itself: only BEGIN IMMEDIATE does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_SQLITE_BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    # From its first read on, a connection holds a lock by which `shop restore` sees that the shop is running.
    cursor.execute("SELECT COUNT(*) FROM sqlite_master")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
