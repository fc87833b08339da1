"""Fixtures that every test may use: a storage of each kind, and the databases behind them.

A test never sees the data of another test: an SQLite test gets a copy of a freshly migrated file; a MySQL test gets the
migrated database of its pytest process, with every table emptied.
"""

import asyncio
import os
import shutil
import sqlite3
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final

import asyncmy
import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import make_url

from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.adapters.sql.tables import metadata
from tests.new_shops import put_new_shop
from tests.redis_server import RedisServer, running_redis

hypothesis_settings.register_profile(
    "tests", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis_settings.load_profile("tests")

Storage = MemoryStorage | SqlStorage

ANSWER_SECONDS: Final = 60.0
"""The limit of a statement in tests. It is long, because the machine may be busy; the real limit has its own tests."""

SQL_KINDS = [pytest.param("sqlite", id="sqlite"), pytest.param("mysql", id="mysql", marks=pytest.mark.mysql)]
DATA_MIGRATION_KINDS = [
    pytest.param("sqlite", id="sqlite"),
    pytest.param("mysql", id="mysql", marks=[pytest.mark.mysql, pytest.mark.long]),
]
"""For migrations of rows: they hardly depend on the database, and are slow on MySQL."""
FLOW_KINDS = [
    pytest.param("memory", id="memory"),
    pytest.param("sqlite", id="sqlite", marks=pytest.mark.long),
    pytest.param("mysql", id="mysql", marks=pytest.mark.mysql),
]
"""For use cases of several steps, whose storages have contract suites of their own."""
CROWD_KINDS = [
    pytest.param("sqlite", id="sqlite", marks=pytest.mark.long),
    pytest.param("mysql", id="mysql", marks=pytest.mark.mysql),
]
"""For hundreds of concurrent buyers, which SQLite serves one after the other."""
ALL_KINDS = [pytest.param("memory", id="memory"), *SQL_KINDS]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def mysql_server_url() -> str:
    """The URL of a MySQL server on which tests may create databases. It names no database."""
    url = os.environ.get("SHOP_TEST_MYSQL_URL")
    if not url:
        pytest.fail("tests marked `mysql` need SHOP_TEST_MYSQL_URL; `make test` provides it")
    return url


@pytest.fixture
def empty_mysql_url(mysql_server_url: str) -> Iterator[str]:
    """The URL of a database without tables, which is dropped afterwards."""
    yield from fresh_database(mysql_server_url)


@pytest.fixture(scope="session")
def mysql_url_of_new_shop(mysql_server_url: str) -> Iterator[str]:
    """The URL of a database as the migrations leave it, with the sample products. Tests only read and copy it."""
    for url in fresh_database(mysql_server_url):
        upgrade(url)
        yield url


@pytest.fixture(scope="session")
def migrated_mysql_url(mysql_server_url: str, mysql_url_of_new_shop: str) -> Iterator[str]:
    """The URL of this process's own database with the whole schema, which is dropped at the end."""
    for url in fresh_database(mysql_server_url):
        copy_database(mysql_url_of_new_shop, url)
        yield url


@pytest.fixture
def mysql_url(migrated_mysql_url: str) -> str:
    """The URL of a database with the whole schema and no rows."""
    delete_all_rows(migrated_mysql_url)
    return migrated_mysql_url


@pytest.fixture(scope="session")
def migrated_sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("migrated") / "shop.db"
    put_new_shop(file)
    with closing(sqlite3.connect(file)) as connection, connection:
        for table in metadata.tables:
            connection.execute(f"DELETE FROM {table}")
    return file


@pytest.fixture
def sqlite_url(migrated_sqlite_file: Path, tmp_path: Path) -> str:
    """The URL of a database with the whole schema and no rows."""
    file = tmp_path / "shop.db"
    shutil.copyfile(migrated_sqlite_file, file)
    return f"sqlite:///{file}"


@pytest.fixture(params=SQL_KINDS)
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of each kind, without tables."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    url: str = request.getfixturevalue("empty_mysql_url")
    return url


@pytest.fixture(params=SQL_KINDS)
def new_shop_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a database of each kind as the migrations leave it: the whole schema, and the sample products."""
    if request.param == "sqlite":
        put_new_shop(tmp_path / "new.db")
        return f"sqlite:///{tmp_path / 'new.db'}"
    url: str = request.getfixturevalue("empty_mysql_url")
    copy_database(request.getfixturevalue("mysql_url_of_new_shop"), url)
    return url


@pytest.fixture(params=SQL_KINDS)
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of each kind, with the whole schema and no rows."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url, answer_seconds=ANSWER_SECONDS)
    yield opened
    await opened.dispose()


@pytest.fixture
def sql_storage(database: Database) -> SqlStorage:
    return SqlStorage(database)


@pytest.fixture(params=ALL_KINDS)
def storage_url(request: pytest.FixtureRequest) -> str | None:
    return url_of_storage(request)


@pytest.fixture
async def storage(storage_url: str | None) -> AsyncIterator[Storage]:
    """An empty storage of each kind: the contract suites run against all of them."""
    opened: Storage = (
        MemoryStorage()
        if storage_url is None
        else SqlStorage(Database(storage_url, answer_seconds=ANSWER_SECONDS))
    )
    yield opened
    await opened.close()


@pytest.fixture
def row_locks(storage_url: str | None) -> None:
    if storage_url and storage_url.startswith("sqlite"):
        pytest.skip("SQLite has one writer at a time: no transaction meets a row that another one has locked")


@pytest.fixture(scope="session")
def redis_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis server that all tests of this process share, and do not stop."""
    with running_redis(tmp_path_factory.mktemp("redis")) as server:
        yield server


def url_of_storage(request: pytest.FixtureRequest) -> str | None:
    """Return the URL of the empty database for the kind in the request's parameter; None for `memory`."""
    if request.param == "memory":
        return None
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


def delete_all_rows(url: str) -> None:
    """Delete the rows of a MySQL database. Tables without rows are skipped, because most tests fill only a few."""
    asyncio.run(_all_rows_deleted(url))


def copy_database(source: str, target: str) -> None:
    """Copy the tables of one MySQL database and their rows into an empty one, which is faster than migrating."""
    asyncio.run(_database_copied(source, target))


def fresh_database(server_url: str) -> Iterator[str]:
    """Create a database on the server, yield its URL, and drop it."""
    name = f"shop_test_{uuid.uuid4().hex[:16]}"
    execute(server_url, f"CREATE DATABASE {name} CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        execute(server_url, f"DROP DATABASE {name}")


def execute(url: str, *statements: str) -> None:
    """Run statements without parameters on a new connection. Async code has to call this in a thread."""
    asyncio.run(_executed(url, statements))


_TABLES_WITH_ROWS: Final = " UNION ALL ".join(
    f"SELECT '{table}' WHERE EXISTS (SELECT * FROM `{table}`)" for table in metadata.tables
)


async def _all_rows_deleted(url: str) -> None:
    async with _cursor(url) as cursor:
        await cursor.execute(_TABLES_WITH_ROWS)
        filled = [table for (table,) in await cursor.fetchall()]
        if filled:
            await cursor.execute("SET FOREIGN_KEY_CHECKS=0")
        for table in filled:
            await cursor.execute(f"DELETE FROM `{table}`")


async def _database_copied(source: str, target: str) -> None:
    from_database = make_url(source).database
    async with _cursor(target) as cursor:
        await cursor.execute("SET FOREIGN_KEY_CHECKS=0")
        await cursor.execute(f"SHOW TABLES FROM `{from_database}`")
        for (table,) in await cursor.fetchall():
            await cursor.execute(f"SHOW CREATE TABLE `{from_database}`.`{table}`")
            [(_, definition)] = await cursor.fetchall()
            await cursor.execute(definition)
            await cursor.execute(f"SHOW COLUMNS FROM `{table}` WHERE Extra NOT LIKE '%GENERATED%'")
            names = ", ".join(f"`{column[0]}`" for column in await cursor.fetchall())
            await cursor.execute(
                f"INSERT INTO `{table}` ({names}) SELECT {names} FROM `{from_database}`.`{table}`"
            )


async def _executed(url: str, statements: tuple[str, ...]) -> None:
    async with _cursor(url) as cursor:
        for statement in statements:
            await cursor.execute(statement)


@asynccontextmanager
async def _cursor(url: str) -> AsyncIterator[Any]:
    parts = make_url(url)
    options: dict[str, Any] = {"db": parts.database} if parts.database else {}
    connection = await asyncmy.connect(
        host=parts.host,
        port=parts.port,
        user=parts.username,
        password=parts.password or "",
        autocommit=True,
        **options,
    )
    try:
        async with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
