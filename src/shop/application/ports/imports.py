"""Imports of catalogue files: their storage, and reading the files."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.application.framework.views import Page
from shop.domain.catalogue.catalogue_import import CatalogueImport, ProductChange, RowError


@dataclass(frozen=True, slots=True)
class ProductNotes:
    """What an import reports about one product."""

    errors: Sequence[RowError] = ()
    warnings: Sequence[RowError] = ()
    change: ProductChange | None = None


@runtime_checkable
class Imports(Protocol):
    """The shop's imports, their files and what they report."""

    async def add(self, new: CatalogueImport) -> None:
        """Store a new import."""

    async def add_chunk(self, import_id: str, position: int, content: bytes) -> None:
        """Store a part of the import's file; parts are counted from 0."""

    async def lock(self, import_id: str) -> CatalogueImport | None:
        """Return the import, *locked*; None if there is none."""

    async def save(self, changed: CatalogueImport) -> None:
        """Store the new state of an import that this unit of work has locked."""

    async def note(self, before: CatalogueImport, notes: ProductNotes) -> None:
        """Store the notes about the product after `before`. The first MAX_NOTES of each kind are kept."""

    async def delete_notes(self, import_id: str) -> None:
        """Delete the errors, warnings and changes of a locked import."""

    async def delete_file(self, import_id: str) -> None:
        """Delete the file of a locked import."""

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` finished imports made before the moment. Return their number."""


@dataclass(frozen=True, slots=True)
class ImportReport:
    """An import with the errors, warnings and changes that it keeps, in the order in which they were found."""

    state: CatalogueImport
    errors: Sequence[RowError]
    warnings: Sequence[RowError]
    changes: Sequence[ProductChange]


@dataclass(frozen=True, slots=True)
class Existing:
    """Which of some handles and skus the shop had: product ids by handle, and the skus that variants had."""

    product_ids: Mapping[str, str]
    skus: frozenset[str]


@runtime_checkable
class ImportQueries(Protocol):
    """Reads of imports outside a unit of work."""

    async def existing(self, handles: Sequence[str], skus: Sequence[str]) -> Existing:
        """Return which of these handles are current slugs, and which of these skus variants have."""

    async def report(self, import_id: str) -> ImportReport | None:
        """Return one import; None if unknown."""

    async def page(self, page: int, limit: int) -> Page[CatalogueImport]:
        """Return one page of the imports, newest first (ties by id, descending), and their total number."""

    async def waiting(self, at: datetime) -> str | None:
        """Return the id of the oldest import that a process may begin to work on; None if there is none."""

    async def chunk(self, import_id: str, position: int) -> bytes | None:
        """Return a part of the import's file; None past its end."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of a file: the line where it begins, and its cells."""

    line: int
    cells: Sequence[str]


class ImportFile(Protocol):
    """An open file, its rows grouped by product in order of first appearance."""

    @property
    def header(self) -> Sequence[str]: ...

    @property
    def rows(self) -> int:
        """The number of rows below the header."""

    @property
    def products(self) -> int: ...

    async def product(self, position: int) -> tuple[str, Sequence[FileRow]]:
        """Return the handle and the rows of a product, counted from 0."""

    def close(self) -> None:
        """Delete temporary files."""


@runtime_checkable
class ImportFiles(Protocol):
    """Reads CSV files in any of the encodings and with any of the separators that shops export.

    Memory does not grow with the file, and the event loop is not blocked.
    """

    async def open(self, chunks: AsyncIterator[bytes]) -> ImportFile:
        """Return the file. Raises UnreadableFile."""
