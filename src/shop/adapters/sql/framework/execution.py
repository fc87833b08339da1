"""Core statements, from their compiled text straight to the driver, several in one packet where that is possible.

SQLAlchemy's own way to execute one statement takes several times the processor time of the driver beneath it. What
the shop needs of it is here: a statement is compiled once, its values go through the types both ways, errors are
SQLAlchemy's. Pool and dialects remain SQLAlchemy's own work.

A write whose result nobody needs is deferred: it travels with the next statement whose result somebody needs, or with
COMMIT. MySQL gets them as one multi-statement packet and answers each in turn, up to the first that fails; SQLite
executes them in one visit to its thread.
"""

import asyncio
from collections.abc import Mapping, Sequence
from math import inf
from typing import Any, Final, NoReturn, cast

from sqlalchemy import ClauseElement
from sqlalchemy.engine.result import ScalarResult
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.framework import packets
from shop.adapters.sql.framework.compilation import (
    NO_COLUMNS,
    StatementResult,
    Values,
    compiled_statement,
)
from shop.adapters.sql.framework.failures import is_lost, is_refusal_to_write
from shop.adapters.sql.framework.internals import drop, invalidate_generation
from shop.adapters.sql.framework.packets import Answer, Prepared, Progress
from shop.domain.errors import Unavailable

_LAST_SECONDS: Final = 1.0
_SERVER_LOST: Final = 2013
_MAX_PACKET: Final = 1_000_000
"""Characters that may be deferred. The server's own limit (`max_allowed_packet`) is for the whole packet."""


class DeferredFailure(Exception):
    """A deferred statement failed, and none after it was executed. `error` says which and why."""

    def __init__(self, error: DBAPIError) -> None:
        super().__init__(str(error))
        self.error = error


class DirectConnection:
    """A pooled connection on which Core statements are executed, within the limits set by `limit`.

    Raises what SQLAlchemy raises: IntegrityError, OperationalError and the other DBAPIErrors; for a deferred statement
    that failed, DeferredFailure, so that nobody takes its error for their own statement's. One whose statements
    didn't come to their end, because the server was lost or silent or the task was cancelled, leaves the connection
    invalidated: it doesn't go back to the pool. Calls the engine's listeners of `before_cursor_execute` and `commit`.
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
        self._is_cut_short = False
        """Whether the deadline, and not the answer's own time, bounds the statement at hand."""

    def limit(self, answer_seconds: float | None, deadline: float) -> None:
        """Give the server so many seconds for each answer, and until `deadline` (the event loop's) for all of them.

        SQLite's file has no such peer: only what begins after the deadline is refused.
        """
        self._answer_seconds = answer_seconds
        self._deadline = deadline

    async def execute(
        self, statement: ClauseElement, parameters: Values | Sequence[Values] | None = None
    ) -> StatementResult:
        """Execute what was deferred, and the statement, with one row of parameters or, for an INSERT, with several."""
        prepared = self._prepared(statement, parameters)
        answer = await self._send(prepared, self._deadline)
        if answer.description is None:
            return StatementResult(NO_COLUMNS, (), answer.rowcount)
        assert prepared.compiled is not None
        return prepared.compiled.result(answer.description, answer.rows, answer.rowcount)

    async def defer(
        self, statement: ClauseElement, parameters: Values | Sequence[Values] | None = None
    ) -> None:
        """Execute the statement before the next one, or before COMMIT: for a write whose result nobody needs.

        A violated constraint and every other failure show then. Nothing is sent for a transaction that is rolled back.
        """
        prepared = self._prepared(statement, parameters)
        if self._deferred and sum(each.size for each in self._deferred) + prepared.size > _MAX_PACKET:
            await self.flush()
        self._deferred.append(prepared)

    async def flush(self) -> None:
        """Execute what was deferred, when something else than this object is to end the transaction."""
        if self._deferred:
            await self._send(self._deferred.pop(), self._deadline)

    async def scalar(self, statement: ClauseElement, parameters: Values | None = None) -> Any:
        """The first value of the first row, None without a row."""
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(self, statement: ClauseElement, parameters: Values | None = None) -> ScalarResult[Any]:
        """The first value of each row."""
        return (await self.execute(statement, parameters)).scalars()

    async def begin(self) -> None:
        """Begin a transaction. On MySQL the first statement does, so that nothing is sent."""
        if self._is_sqlite:
            await self._send(packets.BEGIN, self._deadline)

    async def commit(self) -> None:
        """Execute what was deferred, and end the transaction.

        `failures.is_definite` tells of an error that it raises whether nothing was saved. After a DeferredFailure
        nothing was, unless the connection was lost: then nobody knows.
        """
        for listener in self._events.commit:
            listener(self._connection.sync_connection)
        await self._send(packets.COMMIT, self._last_deadline())

    async def rollback(self) -> None:
        """Undo the transaction; nothing is left to do on a connection that was lost."""
        self._deferred.clear()
        if not self._connection.invalidated:
            await self._send(packets.ROLLBACK, self._last_deadline())

    async def invalidate(self, error: BaseException | None = None, *, with_its_age: bool = False) -> None:
        """Keep the connection out of the pool; `with_its_age` those too that are as old as it is."""
        if self._connection.invalidated:
            return
        if with_its_age:
            invalidate_generation(self._connection.sync_engine.pool, self._pooled, error or Unavailable(""))
        if not self._is_sqlite:
            drop(self._driver)  # closing it politely could take as long as a peer that says nothing
        await self._connection.invalidate(error)

    def _prepared(self, statement: ClauseElement, parameters: Values | Sequence[Values] | None) -> Prepared:
        rows = _rows(parameters)
        compiled = compiled_statement(statement, self.dialect, tuple(rows[0]))
        text, values = compiled.bound(rows[0])
        # A session is set up when it connects. A change of it in a packet would outlive the packet's failure.
        assert not text.startswith("SET "), text
        many = len(rows) > 1
        if many:
            values = [values, *(compiled.bound(row)[1] for row in rows[1:])]
        for listener in self._events.before_cursor_execute:
            text, values = listener(self._connection.sync_connection, None, text, values, None, many)
        # What can't be put into a statement is a fault of ours; what fails after that is the driver's or the server's.
        pieces = () if self._is_sqlite else packets.with_values(self._driver.literal, text, values, many=many)
        return Prepared(text, values, many, compiled, pieces)

    async def _send(self, last: Prepared, deadline: float) -> Answer:
        """Execute what was deferred and `last`, and give the answer to that."""
        statements, self._deferred = [*self._deferred, last], []
        progress = Progress()
        self._start_timer(deadline)
        try:
            if self._is_sqlite:
                return await packets.through_sqlite(self._driver, statements, progress)
            return await packets.through_mysql(
                self._driver, statements, progress, lambda: self._start_timer(deadline)
            )
        except BaseException as error:  # noqa: BLE001 (raised again)
            await self._fail(error, statements, progress.answered)
        finally:
            self._stop_timer()

    def _last_deadline(self) -> float:
        # What ends a transaction has a second in any case: it is the end of a waiting that was in time.
        return max(self._deadline, asyncio.get_running_loop().time() + _LAST_SECONDS)

    def _start_timer(self, deadline: float) -> None:
        """Drop the connection when the next answer takes too long. Raises Unavailable after the deadline."""
        self._stop_timer()
        if deadline == inf and self._answer_seconds is None:
            return
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now >= deadline:
            raise Unavailable("The database is too busy; try again.", retry_after=1)
        if not self._is_sqlite:
            seconds = inf if self._answer_seconds is None else self._answer_seconds
            self._is_cut_short = deadline < now + seconds
            self._timer = loop.call_at(min(now + seconds, deadline), drop, self._driver)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    async def _fail(self, error: BaseException, statements: Sequence[Prepared], answered: int) -> NoReturn:
        dialect, engine = self.dialect, self._connection.sync_engine
        dbapi = dialect.loaded_dbapi
        if not isinstance(error, dbapi.Error):
            # Nobody knows how much was sent, and of its answers read: a cancelled task's above all.
            await self.invalidate(error)
            if self._is_sqlite or not isinstance(error, Exception):
                raise error
            error = dbapi.OperationalError(_SERVER_LOST, repr(error)).with_traceback(error.__traceback__)
        lost = is_lost(error, dialect)
        if lost or is_refusal_to_write(error):
            # The connections that are as old as this one are probably lost, too, or lead to a server that was
            # demoted: the pool opens a new one in the place of each.
            await self.invalidate(error, with_its_age=not self._is_cut_short)
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
