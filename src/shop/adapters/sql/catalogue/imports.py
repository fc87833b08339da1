"""Imports of catalogue files in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    Insert,
    Integer,
    Row,
    Select,
    Table,
    bindparam,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from shop.adapters.sql.catalogue.import_tables import (
    import_changes,
    import_chunks,
    import_errors,
    import_warnings,
    imports,
)
from shop.adapters.sql.catalogue.tables import products, variants
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.framework.statements import UtcDateTime
from shop.application.framework.views import Page
from shop.application.ports.imports import Existing, ImportReport, ProductNotes
from shop.domain.catalogue.catalogue_import import (
    MAX_NOTES,
    CatalogueImport,
    ImportStatus,
    ProductChange,
    ProductOutcome,
    RowError,
)

_OF_IMPORT: Final[BindParameter[Any]] = bindparam("import_id")
_BY_ID: Final = select(imports).where(imports.c.id == _OF_IMPORT)
_LOCK: Final = _BY_ID.with_for_update()
_ADD: Final = insert(imports)
_FIXED: Final = ("id", "created_at", "user_id", "api_key_id", "dry_run", "set_stock")
_SAVE: Final = (
    update(imports)
    .where(imports.c.id == bindparam("current_id"))
    .values({column: bindparam(column.name) for column in imports.c if column.name not in _FIXED})
)
_ADD_CHUNK: Final = insert(import_chunks)
_ADD_ERRORS: Final = insert(import_errors)
_ADD_WARNINGS: Final = insert(import_warnings)
_ADD_CHANGE: Final = insert(import_changes)
_CHUNK: Final = select(import_chunks.c.content).where(
    import_chunks.c.import_id == _OF_IMPORT, import_chunks.c.position == bindparam("at", type_=Integer)
)


def _numbered(table: Table) -> Select[Any]:
    return select(table).where(table.c.import_id == _OF_IMPORT).order_by(table.c.number)


_ERRORS: Final = _numbered(import_errors)
_WARNINGS: Final = _numbered(import_warnings)
_CHANGES: Final = _numbered(import_changes)
_FORGET: Final = [
    delete(table).where(table.c.import_id == _OF_IMPORT)
    for table in (import_errors, import_warnings, import_changes)
]
_DELETE_FILE: Final = delete(import_chunks).where(import_chunks.c.import_id == _OF_IMPORT)
_WAITING: Final = (
    select(imports.c.id)
    .where(
        imports.c.finished_at.is_(None),
        or_(
            imports.c.leased_until.is_(None), imports.c.leased_until <= bindparam("moment", type_=UtcDateTime)
        ),
    )
    .order_by(imports.c.created_at, imports.c.id)
    .limit(1)
)
_OLD: Final = (
    select(imports.c.id)
    .where(imports.c.finished_at.is_not(None), imports.c.created_at < bindparam("moment", type_=UtcDateTime))
    .order_by(imports.c.created_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_SLUGS: Final = select(products.c.id, products.c.slug).where(
    products.c.slug.in_(bindparam("slugs", expanding=True))
)
_SKUS: Final = select(variants.c.sku).where(variants.c.sku.in_(bindparam("skus", expanding=True)))
_OF_IMPORTS: Final[BindParameter[Any]] = bindparam("import_ids", expanding=True)
_PURGE: Final = [
    *(
        delete(table).where(table.c.import_id.in_(_OF_IMPORTS))
        for table in (import_errors, import_warnings, import_changes, import_chunks)
    ),
    delete(imports).where(imports.c.id.in_(_OF_IMPORTS)),
]
_COUNT: Final = select(func.count()).select_from(imports)
_PAGE: Final = only_page(select(imports).order_by(imports.c.created_at.desc(), imports.c.id.desc()))


class SqlImports:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, new: CatalogueImport) -> None:
        fixed = {name: getattr(new, name) for name in _FIXED}
        await self._connection.defer(_ADD, {**fixed, **_progress_of(new)})

    async def add_chunk(self, import_id: str, position: int, content: bytes) -> None:
        row = {"import_id": import_id, "position": position, "content": content}
        await self._connection.execute(_ADD_CHUNK, row)

    async def lock(self, import_id: str) -> CatalogueImport | None:
        row = (await self._connection.execute(_LOCK, {"import_id": import_id})).one_or_none()
        return None if row is None else _import_of(row)

    async def save(self, changed: CatalogueImport) -> None:
        await self._connection.defer(_SAVE, {"current_id": changed.id, **_progress_of(changed)})

    async def note(self, before: CatalogueImport, notes: ProductNotes) -> None:
        await self._note_rows(_ADD_ERRORS, before.id, before.errors, notes.errors)
        await self._note_rows(_ADD_WARNINGS, before.id, before.warnings, notes.warnings)
        change = notes.change
        if change is not None and before.changes < MAX_NOTES:
            row = {
                "import_id": before.id,
                "number": before.changes,
                "line": change.row,
                "handle": change.handle,
                "outcome": change.outcome.value,
                "fields": " ".join(change.fields),
            }
            await self._connection.defer(_ADD_CHANGE, row)

    async def _note_rows(
        self, statement: Insert, import_id: str, known: int, messages: Sequence[RowError]
    ) -> None:
        rows = [
            {
                "import_id": import_id,
                "number": number,
                "line": each.row,
                "header": each.column,
                "message": each.message,
            }
            for number, each in enumerate(messages[: max(0, MAX_NOTES - known)], known)
        ]
        if rows:
            await self._connection.defer(statement, rows)

    async def delete_notes(self, import_id: str) -> None:
        for statement in _FORGET:
            await self._connection.defer(statement, {"import_id": import_id})

    async def delete_file(self, import_id: str) -> None:
        await self._connection.defer(_DELETE_FILE, {"import_id": import_id})

    async def purge(self, before: datetime, limit: int) -> int:
        old = list(await self._connection.scalars(_OLD, {"moment": before, "most": limit}))
        for statement in _PURGE if old else ():
            await self._connection.defer(statement, {"import_ids": old})
        return len(old)


class SqlImportQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def report(self, import_id: str) -> ImportReport | None:
        of_import = {"import_id": import_id}
        async with self._database.reading() as connection:
            row = (await connection.execute(_BY_ID, of_import)).one_or_none()
            if row is None:
                return None
            errors, warnings = [
                [
                    RowError(each.line, each.header, each.message)
                    for each in await connection.execute(statement, of_import)
                ]
                for statement in (_ERRORS, _WARNINGS)
            ]
            changes = [
                ProductChange(
                    change.line, change.handle, ProductOutcome(change.outcome), tuple(change.fields.split())
                )
                for change in await connection.execute(_CHANGES, of_import)
            ]
        return ImportReport(_import_of(row), errors, warnings, changes)

    async def page(self, page: int, limit: int) -> Page[CatalogueImport]:
        return await counted_page(self._database, _COUNT, _PAGE, {}, _import_of, page=page, limit=limit)

    async def existing(self, handles: Sequence[str], skus: Sequence[str]) -> Existing:
        async with self._database.reading() as connection:
            product_ids: dict[str, str] = {}
            if handles:
                rows = await connection.execute(_SLUGS, {"slugs": list(handles)})
                product_ids = {row.slug: row.id for row in rows}
            taken: frozenset[str] = frozenset()
            if skus:
                taken = frozenset(await connection.scalars(_SKUS, {"skus": list(skus)}))
            return Existing(product_ids, taken)

    async def waiting(self, at: datetime) -> str | None:
        async with self._database.reading() as connection:
            found: str | None = await connection.scalar(_WAITING, {"moment": at})
            return found

    async def chunk(self, import_id: str, position: int) -> bytes | None:
        async with self._database.reading() as connection:
            content: bytes | None = await connection.scalar(_CHUNK, {"import_id": import_id, "at": position})
            return content


def _progress_of(state: CatalogueImport) -> dict[str, Any]:
    return {
        "status": state.status.value,
        "leased_until": state.leased_until,
        "finished_at": state.finished_at,
        "row_count": state.rows,
        "product_count": state.products,
        "position": state.position,
        "processed": state.processed,
        "created": state.created,
        "updated": state.updated,
        "unchanged": state.unchanged,
        "skipped": state.skipped,
        "failed": state.failed,
        "error_count": state.errors,
        "warning_count": state.warnings,
        "unknown_columns": list(state.unknown_columns) or None,
    }


def _import_of(row: Row[Any]) -> CatalogueImport:
    return CatalogueImport(
        id=row.id,
        created_at=row.created_at,
        user_id=row.user_id,
        api_key_id=row.api_key_id,
        dry_run=bool(row.dry_run),
        set_stock=bool(row.set_stock),
        status=ImportStatus(row.status),
        leased_until=row.leased_until,
        finished_at=row.finished_at,
        rows=row.row_count,
        products=row.product_count,
        position=row.position,
        processed=row.processed,
        created=row.created,
        updated=row.updated,
        unchanged=row.unchanged,
        skipped=row.skipped,
        failed=row.failed,
        errors=row.error_count,
        warnings=row.warning_count,
        unknown_columns=tuple(row.unknown_columns or ()),
    )
