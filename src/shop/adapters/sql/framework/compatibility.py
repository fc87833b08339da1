"""Which versions of the shop may run on a schema that is newer than they know.

A version is named by the revision that it needs. Every migration says in `compatible_since` with which version, and all
after it, the schema works that it leaves behind; the migration runner writes these down in the database, since the
older versions don't have the migration.
"""

from collections.abc import Sequence

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, delete, insert, inspect, select

from shop.adapters.sql.framework.compatibility_tables import compatible_revisions


def compatible_with(scripts: ScriptDirectory, revision: str) -> list[str]:
    """The versions that work on the schema as this migration leaves it, its own first.

    Raises CommandError when `compatible_since` is no revision before it. One that says nothing is for its own alone.
    """
    script = scripts.get_revision(revision)
    since = getattr(script.module, "compatible_since", revision)
    return [each.revision for each in scripts.iterate_revisions(revision, since, inclusive=True)]


def record(connection: Connection, revisions: Sequence[str]) -> None:
    """Write down which versions work on the schema now, in the transaction at hand."""
    if inspect(connection).has_table(compatible_revisions.name):
        connection.execute(delete(compatible_revisions))
        if revisions:
            connection.execute(insert(compatible_revisions), [{"revision": each} for each in revisions])


def recorded(connection: Connection) -> set[str]:
    """What was written down; nothing in a database older than that."""
    if not inspect(connection).has_table(compatible_revisions.name):
        return set()
    return set(connection.scalars(select(compatible_revisions.c.revision)))
