"""The worker of an import dies at any point: each product is imported, counted and reported once."""

import asyncio
import os
import signal
import subprocess
import sys
from collections import Counter
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import text

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.application.framework.idempotency import Done
from shop.container.root import assemble
from shop.domain.catalogue.catalogue_import import ImportStatus
from shop.settings import Settings
from shop.testing import ManualClock
from tests.fork_server import run_forked

pytestmark = pytest.mark.anyio

MORTAL_WORKERS = """
import asyncio, os, signal, sys
from datetime import timedelta
from sqlalchemy import event
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.container.root import assemble
from shop.domain.catalogue.catalogue_import import LEASE
from shop.settings import Settings
from shop.testing import ManualClock

async def work(round):
    "Die at a statement or a commit, one later in every round."
    passed = 0
    def point(*_):
        nonlocal passed
        passed += 1
        if passed == round:
            os.kill(os.getpid(), signal.SIGKILL)
    database = Database(sys.argv[1])
    event.listen(database.writes.sync_engine, "before_cursor_execute", point)
    event.listen(database.writes.sync_engine, "commit", point)
    clock = ManualClock()
    clock.advance(seconds=round * (LEASE.total_seconds() + 1))
    shop = assemble(Settings(jwt_secret="-" * 32), SqlStorage(database), clock=clock)
    run_imports = shop.catalogue.run_imports()
    while await run_imports():
        pass
    await database.dispose()

deaths = 0
while True:
    deaths += 1
    worker = os.fork()
    if not worker:
        asyncio.run(work(deaths))
        os._exit(0)
    if os.waitpid(worker, 0)[1] == 0:
        break
print(deaths - 1)
"""


KILLED_READER = """
import asyncio, os, signal
from shop.adapters.csv_files.sorted_rows import CsvFiles

async def chunks():
    yield b"Handle,Name\\n"
    yield b"".join(b"p-%d,Product\\n" % number for number in range(100_000))

async def main():
    file = await CsvFiles().open(chunks())
    assert (await file.product(99_999))[0] == "p-99999"
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""


def test_a_killed_reader_of_a_csv_file_leaves_no_temporary_files(tmp_path: Path) -> None:
    folders = dict.fromkeys(("TMPDIR", "SQLITE_TMPDIR"), str(tmp_path))
    program = [sys.executable, "-c", KILLED_READER]
    assert subprocess.run(program, env={**os.environ, **folders}, check=False).returncode == -signal.SIGKILL
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("dry_run", "products"), [(False, 5), (True, 1)])
async def test_an_import_survives_the_death_of_its_workers_at_every_point(
    sqlite_url: str, *, dry_run: bool, products: int
) -> None:
    database = Database(sqlite_url)
    shop = assemble(Settings(jwt_secret="-" * 32), SqlStorage(database), clock=ManualClock())
    rows = "".join(f"p-{number},Product {number},5,S-{number},3,Kind\n" for number in range(products))
    file = BytesIO(f"Handle,Name,Price,SKU,Stock,Categories\n{rows}bad,Bad,x,,,\n".encode())
    outcome = await shop.catalogue.start_import()(None, file, dry_run=dry_run, set_stock=False)
    assert isinstance(outcome, Done)
    died = await asyncio.to_thread(run_forked, None, sqlite_url, code=MORTAL_WORKERS, timeout=100)
    assert died.returncode == 0, died.stderr
    assert int(died.stdout) > 10
    done = await shop.catalogue.show_import()(outcome.view.id)
    assert (done.status, done.processed) == (ImportStatus.DONE, products + 1)
    assert (done.created, done.updated, done.unchanged, done.failed) == (products, 0, 0, 1)
    assert (done.error_count, len(done.errors), len(done.changes)) == (1, 1, products)
    stored = 0 if dry_run else products
    async with database.reading() as connection:
        count = Counter(await connection.scalars(text("SELECT action FROM audit_entries")))
        assert count["product.created"] == stored
        assert await connection.scalar(text("SELECT COUNT(*) FROM products")) == stored
        assert await connection.scalar(text("SELECT COUNT(*) FROM import_chunks")) == 0
    await database.dispose()
