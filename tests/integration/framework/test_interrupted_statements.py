"""Statements that are refused, cancelled or lost with their connection."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from typing import Any, Final

import pytest
from sqlalchemy import (
    event,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.exc import OperationalError

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.catalogue.categories import KnownTree
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import translated
from shop.adapters.sql.storage import SqlStorage, SqlUnitOfWork
from shop.application.ports.unit_of_work import TransactionConflict
from shop.contract.order_samples import a_user
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import User
from shop.domain.errors import Unavailable
from tests.integration.framework.sample_rows import FIRST, ROW, samples

pytestmark = pytest.mark.anyio


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A database with one connection to write and one to read, which every user in turn gets."""
    opened = Database(database_url, pool_size=1)
    async with opened.writes.begin() as connection:
        await connection.run_sync(samples.create)
    yield opened
    async with opened.writes.begin() as connection:
        await connection.run_sync(samples.drop)
    await opened.dispose()


@pytest.fixture
async def mysql(mysql_url: str) -> AsyncIterator[Database]:
    """A database with two connections to write."""
    opened = Database(mysql_url, pool_size=2)
    yield opened
    await opened.dispose()


@pytest.mark.mysql
async def test_a_refused_lock_is_a_conflict(mysql: Database) -> None:
    user_id = await a_user(SqlStorage(mysql).unit_of_work)
    lock = select(users.c.id).where(users.c.id == user_id).with_for_update(nowait=True)
    async with mysql.writes.begin() as one, mysql.writes.begin() as other:
        assert await DirectConnection(one).scalar(lock) == user_id
        with pytest.raises(OperationalError) as caught:
            await DirectConnection(other).execute(lock)
        assert isinstance(translated(caught.value), TransactionConflict)
        assert not other.invalidated


LONG: Final = {
    "mysql": text("SELECT BENCHMARK(500000, SHA2('long', 512))"),
    "sqlite": text(
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) SELECT MAX(i) FROM n"
    ),
}
"""Statements that keep the database busy for about half a second."""


async def cancel_in_mid_statement(database: Database, work: Awaitable[Any]) -> None:
    """Cancel `work` while the database executes its long statement."""
    begun = asyncio.Event()

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement == LONG[database.url.get_backend_name()].text:
            begun.set()

    for engine in (database.reads, database.writes):
        event.listen(engine.sync_engine, "before_cursor_execute", note)
    task = asyncio.ensure_future(work)
    await begun.wait()
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_the_connection_of_a_cancelled_statement_is_not_used_again(database: Database) -> None:
    connections: list[Any] = []

    async def run_long() -> None:
        async with database.reading() as direct:
            connections.append(direct)
            await direct.execute(LONG[direct.dialect.name])

    await cancel_in_mid_statement(database, run_long())
    async with database.reading() as direct:
        assert direct._driver is not connections[0]._driver
        assert await direct.scalar(select(literal(1))) == 1


async def test_a_unit_of_work_cancelled_in_mid_statement_leaves_nothing(database: Database) -> None:
    user = User(id=FIRST, username="ada", password_hash="-", role=Role.CUSTOMER, created_at=ROW["at"])

    async def run_long() -> None:
        async with SqlUnitOfWork(database, KnownTree()) as work:
            await work.users.add(user)
            await work.users._connection.execute(LONG[database.writes.dialect.name])

    await cancel_in_mid_statement(database, run_long())
    async with SqlUnitOfWork(database, KnownTree()) as work:
        assert await work.users.get(user.id) is None


@pytest.mark.mysql
async def test_a_lost_connection_also_invalidates_idle_connections_of_its_age(mysql: Database) -> None:
    connected, connection_id = mysql.writes.connect, select(func.connection_id())
    async with connected() as one:
        async with connected() as other:
            of_its_age = await DirectConnection(other).scalar(connection_id)
        direct = DirectConnection(one)
        own_id = await direct.scalar(connection_id)
        async with mysql.reading() as reading:
            await reading.execute(text(f"KILL {own_id}"))
        with pytest.raises(OperationalError) as caught:
            await direct.scalar(select(literal(1)))
        assert caught.value.connection_invalidated
        assert one.invalidated
        assert isinstance(translated(caught.value), Unavailable)
    async with connected() as one, connected() as other:
        for each in (one, other):
            assert await DirectConnection(each).scalar(connection_id) not in {own_id, of_its_age}


@pytest.mark.mysql
async def test_a_connection_that_the_server_closed_is_not_handed_out(mysql: Database) -> None:
    connection_id = select(func.connection_id())
    async with mysql.writes.connect() as connection:
        idle = await DirectConnection(connection).scalar(connection_id)
    async with mysql.reading() as reading:
        await reading.execute(text(f"KILL {idle}"))
        while idle in (await reading.execute(text("SHOW PROCESSLIST"))).scalars().all():
            pass
    async with mysql.writes.connect() as connection:
        assert await DirectConnection(connection).scalar(connection_id) != idle


@pytest.mark.mysql
async def test_a_unit_of_work_that_loses_its_connection_is_unavailable(mysql: Database) -> None:
    async def lose_it() -> None:
        async with SqlUnitOfWork(mysql, KnownTree()) as work, mysql.reading() as other:
            own_id = await work.users._connection.scalar(select(func.connection_id()))
            await other.execute(text(f"KILL {own_id}"))
            await work.users.get(FIRST)

    with pytest.raises(Unavailable):
        await lose_it()
    async with SqlUnitOfWork(mysql, KnownTree()) as work:
        assert await work.users.get(FIRST) is None
