"""One span per transaction, named after the use case's method, and one per statement, after its kind and table."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache, partial
from types import TracebackType
from typing import Final, Self

from opentelemetry.trace import Span, SpanKind
from sqlalchemy import ClauseElement, Table
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql import visitors

from shop.adapters.sql.catalogue.categories import KnownTree
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import StatementResult, Values
from shop.adapters.sql.storage import SqlStorage, SqlUnitOfWork
from shop.adapters.tracing.sdk import Attributes, Tracing

_MAX_DESCRIPTIONS: Final = 1_000


class TracedConnection(DirectConnection):
    """Traces each statement: its kind and table, never its values."""

    def __init__(self, tracing: Tracing, connection: AsyncConnection) -> None:
        super().__init__(connection)
        self._tracing = tracing

    async def execute(
        self, statement: ClauseElement, parameters: Values | Sequence[Values] | None = None
    ) -> StatementResult:
        name, attributes = _described(statement, self.dialect.name)
        with self._tracing.span(name, SpanKind.CLIENT, attributes):
            return await super().execute(statement, parameters)

    async def defer(
        self, statement: ClauseElement, parameters: Values | Sequence[Values] | None = None
    ) -> None:
        name, attributes = _described(statement, self.dialect.name)
        with self._tracing.span(name, SpanKind.CLIENT, {**attributes, "shop.deferred": True}):
            await super().defer(statement, parameters)

    async def commit(self) -> None:
        with self._tracing.span("COMMIT", SpanKind.CLIENT, {"db.system.name": self.dialect.name}):
            await super().commit()


class TracedStorage(SqlStorage):
    """A storage whose units of work are traced."""

    def __init__(self, database: Database, tracing: Tracing) -> None:
        super().__init__(database)
        self._tracing = tracing

    def unit_of_work(self) -> SqlUnitOfWork:
        use_case = sys._getframe(1).f_code.co_qualname  # the use case's own method
        span = partial(self._tracing.span, f"transaction {use_case}")
        return _TracedUnitOfWork(self.database, self._known_tree, span)


def traced_database(url: str, pool_size: int, tracing: Tracing, *, patient: bool = False) -> Database:
    """Return a database whose statements are traced."""
    return Database(url, pool_size, patient=patient, direct=partial(TracedConnection, tracing))


class _TracedUnitOfWork(SqlUnitOfWork):
    """A unit of work whose span lasts from the wait for a connection until its release."""

    def __init__(
        self, database: Database, known_tree: KnownTree, span: Callable[[], AbstractContextManager[Span]]
    ) -> None:
        super().__init__(database, known_tree)
        self._span = span()

    async def __aenter__(self) -> Self:
        self._span.__enter__()
        try:
            return await super().__aenter__()
        except BaseException as error:
            self._span.__exit__(type(error), error, error.__traceback__)
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await super().__aexit__(kind, error, trace)
        except BaseException as other:
            self._span.__exit__(type(other), other, other.__traceback__)
            raise
        self._span.__exit__(kind, error, trace)


@lru_cache(_MAX_DESCRIPTIONS)
def _described(statement: ClauseElement, system: str) -> tuple[str, Attributes]:
    kind = statement.__visit_name__.upper().replace("TEXTCLAUSE", "TEXT").replace("COMPOUND_SELECT", "SELECT")
    table = next((each.name for each in visitors.iterate(statement) if isinstance(each, Table)), None)
    attributes = {"db.system.name": system, "db.operation.name": kind}
    if table is None:
        return kind, attributes
    return f"{kind} {table}", {**attributes, "db.collection.name": table}
