"""Backups of the embedded database: taken while the shop is open, restored while it is closed.

Both write a copy under another name first, check it, and let it take its place in one step: whatever is interrupted,
the file that was asked for is the former one or the whole new one.
"""

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from shop.adapters.sql.framework.migrations import SchemaOutdated, require_compatible
from shop.domain.errors import ShopError

_BUSY_SECONDS: Final = 5
_BESIDE: Final = ("-wal", "-shm", "-journal")
"""What SQLite keeps beside a database's file while it is in use."""


class BackupFailed(ShopError):
    """The backup was not made, or not restored; nothing was changed."""

    code = "BACKUP_FAILED"


def back_up(database: Path, to: Path) -> None:
    """Copy the database as it is at this moment to the file `to`, checked and complete. Others may go on writing.

    A former backup of that name is replaced. Raises BackupFailed.
    """
    if not database.is_file():
        raise BackupFailed(f"There is no database at {database}.")
    if to.exists():
        if not to.is_file() or to.samefile(database):
            raise BackupFailed(f"{to} is not a file for a backup: choose another name.")
        _check(to, f"{to} holds something else than a backup")
    with _copied(database, to) as copy:
        _check(copy, f"The copy of {database} is not sound")
        copy.replace(to)
        _sync(to.parent)


def restore(database: Path, backup: Path) -> Path | None:
    """Put a backup in the place of the database, which nobody may have open.

    Return where the former database is kept; None if there was none. Raises BackupFailed.
    """
    if not backup.is_file():
        raise BackupFailed(f"There is no backup at {backup}.")
    if database.exists() and backup.samefile(database):
        raise BackupFailed(f"{backup} is the database itself.")
    with _copied(backup, database) as copy:
        _check(copy, f"{backup} is no backup that can be restored")
        former = database.with_name(f"{database.name}.before-restore") if database.exists() else None
        if former is not None:
            _set_aside(database, former)
        copy.replace(database)
        _sync(database.parent)
    return former


@contextmanager
def _copied(source: Path, target: Path) -> Iterator[Path]:
    """A copy of the source that is synced to disk, in the target's folder; deleted unless it was moved away."""
    copy = target.with_name(f"{target.name}.{secrets.token_hex(4)}.partial")
    try:
        # It holds everything that the shop knows of its customers.
        os.close(os.open(copy, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        with closing(_connected(source, "ro")) as reading, closing(_connected(copy, "rw")) as writing:
            reading.backup(writing)  # in one step: it is of one moment, and writers of the source go on
            writing.execute("PRAGMA journal_mode=DELETE")  # one file, with nothing beside it
        _sync(copy)
        yield copy
    except sqlite3.Error as error:
        raise BackupFailed(f"{source} can't be copied to {target}: {error}.") from error
    except OSError as error:
        raise BackupFailed(f"{target} can't be written: {error.strerror}.") from error
    finally:
        for beside in ("", *_BESIDE):
            copy.with_name(copy.name + beside).unlink(missing_ok=True)


def _check(file: Path, refusal: str) -> None:
    """Raise BackupFailed unless the file is a sound database of a shop that this version can work with."""
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
        raise BackupFailed(f"{refusal}: it has no tables of a shop.")
    try:
        require_compatible(f"sqlite:///{file}")
    except SchemaOutdated:  # an older version's: it is migrated at the next start
        pass
    except ShopError as error:
        raise BackupFailed(f"{refusal}: {error.message}") from error


def _set_aside(database: Path, former: Path) -> None:
    """Give the database's file another name as well, unless somebody has it open."""
    try:
        with closing(_connected(database, "rw")) as connection:
            # SQLite leaves its log only when nobody else is connected, and writes what is in it into the file.
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if "locked" not in str(error):
            raise
        raise BackupFailed(
            "The shop is running: stop it, and its workers, before you restore a backup."
        ) from error
    except sqlite3.DatabaseError:  # whatever it is, it is no database that somebody could have open
        pass
    former.unlink(missing_ok=True)
    former.hardlink_to(database)
    for beside in _BESIDE:  # of a database that could not be read: it must not be taken for the new one's
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
