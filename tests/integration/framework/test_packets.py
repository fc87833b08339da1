"""Writes that travel with the next statement, or with COMMIT: in order, whole, and each with its own error."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    Integer,
    MetaData,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.drivers import BEGIN, Answer, Prepared
from shop.adapters.sql.framework.execution import DeferredFailure, DirectConnection
from shop.adapters.sql.storage import SqlStorage
from shop.application.ports.unit_of_work import CommitOutcomeUnknown, LockTimeout, TransactionConflict
from shop.testing import shop_harness
from tests.instances import a_product, fill_cart

pytestmark = pytest.mark.anyio

notes = Table(
    "notes",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("said", String(100), nullable=False),
    Column("units", Integer, CheckConstraint("units >= 0", name="ck_notes_units"), nullable=False),
    mysql_charset="utf8mb4",
)
ADD = insert(notes)
SAY = update(notes).where(notes.c.id == bindparam("which")).values(said=bindparam("now_said"))
ALL = select(notes.c.id, notes.c.said).order_by(notes.c.id)


def note(number: int, said: str = "-", units: int = 0) -> dict[str, Any]:
    return {"id": number, "said": said, "units": units}


class Recorder(DirectConnection):
    """Records which statements are sent together."""

    packets: list[list[str]]

    async def _send(self, last: Prepared, deadline: float) -> Answer:
        if last is not BEGIN:
            self.packets.append([" ".join(each.text.split()) for each in (*self._deferred, last)])
        return await super()._send(last, deadline)


def recording(packets: list[list[str]]) -> type[DirectConnection]:
    return type("Recorder", (Recorder,), {"packets": packets})


@pytest.fixture
def packets() -> list[list[str]]:
    return []


@pytest.fixture
async def database(database_url: str, packets: list[list[str]]) -> AsyncIterator[Database]:
    opened = Database(database_url, pool_size=2, direct=recording(packets))
    async with opened.writes.begin() as connection:
        await connection.run_sync(notes.create)
    yield opened
    async with opened.writes.begin() as connection:
        await connection.run_sync(notes.drop)
    await opened.dispose()


async def stored(database: Database) -> list[tuple[int, str]]:
    async with database.reading() as connection:
        return [tuple(row) for row in await connection.execute(ALL)]


def verbs(packet: list[str]) -> list[str]:
    return [statement.split()[0] for statement in packet]


async def test_deferred_writes_travel_with_the_next_statement_and_the_last_with_commit(
    database: Database, packets: list[list[str]]
) -> None:
    async with database.transaction() as connection:
        await connection.defer(ADD, note(1, "one"))
        await connection.defer(ADD, [note(2, "two"), note(3, "three")])
        await connection.defer(SAY, {"which": 2, "now_said": "second"})
        assert packets == []
        rows = (await connection.execute(ALL)).all()
        assert rows == [(1, "one"), (2, "second"), (3, "three")]
        await connection.defer(SAY, {"which": 1, "now_said": "first"})
    assert list(map(verbs, packets)) == [["INSERT", "INSERT", "UPDATE", "SELECT"], ["UPDATE", "COMMIT"]]
    assert await stored(database) == [(1, "first"), (2, "second"), (3, "three")]


async def test_row_counts_belong_to_their_own_statement(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.defer(ADD, [note(number) for number in range(5)])
        assert (await connection.execute(SAY, {"which": 3, "now_said": "-"})).rowcount == 1
        await connection.defer(ADD, note(7))
        assert (await connection.execute(SAY, {"which": 8, "now_said": "-"})).rowcount == 0


async def test_values_are_never_statements(database: Database) -> None:
    hostile = ["'; DROP TABLE notes; -- ", "\\'; COMMIT; -- %s %", '"; SET autocommit=1; #', "a;b\\"]
    async with database.transaction() as connection:
        for number, said in enumerate(hostile):
            await connection.defer(ADD, note(number, said))
    assert await stored(database) == list(enumerate(hostile))


async def test_rolled_back_writes_are_not_sent(database: Database, packets: list[list[str]]) -> None:
    async def give_up() -> None:
        async with database.transaction() as connection:
            await connection.defer(ADD, note(1))
            raise LookupError

    with pytest.raises(LookupError):
        await give_up()
    assert packets == [["ROLLBACK"]]
    assert await stored(database) == []


async def test_an_error_names_its_statement_and_nothing_after_it_is_executed(database: Database) -> None:
    async with database.writes.connect() as pooled:
        connection = await begun(pooled)
        await connection.defer(ADD, note(1, "first"))
        await connection.defer(ADD, note(1, "duplicate"))
        await connection.defer(ADD, note(2, "later"))
        with pytest.raises(DeferredFailure) as caught:
            await connection.execute(ALL)
        assert isinstance(caught.value.error, IntegrityError)
        assert "INSERT" in str(caught.value.error.statement)
        assert not pooled.invalidated
        assert (await connection.execute(ALL)).all() == [(1, "first")]
        with pytest.raises(IntegrityError):  # the caller's own statement failed, no deferred one
            await connection.execute(ADD, note(1))
        await connection.rollback()


async def begun(pooled: AsyncConnection) -> DirectConnection:
    connection = DirectConnection(pooled)
    await connection.begin()
    return connection


async def test_a_violated_constraint_in_the_packet_of_commit_saves_nothing(database: Database) -> None:
    async def add_three() -> None:
        async with database.transaction() as connection:
            await connection.defer(ADD, note(1))
            await connection.defer(ADD, note(2, units=-1))
            await connection.defer(ADD, note(3))

    with pytest.raises((IntegrityError, OperationalError), match="ck_notes_units"):
        await add_three()
    assert await stored(database) == []


async def test_the_session_is_not_changed_inside_a_packet(database: Database) -> None:
    async with database.transaction() as connection:
        with pytest.raises(AssertionError, match="SET"):
            await connection.defer(text("SET SESSION sql_mode=''"))


async def test_very_many_rows_are_sent_in_several_packets(
    database: Database, packets: list[list[str]]
) -> None:
    async with database.transaction() as connection:
        for start in range(0, 40_000, 10_000):
            await connection.defer(ADD, [note(number, "x" * 80) for number in range(start, start + 10_000)])
    if not database.is_sqlite:
        assert len(packets) > 1
    async with database.reading() as connection:
        assert await connection.scalar(select(func.count()).select_from(notes)) == 40_000


async def test_an_order_of_three_adds_takes_at_most_eighteen_round_trips(
    database_url: str, packets: list[list[str]]
) -> None:
    storage = SqlStorage(Database(database_url, direct=recording(packets)))
    async with shop_harness(storage) as shop:
        admin = await shop.admin()
        products = [await a_product(admin, 10, name=f"Mug {number}") for number in range(4)]
        ada = await shop.customer("ada")
        await fill_cart(ada, products[3])  # so that the cart exists already
        assert (await ada.delete(f"/api/cart/items/{products[3]}")).status_code == 200
        packets.clear()
        await fill_cart(ada, *products[:3])
        assert (await ada.post("/api/cart/checkout")).status_code == 201
        assert len(packets) <= 18, "\n".join(map(str, packets))
        (taking,) = [packet for packet in packets if packet[-1].startswith("UPDATE stock")]
        rest = packets[packets.index(taking) + 1 :]
        assert rest[-1][-1] == "COMMIT", "the commit comes after the answer that all units were in stock"
        assert any("INSERT INTO events" in statement for packet in rest for statement in packet)
    await storage.close()


@pytest.fixture
async def mysql(mysql_url: str) -> AsyncIterator[Database]:
    opened = Database(mysql_url, pool_size=3)
    async with opened.writes.begin() as connection:
        await connection.run_sync(notes.create)
    yield opened
    async with opened.writes.begin() as connection:
        await connection.run_sync(notes.drop)
    await opened.dispose()


@pytest.mark.mysql
async def test_a_deferred_lock_timeout_saves_nothing_and_can_be_retried(mysql: Database) -> None:
    async with mysql.transaction() as connection:
        await connection.defer(ADD, [note(1), note(2)])
    async with mysql.transaction() as holder:
        await holder.execute(SAY, {"which": 2, "now_said": "held"})
        with pytest.raises(LockTimeout):
            await say_both(mysql)
    assert await stored(mysql) == [(1, "-"), (2, "held")]
    await say_both(mysql)
    assert await stored(mysql) == [(1, "both"), (2, "both")]


async def say_both(database: Database) -> None:
    async with database.transaction() as connection:
        for number in (1, 2):
            await connection.defer(SAY, {"which": number, "now_said": "both"})


@pytest.mark.mysql
async def test_a_deferred_deadlock_is_a_conflict_for_one_of_the_two(mysql: Database) -> None:
    async with mysql.transaction() as connection:
        await connection.defer(ADD, [note(1), note(2)])
    both_have_one = asyncio.Barrier(2)

    async def say(first: int, second: int) -> None:
        async with mysql.transaction() as connection:
            await connection.execute(SAY, {"which": first, "now_said": f"{first} first"})
            await both_have_one.wait()
            await connection.defer(SAY, {"which": second, "now_said": f"{first} first"})

    outcomes = await asyncio.gather(say(1, 2), say(2, 1), return_exceptions=True)
    assert sorted(map(type, outcomes), key=str) == sorted([type(None), TransactionConflict], key=str)
    assert len({said for _, said in await stored(mysql)}) == 1


@pytest.mark.mysql
async def test_a_connection_killed_in_the_packet_of_commit_leaves_the_outcome_unknown(
    mysql: Database,
) -> None:
    own_id = select(func.connection_id())

    async def save_slowly(known: asyncio.Future[int]) -> None:
        async with mysql.transaction() as connection:
            known.set_result(await connection.scalar(own_id))
            await connection.defer(ADD, note(1))
            await connection.defer(text("DO SLEEP(30)"))

    known: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    saving = asyncio.create_task(save_slowly(known))
    async with mysql.reading() as other:
        killed = await known
        asleep = text(
            "SELECT COUNT(*) FROM information_schema.processlist WHERE id = :id AND info LIKE '%SLEEP%'"
        )
        while not await other.scalar(asleep, {"id": killed}):
            pass
        await other.execute(text(f"KILL {killed}"))
    with pytest.raises(CommitOutcomeUnknown):
        await saving
    assert await stored(mysql) == []
    async with mysql.transaction() as connection:
        assert await connection.scalar(own_id) != killed


@pytest.mark.mysql
async def test_the_connection_of_a_cancelled_packet_is_not_used_again(mysql: Database) -> None:
    own_id = select(func.connection_id())
    async with mysql.writes.connect() as pooled:
        connection = await begun(pooled)
        before = await connection.scalar(own_id)
        await connection.defer(ADD, note(1))
        sleeping = asyncio.create_task(connection.execute(text("SELECT SLEEP(1)")))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        sleeping.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sleeping
        assert pooled.invalidated
    async with mysql.writes.connect() as pooled:
        assert await DirectConnection(pooled).scalar(own_id) != before
