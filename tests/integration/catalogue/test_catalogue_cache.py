"""The catalogue's cache, alone and shared by instances: its contents, their lifetime and their invalidation."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable

import pytest

from shop.adapters.cache.catalogue_cache import InProcessCatalogueCache
from shop.application.ports.catalogue import CachedAnswer
from shop.application.ports.shared_reads import LIFETIME_SECONDS, SharedReads
from shop.domain.errors import NotFound
from tests.redis_server import RedisServer
from tests.shared_reads import SharedMemory, redis_reads

pytestmark = pytest.mark.anyio


class HandClock:
    """The real time plus the seconds that a test adds."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self.seconds


class Source:
    """Counts loads, and ends them when the test sets `may_end`."""

    def __init__(self, answer: CachedAnswer) -> None:
        self.answer = answer
        self.loads = 0
        self.was_asked = asyncio.Event()
        self.may_end = asyncio.Event()
        self.may_end.set()

    async def __call__(self) -> CachedAnswer:
        self.loads += 1
        self.was_asked.set()
        answer = self.answer
        await self.may_end.wait()
        return answer


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture(params=["alone", "with others", "by redis"])
async def shared(request: pytest.FixtureRequest, clock: HandClock) -> AsyncIterator[SharedReads | None]:
    if request.param == "alone":
        yield None
    elif request.param == "with others":
        yield SharedMemory(clock)
    else:
        server: RedisServer = request.getfixturevalue("redis_server")
        server.clear()
        async with redis_reads(server.url, clock) as reads:
            yield reads


@pytest.fixture
def cache(shared: SharedReads | None, clock: HandClock) -> InProcessCatalogueCache:
    return InProcessCatalogueCache(shared, monotonic=clock)


def page_of(*product_ids: str, **flags: bool) -> CachedAnswer:
    return CachedAnswer(f"page of {product_ids}".encode(), product_ids, **flags)


async def loading(cache: InProcessCatalogueCache, key: bytes, source: Source) -> asyncio.Task[CachedAnswer]:
    """Return a load that has begun and waits for its source."""
    task = asyncio.ensure_future(cache.load(key, source))
    await asyncio.sleep(0)
    await source.was_asked.wait()
    return task


async def test_a_second_read_gets_the_cached_bytes(cache: InProcessCatalogueCache) -> None:
    source = Source(page_of("p1"))
    assert await cache.load(b"k", source) is await cache.load(b"k", source) is cache.get(b"k")
    assert source.loads == 1


async def test_a_cached_response_expires_within_a_second_of_its_load(
    cache: InProcessCatalogueCache, clock: HandClock
) -> None:
    source = Source(page_of("p1"))
    source.may_end.clear()
    load = await loading(cache, b"k", source)
    clock.seconds += 0.3
    source.may_end.set()
    await load
    clock.seconds += LIFETIME_SECONDS - 0.7
    assert cache.get(b"k") is not None
    clock.seconds += 0.4
    assert cache.get(b"k") is None


async def test_concurrent_misses_share_one_load(cache: InProcessCatalogueCache) -> None:
    source = Source(page_of("p1"))
    source.may_end.clear()
    loads = [await loading(cache, b"k", source) for _ in range(10)]
    source.may_end.set()
    assert {id(answer) for answer in await asyncio.gather(*loads)} == {id(source.answer)}
    assert source.loads == 1


async def test_other_callers_get_their_load_if_the_first_caller_disconnects(
    cache: InProcessCatalogueCache,
) -> None:
    source = Source(page_of("p1"))
    source.may_end.clear()
    first, second = await loading(cache, b"k", source), await loading(cache, b"k", source)
    first.cancel()
    source.may_end.set()
    assert await second is source.answer


async def test_errors_reach_all_waiting_callers_and_are_not_cached(cache: InProcessCatalogueCache) -> None:
    async def failing() -> CachedAnswer:
        raise NotFound("product")

    for _ in range(2):
        with pytest.raises(NotFound):
            await cache.load(b"k", failing)
    source = Source(page_of("p1"))
    assert await cache.load(b"k", source) is source.answer


async def test_a_product_change_invalidates_everything(cache: InProcessCatalogueCache) -> None:
    await cache.load(b"k", Source(page_of("p1")))
    cache.products_changed()
    assert cache.get(b"k") is None


async def test_a_stock_change_invalidates_responses_that_show_it(cache: InProcessCatalogueCache) -> None:
    await cache.load(b"with p1", Source(page_of("p1", "p2")))
    await cache.load(b"without", Source(page_of("p3")))
    await cache.load(b"by stock", Source(page_of("p3", depends_on_stock=True)))
    cache.stock_changed(["p1", "unknown"])
    assert [cache.get(key) is None for key in (b"with p1", b"without", b"by stock")] == [True, False, True]


async def test_a_sales_change_invalidates_popularity_sorts(cache: InProcessCatalogueCache) -> None:
    await cache.load(b"by price", Source(page_of("p1")))
    await cache.load(b"by popularity", Source(page_of("p1", depends_on_sales=True)))
    cache.sales_changed()
    assert [cache.get(key) is None for key in (b"by price", b"by popularity")] == [False, True]


@pytest.mark.parametrize(
    ("flags", "change", "kept"),
    [
        ({}, lambda cache: cache.products_changed(), False),
        ({}, lambda cache: cache.stock_changed(["p1"]), False),
        ({}, lambda cache: cache.stock_changed(["p2"]), True),
        ({}, lambda cache: cache.sales_changed(), True),
        ({"depends_on_stock": True}, lambda cache: cache.stock_changed(["p2"]), False),
        ({"depends_on_sales": True}, lambda cache: cache.sales_changed(), False),
    ],
)
async def test_a_load_that_started_before_a_change_is_not_cached(
    cache: InProcessCatalogueCache,
    flags: dict[str, bool],
    change: Callable[[InProcessCatalogueCache], None],
    kept: bool,
) -> None:
    source = Source(page_of("p1", **flags))
    source.may_end.clear()
    load = await loading(cache, b"k", source)
    change(cache)
    source.may_end.set()
    await load
    assert (cache.get(b"k") is not None) == kept


@pytest.mark.parametrize(
    "change",
    [
        lambda cache: cache.products_changed(),
        lambda cache: cache.stock_changed(["p1"]),
        lambda cache: cache.sales_changed(),
    ],
)
async def test_reads_after_a_change_never_get_an_older_load(
    cache: InProcessCatalogueCache, change: Callable[[InProcessCatalogueCache], None]
) -> None:
    old, new = Source(page_of("p1")), Source(page_of("p1"))
    old.may_end.clear()
    before = await loading(cache, b"k", old)
    change(cache)
    assert await cache.load(b"k", new) is new.answer
    old.may_end.set()
    assert await before is old.answer
    assert cache.get(b"k") in (None, new.answer)


async def test_memory_use_is_bounded(clock: HandClock) -> None:
    cache = InProcessCatalogueCache(monotonic=clock, max_bytes=10_000)
    for number in range(100):
        await cache.load(b"k%d" % number, Source(CachedAnswer(b"x" * 500, [f"p{number}"])))
    kept = [number for number in range(100) if cache.get(b"k%d" % number) is not None]
    assert kept == list(range(100 - len(kept), 100)), "the oldest responses were evicted"
    assert 1 < len(kept) < 10
    cache.stock_changed([f"p{number}" for number in range(100)])
    assert all(cache.get(b"k%d" % number) is None for number in range(100))


async def test_a_response_larger_than_the_cache_is_returned_but_not_cached(clock: HandClock) -> None:
    cache = InProcessCatalogueCache(monotonic=clock, max_bytes=1_000)
    source = Source(CachedAnswer(b"x" * 2_000, []))
    assert await cache.load(b"k", source) is source.answer
    assert cache.get(b"k") is None
