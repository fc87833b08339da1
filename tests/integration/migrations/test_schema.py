"""The migrations create exactly the schema that the code declares, and can be downgraded."""

import asyncio
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import current, downgrade, head, upgrade
from shop.adapters.sql.tables import metadata
from tests.storages import SQL_KINDS

pytestmark = pytest.mark.anyio


@pytest.fixture(params=SQL_KINDS)
def migrated_url(request: pytest.FixtureRequest) -> str:
    """A database of each kind that the migrations made."""
    if request.param == "mysql":
        url: str = request.getfixturevalue("mysql_url_of_new_shop")
        return url
    return f"sqlite:///{request.getfixturevalue('migrated_sqlite_file')}"


async def test_the_migrations_make_the_tables_that_the_code_knows(migrated_url: str) -> None:
    assert await _on(migrated_url, _differences) == []


async def test_every_check_is_in_the_database(migrated_url: str) -> None:
    def checks(connection: Connection) -> set[str | None]:
        inspector = inspect(connection)
        return {
            check["name"] for table in metadata.tables for check in inspector.get_check_constraints(table)
        }

    wanted = {
        str(constraint.name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if constraint.__visit_name__ == "check_constraint"
    }
    assert wanted <= await _on(migrated_url, checks)


@pytest.mark.parametrize("down_to", ["-10", pytest.param("base", marks=pytest.mark.long)])
async def test_the_schema_can_be_downgraded_and_upgraded_again(new_shop_url: str, down_to: str) -> None:
    await asyncio.to_thread(downgrade, new_shop_url, down_to)
    assert await asyncio.to_thread(current, new_shop_url) != head()
    left = await _on(new_shop_url, lambda connection: set(inspect(connection).get_table_names()))
    assert down_to != "base" or left <= {"alembic_version"}
    await asyncio.to_thread(upgrade, new_shop_url)
    assert await asyncio.to_thread(current, new_shop_url) == head()
    assert await _on(new_shop_url, _differences) == []


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, metadata))


async def _on(url: str, ask: Any) -> Any:
    database = Database(url)
    try:
        async with database.reads.connect() as connection:
            return await connection.run_sync(ask)
    finally:
        await database.dispose()
