"""Keeping work on one thing from taking every connection to the storage.

Everybody who buys a product has to lock its stock. When something holds that lock for long, each buyer waits with a
connection; without a bound, orders for other products find none left.
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
    """So many units of work are busy with the same thing that this one has to wait, without a connection."""


class Bulkhead:
    """Admits at most `places` units of work of this process at a time to the same thing."""

    def __init__(self, places: int) -> None:
        self._places = places
        self._semaphores: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    @classmethod
    def of_pool(cls, connections: int) -> Self:
        """Return a bulkhead that leaves a quarter of a pool's connections to everything else."""
        return cls(max(1, connections * 3 // 4))

    def admission(self) -> "Admission":
        """For one unit of work, and its further runs."""
        return Admission(self)

    def semaphore(self, thing: str) -> asyncio.Semaphore:
        found = self._semaphores.get(thing)
        if found is None:
            found = self._semaphores[thing] = asyncio.Semaphore(self._places)
        return found


class Admission:
    """`async with` it around each run of a unit of work, and `require` inside what turns out to be wanted.

    A run that finds no place ends by a TransactionConflict. The next run waits for its places before it begins.
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
        """Take a place at each of them. Raises TransactionConflict when one has none left."""
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
                for thing in self._wanted:  # in one order, so that nobody waits for each other
                    await self._take(self._bulkhead.semaphore(thing))
        except TimeoutError as error:
            self._release()
            raise Unavailable("Too many others are buying the same; try again.", retry_after=1) from error
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
