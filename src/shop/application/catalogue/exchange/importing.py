"""Imports of catalogue files: started by a request or a command, done by workers."""

import asyncio
from collections.abc import AsyncIterator
from typing import BinaryIO

from shop.application.audit.trail import Audit
from shop.application.catalogue.exchange.import_views import (
    AuditedImport,
    ImportStartedView,
    ImportSummary,
    ImportView,
    import_summary,
    import_view,
)
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.transactions import retry_on_conflict
from shop.application.framework.views import Page
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.imports import ImportQueries
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.catalogue.catalogue_import import (
    CHUNK_SIZE,
    MAX_FILE_SIZE,
    CatalogueImport,
    EmptyFile,
    FileTooLarge,
)
from shop.domain.errors import NotFound


class StartImport:
    """Store a CSV file of products for the worker to import. Fails with FILE_SIZE, EMPTY_FILE.

    `by` is None on the command line. A dry run changes nothing: it reports what an import would change.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._audit = audit

    @retry_on_conflict
    async def __call__(
        self,
        by: Principal | None,
        file: BinaryIO,
        *,
        dry_run: bool,
        set_stock: bool,
        key: IdempotencyKey | None = None,
    ) -> Outcome[ImportStartedView]:
        new = CatalogueImport(
            id=self._ids.new_id(),
            created_at=self._clock.now(),
            user_id=None if by is None else by.user_id,
            api_key_id=None if by is None else by.api_key,
            dry_run=dry_run,
            set_stock=set_stock,
        )
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, new.created_at)) is not None:
                return earlier
            await work.imports.add(new)
            await self._store_file(work, new.id, file)
            audited = AuditedImport(dry_run, set_stock)
            await self._audit(work, by, AuditAction.IMPORT_STARTED, new.id, before=None, after=audited)
            return await save_answer(work, key, ImportStartedView(new.id))

    async def _store_file(self, work: UnitOfWork, import_id: str, file: BinaryIO) -> None:
        """Store the file in parts, so that neither memory nor a statement holds all of it."""
        size, position = 0, 0
        await asyncio.to_thread(file.seek, 0)
        while content := await asyncio.to_thread(file.read, CHUNK_SIZE):
            size += len(content)
            if size > MAX_FILE_SIZE:
                raise FileTooLarge
            await work.imports.add_chunk(import_id, position, content)
            position += 1
        if not size:
            raise EmptyFile


class ShowImport:
    """Staff with `catalogue:read`: the progress of an import, and its outcome. Fails with NOT_FOUND."""

    def __init__(self, queries: ImportQueries) -> None:
        self._queries = queries

    async def __call__(self, import_id: str) -> ImportView:
        report = await self._queries.report(import_id)
        if report is None:
            raise NotFound("import")
        return import_view(report)


class ListImports:
    """Staff with `catalogue:read`: the imports of the last 30 days, newest first."""

    def __init__(self, queries: ImportQueries) -> None:
        self._queries = queries

    async def __call__(self, page: int, limit: int) -> Page[ImportSummary]:
        found = await self._queries.page(page, limit)
        return Page(page, limit, found.total, [import_summary(state) for state in found.items])


async def stored_file(queries: ImportQueries, import_id: str) -> AsyncIterator[bytes]:
    """Yield the parts of an import's file."""
    position = 0
    while (content := await queries.chunk(import_id, position)) is not None:
        yield content
        position += 1
