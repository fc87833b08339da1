"""Executes compiled Core statements directly on the driver.

Executing one statement through SQLAlchemy takes several times the CPU time of the driver beneath it. This module
implements the part that the shop needs: it compiles each statement once, converts parameters and rows with the column
types, and raises SQLAlchemy's errors. SQLAlchemy still provides the pool, the transactions and the dialects.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from math import inf
from typing import Any, Final, NoReturn, cast

from sqlalchemy import ClauseElement
from sqlalchemy.engine.result import ScalarResult
from sqlalchemy.exc import CompileError, DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.framework.compilation import NO_COLUMNS, StatementResult, Values, compiled_statement
from shop.adapters.sql.framework.failures import is_lost, is_refusal_to_write
from shop.adapters.sql.framework.internals import drop, invalidate_generation
from shop.domain.errors import Unavailable

_LAST_SECONDS: Final = 1.0
_SERVER_LOST: Final = 2013
_INSERT: Final = re.compile(r"(INSERT .*? VALUES )(\(.*?\))( AS .*| ON DUPLICATE KEY .*|)", re.DOTALL)
_MAX_INSERT: Final = 1_000_000
"""Maximum length in characters of the rows of an INSERT that are sent as one statement."""


class DirectConnection:
    """A pooled connection that executes Core statements within the time limits set by `limit`.

    Raises SQLAlchemy's errors: IntegrityError, OperationalError and the other DBAPIErrors. If a statement is
    interrupted (server lost or silent, task cancelled), the connection is invalidated and doesn't return to the
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
        self._answer_seconds: float | None = None
        self._deadline = inf
        self._is_cut_short = False
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
        """Execute the statement with one row of parameters, or an INSERT with several."""
        rows = _rows(parameters)
        compiled = compiled_statement(statement, self.dialect, tuple(rows[0]))
        text, values = compiled.bound(rows[0])
        many = len(rows) > 1
        if many:
            values = [values, *(compiled.bound(row)[1] for row in rows[1:])]
        for listener in self._events.before_cursor_execute:
            text, values = listener(self._connection.sync_connection, None, text, values, None, many)
        # A value that can't be interpolated is a bug in the shop; later errors come from the driver or the server.
        texts = None if self._is_sqlite else _interpolated(self._driver, text, values, many=many)
        timer = self._start_timer(self._deadline)
        try:
            async with self._driver.cursor() as cursor:
                if texts is None:
                    await (cursor.executemany if many else cursor.execute)(text, values)
                    rowcount = cursor.rowcount
                else:
                    rowcount = 0
                    for each in texts:
                        await cursor.execute(each)
                        rowcount += cursor.rowcount
                description = cursor.description
                answer = () if description is None else await cursor.fetchall()
        except BaseException as error:  # noqa: BLE001 (raised again)
            await self._fail(error, text, values, many=many)
        finally:
            if timer is not None:
                timer.cancel()
        if description is None:
            return StatementResult(NO_COLUMNS, (), rowcount)
        return compiled.result(description, answer, rowcount)

    async def scalar(self, statement: ClauseElement, parameters: Values | None = None) -> Any:
        """Return the first value of the first row; None if there is no row."""
        return (await self.execute(statement, parameters)).scalar()

    async def scalars(self, statement: ClauseElement, parameters: Values | None = None) -> ScalarResult[Any]:
        """Return the first value of each row."""
        return (await self.execute(statement, parameters)).scalars()

    async def begin(self) -> None:
        """Begin a transaction. Sends nothing on MySQL, where the first statement begins it."""
        if self._is_sqlite:
            await self._call("BEGIN IMMEDIATE", lambda: self._driver.execute("BEGIN IMMEDIATE"))

    async def commit(self) -> None:
        """Commit the transaction. `failures.is_definite` tells whether a failed commit certainly saved nothing."""
        for listener in self._events.commit:
            listener(self._connection.sync_connection)
        await self._call("COMMIT", self._driver.commit)

    async def rollback(self) -> None:
        """Roll back the transaction; do nothing on a lost connection."""
        if not self._connection.invalidated:
            await self._call("ROLLBACK", self._driver.rollback)

    async def invalidate(self, error: BaseException | None = None, *, with_its_age: bool = False) -> None:
        """Remove the connection from the pool; with `with_its_age`, also all connections at least as old."""
        if self._connection.invalidated:
            return
        if with_its_age:
            invalidate_generation(self._connection.sync_engine.pool, self._pooled, error or Unavailable(""))
        if not self._is_sqlite:
            drop(self._driver)  # a regular close could wait as long as an unresponsive server
        await self._connection.invalidate(error)

    async def _call(self, text: str, call: Callable[[], Awaitable[Any]]) -> None:
        # Ending a transaction always gets at least a second: the work itself was finished in time.
        timer = self._start_timer(max(self._deadline, asyncio.get_running_loop().time() + _LAST_SECONDS))
        try:
            await call()
        except BaseException as error:  # noqa: BLE001 (raised again)
            await self._fail(error, text, ())
        finally:
            if timer is not None:
                timer.cancel()

    def _start_timer(self, deadline: float) -> asyncio.TimerHandle | None:
        if deadline == inf and self._answer_seconds is None:
            return None
        loop = asyncio.get_running_loop()
        now = loop.time()
        if now >= deadline:
            raise Unavailable("The database is too busy; try again.", retry_after=1)
        if self._is_sqlite:
            return None
        seconds = inf if self._answer_seconds is None else self._answer_seconds
        self._is_cut_short = deadline < now + seconds
        return loop.call_at(min(now + seconds, deadline), drop, self._driver)

    async def _fail(self, error: BaseException, text: str, values: Any, *, many: bool = False) -> NoReturn:
        dialect, engine = self.dialect, self._connection.sync_engine
        dbapi = dialect.loaded_dbapi
        if not isinstance(error, dbapi.Error):
            # It is unknown how much was sent and how much of the answer was read, above all after a cancellation.
            await self.invalidate(error)
            if self._is_sqlite or not isinstance(error, Exception):
                raise error
            error = dbapi.OperationalError(_SERVER_LOST, repr(error)).with_traceback(error.__traceback__)
        lost = is_lost(error, dialect)
        if lost or is_refusal_to_write(error):
            # Connections of the same age are probably lost as well, or lead to a demoted server: the pool
            # replaces each of them.
            await self.invalidate(error, with_its_age=not self._is_cut_short)
        raise DBAPIError.instance(
            text,
            values,
            cast(Any, error),
            dbapi.Error,
            hide_parameters=engine.hide_parameters,
            connection_invalidated=lost,
            dialect=dialect,
            ismulti=many,
        ) from error


def _rows(parameters: Values | Sequence[Values] | None) -> Sequence[Values]:
    if parameters is None:
        return ({},)
    if isinstance(parameters, Mapping):
        return (parameters,)
    assert parameters, "no rows"
    return parameters


def _interpolated(driver: Any, text: str, values: Any, *, many: bool) -> Sequence[str]:
    """Return the statement with its values in the text; a very large INSERT is split into several statements."""
    literal = driver.literal
    if not many:
        return [text % tuple([literal(value) for value in values])]
    insert = _INSERT.fullmatch(text)
    if insert is None:
        raise CompileError("several rows are provided for in a plain INSERT … VALUES only")
    head, row, tail = insert.groups()
    rows, length, pieces = [], 0, []
    for each in values:
        rows.append(row % tuple([literal(value) for value in each]))
        length += len(rows[-1])
        if length > _MAX_INSERT:
            pieces.append(f"{head % ()}{','.join(rows)}{tail % ()}")
            rows, length = [], 0
    if rows:
        pieces.append(f"{head % ()}{','.join(rows)}{tail % ()}")
    return pieces
