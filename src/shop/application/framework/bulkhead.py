"""Bulkheads: prevent work on one resource from taking every database connection.

Every buyer of a product locks its stock. When that lock is held for long, each waiting buyer holds a connection;
without a bound, orders for other products would find no free connection.
"""

import asyncio
from collections.abc import Iterable
from types import TracebackType
from typing import Self
from weakref import WeakValueDictionary

from shop.application.framework.waiting import Waiting
from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.errors import Unavailable


class _Full(TransactionConflict):
    """The resource has no free place: the unit of work must wait, without holding a connection."""


class Bulkhead:
    """Admits at most `places` concurrent units of work of this process per resource."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._semaphores: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @classmethod
    def of_pool(cls, connections: int) -> Self:
        """Return a bulkhead that leaves a quarter of a pool's connections to everything else."""
        return cls(max(1, connections * 3 // 4))

    def admission(self) -> "Admission":
        """Return the admission for one unit of work and its retries."""
        return Admission(self)

    def semaphore(self, thing: str) -> asyncio.Semaphore:
        found = self._semaphores.get(thing)
        if found is None:
            found = self._semaphores[thing] = asyncio.Semaphore(self._places)
        return found


class Admission:
    """Use `async with` around each run of a unit of work, and call `require` inside for the resources it needs.

    A run that finds no place ends with a TransactionConflict. The next run waits for its places before it begins.
    """

    def __init__(self, bulkhead: Bulkhead) -> None:
        self._bulkhead = bulkhead
        self._wanted: tuple[str, ...] = ()
        self._held: list[asyncio.Semaphore] = []

    async def __aenter__(self) -> Self:
        if self._wanted:
            await self._wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._release()

    async def require(self, things: Iterable[str]) -> None:
        """Take a place at each resource. Raises TransactionConflict when one has no free place."""
        wanted = tuple(sorted(set(things)))
        if self._held and wanted == self._wanted:
            return
        self._release()
        self._wanted = wanted
        for thing in wanted:
            semaphore = self._bulkhead.semaphore(thing)
            if semaphore.locked():
                self._release()
                raise _Full(thing)
            await self._take(semaphore)

    async def _wait(self) -> None:
        waiting = Waiting()
        try:
            async with waiting.timeout():
                for thing in self._wanted:  # in a fixed order, to prevent deadlocks
                    await self._take(self._bulkhead.semaphore(thing))
        except TimeoutError as error:
            self._release()
            raise Unavailable(
                "Too many customers are buying the same item; try again.", retry_after=1
            ) from error
        except BaseException:
            self._release()
            raise
        finally:
            waiting.end()

    async def _take(self, semaphore: asyncio.Semaphore) -> None:
        await semaphore.acquire()
        self._held.append(semaphore)

    def _release(self) -> None:
        while self._held:
            self._held.pop().release()
