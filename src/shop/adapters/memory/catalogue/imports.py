"""Imports of catalogue files in memory."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from shop.adapters.memory.catalogue.products import PRODUCTS
from shop.adapters.memory.framework.store import Store, Transaction
from shop.application.framework.views import Page
from shop.application.ports.imports import Existing, ImportReport, ProductNotes
from shop.domain.catalogue.catalogue_import import MAX_NOTES, CatalogueImport, ProductChange, RowError
from shop.domain.catalogue.product import Product

_IMPORTS: Final = "imports"
_CHUNKS: Final = "import_chunks"
_NOTES: Final = "import_notes"
_Notes = tuple[tuple[RowError, ...], tuple[RowError, ...], tuple[ProductChange, ...]]
_NO_NOTES: Final[_Notes] = ((), (), ())


class MemoryImports:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, new: CatalogueImport) -> None:
        await self._transaction.put(_IMPORTS, new.id, new)

    async def add_chunk(self, import_id: str, position: int, content: bytes) -> None:
        chunks = await self._transaction.get(_CHUNKS, import_id) or ()
        assert position == len(chunks)
        await self._transaction.put(_CHUNKS, import_id, (*chunks, content))

    async def lock(self, import_id: str) -> CatalogueImport | None:
        await self._transaction.lock(_IMPORTS, import_id)
        found: CatalogueImport | None = await self._transaction.get(_IMPORTS, import_id)
        return found

    async def save(self, changed: CatalogueImport) -> None:
        await self._transaction.put(_IMPORTS, changed.id, changed)

    async def note(self, before: CatalogueImport, notes: ProductNotes) -> None:
        known: _Notes = await self._transaction.get(_NOTES, before.id) or _NO_NOTES
        errors = notes.errors[: max(0, MAX_NOTES - before.errors)]
        warnings = notes.warnings[: max(0, MAX_NOTES - before.warnings)]
        changes = () if notes.change is None or before.changes >= MAX_NOTES else (notes.change,)
        after = ((*known[0], *errors), (*known[1], *warnings), (*known[2], *changes))
        await self._transaction.put(_NOTES, before.id, after)

    async def delete_notes(self, import_id: str) -> None:
        await self._transaction.delete(_NOTES, import_id)

    async def delete_file(self, import_id: str) -> None:
        await self._transaction.delete(_CHUNKS, import_id)

    async def purge(self, before: datetime, limit: int) -> int:
        every: list[CatalogueImport] = await self._transaction.scan(_IMPORTS)
        old = sorted(
            (each for each in every if each.is_finished and each.created_at < before),
            key=lambda each: each.created_at,
        )[:limit]
        for each in old:
            for table in (_IMPORTS, _CHUNKS, _NOTES):
                await self._transaction.delete(table, each.id)
        return len(old)


class MemoryImportQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def report(self, import_id: str) -> ImportReport | None:
        await asyncio.sleep(0)
        found: CatalogueImport | None = self._store.tables[_IMPORTS].get(import_id)
        errors, warnings, changes = self._store.tables[_NOTES].get(import_id, _NO_NOTES)
        return None if found is None else ImportReport(found, list(errors), list(warnings), list(changes))

    async def page(self, page: int, limit: int) -> Page[CatalogueImport]:
        every = await self._every()
        every.sort(key=lambda each: (each.created_at, each.id), reverse=True)
        return Page(page, limit, len(every), every[(page - 1) * limit : page * limit])

    async def existing(self, handles: Sequence[str], skus: Sequence[str]) -> Existing:
        await asyncio.sleep(0)
        products: list[Product] = list(self._store.tables[PRODUCTS].values())
        product_ids = {product.slug: product.id for product in products if product.slug in handles}
        taken = {variant.sku for product in products for variant in product.variants if variant.sku in skus}
        return Existing(product_ids, frozenset(sku for sku in taken if sku is not None))

    async def waiting(self, at: datetime) -> str | None:
        free = [(each.created_at, each.id) for each in await self._every() if each.is_free(at)]
        return min(free)[1] if free else None

    async def chunk(self, import_id: str, position: int) -> bytes | None:
        await asyncio.sleep(0)
        chunks: tuple[bytes, ...] = self._store.tables[_CHUNKS].get(import_id, ())
        return chunks[position] if position < len(chunks) else None

    async def _every(self) -> list[CatalogueImport]:
        await asyncio.sleep(0)
        rows: dict[Any, CatalogueImport] = self._store.tables[_IMPORTS]
        return list(rows.values())
