"""Storage of rate limits."""

from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable


@runtime_checkable
class RateLimits(Protocol):
    """Counts of events by subject. A subject is a keyed digest, such as one of a network address and its purpose."""

    async def take(self, subject: bytes, limit: int, *, at: datetime, window: timedelta) -> datetime | None:
        """Count one event of the subject, and return None.

        If `limit` events were counted since the window began, count nothing and return the end of the window. A window
        begins with the first event after the last window. Locks the subject until the unit of work ends. Raises
        TransactionConflict if another unit of work counted the subject's first event: retry.
        """

    async def delete_before(self, moment: datetime, limit: int) -> int:
        """Delete at most `limit` subjects whose window began before the moment. Return their number."""
