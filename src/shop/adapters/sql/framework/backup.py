"""Backups of the embedded database: taken while the shop is running, restored while it is stopped.

Both operations write a copy under a temporary name, check it, and rename it into place in one step. If either is
interrupted, the target file is the old one or the complete new one.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import chain, count
from pathlib import Path
from typing import Final

from shop.adapters.sql.framework.migrations import SchemaOutdated, require_compatible
from shop.domain.errors import ShopError

_BUSY_SECONDS: Final = 5
_SIDE_FILES: Final = ("-wal", "-shm", "-journal")
"""Suffixes of the files that SQLite keeps beside a database file while it is in use."""


class BackupFailed(ShopError):
    """The backup or restore failed; nothing was changed."""

    code = "BACKUP_FAILED"


def back_up(database: Path, to: Path) -> None:
    """Write a complete, checked copy of the current database to the file `to`. Other processes may keep writing.

    An existing backup of that name is replaced. Raises BackupFailed.
    """
    if not database.is_file():
        raise BackupFailed(f"There is no database at {database}.")
    if to.exists():
        if not to.is_file() or to.samefile(database):
            raise BackupFailed(f"{to} is not a file for a backup: choose another name.")
        _check(to, f"{to} exists and is not a backup")
    with _copied(database, to) as copy:
        _check(copy, f"The copy of {database} is corrupt")
        copy.replace(to)
        _sync(to.parent)


def restore(database: Path, backup: Path) -> Path | None:
    """Replace the database with a backup. No process may have the database open.

    Return the path under which the old database is kept; None if there was none. Raises BackupFailed.
    """
    if not backup.is_file():
        raise BackupFailed(f"There is no backup at {backup}.")
    if database.exists() and backup.samefile(database):
        raise BackupFailed(f"{backup} is the database itself.")
    with _copied(backup, database) as copy:
        _check(copy, f"{backup} is not a backup that can be restored")
        former = _unused_name(database) if database.exists() else None
        if former is not None:
            _set_aside(database, former)
        copy.replace(database)
        _sync(database.parent)
    return former


@contextmanager
def _copied(source: Path, target: Path) -> Iterator[Path]:
    """Yield a copy of the source, synced to disk, in the target's folder; delete it unless it was moved away."""
    copy = target.with_name(f"{target.name}.{secrets.token_hex(4)}.partial")
    try:
        # The copy contains the shop's customer data.
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(_connected(source, "ro")) as reading, closing(_connected(copy, "rw")) as writing:
            reading.backup(writing)  # one step: a consistent snapshot; writers of the source continue
            writing.execute("PRAGMA journal_mode=DELETE")  # a single file, with none beside it
        _sync(copy)
        yield copy
    except sqlite3.Error as error:
        raise BackupFailed(f"{source} can't be copied to {target}: {error}.") from error
    except OSError as error:
        raise BackupFailed(f"{target} can't be written: {error.strerror}.") from error
    finally:
        for beside in ("", *_SIDE_FILES):
            copy.with_name(copy.name + beside).unlink(missing_ok=True)


def _check(file: Path, refusal: str) -> None:
    """Raise BackupFailed unless the file is an intact shop database that this version can work with."""
    try:
        with closing(_connected(file, "ro")) as connection:
            [[verdict], *_] = connection.execute("PRAGMA integrity_check").fetchall()
            broken_keys = connection.execute("PRAGMA foreign_key_check").fetchone()
            tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master").fetchall()}
    except sqlite3.Error as error:
        raise BackupFailed(f"{refusal}: {error}.") from error
    if verdict != "ok" or broken_keys is not None:
        raise BackupFailed(f"{refusal}: {verdict if verdict != 'ok' else 'its foreign keys are broken'}.")
    if "alembic_version" not in tables:
        raise BackupFailed(f"{refusal}: it does not contain a shop's tables.")
    try:
        require_compatible(f"sqlite:///{file}")
    except SchemaOutdated:  # from an older version: it is migrated at the next start
        pass
    except ShopError as error:
        raise BackupFailed(f"{refusal}: {error.message}") from error


def _unused_name(database: Path) -> Path:
    """Return the name to keep the database under: it replaces no database that an earlier restore has kept."""
    first = database.with_name(f"{database.name}.before-restore")
    further = (first.with_name(f"{first.name}-{number}") for number in count(2))
    return next(
        each for each in chain([first], further) if not each.exists() or each.samefile(database)
    )  # the same file: a restore that was interrupted


def _set_aside(database: Path, former: Path) -> None:
    """Hard-link the database file under a second name; fail if another process has it open."""
    try:
        with closing(_connected(database, "rw")) as connection:
            # SQLite leaves WAL mode only when there is no other connection; it then writes the log into the file.
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise BackupFailed(
            "The shop is running: stop it, and its workers, before you restore a backup."
        ) from error
    except sqlite3.DatabaseError:  # not a database, so no process can have it open as one
        pass
    former.unlink(missing_ok=True)
    former.hardlink_to(database)
    for beside in _SIDE_FILES:  # left by an unreadable database: the new one must not pick them up
        database.with_name(database.name + beside).unlink(missing_ok=True)


def _connected(file: Path, mode: str) -> sqlite3.Connection:
    uri = f"{file.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
