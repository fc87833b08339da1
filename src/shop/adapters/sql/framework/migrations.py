"""The database schema: its current revision, and the migrations to the revision that this version of the shop needs.

Every function blocks until it is done and runs an event loop of its own; call it through `asyncio.to_thread` from
async code. Any number of processes may call `upgrade` concurrently: one runs the migrations, the others wait for it.
"""

import asyncio
import hashlib
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Collection, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import URL, Connection, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from shop.adapters.sql.framework.compatibility import compatible_with, record, recorded
from shop.adapters.sql.framework.migration_progress import MigrationWatch, ShowStep
from shop.adapters.sql.framework.migration_sqlite import begin_immediate, check_foreign_keys, prepare_sqlite
from shop.adapters.sql.framework.mysql import INSPECTING, MIGRATING, Session
from shop.adapters.sql.framework.urls import async_url
from shop.domain.errors import ShopError, Unavailable
from shop.shipped import shipped_folder

LOCK_SECONDS: Final = 300
"""Time that a migration waits for another one on the same MySQL database."""
_SQLITE_REFUSALS: Final = {
    "database is locked": "Another process has locked the database: stop it, or try again later.",
    "file is not a database": "The file is not a database.",
    "readonly database": "The database's file can't be written.",
}

_T = TypeVar("_T")

# Alembic keeps the running migration in module globals: only one may run at a time in a process.
_alembic_lock: Final = threading.Lock()


class SchemaOutdated(ShopError):
    """The database is not at the revision that this version of the shop needs."""

    code = "SCHEMA_OUTDATED"

    def __init__(self, current: str | None, needed: str | None) -> None:
        at = f"is at revision {current}" if current else "has no tables of the shop yet"
        super().__init__(f"The database {at}, this version needs {needed}: run `shop migrate` first.")


class SchemaTooNew(ShopError):
    """The database is at a newer revision with which this version of the shop can't work."""

    code = "SCHEMA_TOO_NEW"

    def __init__(self, current: str, needed: str | None) -> None:
        super().__init__(
            f"The database is at revision {current}, with which this version ({needed}) can't work any more: "
            "run the version that made it, or a newer one."
        )


class UnknownRevision(ShopError):
    """The revision of the database, or the one the caller asked for, is unknown to this version of the shop."""

    code = "UNKNOWN_REVISION"


@dataclass(frozen=True, slots=True)
class Migrated:
    """The result of a migration: the revisions it ran, as `(revision, title)` in order, and the final revision."""

    steps: tuple[tuple[str, str], ...]
    revision: str | None
    """None if no revision is applied."""


def migrations_folder() -> Path:
    """Return the folder of the migrations."""
    return shipped_folder("migrations", "migrations")


def upgrade(
    url: str | URL,
    revision: str = "head",
    *,
    folder: Path | None = None,
    samples: bool = True,
    show: ShowStep | None = None,
) -> Migrated:
    """Run all migrations up to `revision` that the database does not have yet.

    A new shop gets the sample products unless `samples` is False. `show` receives the progress. The database
    of a newer, compatible version of the shop stays unchanged. Raises Unavailable when the database can't be
    reached or another process holds the lock for too long; UnknownRevision when the database comes from a
    newer, incompatible version.
    """

    def run(config: Config) -> None:
        config.attributes["samples"] = samples
        if revision != "head" or not _is_newer_and_compatible(config):
            command.upgrade(config, revision)

    return _migrate(url, run, folder, show)


def downgrade(url: str | URL, revision: str, *, folder: Path | None = None) -> Migrated:
    """Undo the migrations above `revision` (`base`: all of them). Raises the same errors as `upgrade`."""
    return _migrate(url, lambda config: command.downgrade(config, revision), folder)


def current(url: str | URL) -> str | None:
    """Return the database's revision; None when no migration was ever run on it. Raises Unavailable."""

    return _read(url, _revision)


def head(*, folder: Path | None = None) -> str | None:
    """Return the revision that this version of the shop needs."""
    return ScriptDirectory.from_config(_config(folder)).get_current_head()


def require_compatible(url: str | URL, *, folder: Path | None = None) -> None:
    """Check that this version can run on the database: at revision `head()`, or at a newer, compatible one.

    Raises SchemaOutdated or SchemaTooNew if it can't, and Unavailable when the database can't be reached.
    """
    scripts = ScriptDirectory.from_config(_config(folder))
    needed = scripts.get_current_head()
    current, compatible = _read(url, lambda connection: (_revision(connection), recorded(connection)))
    if current == needed or needed in compatible:
        return
    if current is None or _knows(scripts, current):
        raise SchemaOutdated(current, needed)
    raise SchemaTooNew(current, needed)


def _read(url: str | URL, ask: Callable[[Connection], _T]) -> _T:
    async def read() -> _T:
        async with _connected(_engine(async_url(url), INSPECTING)) as connection:
            return await connection.run_sync(ask)

    return asyncio.run(read())


def _is_newer_and_compatible(config: Config) -> bool:
    scripts, connection = ScriptDirectory.from_config(config), config.attributes["connection"]
    current, compatible = _revision(connection), recorded(connection)
    connection.rollback()  # Alembic does not commit a transaction that was already open
    return current is not None and not _knows(scripts, current) and scripts.get_current_head() in compatible


def _knows(scripts: ScriptDirectory, revision: str) -> bool:
    return any(script.revision == revision for script in scripts.walk_revisions())


def _migrate(
    url: str | URL, run: Callable[[Config], None], folder: Path | None, show: ShowStep | None = None
) -> Migrated:
    steps: list[str] = []

    config = _config(folder)
    scripts = ScriptDirectory.from_config(config)
    watch = None if show is None else MigrationWatch(scripts, show)

    def applied(*, ctx: MigrationContext, step: MigrationInfo, heads: Collection[str], **_: Any) -> None:
        steps.append(step.up_revision_id or "")
        if watch is not None:
            watch.passed(steps[-1], is_committed=ctx.dialect.name == "mysql")
        assert ctx.connection is not None
        record(ctx.connection, [each for current in heads for each in compatible_with(scripts, current)])

    config.attributes.update(on_version_apply=applied, before_commit=check_foreign_keys)

    def on_connection(connection: Connection) -> str | None:
        config.attributes["connection"] = connection
        if watch is not None:
            watch.begin(_revision(connection))
            connection.rollback()  # Alembic does not commit a transaction that was already open
        run(config)
        return _revision(connection)

    async def migrate() -> str | None:
        engine = _engine(async_url(url), MIGRATING)
        if engine.dialect.name == "sqlite":
            event.listen(engine.sync_engine, "begin", begin_immediate)
        if watch is not None:
            watch.listen(engine)
        async with _connected(engine) as connection, _locked(connection):
            return await connection.run_sync(on_connection)

    with _alembic_lock, _readable_errors():
        revision = asyncio.run(migrate())
        if watch is not None:
            watch.finish()
    return Migrated(tuple((step, scripts.get_revision(step).doc or "") for step in steps), revision)


def _config(folder: Path | None) -> Config:
    config = Config()
    # The value is read by configparser, which would interpret a % in the path.
    config.set_main_option("script_location", str(folder or migrations_folder()).replace("%", "%%"))
    return config


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


@contextmanager
def _readable_errors() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise UnknownRevision(
            f"{error}. The database was made by another version of the shop: run that one, or a newer one."
        ) from error
    except DBAPIError as error:
        for reason, sentence in _SQLITE_REFUSALS.items():
            if reason in str(error.orig):
                raise Unavailable(sentence) from error
        raise


def _engine(url: URL, session: Session) -> AsyncEngine:
    # A failing statement is shown without its values: they may be personal data.
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, poolclass=NullPool, hide_parameters=True)
        event.listen(engine.sync_engine, "connect", prepare_sqlite)
        return engine
    return create_async_engine(
        url, poolclass=NullPool, hide_parameters=True, connect_args=session.connect_args()
    )


@asynccontextmanager
async def _connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        connection = await _opened(engine)
        try:
            yield connection
        finally:
            await connection.close()
    finally:
        await engine.dispose()


async def _opened(engine: AsyncEngine) -> AsyncConnection:
    try:
        if engine.dialect.name == "sqlite":
            # If this fails in the driver's thread, that thread outlives the event loop and reports an error.
            sqlite3.connect(engine.url.database or "").close()
        return await engine.connect()
    except (DBAPIError, sqlite3.Error, OSError) as error:
        reason = error.orig if isinstance(error, DBAPIError) else error
        raise Unavailable(f"The database can't be opened: {_reason(reason)}") from error


def _reason(error: BaseException | None) -> str:
    # MySQL's errors are (number, message); the message contains the user and the host, never the password.
    return str(error.args[-1]) if error is not None and error.args else str(error)


@asynccontextmanager
async def _locked(connection: AsyncConnection) -> AsyncIterator[None]:
    """Hold a lock against other migrations of this database. On SQLite, BEGIN IMMEDIATE is the lock."""
    if connection.dialect.name == "sqlite":
        yield
        return
    # Lock names are global to the server, and at most 64 characters long.
    name = "shop.migrate." + hashlib.sha256((connection.engine.url.database or "").encode()).hexdigest()[:32]
    lock = {"name": name, "seconds": LOCK_SECONDS}
    taken = await connection.scalar(text("SELECT GET_LOCK(:name, :seconds)"), lock)
    if taken != 1:
        raise Unavailable(f"Another migration has held the database for {LOCK_SECONDS} s: try again later.")
    # Alembic does not commit a transaction that was already open.
    await connection.commit()
    yield  # closing the connection releases the lock in every case
