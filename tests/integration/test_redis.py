"""What instances share by a real Valkey or Redis, and what comes of killing or freezing it."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Connection

from shop.adapters.redis import connection as connecting
from shop.adapters.redis.connection import BUDGET_SECONDS, RedisConnection
from shop.adapters.redis.shared_reads import RedisReads
from shop.application.ports.catalogue import CachedAnswer
from shop.application.ports.shared_reads import LIFETIME_SECONDS
from shop.domain.user import Principal, Role
from tests.debian import PackagesUnavailableError
from tests.redis_server import RedisServer, running_redis
from tests.shared_reads import reached, redis_reads

pytestmark = pytest.mark.anyio

SECRET = "of this shop"
PAGE = CachedAnswer(b'{"items":[]}', ["p1", "p2"], state="1-7", depends_on_stock=True)
ADA = Principal("user", "ada", Role.CUSTOMER, "session")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """One of the test's own, to be killed."""
    try:
        with running_redis(tmp_path) as started:
            yield started
    except PackagesUnavailableError as reason:
        pytest.skip(f"neither Valkey nor Redis can be had: {reason}")


@pytest.fixture
async def here(server: RedisServer) -> AsyncIterator[RedisReads]:
    async with redis_reads(server.url, secret=SECRET) as reads:
        yield reads


@pytest.fixture
async def there(server: RedisServer) -> AsyncIterator[RedisReads]:
    async with redis_reads(server.url, secret=SECRET) as reads:
        yield reads


async def kept(reads: RedisReads, name: bytes = b"page", answer: CachedAnswer = PAGE) -> None:
    """Keep an answer, and come back when it is there."""
    (await reads.look_up("catalogue", name, CachedAnswer)).keep(answer)
    await asyncio.sleep(0)
    await reads.connection.get(b"goes with the same exchange or a later one")


async def found(reads: RedisReads, name: bytes = b"page") -> CachedAnswer | None:
    return (await reads.look_up("catalogue", name, CachedAnswer)).value


async def test_what_one_keeps_the_other_finds(here: RedisReads, there: RedisReads) -> None:
    await kept(here)
    assert await found(there) == PAGE
    assert await found(there, b"another page") is None
    (await here.look_up("sessions", b"session", Principal)).keep(ADA)
    await here.connection.get(b"")
    assert (await there.look_up("sessions", b"session", Principal)).value == ADA
    assert there.outcomes == {
        ("catalogue", "hit"): 1,
        ("catalogue", "miss"): 1,
        ("sessions", "hit"): 1,
    }


async def test_it_is_over_when_its_reading_is_too_old(here: RedisReads, there: RedisReads) -> None:
    before = time.monotonic()
    look_up = await here.look_up("catalogue", b"page", CachedAnswer)
    after = time.monotonic()
    await asyncio.sleep(0.3)  # what the reading takes
    look_up.keep(PAGE)
    await here.connection.get(b"")
    shared = await there.look_up("catalogue", b"page", CachedAnswer)
    assert shared.value == PAGE
    assert before + LIFETIME_SECONDS - 0.05 < shared.expires <= after + LIFETIME_SECONDS
    assert shared.began == pytest.approx(shared.expires - LIFETIME_SECONDS)
    async with asyncio.timeout(1):
        while await found(there):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert time.monotonic() <= after + LIFETIME_SECONDS + 0.05


async def test_nothing_stays_in_the_server(here: RedisReads, server: RedisServer) -> None:
    await kept(here)
    with server.client() as client:
        (key,) = client.keys()
        assert 0 < client.pttl(key) <= LIFETIME_SECONDS * 1000 + 1
        assert b"page" not in key


async def test_what_is_kept_too_late_is_not_kept(here: RedisReads, server: RedisServer) -> None:
    look_up = await here.look_up("catalogue", b"page", CachedAnswer)
    await asyncio.sleep(LIFETIME_SECONDS)
    look_up.keep(PAGE)
    await here.connection.get(b"")
    with server.client() as client:
        assert client.info("commandstats").get("cmdstat_set") is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda value: b"",
        lambda value: b"nonsense",
        lambda value: value[:-1],
        lambda value: value + b"\0",
        lambda value: value[:16] + bytes([value[16] ^ 1]) + value[17:],
        lambda value: bytes([value[0] ^ 1]) + value[1:],
    ],
)
async def test_what_somebody_else_wrote_is_not_taken(
    damage: object, here: RedisReads, there: RedisReads, server: RedisServer
) -> None:
    await kept(here)
    with server.client() as client:
        (key,) = client.keys()
        client.set(key, damage(client.get(key)), keepttl=True)  # type: ignore[operator]
    assert await found(there) is None
    assert there.errors["foreign"] == 1


async def test_a_value_moved_to_another_name_is_not_taken(here: RedisReads, server: RedisServer) -> None:
    await kept(here, b"mine")
    await kept(here, b"yours")
    with server.client() as client:
        one, two = client.keys()
        client.copy(one, two, replace=True)
    assert [await found(here, name) for name in (b"mine", b"yours")].count(None) == 1


async def test_a_value_without_an_end_is_over_all_the_same(here: RedisReads, server: RedisServer) -> None:
    await kept(here)
    with server.client() as client:
        (key,) = client.keys()
        client.persist(key)
        await asyncio.sleep(LIFETIME_SECONDS)
        assert client.exists(key)
    assert await found(here) is None


async def test_another_shop_or_release_has_names_of_its_own(here: RedisReads, server: RedisServer) -> None:
    await kept(here)
    async with redis_reads(server.url, secret="of another shop") as another:
        assert await found(another) is None
    async with redis_reads(server.url, secret=SECRET, release="2") as newer:
        assert await found(newer) is None
        await kept(newer)
    with server.client() as client:
        assert len(client.keys("shop:1:*")) == 2


async def test_a_value_of_another_kind_is_a_miss(here: RedisReads) -> None:
    await kept(here)
    assert (await here.look_up("catalogue", b"page", Principal)).value is None


async def test_a_full_server_is_read_from(here: RedisReads, server: RedisServer) -> None:
    await kept(here)
    with server.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
    await kept(here, b"another page")
    assert await found(here) == PAGE
    assert here.errors["refused"] == 1
    assert not here.is_open


async def test_more_at_once_than_go_into_one_exchange(here: RedisReads) -> None:
    names = [b"%d" % number for number in range(350)]
    for name in names:
        (await here.look_up("catalogue", name, CachedAnswer)).keep(PAGE)
    await kept(here)
    assert await asyncio.gather(*(found(here, name) for name in names)) == [PAGE] * len(names)


async def test_who_hangs_up_leaves_the_answers_of_others_alone(here: RedisReads) -> None:
    for number in range(20):
        await kept(here, b"%d" % number, CachedAnswer(b"%d" % number, []))
    asking = [asyncio.create_task(found(here, b"%d" % number)) for number in range(20)]
    for moment, task in enumerate(asking[::2]):
        for _ in range(moment):
            await asyncio.sleep(0)
        task.cancel()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [answer.body for answer in answers[1::2]] == [b"%d" % number for number in range(1, 20, 2)]  # type: ignore[union-attr]
    assert (await found(here, b"7")) == CachedAnswer(b"7", [])


async def test_a_killed_server_costs_nothing_and_is_used_again(here: RedisReads, server: RedisServer) -> None:
    await kept(here)
    server.kill()
    assert await found(here) is None
    assert here.is_open
    assert here.errors["connection"] == 1
    server.start()
    await reached(here.connection)
    assert await found(here) is None
    await kept(here)
    assert await found(here) == PAGE


async def test_a_frozen_server_delays_those_who_ask_it_once(here: RedisReads, server: RedisServer) -> None:
    server.freeze()
    began = time.monotonic()
    assert await asyncio.gather(*(found(here, b"%d" % number) for number in range(200))) == [None] * 200
    # Twice the budget if this machine is busy, and what 200 tasks take.
    assert time.monotonic() - began < 2 * BUDGET_SECONDS + 0.5
    assert here.is_open
    assert here.errors["timeout"] == 1
    assert here.outcomes["catalogue", "unreachable"] == 200
    looked = here.connection.get(b"not asked")
    with pytest.raises(StopIteration):
        looked.send(None)  # it has its answer without waiting for anything
    server.thaw()
    await reached(here.connection)


async def test_what_a_frozen_server_is_sent_is_over_when_it_goes_on(
    here: RedisReads, there: RedisReads, server: RedisServer
) -> None:
    await kept(here, b"from before")
    look_up = await here.look_up("catalogue", b"late", CachedAnswer)
    server.freeze()
    look_up.keep(PAGE)  # it lies in the server's socket now
    await here.connection.get(b"")
    assert here.is_open
    await asyncio.sleep(LIFETIME_SECONDS)
    server.thaw()
    await reached(here.connection)
    with server.client() as client:
        assert client.info("commandstats")["cmdstat_set"]["calls"] == 2, "it did arrive"
    for reads in (here, there):
        await reached(reads.connection)
        assert await found(reads, b"late") is None
        assert await found(reads, b"from before") is None


async def test_an_address_where_nothing_answers_delays_nobody() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        reads = RedisReads(RedisConnection(url), SECRET, "1")
        looked = reads.look_up("catalogue", b"page", CachedAnswer)
        with pytest.raises(StopIteration):
            looked.send(None)
        async with asyncio.timeout(10):
            while not reads.errors.get("timeout"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await reads.connection.close()


async def test_a_wrong_password_is_not_logged(
    server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = RedisConnection(server.url.replace("for%3Atests", "wrong"))
    connection.start()
    async with asyncio.timeout(10):
        while not connection.errors["connection"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await connection.close()
    logged = capsys.readouterr().out
    assert "redis can't be reached" in logged
    assert "AuthenticationError" in logged
    assert "wrong" not in logged.replace("WRONGPASS", "")
    assert connection.is_open


async def test_it_is_let_alone_for_longer_and_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    enough = asyncio.Event()
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 6:
            enough.set()
        await sleep(0)

    async def refused(_: Connection) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(Connection, "connect", refused)
    monkeypatch.setattr(connecting.asyncio, "sleep", noted)
    monkeypatch.setattr(connecting.random, "uniform", lambda low, high: 1.0)
    connection = RedisConnection("redis://nowhere.example")
    connection.start()
    await enough.wait()
    await connection.close()
    assert pauses[:6] == [1, 2, 4, 8, 8, 8]


async def test_after_its_close_it_is_not_asked_and_not_opened(here: RedisReads) -> None:
    await here.connection.close()
    assert await found(here) is None
    here.connection.start()
    assert here.is_open
