"""Contract tests: rate limits."""

import asyncio
import secrets
from datetime import datetime, timedelta
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.order_samples import NOW, rolled_back

pytestmark = pytest.mark.anyio

HOUR = timedelta(hours=1)


@retry_on_conflict
async def taken(storage: Any, subject: bytes, limit: int, at: datetime = NOW) -> datetime | None:
    async with storage.unit_of_work() as work:
        end: datetime | None = await work.rate_limits.take(subject, limit, at=at, window=HOUR)
        return end


async def test_events_are_counted_up_to_the_limit(storage: Any) -> None:
    subject, other = secrets.token_bytes(32), secrets.token_bytes(32)
    assert [await taken(storage, subject, 2) for _ in range(4)] == [None, None, NOW + HOUR, NOW + HOUR]
    assert await taken(storage, other, 2) is None


async def test_a_window_begins_with_the_first_event_after_the_last_window(storage: Any) -> None:
    subject = secrets.token_bytes(32)
    assert await taken(storage, subject, 1) is None
    assert await taken(storage, subject, 1, NOW + HOUR - timedelta(microseconds=1)) == NOW + HOUR
    assert await taken(storage, subject, 1, NOW + HOUR) is None
    assert await taken(storage, subject, 1, NOW + HOUR) == NOW + 2 * HOUR


async def test_a_rolled_back_event_does_not_count(storage: Any) -> None:
    subject = secrets.token_bytes(32)
    async with rolled_back(storage.unit_of_work) as work:
        await work.rate_limits.take(subject, 1, at=NOW, window=HOUR)
    assert await taken(storage, subject, 1) is None


@pytest.mark.parametrize("counted", [0, 3])
async def test_concurrent_events_never_exceed_the_limit(storage: Any, counted: int) -> None:
    subject = secrets.token_bytes(32)
    for _ in range(counted):
        await taken(storage, subject, 5)
    ends = await asyncio.gather(*(taken(storage, subject, 5) for _ in range(8)))
    assert ends.count(None) == 5 - counted


async def test_old_windows_are_deleted(storage: Any) -> None:
    old, current = secrets.token_bytes(32), secrets.token_bytes(32)
    await taken(storage, old, 1)
    await taken(storage, current, 1, NOW + HOUR)
    async with storage.unit_of_work() as work:
        assert await work.rate_limits.delete_before(NOW + HOUR, 9) == 1
    assert await taken(storage, old, 1) is None
    assert await taken(storage, current, 1, NOW + HOUR) is not None
