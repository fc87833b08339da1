"""Which versions of the shop run on which schema, as stated by migrations and checked at startup."""

import asyncio
import re
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from alembic.config import Config
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, Inspector, inspect

from shop.adapters.sql.framework import compatibility, migrations
from shop.adapters.sql.framework.compatibility import compatible_with, recorded
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import Migrated, SchemaOutdated, SchemaTooNew, UnknownRevision
from tests.integration.migrations.test_migrations_runner import write_migration

FIRST_WITH_STATEMENT = "0007"
CONFIG = Config()
CONFIG.set_main_option("script_location", str(migrations.migrations_folder()).replace("%", "%%"))
SCRIPTS = ScriptDirectory.from_config(CONFIG)
STATING: list[Script] = [
    script for script in reversed(list(SCRIPTS.walk_revisions())) if script.revision >= FIRST_WITH_STATEMENT
]
EXPANDING = [script.revision for script in STATING if script.module.compatible_since != script.revision]
COMPATIBLE = 'op.create_table("compatible_revisions", sa.Column("revision", sa.String(32), primary_key=True))'


def on(url: str, ask: Callable[[Connection], Any]) -> Any:
    async def asked() -> Any:
        database = Database(url)
        try:
            async with database.reads.connect() as connection:
                return await connection.run_sync(ask)
        finally:
            await database.dispose()

    return asyncio.run(asked())


class Versions:
    """Folders of migrations, one per version: each version has one migration more than the version before."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._latest: Path | None = None
        self.folders: dict[str, Path] = {}

    def add(
        self, revision: str, upgrade: str = "pass", since: str | None = None, downgrade: str = "pass"
    ) -> None:
        folder = self._folder / revision
        if self._latest is None:
            (folder / "versions").mkdir(parents=True)
            shutil.copy(migrations.migrations_folder() / "env.py", folder)
        else:
            shutil.copytree(self._latest, folder)
        below = self._latest.name if self._latest else None
        write_migration(folder, revision, below, f"migration {revision}", upgrade, downgrade)
        if since is not None:
            with (folder / "versions" / f"{revision}.py").open("a") as script:
                script.write(f"\n\ncompatible_since = {since!r}\n")
        self.folders[revision] = self._latest = folder

    def migrate(self, url: str, version: str) -> Migrated:
        return migrations.upgrade(url, folder=self.folders[version])

    def start(self, url: str, version: str) -> None:
        migrations.require_compatible(url, folder=self.folders[version])


@pytest.fixture
def versions(tmp_path: Path) -> Versions:
    """0001 states nothing, 0002 and 0003 expand, 0004 removes what 0003 no longer uses, 0005 expands again."""
    found = Versions(tmp_path / "versions")
    found.add("0001", COMPATIBLE, downgrade='op.drop_table("compatible_revisions")')
    found.add("0002", since="0001")
    found.add("0003", since="0001")
    found.add("0004", since="0003")
    found.add("0005", since="0003")
    return found


@pytest.mark.parametrize(
    ("schema", "compatible"),
    [
        ("0001", {"0001"}),
        ("0002", {"0001", "0002"}),
        ("0003", {"0001", "0002", "0003"}),
        ("0004", {"0003", "0004"}),
        ("0005", {"0003", "0004", "0005"}),
    ],
)
def test_a_schema_records_its_compatible_versions(
    empty_url: str, versions: Versions, schema: str, compatible: set[str]
) -> None:
    versions.migrate(empty_url, schema)
    assert on(empty_url, recorded) == compatible
    for version in versions.folders:
        if version in compatible:
            versions.start(empty_url, version)
        elif version > schema:
            with pytest.raises(
                SchemaOutdated, match=f"is at revision {schema}, this version needs {version}"
            ):
                versions.start(empty_url, version)
        else:
            with pytest.raises(
                SchemaTooNew, match=f"is at revision {schema}, with which this version .{version}"
            ):
                versions.start(empty_url, version)


def test_a_compatible_older_version_migrates_nothing(empty_url: str, versions: Versions) -> None:
    versions.migrate(empty_url, "0005")
    assert versions.migrate(empty_url, "0003") == Migrated((), "0005")
    assert versions.migrate(empty_url, "0005") == Migrated((), "0005")
    with pytest.raises(UnknownRevision):
        versions.migrate(empty_url, "0002")


def test_a_downgrade_updates_the_compatible_versions(empty_url: str, versions: Versions) -> None:
    versions.migrate(empty_url, "0005")
    folder = versions.folders["0005"]
    migrations.downgrade(empty_url, "0003", folder=folder)
    assert on(empty_url, recorded) == {"0001", "0002", "0003"}
    migrations.downgrade(empty_url, "base", folder=folder)
    assert on(empty_url, recorded) == set()
    versions.migrate(empty_url, "0002")
    assert on(empty_url, recorded) == {"0001", "0002"}


def test_a_failed_migration_keeps_the_compatible_versions(empty_url: str, versions: Versions) -> None:
    versions.migrate(empty_url, "0003")
    versions.add("0006", 'op.execute("INSERT INTO nowhere VALUES (1)")', since="0006")
    with pytest.raises(Exception, match="nowhere"):
        versions.migrate(empty_url, "0006")
    after = "0003" if empty_url.startswith("sqlite") else "0005"
    assert migrations.current(empty_url) == after
    assert on(empty_url, recorded) == (
        {"0001", "0002", "0003"} if after == "0003" else {"0003", "0004", "0005"}
    )


def test_a_migration_without_a_statement_is_compatible_with_itself_only(
    empty_url: str, versions: Versions
) -> None:
    versions.add("0006")
    versions.migrate(empty_url, "0006")
    with pytest.raises(SchemaTooNew):
        versions.start(empty_url, "0005")


def test_every_migration_states_its_compatibility() -> None:
    stated = [script.module.compatible_since for script in STATING]
    for script, since in zip(STATING, stated, strict=True):
        assert since in {each.revision for each in SCRIPTS.iterate_revisions(script.revision, "base")}
        assert compatible_with(SCRIPTS, script.revision)[-1] == since
    assert stated == sorted(stated), "a version that one migration excludes must stay excluded"


def test_revisions_are_numbered_in_their_order() -> None:
    numbers = [script.revision for script in reversed(list(SCRIPTS.walk_revisions()))]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]


def test_new_migrations_state_their_compatibility() -> None:
    template = (migrations.migrations_folder() / "script.py.mako").read_text()
    assert "compatible_since = ${repr(down_revision)}" in template


Shape = dict[str, dict[str, Any]]


def test_compatible_migrations_only_add(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    shapes: dict[str, Shape] = {}
    latest: Shape = {}
    definitions: dict[str, Any] = {}

    def record(connection: Connection, revisions: Sequence[str]) -> None:
        """Record as usual, and inspect the tables that the migration has changed."""
        nonlocal latest, definitions
        compatibility.record(connection, revisions)
        before, definitions = definitions, table_definitions(connection)
        inspector = inspect(connection)
        latest = {
            table: latest[table] if before.get(table) == definition else shape(inspector, table)
            for table, definition in definitions.items()
        }
        shapes[revisions[0]] = latest

    monkeypatch.setattr(migrations, "record", record)
    migrations.upgrade(empty_url)
    found = {
        script.revision: complaints(shapes[str(script.down_revision)], shapes[script.revision])
        for script in STATING
        if script.revision in EXPANDING
    }
    assert found == {revision: [] for revision in EXPANDING}


def table_definitions(connection: Connection) -> dict[str, Any]:
    """Return the definition of each table, by name: it changes whenever a migration changes the table."""
    names = set(inspect(connection).get_table_names()) - {"alembic_version"}
    if connection.dialect.name == "mysql":
        return {name: connection.exec_driver_sql(f"SHOW CREATE TABLE `{name}`").one()[1] for name in names}
    parts = connection.exec_driver_sql("SELECT tbl_name, sql FROM sqlite_master ORDER BY rowid").all()
    return {name: [sql for table, sql in parts if table == name] for name in names}


def shape(inspector: Inspector, table: str) -> dict[str, Any]:
    """Return what a version of the shop relies on: the table's columns, and the rules for its rows."""
    return {
        "columns": {
            column["name"]: (str(column["type"]), column["nullable"], column["default"])
            for column in inspector.get_columns(table)
        },
        "rules": {
            *(
                f"check {check['name']}: {check['sqltext']}"
                for check in inspector.get_check_constraints(table)
            ),
            *(f"unique {sorted(each['column_names'])}" for each in inspector.get_unique_constraints(table)),
            *(
                f"unique {sorted(filter(None, index['column_names']))}"
                for index in inspector.get_indexes(table)
                if index["unique"]
            ),
            *(
                f"to {key['referred_table']}: {key['constrained_columns']}"
                for key in inspector.get_foreign_keys(table)
            ),
        },
    }


def shapes_of_tables(connection: Connection) -> Shape:
    inspector = inspect(connection)
    return {table: shape(inspector, table) for table in table_definitions(connection)}


def complaints(before: Shape, after: Shape) -> list[str]:
    """Return the changes that would break an older version."""
    found = [f"{table} is gone" for table in before.keys() - after.keys()]
    for table in before.keys() & after.keys():
        old, new = before[table], after[table]
        found += [f"{table}: {rule} is new" for rule in new["rules"] - old["rules"]]
        for name, column in old["columns"].items():
            if new["columns"].get(name) != column:
                found.append(f"{table}.{name} was {column}, is {new['columns'].get(name)}")
        for name in new["columns"].keys() - old["columns"].keys():
            _, nullable, default = new["columns"][name]
            if not nullable and default is None:
                found.append(f"{table}.{name} must be given")
    return found


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ('op.add_column("animal", sa.Column("legs", sa.Integer()))', None),
        (
            'op.add_column("animal", sa.Column("legs", sa.Integer(), nullable=False, server_default="4"))',
            None,
        ),
        ('op.create_index("ix_animal", "animal", ["name"])', None),
        ('op.create_table("plant", sa.Column("name", sa.String(9), nullable=False))', None),
        ('op.drop_table("animal")', "animal is gone"),
        ('op.drop_column("animal", "sound")', "animal.sound was"),
        ('op.create_index("ix_animal", "animal", ["name"], unique=True)', "unique .* is new"),
        (
            'op.add_column("animal", sa.Column("legs", sa.Integer(), nullable=False))',
            "animal.legs must be given",
        ),
    ],
)
def test_incompatible_migrations_are_detected(tmp_path: Path, change: str, complaint: str | None) -> None:
    url, versions = f"sqlite:///{tmp_path / 'toy.db'}", Versions(tmp_path / "versions")
    columns = 'sa.Column("name", sa.String(9)), sa.Column("sound", sa.String(9))'
    versions.add("0001", f'op.create_table("animal", {columns})')
    versions.add("0002", change)
    versions.migrate(url, "0001")
    before = on(url, shapes_of_tables)
    versions.migrate(url, "0002")
    found = complaints(before, on(url, shapes_of_tables))
    if complaint is None:
        assert not found
    else:
        [only] = found
        assert re.search(complaint, only)
