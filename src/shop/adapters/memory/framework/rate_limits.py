"""Rate limits in memory."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from shop.adapters.memory.framework.store import Transaction

_LIMITS: Final = "rate_limits"
"""Rows are _Window by subject."""


@dataclass(frozen=True, slots=True)
class _Window:
    subject: bytes
    began_at: datetime
    events: int


class MemoryRateLimits:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def take(self, subject: bytes, limit: int, *, at: datetime, window: timedelta) -> datetime | None:
        await self._transaction.lock(_LIMITS, subject)
        current: _Window | None = await self._transaction.get(_LIMITS, subject)
        if current is None or current.began_at + window <= at:
            current = _Window(subject, at, 0)
        if current.events >= limit:
            return current.began_at + window
        counted = _Window(subject, current.began_at, current.events + 1)
        await self._transaction.put(_LIMITS, subject, counted)
        return None

    async def delete_before(self, moment: datetime, limit: int) -> int:
        rows: list[_Window] = await self._transaction.scan(_LIMITS)
        old = sorted((row for row in rows if row.began_at < moment), key=lambda row: row.began_at)[:limit]
        for row in old:
            await self._transaction.delete(_LIMITS, row.subject)
        return len(old)
