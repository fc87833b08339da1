"""Views of imports."""

from datetime import datetime

import msgspec

from shop.application.ports.imports import ImportReport
from shop.domain.catalogue.catalogue_import import CatalogueImport, ImportStatus, ProductOutcome


class RowErrorView(msgspec.Struct, frozen=True):
    """What is wrong with a row of the file; `row` is the file's line, `column` its header."""

    row: int
    column: str | None
    message: str


class ProductChangeView(msgspec.Struct, frozen=True):
    """A product that is created or updated; `fields` are the fields that an update changes."""

    row: int
    handle: str
    outcome: ProductOutcome
    fields: list[str]


class ImportSummary(msgspec.Struct, frozen=True, rename="camel"):
    """An import in a list of imports. `rows` and `processed` count rows, the other numbers count products."""

    id: str
    status: ImportStatus
    dry_run: bool
    set_stock: bool
    created_at: datetime
    finished_at: datetime | None
    rows: int
    processed: int
    created: int
    updated: int
    unchanged: int
    failed: int


class ImportView(ImportSummary, frozen=True, rename="camel"):
    """An import. The first 1,000 errors and the first 1,000 changes are shown."""

    unknown_columns: list[str]
    error_count: int
    errors: list[RowErrorView]
    changes: list[ProductChangeView]


class ImportStartedView(msgspec.Struct, frozen=True):
    """The answer to an upload: the id of the import."""

    id: str


class AuditedImport(msgspec.Struct, frozen=True, rename="camel"):
    """An import in an audit entry."""

    dry_run: bool
    set_stock: bool


def import_summary(state: CatalogueImport) -> ImportSummary:
    return ImportSummary(
        state.id,
        state.status,
        state.dry_run,
        state.set_stock,
        state.created_at,
        state.finished_at,
        state.rows,
        state.processed,
        state.created,
        state.updated,
        state.unchanged,
        state.failed,
    )


def import_view(report: ImportReport) -> ImportView:
    state = report.state
    return ImportView(
        **msgspec.structs.asdict(import_summary(state)),
        unknown_columns=list(state.unknown_columns),
        error_count=state.errors,
        errors=[RowErrorView(error.row, error.column, error.message) for error in report.errors],
        changes=[
            ProductChangeView(change.row, change.handle, change.outcome, list(change.fields))
            for change in report.changes
        ],
    )
