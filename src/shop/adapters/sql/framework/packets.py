"""Sends several statements at once, and reads their answers one by one."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from sqlalchemy.exc import CompileError

from shop.adapters.sql.framework.compilation import CompiledStatement
from shop.adapters.sql.framework.internals import run_in_connection_thread

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
    """The number of statements of a packet that were answered: on an error, the next one has failed."""

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
