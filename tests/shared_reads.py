"""Caches that instances share, with a clock that the test controls."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from shop.adapters.cache.redis.connection import RedisConnection
from shop.adapters.cache.redis.shared_reads import RedisReads
from shop.application.ports.catalogue import CachedAnswer
from shop.application.ports.shared_reads import LIFETIME_SECONDS, LookUp, Value

SECRET = "of this shop"
PAGE = CachedAnswer(b'{"items":[]}', ["p1", "p2"], state="1-7", depends_on_stock=True)


class SharedMemory:
    """An ideal implementation of the port: it loses nothing and answers at once."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self.look_ups = 0
        self._monotonic = monotonic
        self._kept: dict[tuple[str, bytes], tuple[bytes, float]] = {}

    async def look_up(self, theme: str, name: bytes, kind: type[Value]) -> LookUp[Value]:
        self.look_ups += 1
        began = self._monotonic()
        encoded, expires = self._kept.get((theme, name), (b"", began))
        if began < expires:
            return LookUp(msgspec.msgpack.decode(encoded, type=kind), expires - LIFETIME_SECONDS, expires)

        def keep(value: Any) -> None:
            self._kept[theme, name] = msgspec.msgpack.encode(value), began + LIFETIME_SECONDS

        return LookUp(keep=keep)


@asynccontextmanager
async def redis_reads(
    url: str, monotonic: Callable[[], float] = time.monotonic, secret: str | None = None, release: str = "1"
) -> AsyncIterator[RedisReads]:
    """Yield shared reads once Redis can be reached. Those with the same secret and release share their values."""
    connection = RedisConnection(url, monotonic=monotonic)
    try:
        await reached(connection)
        yield RedisReads(connection, secret or uuid.uuid4().hex, release, monotonic=monotonic)
    finally:
        await connection.close()


async def reached(connection: RedisConnection) -> None:
    """Wait until the connection to the server is up."""
    connection.start()
    async with asyncio.timeout(30):
        while connection.is_open:  # noqa: ASYNC110 (nothing to wait for)
            await asyncio.sleep(0.005)


async def kept(reads: RedisReads, name: bytes = b"page", answer: CachedAnswer = PAGE) -> None:
    """Store an answer, and wait until the server has it."""
    (await reads.look_up("catalogue", name, CachedAnswer)).keep(answer)
    await asyncio.sleep(0)
    await reads.connection.get(b"sent with the same exchange or a later one")


async def found(reads: RedisReads, name: bytes = b"page") -> CachedAnswer | None:
    return (await reads.look_up("catalogue", name, CachedAnswer)).value
