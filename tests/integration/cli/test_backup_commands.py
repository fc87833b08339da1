"""`shop backup` and `shop restore`: refusals, and the state after an accident."""

import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shop.adapters.sql.framework.backup import BackupFailed, back_up, restore
from shop.adapters.sql.framework.migrations import current, downgrade, head, upgrade
from tests.served_shop import environment, run, serving


@pytest.fixture
def folder(migrated_sqlite_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The current folder: a database with one row that says `first`."""
    monkeypatch.chdir(tmp_path)
    shutil.copyfile(migrated_sqlite_file, tmp_path / "shop.db")
    write("shop.db", "first")
    return tmp_path


@pytest.fixture
def running_shop(folder: Path) -> Iterator[sqlite3.Connection]:
    """A connection to the database, as a running shop has it: idle."""
    with closing(sqlite3.connect("shop.db")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("SELECT COUNT(*) FROM users").fetchone()
        yield connection


def write(file: str, row: str) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("INSERT INTO compatible_revisions VALUES (?)", [row])


def rows(file: str) -> set[str]:
    with closing(sqlite3.connect(file)) as connection:
        found = {row for (row,) in connection.execute("SELECT revision FROM compatible_revisions")}
    return found & {"first", "second"}


def save(to: str = "backup.db") -> None:
    back_up(Path("shop.db"), Path(to))


def bring_back(file: str = "backup.db") -> Path | None:
    return restore(Path("shop.db"), Path(file))


def test_a_restore_keeps_the_former_database(folder: Path) -> None:
    save()
    write("shop.db", "second")
    assert bring_back() == Path("shop.db.before-restore")
    assert rows("shop.db") == rows("backup.db") == {"first"}
    assert rows("shop.db.before-restore") == {"first", "second"}


def test_a_second_restore_keeps_what_the_first_one_has_kept(folder: Path) -> None:
    save()
    write("shop.db", "second")
    assert bring_back() == Path("shop.db.before-restore")
    assert bring_back("shop.db.before-restore") == Path("shop.db.before-restore-2")
    assert rows("shop.db") == rows("shop.db.before-restore") == {"first", "second"}
    assert rows("shop.db.before-restore-2") == {"first"}


def test_an_interrupted_restore_leaves_no_further_copy(folder: Path) -> None:
    save()
    write("shop.db", "second")
    Path("shop.db.before-restore").hardlink_to("shop.db")
    assert bring_back() == Path("shop.db.before-restore")
    assert rows("shop.db.before-restore") == {"first", "second"}


def test_a_backup_of_an_open_database_is_one_file_that_its_owner_alone_can_read(
    folder: Path, running_shop: sqlite3.Connection
) -> None:
    with running_shop:
        running_shop.execute("INSERT INTO compatible_revisions VALUES ('second')")
    assert (folder / "shop.db-wal").stat().st_size > 0
    save()
    assert rows("backup.db") == {"first", "second"}, "the second row is in the write-ahead log only"
    assert stat.S_IMODE((folder / "backup.db").stat().st_mode) == 0o600
    assert [file.name for file in folder.glob("backup*")] == ["backup.db"]


def test_an_open_database_is_not_restored(folder: Path, running_shop: sqlite3.Connection) -> None:
    save()
    with pytest.raises(BackupFailed, match="The shop is running"):
        bring_back()
    assert sorted(file.name for file in folder.glob("shop.db*")) == ["shop.db", "shop.db-shm", "shop.db-wal"]


def test_files_of_a_killed_shop_are_set_aside_together(folder: Path) -> None:
    save()
    writer = subprocess.run([sys.executable, "-c", WRITER_THAT_DIES], check=False)
    assert writer.returncode == -9
    assert (folder / "shop.db-wal").exists()
    bring_back()
    assert rows("shop.db") == {"first"}
    assert rows("shop.db.before-restore") == {"first", "second"}


WRITER_THAT_DIES = """
import os, sqlite3
connection = sqlite3.connect("shop.db")
connection.execute("PRAGMA journal_mode=WAL")
connection.execute("INSERT INTO compatible_revisions VALUES ('second')")
connection.commit()
os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("left", ["nothing", "garbage", "garbage with a log"])
def test_a_lost_or_corrupt_database_is_restored(folder: Path, left: str) -> None:
    save()
    (folder / "shop.db").unlink()
    if left != "nothing":
        (folder / "shop.db").write_bytes(b"lost")
    if left == "garbage with a log":
        (folder / "shop.db-wal").write_bytes(b"lost, too")
    assert (bring_back() is None) is (left == "nothing")
    assert rows("shop.db") == {"first"}


@pytest.mark.parametrize(
    "name", ["half.db", "text.db", "empty.db", "other.db", "newer.db", "missing.db", "shop.db"]
)
def test_only_a_valid_backup_is_restored(folder: Path, name: str) -> None:
    save("newer.db")
    whole = (folder / "newer.db").read_bytes()
    (folder / "half.db").write_bytes(whole[: len(whole) // 2])
    (folder / "text.db").write_text("a letter")
    (folder / "empty.db").touch()
    with closing(sqlite3.connect("other.db")) as other, other:
        other.execute("CREATE TABLE songs (title TEXT)")
    with closing(sqlite3.connect("newer.db")) as newer, newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
        newer.execute("DELETE FROM compatible_revisions")
    with pytest.raises(BackupFailed, match=name):
        bring_back(name)
    assert rows("shop.db") == {"first"}
    assert not list(folder.glob("*.partial*"))
    assert not (folder / "shop.db.before-restore").exists()


def test_a_backup_of_an_older_version_is_restored(folder: Path) -> None:
    shutil.copyfile("shop.db", "old.db")
    older = downgrade("sqlite:///old.db", "-3").revision
    restore(Path("shop.db"), Path("old.db"))
    assert current("sqlite:///shop.db") == older != head()
    upgrade("sqlite:///shop.db")
    assert current("sqlite:///shop.db") == head()


def test_a_backup_overwrites_only_a_backup(folder: Path) -> None:
    (folder / "letter.txt").write_text("a letter")
    (folder / "folder").mkdir()
    (folder / "link.db").symlink_to(folder / "shop.db")
    for name in ("letter.txt", "folder", "shop.db", "link.db", "no/such/folder/backup.db"):
        with pytest.raises(BackupFailed, match=name):
            save(name)
    assert (folder / "letter.txt").read_text() == "a letter"
    save()
    write("shop.db", "second")
    save()
    assert rows("backup.db") == {"first", "second"}


def test_a_failed_backup_keeps_the_former_one(folder: Path) -> None:
    save()
    write("shop.db", "second")
    script = f"ulimit -f 64; trap '' XFSZ; exec {sys.executable} -m shop backup backup.db"
    limited = subprocess.run(
        ["bash", "-c", script], env=environment(), capture_output=True, text=True, check=False
    )
    assert limited.returncode == 1, limited.stdout
    assert limited.stderr.startswith("Error: ")
    assert "backup.db" in limited.stderr
    assert "Traceback" not in limited.stderr
    assert rows("backup.db") == {"first"}
    assert not list(folder.glob("*.partial*"))


def test_backing_up_without_a_database_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(BackupFailed, match="There is no database"):
        save()
    assert not list(tmp_path.iterdir())


def test_commands_work_while_the_shop_runs(tmp_path: Path) -> None:
    with serving(tmp_path, "--no-worker"):  # it has not received any request
        saved = run(tmp_path, "backup", "backup.db")
        assert saved.returncode == 0, saved.stderr
        assert "Not in it: shop.db.jwt-secret" in saved.stdout
        with closing(sqlite3.connect(tmp_path / "shop.db")) as connection:
            noted = connection.execute("SELECT reached FROM worker_tasks WHERE name = 'backup taken'")
            [(reached,)] = noted.fetchall()
        assert reached is not None
        refused = run(tmp_path, "restore", "backup.db")
        assert (refused.returncode, refused.stdout) == (1, "")
        assert refused.stderr.startswith("Error: The shop is running")
    (tmp_path / "shop.db.jwt-secret").unlink()
    brought_back = run(tmp_path, "restore", "backup.db")
    assert brought_back.returncode == 0, brought_back.stderr
    assert "shop.db.jwt-secret is missing" in brought_back.stdout


@pytest.mark.parametrize("command", ["backup", "restore"])
def test_other_databases_are_refused_with_a_hint(tmp_path: Path, command: str) -> None:
    url = "mysql://shop:secret@127.0.0.1:1/shop"
    answer = run(tmp_path, command, "backup.db", variables={"SHOP_DATABASE_URL": url})
    assert answer.returncode == 1
    assert "embedded database" in answer.stderr
    assert "operations.md" in answer.stderr
