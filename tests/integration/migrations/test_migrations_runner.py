"""The migration runner on a folder of toy migrations: order, failures, and races."""

import asyncio
import multiprocessing
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from shop.adapters.sql.framework import migration_sqlite, migrations
from shop.adapters.sql.framework.migration_progress import MigrationStep
from shop.adapters.sql.framework.migrations import Migrated, SchemaOutdated, UnknownRevision
from shop.adapters.sql.framework.urls import async_url
from shop.domain.errors import Unavailable

MIGRATION = '''"""{title}"""

import sqlalchemy as sa
from alembic import op

revision = {revision!r}
down_revision = {below!r}


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''
ANIMALS = ("0001", "animals")
A_CAT = ("0002", "a cat")


def write_migration(
    folder: Path, revision: str, below: str | None, title: str, upgrade: str, downgrade: str = "pass"
) -> None:
    text = MIGRATION.format(revision=revision, below=below, title=title, upgrade=upgrade, downgrade=downgrade)
    (folder / "versions" / f"{revision}.py").write_text(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The project's own env.py beside two toy migrations, in a folder whose name needs escaping."""
    folder = tmp_path / "100%(done)s"
    (folder / "versions").mkdir(parents=True)
    shutil.copy(migrations.migrations_folder() / "env.py", folder)
    table = 'op.create_table("animal", sa.Column("name", sa.String(20), primary_key=True))'
    write_migration(folder, ANIMALS[0], None, ANIMALS[1], table, 'op.drop_table("animal")')
    row = """op.execute("INSERT INTO animal VALUES ('cat')")"""
    write_migration(folder, A_CAT[0], ANIMALS[0], A_CAT[1], row, 'op.execute("DELETE FROM animal")')
    return folder


def rows(url: str, statement: str) -> list[tuple[object, ...]]:
    async def run() -> list[tuple[object, ...]]:
        engine = create_async_engine(async_url(url))
        try:
            async with engine.begin() as connection:
                result = await connection.exec_driver_sql(statement)
                return [tuple(row) for row in result] if result.returns_rows else []
        finally:
            await engine.dispose()

    return asyncio.run(run())


def test_migrations_run_up_down_and_up_and_report_it(empty_url: str, folder: Path) -> None:
    assert migrations.current(empty_url) is None
    assert migrations.upgrade(empty_url, folder=folder) == Migrated((ANIMALS, A_CAT), "0002")
    assert rows(empty_url, "SELECT name FROM animal") == [("cat",)]
    assert migrations.upgrade(empty_url, folder=folder) == Migrated((), "0002")
    assert migrations.downgrade(empty_url, "base", folder=folder) == Migrated((A_CAT, ANIMALS), None)
    assert migrations.upgrade(empty_url, "0001", folder=folder) == Migrated((ANIMALS,), "0001")
    assert migrations.current(empty_url) == "0001"
    assert rows(empty_url, "SELECT name FROM animal") == []


def test_the_progress_names_each_step_and_its_batches(empty_url: str, folder: Path) -> None:
    two_batches = """for name in ("dog", "cow"):
        op.execute(f"INSERT INTO animal VALUES ('{name}')")
        if op.get_bind().dialect.name == "mysql":
            with op.get_context().autocommit_block():
                pass"""
    write_migration(folder, "0003", A_CAT[0], "two more", two_batches)
    migrations.upgrade(empty_url, "0001", folder=folder)
    seen: list[MigrationStep] = []
    migrations.upgrade(empty_url, folder=folder, show=seen.append)
    done = [(step.revision, step.title) for step in seen if step.is_done]
    assert done == [A_CAT, ("0003", "two more")]
    if empty_url.startswith("mysql"):
        running = [step.batches for step in seen if step.revision == "0003" and not step.is_done]
        assert running == sorted(running)
        assert len(running) >= 2
    assert migrations.upgrade(empty_url, folder=folder, show=seen.append).steps == ()
    assert sum(step.is_done for step in seen) == 2


def test_a_failed_migration_is_never_shown_as_done(empty_url: str, folder: Path) -> None:
    write_migration(folder, "0003", A_CAT[0], "broken", 'op.execute("INSERT INTO nowhere VALUES (1)")')
    seen: list[MigrationStep] = []
    with pytest.raises(DBAPIError):
        migrations.upgrade(empty_url, folder=folder, show=seen.append)
    done = [(step.revision, step.title) for step in seen if step.is_done]
    assert done == ([ANIMALS, A_CAT] if empty_url.startswith("mysql") else [])


def test_a_database_that_is_not_at_the_head_is_refused(empty_url: str, folder: Path) -> None:
    assert migrations.head(folder=folder) == "0002"
    with pytest.raises(
        SchemaOutdated, match="has no tables of the shop yet, this version needs 0002: run `shop mig"
    ):
        migrations.require_compatible(empty_url, folder=folder)
    migrations.upgrade(empty_url, "0001", folder=folder)
    with pytest.raises(SchemaOutdated, match="is at revision 0001, this version needs 0002"):
        migrations.require_compatible(empty_url, folder=folder)
    migrations.upgrade(empty_url, folder=folder)
    migrations.require_compatible(empty_url, folder=folder)


def test_a_newer_database_is_not_migrated(empty_url: str, folder: Path) -> None:
    migrations.upgrade(empty_url, folder=folder)
    (folder / "versions" / "0002.py").unlink()
    with pytest.raises(UnknownRevision, match="0002"):
        migrations.upgrade(empty_url, folder=folder)
    assert rows(empty_url, "SELECT name FROM animal") == [("cat",)]


def test_migrations_before_a_failed_one_stay_recorded(empty_url: str, folder: Path) -> None:
    write_migration(folder, "0003", "0002", "broken", 'op.execute("INSERT INTO nowhere VALUES (1)")')
    with pytest.raises(Exception, match="nowhere"):
        migrations.upgrade(empty_url, folder=folder)
    # SQLite rolls all of it back; MySQL, whose DDL commits, keeps what was complete.
    assert migrations.current(empty_url) == (None if empty_url.startswith("sqlite") else "0002")
    write_migration(folder, "0003", "0002", "mended", "pass")
    assert migrations.upgrade(empty_url, folder=folder).revision == "0003"
    assert rows(empty_url, "SELECT name FROM animal") == [("cat",)]


def test_a_dangling_row_fails_the_migration_on_sqlite(tmp_path: Path, folder: Path) -> None:
    url = f"sqlite:///{tmp_path / 'toy.db'}"
    table = 'op.create_table("toy", sa.Column("of", sa.String(20), sa.ForeignKey("animal.name")))'
    row = """op.execute("INSERT INTO toy VALUES ('dog')")"""
    write_migration(folder, "0003", "0002", "a toy of nobody", f"{table}; {row}")
    with pytest.raises(RuntimeError, match="rows of toy that point to no row of animal"):
        migrations.upgrade(url, folder=folder)
    assert migrations.current(url) is None


def _upgrade_at(
    barrier: "threading.Barrier", url: str, folder: Path, report: "multiprocessing.Queue[int]"
) -> None:
    barrier.wait(timeout=60)
    report.put(len(migrations.upgrade(url, folder=folder).steps))


def test_one_of_several_concurrent_processes_migrates(empty_url: str, folder: Path) -> None:
    processes = multiprocessing.get_context("spawn")
    barrier, report = processes.Barrier(3), processes.Queue()
    racing = [
        processes.Process(target=_upgrade_at, args=(barrier, empty_url, folder, report)) for _ in range(3)
    ]
    for process in racing:
        process.start()
    steps = sorted(report.get(timeout=60) for _ in racing)
    for process in racing:
        process.join(timeout=60)
    assert [process.exitcode for process in racing] == [0, 0, 0]
    assert steps == [0, 0, 2]
    assert rows(empty_url, "SELECT name FROM animal") == [("cat",)]


def test_concurrent_threads_migrate_one_at_a_time(empty_url: str, folder: Path) -> None:
    steps: list[int] = []
    threads = [
        threading.Thread(target=lambda: steps.append(len(migrations.upgrade(empty_url, folder=folder).steps)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert sorted(steps) == [0, 0, 2]


def test_a_locked_database_gets_a_clear_message(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migration_sqlite, "LOCK_SECONDS", 0)
    holder = sqlite3.connect(tmp_path / "toy.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    with pytest.raises(Unavailable, match="Another process has locked the database"):
        migrations.upgrade(f"sqlite:///{tmp_path / 'toy.db'}", folder=folder)
    holder.close()


@pytest.mark.mysql
def test_a_lock_held_on_mysql_gets_a_clear_message(
    empty_mysql_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "LOCK_SECONDS", 0)

    async def upgrade_while_held() -> None:
        engine = migrations._engine(async_url(empty_mysql_url), migrations.MIGRATING)
        async with migrations._connected(engine) as connection, migrations._locked(connection):
            await asyncio.to_thread(migrations.upgrade, empty_mysql_url, folder=folder)

    with pytest.raises(Unavailable, match="Another migration has held the database"):
        asyncio.run(upgrade_while_held())


def test_a_file_that_is_no_database_is_not_changed(tmp_path: Path, folder: Path) -> None:
    text = "Dear diary, " * 100
    (tmp_path / "diary.txt").write_text(text)
    with pytest.raises(Unavailable, match="is not a database"):
        migrations.upgrade(f"sqlite:///{tmp_path / 'diary.txt'}", folder=folder)
    assert (tmp_path / "diary.txt").read_text() == text


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("sqlite:////nowhere/at/all.db", "unable to open database file"),
        ("mysql://shop:hidden-password@127.0.0.1:1/shop", "can't be opened"),
    ],
)
def test_an_unreadable_database_gets_a_clear_message(url: str, sentence: str) -> None:
    with pytest.raises(Unavailable, match=sentence) as refusal:
        migrations.current(url)
    assert "hidden-password" not in refusal.value.message


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (
            "mysql://shop:p%40ss@db:3307/shop?charset=utf8mb4",
            "mysql+asyncmy://shop:p%40ss@db:3307/shop?charset=utf8mb4",
        ),
        ("mysql+asyncmy://db/shop", "mysql+asyncmy://db/shop"),
        ("sqlite:///shop.db", "sqlite+aiosqlite:///shop.db"),
        ("sqlite+aiosqlite:////var/shop.db", "sqlite+aiosqlite:////var/shop.db"),
    ],
)
def test_urls_get_their_asynchronous_driver(given: str, wanted: str) -> None:
    assert async_url(given).render_as_string(hide_password=False) == wanted


@pytest.mark.parametrize(
    "given", ["postgresql://u:hidden@h/d", "mysql+pymysql://u:hidden@h/d", "hidden", "mysql://u:hidden@h:x/d"]
)
def test_invalid_urls_are_refused_without_being_shown(given: str) -> None:
    with pytest.raises(ValueError, match="database") as refusal:
        async_url(given)
    assert "hidden" not in str(refusal.value)
