"""An import of a catalogue file: its progress and its result."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final, Self

from shop.domain.errors import Kind, ShopError

MAX_FILE_SIZE: Final = 20 * 1024 * 1024
"""In bytes."""
CHUNK_SIZE: Final = 512 * 1024
"""The size in bytes of the parts in which a file is stored."""
MAX_NOTES: Final = 1_000
"""The number of errors, of warnings and of changes that an import keeps."""
LEASE: Final = timedelta(seconds=30)
"""A process that does not finish a product within this time is presumed dead."""
RETENTION: Final = timedelta(days=30)
"""The age at which an import is deleted."""
MAX_MESSAGE_LENGTH: Final = 300
MAX_COLUMN_LENGTH: Final = 100


class FileTooLarge(ShopError):
    """The file is larger than 20 MiB."""

    code: ClassVar[str] = "FILE_SIZE"
    kind: ClassVar[Kind] = Kind.REJECTED

    def __init__(self) -> None:
        super().__init__(
            "The file must have at most 20 MiB: split it, and import the parts one after another."
        )


class EmptyFile(ShopError):
    """The file has no content."""

    code: ClassVar[str] = "EMPTY_FILE"
    kind: ClassVar[Kind] = Kind.REJECTED

    def __init__(self) -> None:
        super().__init__("The file is empty: send a CSV file whose first row names the columns.")


class UnreadableFile(ShopError):
    """The file is not CSV text with a row of known column names."""

    code: ClassVar[str] = "UNREADABLE_FILE"
    kind: ClassVar[Kind] = Kind.REJECTED


class ImportStatus(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """The file could not be read. Errors of rows leave an import `done`."""


class ProductOutcome(StrEnum):
    """The result of importing one product."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    SKIPPED = "skipped"
    """The rows are valid, but the shop can't sell the product: the shop system that exported it sells it on
    another website, or uses it only to group other products."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class RowError:
    """What is wrong with a row, or what was left out of it. `row` is the file's line, `column` the header."""

    row: int
    column: str | None
    message: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", self.message[:MAX_MESSAGE_LENGTH])
        if self.column is not None:
            object.__setattr__(self, "column", self.column[:MAX_COLUMN_LENGTH])


@dataclass(frozen=True, slots=True)
class ProductChange:
    """A product that was created or updated, in the file's order. `fields` are the changed fields of an update."""

    row: int
    handle: str
    outcome: ProductOutcome
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CatalogueImport:
    """An import. `user_id` and `api_key_id` name its requester; both are None for the command line.

    `position` is the number of products that are finished. A process may work on it until `leased_until`.
    """

    id: str
    created_at: datetime
    user_id: str | None
    api_key_id: str | None
    dry_run: bool
    set_stock: bool
    """Whether the stock of existing variants is set, too."""
    status: ImportStatus = ImportStatus.QUEUED
    leased_until: datetime | None = None
    finished_at: datetime | None = None
    rows: int = 0
    products: int = 0
    position: int = 0
    processed: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    skipped: int = 0
    failed: int = 0
    errors: int = 0
    """The number of errors found; at most MAX_NOTES of them are kept."""
    warnings: int = 0
    """The number of warnings; at most MAX_NOTES of them are kept."""
    unknown_columns: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        finished = self.created + self.updated + self.unchanged + self.skipped + self.failed
        assert self.position == finished
        assert (self.finished_at is None) == (not self.is_finished)

    @property
    def is_finished(self) -> bool:
        return self.status in {ImportStatus.DONE, ImportStatus.FAILED}

    @property
    def changes(self) -> int:
        """Return the number of products that were created or updated."""
        return self.created + self.updated

    def is_free(self, at: datetime) -> bool:
        """Return whether a process may begin to work on it."""
        return not self.is_finished and (self.leased_until is None or self.leased_until <= at)

    def lease(self, at: datetime) -> Self:
        """Return the import, leased to a process. A dry run starts again, since it has changed nothing."""
        assert self.is_free(at)
        leased = replace(self, status=ImportStatus.RUNNING, leased_until=at + LEASE)
        return leased.restart() if self.dry_run else leased

    def restart(self) -> Self:
        """Return the import with all its progress reset."""
        return replace(
            self,
            position=0,
            processed=0,
            created=0,
            updated=0,
            unchanged=0,
            skipped=0,
            failed=0,
            errors=0,
            warnings=0,
        )

    def release(self) -> Self:
        """Return the import without its lease, so that another process can continue it."""
        return replace(self, leased_until=None)

    def read(self, rows: int, products: int, unknown_columns: Sequence[str]) -> Self:
        """Record the numbers of rows and products in the file, and the columns that are not read."""
        return replace(self, rows=rows, products=products, unknown_columns=tuple(unknown_columns))

    def advance(
        self, outcome: ProductOutcome, rows: int, at: datetime, *, errors: int = 0, warnings: int = 0
    ) -> Self:
        """Count a finished product with its number of rows, errors and warnings, and extend the lease."""
        assert self.position < self.products
        return replace(
            self,
            leased_until=at + LEASE,
            position=self.position + 1,
            processed=self.processed + rows,
            created=self.created + (outcome is ProductOutcome.CREATED),
            updated=self.updated + (outcome is ProductOutcome.UPDATED),
            unchanged=self.unchanged + (outcome is ProductOutcome.UNCHANGED),
            skipped=self.skipped + (outcome is ProductOutcome.SKIPPED),
            failed=self.failed + (outcome is ProductOutcome.FAILED),
            errors=self.errors + errors,
            warnings=self.warnings + warnings,
        )

    def finish(self, at: datetime) -> Self:
        """Mark the import as done: every product is finished."""
        assert self.position == self.products
        return replace(self, status=ImportStatus.DONE, finished_at=at, leased_until=None)

    def fail(self, at: datetime) -> Self:
        """Mark the import as failed: the file can't be read."""
        return replace(self, status=ImportStatus.FAILED, finished_at=at, leased_until=None, errors=1)
