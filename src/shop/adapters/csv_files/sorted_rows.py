"""CSV files, decoded and grouped by product in a temporary SQLite database, so that memory does not grow."""

import asyncio
import codecs
import csv
import os
import re
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from shop.application.catalogue.exchange.layouts import Layout
from shop.application.ports.imports import FileRow
from shop.domain.catalogue.catalogue_import import MAX_FILE_SIZE, UnreadableFile

_SEPARATORS: Final = (",", ";", "\t")
_STATED_SEPARATOR: Final = re.compile(r"sep=(.)", re.IGNORECASE)
_TEMPORARY: Final = ""
"""SQLite's name for a database in a file that is deleted as soon as it is open."""
_SCHEMA: Final = """
PRAGMA journal_mode = OFF;
PRAGMA cache_size = -4000;
CREATE TABLE products (position INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, handle TEXT NOT NULL);
CREATE TABLE rows (position INTEGER NOT NULL, line INTEGER NOT NULL, cells BLOB NOT NULL);
CREATE TABLE handles (handle TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_Record = tuple[int, int, list[str]]
"""The line where a record begins, the line after its end, and its cells."""
_NO_RECORD: Final[_Record] = (1, 1, [])
_INDEX: Final = "CREATE INDEX rows_of_product ON rows (position, line)"

csv.field_size_limit(MAX_FILE_SIZE)


class CsvFiles:
    """See the port ImportFiles."""

    async def open(self, chunks: AsyncIterator[bytes]) -> "SortedRows":
        # Neither file has a name, so that nothing is left behind by a process that is killed.
        with tempfile.TemporaryFile() as file:
            async for chunk in chunks:
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(file.flush)
            # A duplicate of the descriptor: if the wait is cancelled, the thread still uses its own.
            return await asyncio.to_thread(_sorted_rows, os.dup(file.fileno()))


class SortedRows:
    """See the port ImportFile."""

    def __init__(self, header: Sequence[str], database: sqlite3.Connection, rows: int, products: int) -> None:
        self.header = header
        self.rows = rows
        self.products = products
        self._database = database

    async def product(self, position: int) -> tuple[str, Sequence[FileRow]]:
        # On this thread: an indexed lookup in a local file takes less time than handing it to another thread.
        (handle,) = self._database.execute(
            "SELECT handle FROM products WHERE position = ?", (position,)
        ).fetchone()
        found = self._database.execute(
            "SELECT line, cells FROM rows WHERE position = ? ORDER BY line", (position,)
        )
        return handle, [FileRow(line, msgspec.msgpack.decode(cells, type=list[str])) for line, cells in found]

    def close(self) -> None:
        self._database.close()


def _sorted_rows(file: int) -> SortedRows:
    """Read the file with this open descriptor, and close it."""
    encoding = ""
    database = sqlite3.connect(_TEMPORARY, check_same_thread=False, isolation_level=None)
    try:
        encoding = _encoding_of(file)
        header, first_line, separator = _header_of(file, encoding)
        layout = Layout.of(header)
        layout.ensure_usable()
        database.executescript(_SCHEMA)
        database.execute("BEGIN")
        rows, products = _store(database, layout, _records(file, encoding, separator, first_line))
        database.execute(_INDEX)
        database.execute("COMMIT")
    except BaseException as error:
        database.close()
        if isinstance(error, UnicodeError):
            other = "UTF-16" if encoding.startswith("utf-16") else "Windows-1252"
            raise UnreadableFile(f"The file is not CSV text: it is neither UTF-8 nor {other}.") from error
        if isinstance(error, csv.Error):
            raise UnreadableFile(f"The file is not CSV text: {error}.") from error
        raise
    finally:
        os.close(file)
    return SortedRows(header, database, rows, products)


def _store(database: sqlite3.Connection, layout: Layout, records: Iterable[_Record]) -> tuple[int, int]:
    rows, products = 0, 0
    for line, _, cells in records:
        key, handle, other = layout.identity(cells)
        key = key or f"line {line}"  # a row that names no product is imported alone, and fails
        found = database.execute("SELECT position, handle FROM products WHERE key = ?", (key,)).fetchone()
        if found is None:
            position, products = products, products + 1
            database.execute(
                "INSERT INTO products VALUES (?, ?, ?)",
                (position, key, _unused_handle(database, handle, other)),
            )
        else:
            position = found[0]
            if handle and not found[1]:  # a variation precedes its product
                database.execute(
                    "UPDATE products SET handle = ? WHERE position = ?",
                    (_unused_handle(database, handle, other), position),
                )
        database.execute("INSERT INTO rows VALUES (?, ?, ?)", (position, line, msgspec.msgpack.encode(cells)))
        rows += 1
    return rows, products


def _unused_handle(database: sqlite3.Connection, handle: str, other: str) -> str:
    """Reserve and return the handle, or `other` if a product of the file has it; "" if both are taken."""
    for each in (handle, other):
        if each and database.execute("INSERT OR IGNORE INTO handles VALUES (?)", (each,)).rowcount:
            return each
    return ""


def _encoding_of(file: int) -> str:
    os.lseek(file, 0, os.SEEK_SET)
    begin = os.read(file, 4)
    if begin.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if len(begin) > 1 and not begin[1] and begin[0]:
        return "utf-16-le"
    if len(begin) > 1 and not begin[0] and begin[1]:
        return "utf-16-be"
    os.lseek(file, 0, os.SEEK_SET)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        while chunk := os.read(file, 1 << 20):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _lines(file: int, encoding: str) -> Iterator[str]:
    """Yield the lines with their ends, which may be CR, LF or both. Raises UnreadableFile for binary content."""
    os.lseek(file, 0, os.SEEK_SET)
    with os.fdopen(file, encoding=encoding, newline="", closefd=False) as text:
        for line in text:
            if "\x00" in line:
                raise UnreadableFile("The file is not CSV text: it has NUL characters.")
            yield line


def _header_of(file: int, encoding: str) -> tuple[list[str], int, str]:
    """Return the headers, the number of the line below them, and the separator under which most columns are known."""
    candidates: list[tuple[int, int, list[str], int, str]] = []
    for preference, each in enumerate(_SEPARATORS):
        separator = each
        _, after, cells = next(_records(file, encoding, separator, 1), _NO_RECORD)
        stated = _STATED_SEPARATOR.fullmatch(separator.join(cells).strip())
        if stated is not None and stated[1] in _SEPARATORS:
            separator = stated[1]
            _, after, cells = next(_records(file, encoding, separator, after), _NO_RECORD)
        known = len(Layout.of(cells).places)
        candidates.append((known, -preference, cells, after, separator))
    _, _, cells, after, separator = max(candidates)
    return cells, after, separator


def _records(file: int, encoding: str, separator: str, first_line: int) -> Iterator[_Record]:
    """Yield the records from `first_line` on, except blank ones."""
    lines = _lines(file, encoding)
    for _ in range(first_line - 1):
        next(lines, None)
    reader = csv.reader(lines, delimiter=separator)
    begin = first_line
    for cells in reader:
        begin, began = first_line + reader.line_num, begin
        if any(cells):
            yield began, begin, cells
