"""The values that instances accept from a real Valkey or Redis, and those that they reject."""

import asyncio
import time
from collections.abc import Callable

import pytest

from shop.adapters.cache.redis.shared_reads import RedisReads
from shop.application.ports.catalogue import CachedAnswer
from shop.application.ports.shared_reads import LIFETIME_SECONDS
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal
from tests.redis_server import RedisServer
from tests.shared_reads import PAGE, SECRET, found, kept, redis_reads

pytestmark = pytest.mark.anyio

ADA = Principal("user", "ada", Role.CUSTOMER, "session")


@pytest.mark.usefixtures("lasting")
async def test_stored_values_are_found_by_other_instances(here: RedisReads, there: RedisReads) -> None:
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


async def test_the_lifetime_of_a_value_begins_with_its_look_up(here: RedisReads, there: RedisReads) -> None:
    before = time.monotonic()
    look_up = await here.look_up("catalogue", b"page", CachedAnswer)
    after = time.monotonic()
    await asyncio.sleep(0.3)  # the time that the database takes
    look_up.keep(PAGE)
    await here.connection.get(b"")
    shared = await there.look_up("catalogue", b"page", CachedAnswer)
    assert shared.value == PAGE
    assert before + LIFETIME_SECONDS - 0.3 < shared.expires <= after + LIFETIME_SECONDS
    assert shared.began == pytest.approx(shared.expires - LIFETIME_SECONDS)
    asked = time.monotonic()
    while await found(there):
        assert asked < after + LIFETIME_SECONDS
        asked = time.monotonic()


async def test_values_expire_on_the_server(here: RedisReads, server: RedisServer) -> None:
    await kept(here)
    with server.client() as client:
        (key,) = client.keys()
        assert 0 < client.pttl(key) <= LIFETIME_SECONDS * 1000 + 1
        assert b"page" not in key


async def test_values_stored_too_late_are_dropped(here: RedisReads, server: RedisServer) -> None:
    look_up = await here.look_up("catalogue", b"page", CachedAnswer)
    await asyncio.sleep(LIFETIME_SECONDS)
    look_up.keep(PAGE)
    await here.connection.get(b"")
    with server.client() as client:
        assert client.info("commandstats").get("cmdstat_set") is None


@pytest.mark.usefixtures("lasting")
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
async def test_damaged_values_are_rejected(
    damage: Callable[[bytes], bytes], here: RedisReads, there: RedisReads, server: RedisServer
) -> None:
    await kept(here)
    with server.client() as client:
        (key,) = client.keys()
        client.set(key, damage(client.get(key)), keepttl=True)
    assert await found(there) is None
    assert there.errors["foreign"] == 1


@pytest.mark.usefixtures("lasting")
async def test_a_value_moved_to_another_key_is_rejected(here: RedisReads, server: RedisServer) -> None:
    await kept(here, b"mine")
    await kept(here, b"yours")
    with server.client() as client:
        one, two = client.keys()
        client.copy(one, two, replace=True)
    assert [await found(here, name) for name in (b"mine", b"yours")].count(None) == 1


async def test_a_value_expires_even_if_the_server_keeps_it(here: RedisReads, server: RedisServer) -> None:
    await kept(here)
    with server.client() as client:
        (key,) = client.keys()
        client.persist(key)
        await asyncio.sleep(LIFETIME_SECONDS)
        assert client.exists(key)
    assert await found(here) is None


@pytest.mark.usefixtures("lasting")
async def test_other_shops_and_releases_use_other_keys(here: RedisReads, server: RedisServer) -> None:
    await kept(here)
    async with redis_reads(server.url, secret="of another shop") as another:
        assert await found(another) is None
    async with redis_reads(server.url, secret=SECRET, release="2") as newer:
        assert await found(newer) is None
        await kept(newer)
    with server.client() as client:
        assert len(client.keys("shop:1:*")) == 2


@pytest.mark.usefixtures("lasting")
async def test_a_value_of_another_type_is_a_miss(here: RedisReads) -> None:
    await kept(here)
    assert (await here.look_up("catalogue", b"page", Principal)).value is None


@pytest.mark.usefixtures("lasting")
async def test_a_full_server_still_serves_reads(here: RedisReads, server: RedisServer) -> None:
    await kept(here)
    with server.client() as client:
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
    await kept(here, b"another page")
    assert await found(here) == PAGE
    assert here.errors["refused"] == 1
    assert not here.is_open


@pytest.mark.usefixtures("lasting")
async def test_excess_callers_skip_the_shared_cache(here: RedisReads) -> None:
    await kept(here)
    answers = await asyncio.gather(*(found(here) for _ in range(350)))
    assert answers == [PAGE] * 300 + [None] * 50
    assert here.outcomes["catalogue", "unreachable"] == 50
    assert not here.is_open


@pytest.mark.usefixtures("lasting")
async def test_a_redis_user_needs_only_mget_set_and_time(server: RedisServer) -> None:
    rights = ["+mget", "+set", "+time"]
    with server.client() as client:
        client.acl_setuser("shop", enabled=True, passwords=["+few"], commands=rights, keys=["shop:*"])
    address = server.url.rpartition("@")[2].replace("/1", "/0")
    async with redis_reads(f"redis://shop:few@{address}") as reads:
        (await reads.look_up("catalogue", b"page", CachedAnswer)).keep(PAGE)
        await found(reads, b"another page")
        assert await found(reads) == PAGE
    assert reads.errors == {"foreign": 0}
