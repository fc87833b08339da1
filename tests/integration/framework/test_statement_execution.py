"""The shop's own statement execution behaves like SQLAlchemy's, on both databases."""

from collections.abc import AsyncIterator
from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    case,
    delete,
    event,
    func,
    insert,
    select,
    text,
    true,
    tuple_,
    update,
)
from sqlalchemy.exc import CompileError, IntegrityError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate, violated_constraint
from tests.integration.framework.sample_rows import FIRST, ROW, SECOND, THIRD, UNTOLD, samples

pytestmark = pytest.mark.anyio

ADD = insert(samples)

RENAME = update(samples).where(samples.c.id == bindparam("which")).values(name=bindparam("new_name"))

BY_ID = select(samples).where(samples.c.id.in_(bindparam("ids", expanding=True))).order_by(samples.c.id)


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


async def test_columns_of_the_same_name_and_expressions_have_types_too(
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


async def test_unions_and_texts_return_typed_rows(direct: DirectConnection) -> None:
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
async def test_a_list_parameter_may_have_any_length(direct: DirectConnection, ids: list[str]) -> None:
    await direct.execute(ADD, [{"id": id_, "name": id_} for id_ in (FIRST, SECOND, THIRD)])
    for wanted in (ids, [SECOND], ids):
        found = [row.id for row in await direct.execute(BY_ID, {"ids": wanted})]
        assert found == sorted({*wanted} & {FIRST, SECOND, THIRD})


async def test_a_list_parameter_may_have_tuples(direct: DirectConnection) -> None:
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


async def test_a_python_side_default_is_refused(direct: DirectConnection) -> None:
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
