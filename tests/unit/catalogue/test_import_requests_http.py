"""Requests to import, and the workers that run them."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from shop.adapters.csv_files.sorted_rows import CsvFiles, SortedRows
from shop.adapters.memory.storage import MemoryStorage
from shop.domain.catalogue.catalogue_import import LEASE, MAX_FILE_SIZE
from shop.testing import ShopHarness, shop_harness
from tests.unit.imports import import_file, outcome_of, start_import
from tests.unit.shopping import a_name, refused

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(MemoryStorage()) as fresh:
        yield fresh


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin("owner")


async def test_an_idempotency_key_of_a_dry_run_cannot_be_reused_for_the_import(
    admin: httpx.AsyncClient,
) -> None:
    key = {"Idempotency-Key": a_name("key")}
    tried = await start_import(admin, None, "?dryRun=true&stock=set", **key)
    refused(await start_import(admin, None, **key), 422, "IDEMPOTENCY_KEY_REUSED")
    again = await start_import(admin, None, "?stock=set&dryRun=true", **key)
    assert (again.content, again.headers["idempotent-replayed"]) == (tried.content, "true")


async def test_an_empty_file_and_one_of_more_than_20_mib_are_refused(admin: httpx.AsyncClient) -> None:
    refused(await start_import(admin, b""), 400, "EMPTY_FILE")
    refused(await start_import(admin, b"x" * (MAX_FILE_SIZE + 1)), 413, "PAYLOAD_TOO_LARGE")
    refused(await start_import(admin, b"x" * (MAX_FILE_SIZE + 200_000)), 413, "PAYLOAD_TOO_LARGE")


async def test_a_request_needs_permission_and_a_known_stock_mode(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    body = {"name": "reader", "permissions": ["catalogue:read"]}
    secret = (await admin.post("/api/admin/api-keys", json=body)).json()["secret"]
    reader = await shop.open_client({"Authorization": f"Bearer {secret}"})
    refused(await start_import(reader, "Handle\n"), 403, "FORBIDDEN")
    refused(await start_import(admin, "Handle\n", "?stock=all"), 400, "VALIDATION_FAILED")
    refused(await admin.get("/api/admin/imports/0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"), 404, "NOT_FOUND")
    assert (await reader.get("/api/admin/imports?page=1")).json()["total"] == 0


async def test_the_same_request_sent_again_starts_one_import(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "import-1"}
    first = await start_import(admin, "Handle,Name,Price\nmug,Mug,5\n", **key)
    again = await start_import(admin, "Handle,Name,Price\nmug,Mug,5\n", **key)
    assert (again.status_code, again.content, again.headers["location"]) == (
        202,
        first.content,
        first.headers["location"],
    )
    assert again.headers["idempotent-replayed"] == "true"
    assert (await admin.get("/api/admin/imports?page=1")).json()["total"] == 1


async def test_an_import_is_queued_until_a_worker_takes_it(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    started = await start_import(admin, "Handle,Name,Price\nmug,Mug,5\n")
    queued = await admin.get(started.headers["location"])
    assert queued.json()["status"] == "queued"
    await shop.container.catalogue.run_imports()()
    done = await admin.get(started.headers["location"], headers={"If-None-Match": queued.headers["etag"]})
    assert (done.status_code, done.json()["status"]) == (200, "done")
    same = await admin.get(started.headers["location"], headers={"If-None-Match": done.headers["etag"]})
    assert same.status_code == 304


async def test_another_worker_takes_an_import_over_when_its_lease_has_expired(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    file = "Handle,Name,Price\n" + "".join(f"p-{number},P,5\n" for number in range(5))
    started = await start_import(admin, file)
    impatient = shop.container.catalogue.run_imports(slice_seconds=0)
    assert await impatient()  # opens the file; then its time slice is over
    other = shop.container.catalogue.run_imports()
    assert not await other()  # the lease has not expired
    shop.clock.advance(seconds=LEASE.total_seconds())
    assert await other()
    assert await impatient()  # finds that it has lost the import
    done = (await admin.get(started.headers["location"])).json()
    assert (done["status"], outcome_of(done)) == ("done", (5, 0, 0, 0))


async def test_a_stopping_worker_releases_its_import_immediately(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    started = await start_import(admin, "Handle,Name,Price\nmug,Mug,5\n")
    stopping = shop.container.catalogue.run_imports(slice_seconds=0)
    await stopping()
    await stopping.finish()
    assert await shop.container.catalogue.run_imports()()
    assert (await admin.get(started.headers["location"])).json()["status"] == "done"


async def test_a_stopping_worker_leaves_an_import_that_another_one_has_taken(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    started = await start_import(admin, "Handle,Name,Price\nmug,Mug,5\n")
    stopping = shop.container.catalogue.run_imports(slice_seconds=0)
    await stopping()
    shop.clock.advance(seconds=LEASE.total_seconds())
    assert await shop.container.catalogue.run_imports()()
    await stopping.finish()
    assert (await admin.get(started.headers["location"])).json()["status"] == "done"


async def test_a_worker_that_reads_a_file_too_slowly_leaves_it_to_another_one(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    other = shop.container.catalogue.run_imports(slice_seconds=0)

    class SlowFiles(CsvFiles):
        async def open(self, chunks: AsyncIterator[bytes]) -> SortedRows:
            shop.clock.advance(seconds=LEASE.total_seconds())
            assert await other()  # opens the file, too
            return await super().open(chunks)

    started = await start_import(admin, "Handle,Name,Price\nmug,Mug,5\n")
    assert await shop.container.catalogue.run_imports(files=SlowFiles())()
    await other.finish()
    assert await shop.container.catalogue.run_imports()()
    done = (await admin.get(started.headers["location"])).json()
    assert (done["status"], outcome_of(done)) == ("done", (1, 0, 0, 0))


async def test_imports_are_deleted_after_30_days(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    done = await import_file(shop, admin, "Handle,Name,Price\nmug,Mug,x\n")
    queued = (await start_import(admin, "Handle,Name,Price\nmug,Mug,x\n")).json()
    purge = shop.container.catalogue.purge_imports()
    assert await purge() == 0
    shop.clock.advance(seconds=timedelta(days=30, seconds=1).total_seconds())
    assert await purge() == 1
    owner = await shop.log_in("owner")  # the first access token has expired
    assert (await owner.get(f"/api/admin/imports/{done['id']}")).status_code == 404
    assert (await owner.get(f"/api/admin/imports/{queued['id']}")).status_code == 200


async def test_the_audit_trail_says_who_imported_what(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    await import_file(shop, admin, "Handle,Name,Price\nmug,Mug,5\n")
    await import_file(shop, admin, "Handle,Name,Price\nmug,Mug,6\n")
    entries: list[dict[str, Any]] = (await admin.get("/api/admin/audit?page=1")).json()["items"]
    shown = [(entry["action"], entry["actor"]) for entry in entries]
    assert shown[:4] == [
        ("product.revised", "owner"),
        ("import.started", "owner"),
        ("product.created", "owner"),
        ("import.started", "owner"),
    ]
    assert entries[0]["after"]["price"] == 6
