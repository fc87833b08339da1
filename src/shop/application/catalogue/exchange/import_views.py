"""Views of imports."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from shop.application.ports.imports import ImportReport
from shop.domain.catalogue.catalogue_import import CatalogueImport, ImportStatus, ProductOutcome, RowError


class RowErrorView(msgspec.Struct, frozen=True):
    """A message about a row of the file; `row` is the file's line, `column` its header."""

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
    skipped: int
    failed: int


class ImportView(ImportSummary, frozen=True, rename="camel"):
    """An import. The first 1,000 errors, warnings and changes are shown."""

    unknown_columns: list[str]
    error_count: int
    errors: list[RowErrorView]
    warning_count: int
    warnings: list[RowErrorView]
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
        state.skipped,
        state.failed,
    )


def import_view(report: ImportReport) -> ImportView:
    state = report.state
    return ImportView(
        **msgspec.structs.asdict(import_summary(state)),
        unknown_columns=list(state.unknown_columns),
        error_count=state.errors,
        errors=_row_views(report.errors),
        warning_count=state.warnings,
        warnings=_row_views(report.warnings),
        changes=[
            ProductChangeView(change.row, change.handle, change.outcome, list(change.fields))
            for change in report.changes
        ],
    )


def _row_views(messages: Sequence[RowError]) -> list[RowErrorView]:
    return [RowErrorView(each.row, each.column, each.message) for each in messages]
