"""SQLite while it is migrated: all migrations are one transaction, and foreign keys are checked at its end."""

from typing import Any, Final

from sqlalchemy import Connection

LOCK_SECONDS: Final = 30
"""Time that a migration waits for other writers."""


def prepare_sqlite(connection: Any, _record: Any) -> None:
    """Prepare a new connection of the driver."""
    connection.isolation_level = None  # the driver's transactions exclude DDL: use BEGIN IMMEDIATE
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={LOCK_SECONDS * 1000}")
    # Rebuilding a table drops it first, which must not cascade; foreign keys are checked at the end.
    cursor.execute("PRAGMA foreign_keys=OFF")
    cursor.close()


def begin_immediate(connection: Connection) -> None:
    """Begin a transaction that excludes other writers from its start."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def check_foreign_keys(connection: Connection) -> None:
    """Raise RuntimeError if a foreign key refers to a missing row. MySQL checks that at each statement."""
    if connection.dialect.name == "sqlite":
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").first()
        if broken is not None:
            table, _, target, _ = broken
            raise RuntimeError(f"The migration leaves rows of {table} that point to no row of {target}.")
