"""Connections: one pool for transactions, one for reads that need none."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from typing import Any, Final

from sqlalchemy import URL, event, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import translated
from shop.adapters.sql.framework.pool import WatchedPool
from shop.adapters.sql.framework.urls import async_url
from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.errors import Unavailable

_SQLITE_BUSY_MILLISECONDS: Final = 5_000
_MYSQL_LOCK_WAIT_SECONDS: Final = 10
_POOL_TIMEOUT_SECONDS: Final = 10
_PING: Final = text("SELECT 1")
_MYSQL_SNAPSHOT: Final = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY"


class Database:
    """A MySQL or SQLite database. `dispose()` it, or the process hangs at exit.

    Its statements are executed by what `direct` makes of a connection. Transactions on SQLite take `writer_lock` first:
    it has one writer anyway, and waiting here is fair.
    """

    def __init__(
        self,
        url: str,
        pool_size: int = 20,
        *,
        direct: Callable[[AsyncConnection], DirectConnection] = DirectConnection,
    ) -> None:
        self.url: URL = make_url(async_url(url))
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.writer_lock = asyncio.Lock()
        self.direct = direct
        self.writes: AsyncEngine = self._engine(pool_size, autocommit=False)
        self.reads: AsyncEngine = self._engine(pool_size, autocommit=True)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[DirectConnection]:
        """A connection for plain reads, each statement on its own; Unavailable when there is none to be had."""
        async with self._plain_connection() as connection:
            yield self.direct(connection)

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[DirectConnection]:
        """As `reading`, but all statements see the same moment."""
        async with self._plain_connection() as connection:
            try:
                await connection.exec_driver_sql("BEGIN" if self.is_sqlite else _MYSQL_SNAPSHOT)
                yield self.direct(connection)
                await connection.exec_driver_sql("COMMIT")
            except BaseException:
                await connection.invalidate()  # with its transaction open, nobody else may have it
                raise

    @asynccontextmanager
    async def _plain_connection(self) -> AsyncIterator[AsyncConnection]:
        try:
            async with self.reads.connect() as connection:
                yield connection
        except PoolTimeout as error:
            raise Unavailable("The database is too busy; try again.", retry_after=1) from error
        except DBAPIError as error:
            meaning = translated(error)
            if isinstance(meaning, TransactionConflict):
                meaning = Unavailable("The database is busy; try again.", retry_after=1)
            raise meaning from error

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[DirectConnection]:
        """A transaction of its own beside the units of work, with their errors."""
        lock = self.writer_lock if self.is_sqlite else nullcontext()
        try:
            async with lock, self.writes.begin() as connection:
                yield self.direct(connection)
        except PoolTimeout as error:
            raise Unavailable("The database is too busy; try again.", retry_after=1) from error
        except DBAPIError as error:
            raise translated(error) from error

    async def ping(self) -> None:
        """Raises Unavailable unless the database answers a statement."""
        async with self.reading() as connection:
            await connection.execute(_PING)

    async def dispose(self) -> None:
        """Close every connection."""
        await self.writes.dispose()
        await self.reads.dispose()

    def _engine(self, pool_size: int, *, autocommit: bool) -> AsyncEngine:
        if self.is_sqlite:
            return self._sqlite_engine(pool_size if autocommit else 1, autocommit=autocommit)
        return create_async_engine(
            self.url,
            poolclass=WatchedPool,
            hide_parameters=True,  # an error in a log must not tell what was stored
            isolation_level="AUTOCOMMIT" if autocommit else "READ COMMITTED",
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_POOL_TIMEOUT_SECONDS,
            pool_recycle=1800,
            pool_use_lifo=True,
            # A unit of work always ends its transaction itself: the pool need not spend a round trip on it.
            pool_reset_on_return=None,
            skip_autocommit_rollback=autocommit,  # nor SQLAlchemy one after each plain read
            connect_args={
                "connect_timeout": 5,
                # The isolation is for snapshots: transactions set their own.
                "init_command": f"SET SESSION innodb_lock_wait_timeout={_MYSQL_LOCK_WAIT_SECONDS},"
                " SESSION transaction_isolation='REPEATABLE-READ'",
            },
        )

    def _sqlite_engine(self, pool_size: int, *, autocommit: bool) -> AsyncEngine:
        options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if autocommit else {}
        engine = create_async_engine(
            self.url,
            poolclass=WatchedPool,
            hide_parameters=True,
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=_POOL_TIMEOUT_SECONDS,
            **options,
        )
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        if not autocommit:
            event.listen(engine.sync_engine, "begin", _begin_immediate)
        return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not open transactions of its own: BEGIN IMMEDIATE below is the only door.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={_SQLITE_BUSY_MILLISECONDS}",
        "journal_mode=WAL",
        "synchronous=NORMAL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
