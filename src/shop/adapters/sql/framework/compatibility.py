"""Which versions of the shop may run on a schema that is newer than their own.

A version is identified by the revision that it needs. Every migration's `compatible_since` names the oldest version
that works on the schema after that migration; all later versions work, too. The migration runner records these
versions in the database, because older versions don't have the migration.
"""

from collections.abc import Sequence

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, select

from shop.adapters.sql.framework.tables import compatible_revisions


def compatible_with(scripts: ScriptDirectory, revision: str) -> list[str]:
    """Return the versions that work on the schema after this migration, its own first.

    Without `compatible_since`, only the migration's own version works. Raises CommandError when `compatible_since` is
    not an earlier revision.
    """
    script = scripts.get_revision(revision)
    since = getattr(script.module, "compatible_since", revision)
    return [each.revision for each in scripts.iterate_revisions(revision, since, inclusive=True)]


def record(connection: Connection, revisions: Sequence[str]) -> None:
    """Record in the current transaction which versions work on the schema now."""
    if inspect(connection).has_table(compatible_revisions.name):
        connection.execute(delete(compatible_revisions))
        if revisions:
            connection.execute(insert(compatible_revisions), [{"revision": each} for each in revisions])


def recorded(connection: Connection) -> set[str]:
    """Return the recorded versions; empty in a database that predates the record."""
    if not inspect(connection).has_table(compatible_revisions.name):
        return set()
    return set(connection.scalars(select(compatible_revisions.c.revision)))
