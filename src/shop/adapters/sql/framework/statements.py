"""Column types, and compiled statements that convert parameters and rows between Python and the database."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from itertools import chain
from typing import Any, Final, NamedTuple, TypeAlias, cast

from sqlalchemy import ClauseElement, DateTime, Dialect, LargeBinary, SelectBase, TypeDecorator
from sqlalchemy.dialects import mysql
from sqlalchemy.engine.result import IteratorResult, SimpleResultMetaData
from sqlalchemy.exc import CompileError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import TupleType, TypeEngine

_CANONICAL: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)

NIL_ID: Final = "00000000-0000-0000-0000-000000000000"
"""The nil UUID: below every id, and the id of no entity."""
END_OF_RANGE: Final = "\U0010ffff"
"""A prefix followed by this is above every text with the prefix."""


class Identifier(TypeDecorator[str]):
    """A canonical UUID: text in Python, 16 bytes in the database.

    Any other text becomes an empty value that matches no row: an unknown id is "not found", never an error.
    """

    impl = LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        if value is None:
            return None
        return bytes.fromhex(value.replace("-", "")) if _CANONICAL.fullmatch(value) else b""

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        if value is None:
            return None
        text = value.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


class UtcDateTime(TypeDecorator[datetime]):
    """A point in time: timezone-aware and in UTC in Python, a microsecond column without a zone in the database."""

    impl = DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql")
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "a moment without a time zone"
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


Digest: Final = LargeBinary(32).with_variant(mysql.BINARY(32), "mysql")
"""A SHA-256 digest."""
RAW_IDENTIFIER: Final = LargeBinary(16)
"""An id as its bytes, where converting millions of them would take too long."""


Values: TypeAlias = Mapping[str, Any]
"""Parameter values of a statement, by name."""
_Processor: TypeAlias = Callable[[Any], Any]
_Places: TypeAlias = Sequence[tuple[str, _Processor | None]]
"""The parameters of a text in order, each with the function that converts its value for the database."""

_MAX_STATEMENTS: Final = 1_000
"""Maximum number of compiled statements to cache. The shop has fewer; an evicted one is compiled again."""

_MAX_EXPANSIONS: Final = 200
"""Maximum number of list-length combinations for which a statement's text is cached."""


class StatementResult(IteratorResult[*tuple[Any, ...]]):
    """A SQLAlchemy result with all rows read. `rowcount` is the number of rows matched by an UPDATE or DELETE."""

    def __init__(self, metadata: SimpleResultMetaData, rows: Iterable[Sequence[Any]], rowcount: int) -> None:
        super().__init__(metadata, iter(rows))
        self.rowcount = rowcount


class _Expansion(NamedTuple):
    """A statement's text for certain list lengths, its placeholders, and the parameter names of the list members."""

    text: str
    places: _Places
    members: Mapping[str, Sequence[str]]


class CompiledStatement:
    """A statement compiled for a dialect, with the functions that convert its parameters and rows."""

    def __init__(self, statement: ClauseElement, dialect: Dialect, keys: Sequence[str]) -> None:
        compiled = cast(SQLCompiler, statement.compile(dialect=dialect, column_keys=keys or None))
        if compiled.insert_prefetch or compiled.update_prefetch:
            raise CompileError("defaults computed in Python are not supported")
        if compiled.literal_execute_params:
            raise CompileError("literal values in the text of a statement are not supported")
        self._compiled: Final = compiled
        self._dialect: Final = dialect
        self._statement: Final = statement
        self._text: Final = compiled.string
        self._names: Final = frozenset(compiled.bind_names.values())
        self._processors: Final = {
            name: process
            for parameter, name in compiled.bind_names.items()
            if (process := _into_database(parameter.type, dialect)) is not None
        }
        self._lists: Final = [
            (name, isinstance(parameter.type, TupleType))
            for parameter, name in compiled.bind_names.items()
            if parameter in compiled.post_compile_params
        ]
        """The expanding (list) parameters, and whether their members are tuples."""
        self._places: Final = self._places_of(compiled.positiontup or ())
        self._expansions: Final[dict[tuple[int, ...], _Expansion]] = {}
        self._columns: tuple[SimpleResultMetaData, list[tuple[int, _Processor]]] | None = None

    def bound(self, row: Values) -> tuple[str, Any]:
        """Return the statement's text, and the values for its placeholders."""
        if not self._lists and row.keys() >= self._names:
            return self._text, _placed(row, self._places)  # the statement has no bound values of its own
        values = self._compiled.construct_params(row, escape_names=False)
        if not self._lists:
            return self._text, _placed(values, self._places)
        text, places, expanded = self._expansion(values, row)
        for name, are_tuples in self._lists:
            members = chain.from_iterable(values[name]) if are_tuples else values[name]
            values.update(zip(expanded[name], members, strict=True))
        return text, _placed(values, places)

    def _expansion(self, values: Values, row: Values) -> _Expansion:
        lengths = tuple([len(values[name]) for name, _ in self._lists])
        if (known := self._expansions.get(lengths)) is not None:
            return known
        state = self._compiled.construct_expanded_state(row, escape_names=False)
        places = self._places_of(state.positiontup or (), state.processors)
        expansion = _Expansion(state.statement, places, state.parameter_expansion)
        if len(self._expansions) < _MAX_EXPANSIONS:
            self._expansions[lengths] = expansion
        return expansion

    def _places_of(self, names: Iterable[str], more: Mapping[str, _Processor] | None = None) -> _Places:
        processors = {**self._processors, **(more or {})}
        return [(name, processors.get(name)) for name in names]

    def result(
        self, description: Sequence[Sequence[Any]], rows: Iterable[Sequence[Any]], rowcount: int
    ) -> StatementResult:
        """Convert the driver's rows to a result."""
        if self._columns is None:
            self._columns = self._described(description)
        metadata, processors = self._columns
        if processors:
            processed = [list(row) for row in rows]
            for row in processed:
                for place, process in processors:
                    row[place] = process(row[place])
            rows = processed
        return StatementResult(metadata, rows, rowcount)

    def _described(
        self, description: Sequence[Sequence[Any]]
    ) -> tuple[SimpleResultMetaData, list[tuple[int, _Processor]]]:
        if not isinstance(self._statement, SelectBase):
            return SimpleResultMetaData([column[0] for column in description]), []
        names = self._statement.exported_columns.keys()
        types = [column.type for column in self._statement.exported_columns]
        processors: list[tuple[int, _Processor]] = [
            (place, process)
            for place, (type_, column) in enumerate(zip(types, description, strict=True))
            if (process := type_.dialect_impl(self._dialect).result_processor(self._dialect, column[1]))
        ]
        return SimpleResultMetaData(names), processors


def _placed(values: Values, places: _Places) -> tuple[Any, ...]:
    return tuple([values[name] if process is None else process(values[name]) for name, process in places])


NO_COLUMNS: Final = SimpleResultMetaData([])


@lru_cache(_MAX_STATEMENTS)
def compiled_statement(
    statement: ClauseElement, dialect: Dialect, keys: tuple[str, ...]
) -> CompiledStatement:
    return CompiledStatement(statement, dialect, keys)


def _into_database(type_: TypeEngine[Any], dialect: Dialect) -> _Processor | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)
