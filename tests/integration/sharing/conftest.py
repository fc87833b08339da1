"""A separate Valkey or Redis that tests may kill, and two instances that share it."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from shop.adapters.cache.redis import connection, shared_reads
from shop.adapters.cache.redis.shared_reads import RedisReads
from tests.redis_server import RedisServer, running_redis
from tests.shared_reads import SECRET, redis_reads


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Raise the time limits, because other tests keep the machine busy; tests of the limits restore them."""
    monkeypatch.setattr(connection, "BUDGET_SECONDS", 10.0)


@pytest.fixture
def lasting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let values live longer than a test."""
    monkeypatch.setattr(shared_reads, "LIFETIME_SECONDS", 60.0)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as started:
        yield started


@pytest.fixture
async def here(server: RedisServer) -> AsyncIterator[RedisReads]:
    async with redis_reads(server.url, secret=SECRET) as reads:
        yield reads


@pytest.fixture
async def there(server: RedisServer) -> AsyncIterator[RedisReads]:
    async with redis_reads(server.url, secret=SECRET) as reads:
        yield reads
