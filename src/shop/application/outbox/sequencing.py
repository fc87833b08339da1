"""The worker's jobs on events: give them their positions, and delete old ones."""

from datetime import timedelta
from typing import Final

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.outbox import EventQueries
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory

BATCH_SIZE: Final = 500
_MAX_BATCHES: Final = 20


class AssignPositions:
    """The worker, at least once per second: make committed events visible, in one order for all readers.

    Several workers may run it: one at a time assigns positions, the others wait for it.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, events: EventQueries) -> None:
        self._unit_of_work = unit_of_work
        self._events = events

    async def __call__(self) -> None:
        """Run one round: one batch after the other until nothing is left, at most _MAX_BATCHES."""
        if not await self._events.has_unpositioned():  # most of the time, and without a lock
            return
        for _ in range(_MAX_BATCHES):
            if await self._assign() < BATCH_SIZE:
                return

    @retry_on_conflict
    async def _assign(self) -> int:
        async with self._unit_of_work() as work:
            return await work.events.assign_positions(BATCH_SIZE)


class PurgeEvents:
    """The worker: delete events, and deliveries to webhooks, after the events' lifetime.

    Events that a reader has not reached yet are kept.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, lifetime: timedelta) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._lifetime = lifetime

    async def __call__(self) -> None:
        """Run one round: one batch after the other until no old event is left, at most _MAX_BATCHES."""
        for _ in range(_MAX_BATCHES):
            if await self._purge() < BATCH_SIZE:
                return

    @retry_on_conflict
    async def _purge(self) -> int:
        before = self._clock.now() - self._lifetime
        async with self._unit_of_work() as work:
            deliveries = await work.deliveries.purge(before, BATCH_SIZE)
            return max(deliveries, await work.events.purge(before, BATCH_SIZE))
