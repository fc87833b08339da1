"""Contract tests: imports of catalogue files."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shop.adapters.security.secrets import RandomIds
from shop.application.ports.imports import Existing, ImportReport, ProductNotes
from shop.application.ports.unit_of_work import TransactionConflict
from shop.contract.account_samples import NOW
from shop.contract.product_samples import a_product, remove, revise, store
from shop.domain.catalogue.catalogue_import import (
    CHUNK_SIZE,
    LEASE,
    MAX_NOTES,
    CatalogueImport,
    ProductChange,
    ProductOutcome,
    RowError,
)

pytestmark = pytest.mark.anyio

_ids = RandomIds()
SECOND = timedelta(seconds=1)


def an_import(**fields: Any) -> CatalogueImport:
    values = {"user_id": _ids.new_id(), "api_key_id": None, "dry_run": False, "set_stock": True, **fields}
    return CatalogueImport(id=_ids.new_id(), created_at=values.pop("created_at", NOW), **values)


async def added(storage: Any, *imports: CatalogueImport, file: bytes = b"") -> None:
    async with storage.unit_of_work() as work:
        for one in imports:
            await work.imports.add(one)
            if file:
                await work.imports.add_chunk(one.id, 0, file)


async def saved(storage: Any, changed: CatalogueImport) -> None:
    async with storage.unit_of_work() as work:
        assert await work.imports.lock(changed.id) is not None
        await work.imports.save(changed)


async def test_an_import_comes_back_as_stored(storage: Any) -> None:
    new = an_import(api_key_id=_ids.new_id())
    await added(storage, new)
    assert await storage.imports.report(new.id) == ImportReport(new, [], [], [])
    assert await storage.imports.report(_ids.new_id()) is None
    running = new.lease(NOW).read(9, 5, ["Tags", "Größe"])
    for outcome in ProductOutcome:
        errors = 3 if outcome is ProductOutcome.FAILED else 0
        warnings = 1 if outcome is ProductOutcome.SKIPPED else 0
        running = running.advance(outcome, 2, NOW + SECOND, errors=errors, warnings=warnings)
    await saved(storage, running)
    assert (await storage.imports.report(new.id)).state == running
    async with storage.unit_of_work() as work:
        assert await work.imports.lock(new.id) == running
        assert await work.imports.lock(_ids.new_id()) is None


async def test_the_parts_of_a_file_come_back_byte_for_byte(storage: Any) -> None:
    new, other = an_import(), an_import()
    parts = [bytes(range(256)) * (CHUNK_SIZE // 256), b"';\x00\\\xff;--", b"\n"]
    await added(storage, other, file=b"other")
    async with storage.unit_of_work() as work:
        await work.imports.add(new)
        for position, part in enumerate(parts):
            await work.imports.add_chunk(new.id, position, part)
    assert [await storage.imports.chunk(new.id, position) for position in range(4)] == [*parts, None]
    async with storage.unit_of_work() as work:
        await work.imports.lock(new.id)
        await work.imports.delete_file(new.id)
    assert await storage.imports.chunk(new.id, 0) is None
    assert await storage.imports.chunk(other.id, 0) == b"other"


async def test_notes_come_back_in_order_up_to_their_limit(storage: Any) -> None:
    state = an_import().lease(NOW).read(2000, 2000, [])
    await added(storage, state)
    errors = [RowError(number, None if number % 2 else "Preis €", f"wrong {number}") for number in range(700)]
    created = ProductChange(1, "tasse", ProductOutcome.CREATED)
    updated = ProductChange(2, "krug", ProductOutcome.UPDATED, ("price", "stock"))
    async with storage.unit_of_work() as work:
        await work.imports.note(state, ProductNotes(errors, errors[:1]))
        state = state.advance(ProductOutcome.FAILED, 1, NOW, errors=len(errors), warnings=1)
        await work.imports.note(state, ProductNotes(change=created, warnings=errors))
        state = state.advance(ProductOutcome.CREATED, 1, NOW, warnings=len(errors))
        await work.imports.note(state, ProductNotes(errors, errors, updated))
    report = await storage.imports.report(state.id)
    assert list(report.errors) == [*errors, *errors][:MAX_NOTES]
    assert list(report.warnings) == [errors[0], *errors, *errors][:MAX_NOTES]
    assert list(report.changes) == [created, updated]
    full = replace(state, position=MAX_NOTES, created=MAX_NOTES, failed=0)
    async with storage.unit_of_work() as work:
        notes = ProductNotes(errors, errors, created)
        await work.imports.note(replace(full, errors=MAX_NOTES, warnings=MAX_NOTES), notes)
    assert await storage.imports.report(state.id) == report
    async with storage.unit_of_work() as work:
        await work.imports.lock(state.id)
        await work.imports.delete_notes(state.id)
    emptied = await storage.imports.report(state.id)
    assert emptied == ImportReport(emptied.state, [], [], [])


async def test_the_oldest_import_without_a_lease_waits(storage: Any) -> None:
    first, second = an_import(created_at=NOW), an_import(created_at=NOW + SECOND)
    done = an_import(created_at=NOW - SECOND).lease(NOW).finish(NOW)
    assert await storage.imports.waiting(NOW) is None
    await added(storage, second, first, done)
    assert await storage.imports.waiting(NOW) == first.id
    await saved(storage, first.lease(NOW))
    assert await storage.imports.waiting(NOW) == second.id
    assert await storage.imports.waiting(NOW + LEASE) == first.id
    await saved(storage, first.lease(NOW).finish(NOW))
    await saved(storage, second.lease(NOW).fail(NOW))
    assert await storage.imports.waiting(NOW + LEASE) is None


async def test_pages_show_the_newest_imports_first(storage: Any) -> None:
    imports = [an_import(created_at=NOW + number // 2 * SECOND) for number in range(5)]
    await added(storage, *imports)
    newest = sorted(imports, key=lambda one: (one.created_at, one.id), reverse=True)
    pages = [await storage.imports.page(page, 2) for page in (1, 2, 3, 4)]
    assert [page.total for page in pages] == [5] * 4
    assert [list(page.items) for page in pages] == [newest[:2], newest[2:4], newest[4:], []]


async def test_old_imports_are_purged_once_they_are_finished(storage: Any) -> None:
    old = [an_import(created_at=NOW - number * SECOND) for number in range(1, 4)]
    unfinished, recent = an_import(created_at=NOW - SECOND), an_import(created_at=NOW)
    await added(storage, *old, unfinished, recent, file=b"file")
    for one in (*old, recent):
        finished = one.lease(NOW).finish(NOW)
        await saved(storage, finished)
        async with storage.unit_of_work() as work:
            wrong, change = [RowError(1, None, "wrong")], ProductChange(1, "a", ProductOutcome.CREATED)
            await work.imports.note(one, ProductNotes(wrong, wrong, change))
    async with storage.unit_of_work() as work:
        assert await work.imports.purge(NOW, 2) == 2
    assert [await storage.imports.report(one.id) is None for one in old] == [False, True, True]
    async with storage.unit_of_work() as work:
        assert await work.imports.purge(NOW, 2) == 1
        assert await work.imports.purge(NOW, 2) == 0
    assert (await storage.imports.page(1, 9)).total == 2
    assert await storage.imports.chunk(old[0].id, 0) is None


async def test_two_workers_never_count_one_product_twice(storage: Any) -> None:
    state = an_import().lease(NOW).read(40, 40, [])
    await added(storage, state)

    async def work_on_it() -> int:
        advanced = 0
        for _ in range(20):
            try:
                async with storage.unit_of_work() as work:
                    current = await work.imports.lock(state.id)
                    assert current is not None
                    await asyncio.sleep(0)
                    await work.imports.save(current.advance(ProductOutcome.UNCHANGED, 1, NOW))
                advanced += 1
            except TransactionConflict:
                continue
        return advanced

    advanced = sum(await asyncio.gather(work_on_it(), work_on_it()))
    assert (await storage.imports.report(state.id)).state.unchanged == advanced


async def test_products_are_found_by_current_slug(storage: Any) -> None:
    mug, gone = a_product("Mug", slug="mug"), a_product("Gone", slug="gone")
    await store(storage.unit_of_work, mug, gone)
    await remove(storage.unit_of_work, gone)
    await revise(storage.unit_of_work, mug, slug="cup")
    async with storage.unit_of_work() as work:
        assert await work.products.id_by_slug("cup") == mug.id
        for slug in ("mug", "gone", "", "other"):
            assert await work.products.id_by_slug(slug) is None


async def test_owners_of_skus_are_returned(storage: Any) -> None:
    mug, gone = a_product("Mug", slug="mug", sku="M"), a_product("Gone", slug="gone", sku="G")
    await store(storage.unit_of_work, mug, gone)
    await remove(storage.unit_of_work, gone)
    async with storage.unit_of_work() as work:
        assert dict(await work.products.sku_owners(["M", "G", "m", "X"])) == {"M": mug.id}
        assert dict(await work.products.sku_owners([])) == {}


async def test_existing_handles_and_skus_are_found(storage: Any) -> None:
    mug, gone = a_product("Mug", slug="mug", sku="M"), a_product("Gone", slug="gone", sku="G")
    await store(storage.unit_of_work, mug, gone)
    await remove(storage.unit_of_work, gone)
    found = await storage.imports.existing(["mug", "gone", "other"], ["M", "G", "m"])
    assert (dict(found.product_ids), found.skus) == ({"mug": mug.id}, {"M"})
    assert await storage.imports.existing([], []) == Existing({}, frozenset())
