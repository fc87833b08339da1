"""Marks of when something that a shop needs was last seen to work."""

from datetime import datetime, timedelta
from typing import Final

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory

BACKUP_TAKEN: Final = "backup taken"
_PAUSE: Final = timedelta(hours=1)


def webhook_mark(provider: str) -> str:
    """Return the name of the mark of a payment provider's webhooks."""
    return f"webhook heard: {provider}"


class SetMark:
    """Stores the time at which something worked, at most once per mark and hour."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._set_at: dict[str, datetime] = {}

    async def __call__(self, mark: str) -> None:
        """Store the current time. Does nothing within an hour of this process's last call."""
        now = self._clock.now()
        set_at = self._set_at.get(mark)
        if set_at is not None and now - set_at < _PAUSE:
            return
        await self._store(mark, now)
        self._set_at[mark] = now

    @retry_on_conflict
    async def _store(self, mark: str, now: datetime) -> None:
        async with self._unit_of_work() as work:
            task = await work.worker_tasks.lease(mark, at=now, until=now)
            if task is not None:
                await work.worker_tasks.finish(task, at=now, reached=now)
