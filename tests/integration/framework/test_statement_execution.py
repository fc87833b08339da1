"""The shop's own statement execution behaves like SQLAlchemy's, on both databases."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from datetime import UTC, date, datetime
from typing import Any, Final

import pytest
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    bindparam,
    case,
    delete,
    event,
    func,
    insert,
    literal,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.exc import CompileError, IntegrityError, InvalidRequestError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate, translated, violated_constraint
from shop.adapters.sql.framework.types import Identifier, UtcDateTime
from shop.adapters.sql.storage import SqlStorage
from shop.adapters.sql.unit_of_work import SqlUnitOfWork
from shop.application.ports.unit_of_work import TransactionConflict
from shop.contract.order_samples import a_user
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import User
from shop.domain.errors import Unavailable

pytestmark = pytest.mark.anyio

FIRST, SECOND, THIRD = (f"01890a5d-ac96-774b-bcce-b302099a805{number}" for number in (1, 2, 3))
ROW: dict[str, Any] = {
    "id": FIRST,
    "name": "100 % 'Mug' ☕",
    "at": datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC),
    "day": date(2026, 3, 1),
    "flag": True,
    "facts": {"a": [1, None, "ü"]},
    "amount": 2**40,
    "digest": b"\x00'\xff%",
}
UNTOLD = dict.fromkeys(("at", "day", "flag", "facts", "amount", "digest"))

samples = Table(
    "samples",
    MetaData(),
    Column("id", Identifier, primary_key=True),
    Column("name", String(40), nullable=False),
    Column("at", UtcDateTime),
    Column("day", Date),
    Column("flag", Boolean),
    Column("facts", JSON(none_as_null=True)),
    Column("amount", BigInteger),
    Column("digest", LargeBinary(32)),
    UniqueConstraint("name", name="uq_samples_name"),
    mysql_charset="utf8mb4",
)
ADD = insert(samples)
RENAME = update(samples).where(samples.c.id == bindparam("which")).values(name=bindparam("new_name"))
BY_ID = select(samples).where(samples.c.id.in_(bindparam("ids", expanding=True))).order_by(samples.c.id)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """With one connection to write and one to read: who comes next gets the same."""
    opened = Database(database_url, pool_size=1)
    async with opened.writes.begin() as connection:
        await connection.run_sync(samples.create)
    yield opened
    async with opened.writes.begin() as connection:
        await connection.run_sync(samples.drop)
    await opened.dispose()


@pytest.fixture
async def connection(database: Database) -> AsyncIterator[AsyncConnection]:
    """In a transaction that is rolled back."""
    async with database.writes.connect() as connected:
        await connected.begin()
        yield connected


@pytest.fixture
def direct(connection: AsyncConnection) -> DirectConnection:
    return DirectConnection(connection)


async def test_values_round_trip(direct: DirectConnection, connection: AsyncConnection) -> None:
    await direct.execute(ADD, ROW)
    by_us, by_sqlalchemy = await direct.execute(select(samples)), await connection.execute(select(samples))
    assert list(by_us.keys()) == list(by_sqlalchemy.keys())
    (row,) = by_us.all()
    assert row == by_sqlalchemy.one()
    assert dict(row._mapping) == ROW
    assert (row.name, type(row.flag), row.at.tzinfo) == (ROW["name"], bool, UTC)


async def test_values_are_stored_as_by_sqlalchemy(
    direct: DirectConnection, connection: AsyncConnection
) -> None:
    await connection.execute(ADD, ROW)
    await direct.execute(ADD, {**ROW, "id": SECOND, "name": "another"})
    raw = text("SELECT at, day, flag, facts, amount, digest FROM samples")
    first, second = (await connection.execute(raw)).all()
    assert first == second


async def test_null_comes_back_as_none(direct: DirectConnection) -> None:
    await direct.execute(ADD, {"id": FIRST, "name": "", **UNTOLD})
    assert (await direct.execute(select(samples))).one() == (FIRST, "", *UNTOLD.values())


async def test_columns_of_one_name_and_expressions_have_types_too(
    direct: DirectConnection, connection: AsyncConnection
) -> None:
    await direct.execute(ADD, ROW)
    other = samples.alias()
    named = case((samples.c.flag == true(), samples.c.id), else_=None).label("flagged")
    statement = select(samples.c.id, other.c.id, named, func.max(samples.c.at), func.count()).where(
        samples.c.id == other.c.id, samples.c.amount > 2**39, samples.c.name.like("100 %")
    )
    statement = statement.group_by(samples.c.id, other.c.id, named)
    row = (await direct.execute(statement)).one()
    assert row == (FIRST, FIRST, FIRST, ROW["at"], 1)
    assert row == (await connection.execute(statement)).one()
    assert (row.id, row.flagged) == (FIRST, FIRST)


async def test_a_union_and_a_text(direct: DirectConnection) -> None:
    await direct.execute(ADD, ROW)
    both = select(samples.c.id, samples.c.at).union_all(select(samples.c.id, samples.c.at))
    assert (await direct.execute(both)).all() == [(FIRST, ROW["at"])] * 2
    row = (
        await direct.execute(text("SELECT name, amount FROM samples WHERE amount = :n"), {"n": 2**40})
    ).one()
    assert (row.name, row.amount) == (ROW["name"], 2**40)


async def test_several_rows_go_in_one_insert(database: Database, direct: DirectConnection) -> None:
    sent: list[Any] = []
    event.listen(database.writes.sync_engine, "before_cursor_execute", lambda *args: sent.append(args[2:]))
    rows = [{**ROW, "id": id_, "name": id_} for id_ in (FIRST, SECOND, THIRD)]
    assert (await direct.execute(ADD, rows)).rowcount == 3
    assert [many for *_, many in sent] == [True]
    assert (await direct.scalars(select(samples.c.name).order_by(samples.c.id))).all() == [
        FIRST,
        SECOND,
        THIRD,
    ]


async def test_a_list_of_one_row_is_that_row(direct: DirectConnection) -> None:
    assert (await direct.execute(ADD, [ROW])).rowcount == 1
    assert await direct.scalar(select(samples.c.at)) == ROW["at"]


async def test_rowcount_counts_matched_rows(direct: DirectConnection) -> None:
    await direct.execute(ADD, [{"id": id_, "name": id_} for id_ in (FIRST, SECOND)])
    same = {"which": FIRST, "new_name": FIRST}
    assert (await direct.execute(RENAME, same)).rowcount == 1
    assert (await direct.execute(RENAME, {**same, "which": THIRD})).rowcount == 0
    assert (await direct.execute(delete(samples))).rowcount == 2


@pytest.mark.parametrize("ids", [[], [FIRST], [THIRD, FIRST], [FIRST, SECOND, THIRD, "no id at all"]])
async def test_lists_of_any_length(direct: DirectConnection, ids: list[str]) -> None:
    await direct.execute(ADD, [{"id": id_, "name": id_} for id_ in (FIRST, SECOND, THIRD)])
    for wanted in (ids, [SECOND], ids):
        found = [row.id for row in await direct.execute(BY_ID, {"ids": wanted})]
        assert found == sorted({*wanted} & {FIRST, SECOND, THIRD})


async def test_lists_of_tuples(direct: DirectConnection) -> None:
    await direct.execute(ADD, [{"id": id_, "name": id_} for id_ in (FIRST, SECOND, THIRD)])
    pairs = tuple_(samples.c.id, samples.c.name).in_(bindparam("pairs", expanding=True))
    wanted = {"pairs": [(FIRST, FIRST), (SECOND, THIRD)]}
    assert (await direct.scalars(select(samples.c.id).where(pairs), wanted)).all() == [FIRST]


async def test_a_result_without_rows_is_empty(direct: DirectConnection) -> None:
    nobody = {"ids": [FIRST]}
    assert (await direct.execute(BY_ID, nobody)).one_or_none() is None
    assert (await direct.execute(BY_ID, nobody)).all() == []
    assert await direct.scalar(BY_ID, nobody) is None


async def test_a_value_is_never_text_of_the_statement(direct: DirectConnection) -> None:
    evil = "'); DROP TABLE samples; -- %s ? :id"
    await direct.execute(ADD, {"id": FIRST, "name": evil})
    assert (
        await direct.scalar(select(samples.c.name).where(samples.c.name == bindparam("n")), {"n": evil})
        == evil
    )


async def test_a_missing_value_is_refused(direct: DirectConnection, connection: AsyncConnection) -> None:
    with pytest.raises(InvalidRequestError, match="new_name"):
        await direct.execute(RENAME, {"which": FIRST})
    assert not connection.invalidated


async def test_a_default_of_python_s_is_refused(direct: DirectConnection) -> None:
    defaulted = Table("samples", MetaData(), Column("id", Integer), Column("name", String, default="x"))
    with pytest.raises(CompileError):
        await direct.execute(insert(defaulted), {"id": 1})


async def test_a_violated_key_is_named_and_its_values_are_not(direct: DirectConnection) -> None:
    await direct.execute(ADD, ROW)
    with pytest.raises(IntegrityError) as caught:
        await direct.execute(ADD, {**ROW, "id": SECOND, "digest": b"secret"})
    assert is_duplicate(caught.value)
    assert violated_constraint(caught.value) == "uq_samples_name"
    assert caught.value.hide_parameters
    assert "secret" not in str(caught.value)
    assert await direct.scalar(select(func.count()).select_from(samples)) == 1  # the transaction goes on


async def test_null_in_a_required_column_fails(direct: DirectConnection) -> None:
    with pytest.raises(IntegrityError) as caught:
        await direct.execute(ADD, {"id": FIRST, "name": None})
    assert not is_duplicate(caught.value)


@pytest.fixture
async def mysql(mysql_url: str) -> AsyncIterator[Database]:
    """With two connections to write."""
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
"""Half a second's work, and not a bit of it for us."""


async def cancel_in_mid_statement(database: Database, work: Awaitable[Any]) -> None:
    """Cancel `work` when its long statement is at the database."""
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


async def test_a_cancelled_statement_costs_the_connection(database: Database) -> None:
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
        async with SqlUnitOfWork(database) as work:
            await work.users.add(user)
            await work.users._connection.execute(LONG[database.writes.dialect.name])

    await cancel_in_mid_statement(database, run_long())
    async with SqlUnitOfWork(database) as work:
        assert await work.users.get(user.id) is None


@pytest.mark.mysql
async def test_a_lost_connection_takes_those_of_its_age_along(mysql: Database) -> None:
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
async def test_a_unit_of_work_without_its_connection_is_unavailable(mysql: Database) -> None:
    async def lose_it() -> None:
        async with SqlUnitOfWork(mysql) as work, mysql.reading() as other:
            own_id = await work.users._connection.scalar(select(func.connection_id()))
            await other.execute(text(f"KILL {own_id}"))
            await work.users.get(FIRST)

    with pytest.raises(Unavailable):
        await lose_it()
    async with SqlUnitOfWork(mysql) as work:
        assert await work.users.get(FIRST) is None
