"""The worker's part of imports: one product after another, each in a transaction of its own."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from shop.application.catalogue.exchange.ahead import ProductsAhead
from shop.application.catalogue.exchange.applying import ApplyProduct, ImportTerms, OutdatedRead
from shop.application.catalogue.exchange.entries import (
    InvalidProduct,
    ProductEntry,
    SkippedProduct,
)
from shop.application.catalogue.exchange.errors import DryRun
from shop.application.catalogue.exchange.importing import stored_file
from shop.application.catalogue.exchange.layouts import Layout
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.categories import CurrentCategories
from shop.application.ports.imports import (
    Existing,
    FileRow,
    ImportFile,
    ImportFiles,
    ImportQueries,
    ProductNotes,
)
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import TransactionConflict, UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal
from shop.domain.catalogue.catalogue_import import (
    RETENTION,
    CatalogueImport,
    ProductChange,
    ProductOutcome,
    RowError,
    UnreadableFile,
)
from shop.domain.catalogue.product import SkuTaken
from shop.domain.catalogue.slug import SlugTaken
from shop.domain.errors import Kind, ShopError

SLICE_SECONDS: Final = 4.0
"""How long one call works. A worker can stop only between calls."""
_PURGE_BATCH_SIZE: Final = 20


@dataclass(slots=True)
class _Open:
    """The import that this process works on."""

    state: CatalogueImport
    file: ImportFile
    ahead: ProductsAhead
    how: ImportTerms


class _LeaseLost(Exception):
    """Another process works on the import now."""


class _NothingStored(Exception):
    """Rolls a dry run's transaction back."""


class RunImports:
    """The worker: work on the oldest import for a while.

    If a process dies, only the product that it was working on is lost: each product is stored in one
    transaction with the import's progress. Another process continues when the lease has ended; a dry run then
    starts again.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        queries: ImportQueries,
        files: ImportFiles,
        apply: ApplyProduct,
        clock: Clock,
        categories: CurrentCategories,
        cache: CatalogueCache,
        slice_seconds: float = SLICE_SECONDS,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._queries = queries
        self._files = files
        self._apply = apply
        self._clock = clock
        self._categories = categories
        self._cache = cache
        self._slice_seconds = slice_seconds
        self._open: _Open | None = None

    async def __call__(self, only: str | None = None) -> bool:
        """Work for a few seconds; return whether there was work. `only` is the id of the import to work on."""
        if self._open is None:
            import_id = only or await self._queries.waiting(self._clock.now())
            state = None if import_id is None else await self._lease(import_id)
            if state is None:
                return False
            self._open = await self._opened(state)
        if self._open is not None:
            await self._work(self._open)
        return True

    async def finish(self) -> None:
        """Release the current import, so that another process can continue it immediately."""
        current = self._open
        if current is not None:
            self._close()
            with suppress(_LeaseLost):
                await self._save(current, current.state.release())

    async def _work(self, current: _Open) -> None:
        loop = asyncio.get_running_loop()
        ends, is_open = loop.time() + self._slice_seconds, False
        try:
            while current.state.position < current.state.products and loop.time() < ends:
                await self._next(current)
            if current.state.position == current.state.products:
                await self._save(current, current.state.finish(self._clock.now()))
            else:
                is_open = True
        except _LeaseLost:
            pass
        finally:
            if not is_open:
                self._close()
            self._categories.changed()
            self._cache.products_changed()

    def _close(self) -> None:
        if self._open is not None:
            self._open.file.close()
            self._open = None

    @retry_on_conflict
    async def _lease(self, import_id: str) -> CatalogueImport | None:
        async with self._unit_of_work() as work:
            state = await work.imports.lock(import_id)
            now = self._clock.now()
            if state is None or not state.is_free(now):
                return None
            leased = state.lease(now)
            if leased.errors < state.errors or leased.position < state.position:
                await work.imports.delete_notes(import_id)
            await work.imports.save(leased)
        return leased

    async def _opened(self, state: CatalogueImport) -> _Open | None:
        """Open the leased import's file; None if it can't be read, which ends it, or if another process took it."""
        try:
            file = await self._files.open(stored_file(self._queries, state.id))
        except UnreadableFile as error:
            await self._fail(state, error)
            return None
        layout = Layout.of(file.header)
        by = None
        if state.user_id is not None:  # the user's permissions were checked when the import was started
            by = Principal(state.user_id, "", Role.CUSTOMER, "", api_key=state.api_key_id)
        how = ImportTerms(by, state.set_stock, DryRun() if state.dry_run else None)
        current = _Open(state, file, ProductsAhead(file, layout, self._queries), how)
        try:
            await self._save(current, state.read(file.rows, file.products, layout.unknown_columns))
        except _LeaseLost:
            file.close()
            return None
        except BaseException:
            file.close()
            raise
        return current

    async def _next(self, current: _Open) -> None:
        """Update the next product from the file, or record why that is impossible."""
        product = await current.ahead.at(current.state.position)
        rows = product.rows
        try:
            try:
                await self._apply_one(current, product.entry, len(rows), product.existing)
            except (SlugTaken, SkuTaken, OutdatedRead):
                await self._apply_one(current, product.entry, len(rows), None)
        except SkippedProduct as skipped:
            notes = ProductNotes(warnings=[skipped.warning])
            await self._record(current, ProductOutcome.SKIPPED, len(rows), notes)
        except InvalidProduct as invalid:
            await self._refuse(current, rows, invalid.errors)
        except (TransactionConflict, _LeaseLost):
            raise
        except ShopError as error:
            if error.kind is Kind.UNAVAILABLE:
                raise
            await self._refuse(current, rows, [RowError(rows[0].line, None, error.message)])
        except Exception:
            # Record the error, so that the import continues with the next product. The caller logs it.
            message = "The product could not be imported because of an unexpected error."
            await self._refuse(current, rows, [RowError(rows[0].line, None, message)])
            raise

    @retry_on_conflict
    async def _apply_one(
        self, current: _Open, entry: ProductEntry, rows: int, existing: Existing | None
    ) -> None:
        if current.how.dry_run is not None:
            change = await self._dry_run(current, entry, existing)
            notes = ProductNotes(warnings=entry.warnings, change=change)
            await self._record(current, _outcome(change), rows, notes)
            return
        async with self._unit_of_work() as work:
            await self._ensure_leased(work, current)
            change = await self._apply(work, entry, current.how, existing)
            notes = ProductNotes(warnings=entry.warnings, change=change)
            after = await self._store_outcome(work, current, _outcome(change), rows, notes)
        current.state = after

    async def _dry_run(
        self, current: _Open, entry: ProductEntry, existing: Existing | None
    ) -> ProductChange | None:
        """Return the change that a dry run finds, and store nothing."""
        change: ProductChange | None = None
        try:
            async with self._unit_of_work() as work:
                change = await self._apply(work, entry, current.how, existing)
                raise _NothingStored
        except _NothingStored:
            return change

    async def _refuse(self, current: _Open, rows: Sequence[FileRow], errors: Sequence[RowError]) -> None:
        await self._record(current, ProductOutcome.FAILED, len(rows), ProductNotes(errors))

    @retry_on_conflict
    async def _record(self, current: _Open, outcome: ProductOutcome, rows: int, notes: ProductNotes) -> None:
        """Record the outcome of a product in a transaction of its own: nothing of the product is stored."""
        async with self._unit_of_work() as work:
            await self._ensure_leased(work, current)
            after = await self._store_outcome(work, current, outcome, rows, notes)
        current.state = after

    async def _store_outcome(
        self, work: UnitOfWork, current: _Open, outcome: ProductOutcome, rows: int, notes: ProductNotes
    ) -> CatalogueImport:
        """Store that the product is finished, with the notes to report. Return the import's new state."""
        after = current.state.advance(
            outcome, rows, self._clock.now(), errors=len(notes.errors), warnings=len(notes.warnings)
        )
        await work.imports.note(current.state, notes)
        await work.imports.save(after)
        return after

    @retry_on_conflict
    async def _save(self, current: _Open, after: CatalogueImport) -> None:
        async with self._unit_of_work() as work:
            await self._ensure_leased(work, current)
            await work.imports.save(after)
            if after.is_finished:
                await work.imports.delete_file(after.id)
        current.state = after

    @retry_on_conflict
    async def _fail(self, state: CatalogueImport, error: UnreadableFile) -> None:
        async with self._unit_of_work() as work:
            if await work.imports.lock(state.id) == state:
                await work.imports.note(state, ProductNotes([RowError(1, None, error.message)]))
                await work.imports.save(state.fail(self._clock.now()))
                await work.imports.delete_file(state.id)

    async def _ensure_leased(self, work: UnitOfWork, current: _Open) -> None:
        if await work.imports.lock(current.state.id) != current.state:
            raise _LeaseLost


class PurgeImports:
    """The worker: delete imports that are older than 30 days."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    async def __call__(self) -> int:
        """Return the number of deleted imports."""
        deleted = 0
        while some := await self._purge_some():
            deleted += some
        return deleted

    @retry_on_conflict
    async def _purge_some(self) -> int:
        async with self._unit_of_work() as work:
            return await work.imports.purge(self._clock.now() - RETENTION, _PURGE_BATCH_SIZE)


def _outcome(change: ProductChange | None) -> ProductOutcome:
    return ProductOutcome.UNCHANGED if change is None else change.outcome
