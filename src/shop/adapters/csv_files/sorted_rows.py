"""CSV files, decoded and grouped by product in a temporary SQLite database, so that memory does not grow."""

import asyncio
import codecs
import csv
import re
import shutil
import sqlite3
import tempfile
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import Final

import msgspec

from shop.application.catalogue.exchange.layouts import Layout
from shop.application.ports.imports import FileRow
from shop.domain.catalogue.catalogue_import import MAX_FILE, UnreadableFile

_SEPARATORS: Final = (",", ";", "\t")
_STATED_SEPARATOR: Final = re.compile(r"sep=(.)", re.IGNORECASE)
_SCHEMA: Final = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -4000;
CREATE TABLE products (position INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, handle TEXT NOT NULL);
CREATE TABLE rows (position INTEGER NOT NULL, line INTEGER NOT NULL, cells BLOB NOT NULL);
CREATE TABLE handles (handle TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_Record = tuple[int, int, list[str]]
_NO_RECORD: Final[_Record] = (1, 1, [])
_INDEX: Final = "CREATE INDEX rows_of_product ON rows (position, line)"

csv.field_size_limit(MAX_FILE)


class CsvFiles:
    """See the port ImportFiles."""

    async def open(self, chunks: AsyncIterator[bytes]) -> "SortedRows":
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="shop-import-"))
        try:
            path = folder / "file.csv"
            with path.open("wb") as file:
                async for chunk in chunks:
                    await asyncio.to_thread(file.write, chunk)
            return await asyncio.to_thread(_sorted_rows, path, folder)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise


class SortedRows:
    """See the port ImportFile."""

    def __init__(self, header: Sequence[str], folder: Path, rows: int, products: int) -> None:
        self.header = header
        self.rows = rows
        self.products = products
        self._folder = folder
        self._database = sqlite3.connect(folder / "rows.sqlite", check_same_thread=False)

    async def product(self, position: int) -> tuple[str, Sequence[FileRow]]:
        # A lookup in a local file by its index: faster than a change of threads.
        (handle,) = self._database.execute(
            "SELECT handle FROM products WHERE position = ?", (position,)
        ).fetchone()
        found = self._database.execute(
            "SELECT line, cells FROM rows WHERE position = ? ORDER BY line", (position,)
        )
        return handle, [FileRow(line, msgspec.msgpack.decode(cells, type=list[str])) for line, cells in found]

    def close(self) -> None:
        self._database.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _sorted_rows(path: Path, folder: Path) -> SortedRows:
    encoding = _encoding_of(path)
    try:
        header, first_line, separator = _header_of(path, encoding)
        layout = Layout.of(header)
        layout.ensure_usable()
        with sqlite3.connect(folder / "rows.sqlite") as database:
            database.executescript(_SCHEMA)
            rows, products = _store(database, layout, _records(path, encoding, separator, first_line))
            database.execute(_INDEX)
        database.close()
    except UnicodeError as error:
        other = "UTF-16" if encoding.startswith("utf-16") else "Windows-1252"
        raise UnreadableFile(f"The file is not CSV text: it is neither UTF-8 nor {other}.") from error
    except csv.Error as error:
        raise UnreadableFile(f"The file is not CSV text: {error}.") from error
    return SortedRows(header, folder, rows, products)


def _store(database: sqlite3.Connection, layout: Layout, records: Iterable[_Record]) -> tuple[int, int]:
    rows, products = 0, 0
    for line, _, cells in records:
        key, handle, other = layout.identity(cells)
        key = key or f"line {line}"  # a row without a product is one by itself, and fails
        found = database.execute("SELECT position, handle FROM products WHERE key = ?", (key,)).fetchone()
        if found is None:
            position, products = products, products + 1
            database.execute(
                "INSERT INTO products VALUES (?, ?, ?)", (position, key, _own(database, handle, other))
            )
        else:
            position = found[0]
            if handle and not found[1]:  # a variation precedes its product
                database.execute(
                    "UPDATE products SET handle = ? WHERE position = ?",
                    (_own(database, handle, other), position),
                )
        database.execute("INSERT INTO rows VALUES (?, ?, ?)", (position, line, msgspec.msgpack.encode(cells)))
        rows += 1
    return rows, products


def _own(database: sqlite3.Connection, handle: str, other: str) -> str:
    """Return the handle, or the other one if another product of the file has the first."""
    for each in (handle, other):
        if each and database.execute("INSERT OR IGNORE INTO handles VALUES (?)", (each,)).rowcount:
            return each
    return ""


def _encoding_of(path: Path) -> str:
    with path.open("rb") as file:
        begin = file.read(4)
        if begin.startswith(codecs.BOM_UTF8):
            return "utf-8-sig"
        if begin.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return "utf-16"
        if len(begin) > 1 and not begin[1] and begin[0]:
            return "utf-16-le"
        if len(begin) > 1 and not begin[0] and begin[1]:
            return "utf-16-be"
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := file.read(1 << 20):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield the lines with their ends, which may be CR, LF or both. Raises UnreadableFile for binary content."""
    with TextIOWrapper(path.open("rb"), encoding=encoding, newline="") as text:
        for line in text:
            if "\x00" in line:
                raise UnreadableFile("The file is not CSV text: it has NUL characters.")
            yield line


def _header_of(path: Path, encoding: str) -> tuple[list[str], int, str]:
    """Return the headers, the number of the line below them, and the separator under which most columns are known."""
    candidates: list[tuple[int, int, list[str], int, str]] = []
    for preference, each in enumerate(_SEPARATORS):
        separator = each
        _, after, cells = next(_records(path, encoding, separator, 1), _NO_RECORD)
        stated = _STATED_SEPARATOR.fullmatch(separator.join(cells).strip())
        if stated is not None and stated[1] in _SEPARATORS:
            separator = stated[1]
            _, after, cells = next(_records(path, encoding, separator, after), _NO_RECORD)
        known = len(Layout.of(cells).places)
        candidates.append((known, -preference, cells, after, separator))
    _, _, cells, after, separator = max(candidates)
    return cells, after, separator


def _records(path: Path, encoding: str, separator: str, first_line: int) -> Iterator[_Record]:
    """Yield the records from a line on that aren't blank: the line where each begins, that after it, and its cells."""
    lines = _lines(path, encoding)
    for _ in range(first_line - 1):
        next(lines, None)
    reader = csv.reader(lines, delimiter=separator)
    begin = first_line
    for cells in reader:
        begin, began = first_line + reader.line_num, begin
        if any(cells):
            yield began, begin, cells
