"""Executes compiled Core statements directly on the driver, several in one packet where possible.

Executing one statement through SQLAlchemy takes several times the CPU time of the driver beneath it. This module
implements the part that the shop needs: it compiles each statement once, converts parameters and rows with the column
types, and raises SQLAlchemy's errors. SQLAlchemy still provides the pool and the dialects.

A write whose result is not needed is deferred: it is sent with the next statement whose result is needed, or with
COMMIT. MySQL receives them as one multi-statement packet and answers each in turn, up to the first that fails; SQLite
executes them in one call on its thread.
"""

import asyncio
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Final, NoReturn, cast

from sqlalchemy import ClauseElement, Column, Insert, Table
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.engine.result import ScalarResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.framework import drivers
from shop.adapters.sql.framework.drivers import Answer, Prepared, Progress, drop, invalidate_generation
from shop.adapters.sql.framework.failures import is_lost, is_refusal_to_write
from shop.adapters.sql.framework.statements import (
    NO_COLUMNS,
    StatementResult,
    Values,
    compiled_statement,
)
from shop.domain.errors import Unavailable

_FINAL_STATEMENT_SECONDS: Final = 1.0
_SERVER_LOST: Final = 2013
_MAX_PACKET: Final = 1_000_000
"""Maximum number of deferred characters. The server's `max_allowed_packet` limits the whole packet."""


class DeferredFailure(Exception):
    """A deferred statement failed; the statements after it were not executed. `error` is the cause."""

    def __init__(self, error: DBAPIError) -> None:
        super().__init__(str(error))
        self.error = error


class DirectConnection:
    """A pooled connection that executes Core statements within the time limits set by `limit`.

    Raises SQLAlchemy's errors: IntegrityError, OperationalError and the other DBAPIErrors. If a deferred statement
    failed, it raises DeferredFailure, so that callers don't attribute the error to their own statement. If statements
    are interrupted (server lost or silent, task cancelled), the connection is invalidated and doesn't return to the
    pool. Calls the engine's listeners of `before_cursor_execute` and `commit`.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        synchronous = connection.sync_connection
        assert synchronous is not None, "not connected"
        self.dialect: Final = connection.dialect
        self._connection: Final = connection
        self._pooled: Final = synchronous.connection
        self._driver: Final[Any] = self._pooled.driver_connection
        self._events: Final = connection.sync_engine.dispatch
        self._is_sqlite: Final = self.dialect.name == "sqlite"
        self._deferred: list[Prepared] = []
        self._answer_seconds: float | None = None
        self._deadline = inf
        self._timer: asyncio.TimerHandle | None = None
        self._is_limited_by_deadline = False
        """Whether the deadline, rather than the timeout per answer, limits the current statement."""

    def limit(self, answer_seconds: float | None, deadline: float) -> None:
        """Limit the time for each answer, and for all statements to `deadline` (in the event loop's time).

        On SQLite there is no server to wait for: only statements that begin after the deadline are refused.
        """
        self._answer_seconds = answer_seconds
        self._deadline = deadline

    async def execute(
        self, statement: ClauseElement, parameters: Values | Sequence[Values] | None = None
    ) -> StatementResult:
        """Execute the deferred statements, then this one with one row of parameters (an INSERT also with several)."""
        prepared = self._prepared(statement, parameters)
        answer = await self._send(prepared, self._deadline)
        if answer.description is None:
            return StatementResult(NO_COLUMNS, (), answer.rowcount)
        assert prepared.compiled is not None
        return prepared.compiled.result(answer.description, answer.rows, answer.rowcount)

    async def defer(
        self, statement: ClauseElement, parameters: Values | Sequence[Values] | None = None
    ) -> None:
        """Defer a write whose result is not needed: it is executed before the next statement, or before COMMIT.

        Errors, such as violated constraints, are raised then. After a rollback, the write is never sent.
        """
        prepared = self._prepared(statement, parameters)
        if self._deferred and sum(each.size for each in self._deferred) + prepared.size > _MAX_PACKET:
            await self.flush()
        self._deferred.append(prepared)

    async def flush(self) -> None:
        """Execute the deferred statements. Call it if something other than this object ends the transaction."""
        if self._deferred:
            await self._send(self._deferred.pop(), self._deadline)

    async def scalar(self, statement: ClauseElement, parameters: Values | None = None) -> Any:
        """Return the first value of the first row; None if there is no row."""
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(self, statement: ClauseElement, parameters: Values | None = None) -> ScalarResult[Any]:
        """Return the first value of each row."""
        return (await self.execute(statement, parameters)).scalars()

    async def begin(self) -> None:
        """Begin a transaction. Sends nothing on MySQL, where the first statement begins it."""
        if self._is_sqlite:
            await self._send(drivers.BEGIN, self._deadline)

    async def commit(self) -> None:
        """Execute the deferred statements, and commit the transaction.

        `failures.is_definite` tells whether an error raised here means that nothing was saved. After a DeferredFailure,
        nothing was saved, unless the connection was lost: then the outcome is unknown.
        """
        for listener in self._events.commit:
            listener(self._connection.sync_connection)
        await self._send(drivers.COMMIT, self._last_deadline())

    async def rollback(self) -> None:
        """Roll back the transaction; do nothing on a lost connection."""
        self._deferred.clear()
        if not self._connection.invalidated:
            await self._send(drivers.ROLLBACK, self._last_deadline())

    async def invalidate(self, error: BaseException | None = None, *, including_older: bool = False) -> None:
        """Remove the connection from the pool; with `including_older`, also all that are at least as old."""
        if self._connection.invalidated:
            return
        if including_older:
            invalidate_generation(self._connection.sync_engine.pool, self._pooled, error or Unavailable(""))
        if not self._is_sqlite:
            drop(self._driver)  # a regular close could wait as long as an unresponsive server
        await self._connection.invalidate(error)

    def _prepared(self, statement: ClauseElement, parameters: Values | Sequence[Values] | None) -> Prepared:
        rows = _rows(parameters)
        compiled = compiled_statement(statement, self.dialect, tuple(rows[0]))
        text, values = compiled.bound(rows[0])
        # The session is configured on connecting. A SET in a packet would persist even if the packet fails.
        assert not text.startswith("SET "), text
        many = len(rows) > 1
        if many:
            values = [values, *(compiled.bound(row)[1] for row in rows[1:])]
        for listener in self._events.before_cursor_execute:
            text, values = listener(self._connection.sync_connection, None, text, values, None, many)
        # A value that can't be interpolated is a bug in the shop; later errors come from the driver or the server.
        pieces = () if self._is_sqlite else drivers.with_values(self._driver.literal, text, values, many=many)
        return Prepared(text, values, many, compiled, pieces)

    async def _send(self, last: Prepared, deadline: float) -> Answer:
        """Execute the deferred statements and `last`; return the answer to `last`."""
        statements, self._deferred = [*self._deferred, last], []
        progress = Progress()
        self._start_timer(deadline)
        try:
            if self._is_sqlite:
                return await drivers.send_to_sqlite(self._driver, statements, progress)
            return await drivers.send_to_mysql(
                self._driver, statements, progress, lambda: self._start_timer(deadline)
            )
        except BaseException as error:  # noqa: BLE001 (raised again)
            await self._fail(error, statements, progress.answered)
        finally:
            self._stop_timer()

    def _last_deadline(self) -> float:
        # Ending a transaction always gets at least a second: the work itself was finished in time.
        return max(self._deadline, asyncio.get_running_loop().time() + _FINAL_STATEMENT_SECONDS)

    def _start_timer(self, deadline: float) -> None:
        """Schedule dropping the connection when the next answer is late. Raises Unavailable after the deadline."""
        self._stop_timer()
        if deadline == inf and self._answer_seconds is None:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now >= deadline:
            raise Unavailable("The database is too busy; try again.", retry_after=1)
        if not self._is_sqlite:
            seconds = inf if self._answer_seconds is None else self._answer_seconds
            self._is_limited_by_deadline = deadline < now + seconds
            self._timer = loop.call_at(min(now + seconds, deadline), drop, self._driver)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _fail(self, error: BaseException, statements: Sequence[Prepared], answered: int) -> NoReturn:
        dialect, engine = self.dialect, self._connection.sync_engine
        dbapi = dialect.loaded_dbapi
        if not isinstance(error, dbapi.Error):
            # It is unknown how much was sent and how many answers were read, above all after a cancellation.
            await self.invalidate(error)
            if self._is_sqlite or not isinstance(error, Exception):
                raise error
            error = dbapi.OperationalError(_SERVER_LOST, repr(error)).with_traceback(error.__traceback__)
        lost = is_lost(error, dialect)
        if lost or is_refusal_to_write(error):
            # Connections of the same age are probably lost as well, or lead to a demoted server: the pool
            # replaces each of them.
            await self.invalidate(error, including_older=not self._is_limited_by_deadline)
        failed = statements[min(answered, len(statements) - 1)]
        wrapped = DBAPIError.instance(
            failed.text,
            failed.values,
            cast(Any, error),
            dbapi.Error,
            hide_parameters=engine.hide_parameters,
            connection_invalidated=lost,
            dialect=dialect,
            ismulti=failed.many,
        )
        if failed is not statements[-1] and isinstance(wrapped, DBAPIError):
            raise DeferredFailure(wrapped) from error
        raise wrapped from error


def _rows(parameters: Values | Sequence[Values] | None) -> Sequence[Values]:
    if parameters is None:
        return ({},)
    if isinstance(parameters, Mapping):
        return (parameters,)
    assert parameters, "no rows"
    return parameters


class AddingInsert:
    """An `INSERT` into `table` that, if the primary key exists, adds the new `columns` to the existing ones."""

    def __init__(self, table: Table, *columns: Column[int]) -> None:
        on_mysql = mysql.insert(table)
        on_sqlite = sqlite.insert(table)
        self._statements: Final[dict[str, Insert]] = {
            "mysql": on_mysql.on_duplicate_key_update(
                {column.name: column + on_mysql.inserted[column.name] for column in columns},
            ),
            "sqlite": on_sqlite.on_conflict_do_update(
                index_elements=list(table.primary_key.columns),
                set_={column.name: column + on_sqlite.excluded[column.name] for column in columns},
            ),
        }

    async def execute(self, connection: DirectConnection, rows: Sequence[dict[str, Any]]) -> None:
        """Insert the rows. Pass them in key order, as every other transaction does, to avoid deadlocks."""
        if rows:
            await connection.defer(self._statements[connection.dialect.name], rows)
