"""Units of work under contention: time budgets for waiting, retries, and bounded concurrency.

A request has a budget in seconds. Waiting for the database uses it up; waiting for a payment provider does not.
Work without a budget (the worker, commands) is limited only by each statement's timeout.

Every buyer of a product locks its stock. When that lock is held for long, each waiting buyer holds a
connection. A bulkhead bounds their number, so that orders for other products still find a free connection.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from math import inf
from types import TracebackType
from typing import Any, Final, ParamSpec, Self, TypeVar
from weakref import WeakValueDictionary

from shop.application.ports.unit_of_work import LockTimeout, TransactionConflict
from shop.domain.errors import Unavailable

REQUEST_SECONDS: Final = 8.0
"""The budget of a request."""
MAX_RUNS: Final = 8
MAX_LOCK_TIMEOUTS: Final = 1
_FIRST_PAUSE: Final = 0.002
"""The seconds before the first retry; each further pause is twice as long."""

_T = TypeVar("_T")
_P = ParamSpec("_P")
_R = TypeVar("_R")


class Budget:
    """The seconds that a request may still wait for the database."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float = REQUEST_SECONDS) -> None:
        self.seconds = seconds


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def wait_budget(seconds: float) -> Iterator[None]:
    """Run the block with its own budget."""
    token = _budget.set(Budget(seconds))
    try:
        yield
    finally:
        _budget.reset(token)


async def in_batches(batches: AsyncIterator[_T]) -> AsyncIterator[_T]:
    """Yield each batch, read with a budget of its own: a long response may wait longer than a single read."""
    while True:
        with wait_budget(REQUEST_SECONDS):
            try:
                batch = await anext(batches)
            except StopAsyncIteration:
                return
        yield batch


def seconds_left() -> float:
    """Return the rest of the budget in seconds; infinity without a budget."""
    budget = _budget.get()
    return inf if budget is None else budget.seconds


class Waiting:
    """A wait that uses up the budget from its creation until `end`. `deadline` is on the event loop's clock."""

    __slots__ = ("_budget", "_loop", "_started", "deadline")

    def __init__(self) -> None:
        self._budget = _budget.get()
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self.deadline = inf if self._budget is None else self._started + self._budget.seconds

    def timeout(self) -> asyncio.Timeout:
        """Return a context manager that raises TimeoutError at the deadline."""
        return asyncio.timeout_at(None if self.deadline == inf else self.deadline)

    def end(self) -> None:
        if self._budget is not None:
            self._budget.seconds = max(self.deadline - self._loop.time(), 0.0)


def retry_on_conflict(
    transaction: Callable[_P, Coroutine[Any, Any, _R]],
) -> Callable[_P, Coroutine[Any, Any, _R]]:
    """Retry the decorated method (one unit of work, nothing else) after a TransactionConflict.

    It runs at most MAX_RUNS times with doubling pauses, is retried once after a lock timeout, and never exceeds the
    request's budget; then it raises Unavailable. The method must have no effect outside its unit of work, since every
    run except the last was rolled back.
    """

    @wraps(transaction)
    async def runner(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        lock_timeouts = 0
        for run in range(MAX_RUNS):
            try:
                return await transaction(*args, **kwargs)
            except TransactionConflict as conflict:
                lock_timeouts += isinstance(conflict, LockTimeout)
                if lock_timeouts > MAX_LOCK_TIMEOUTS or not seconds_left():
                    break
                await asyncio.sleep(_FIRST_PAUSE * 2**run)
        raise Unavailable("Too many requests are changing the same data; try again.", retry_after=1)

    return runner


class _Full(TransactionConflict):
    """A resource has no free place: the unit of work must wait for one without holding a connection."""


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

    def semaphore(self, resource: str) -> asyncio.Semaphore:
        """Return the semaphore of the resource. It exists while a unit of work uses it."""
        found = self._semaphores.get(resource)
        if found is None:
            found = self._semaphores[resource] = asyncio.Semaphore(self._places)
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

    async def require(self, resources: Iterable[str]) -> None:
        """Take a place at each resource. Raises TransactionConflict when one has no free place."""
        wanted = tuple(sorted(set(resources)))
        if self._held and wanted == self._wanted:
            return
        self._release()
        self._wanted = wanted
        for resource in wanted:
            semaphore = self._bulkhead.semaphore(resource)
            if semaphore.locked():
                self._release()
                raise _Full(resource)
            await self._take(semaphore)

    async def _wait(self) -> None:
        waiting = Waiting()
        try:
            async with waiting.timeout():
                for resource in self._wanted:  # in a fixed order, to prevent deadlocks
                    await self._take(self._bulkhead.semaphore(resource))
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
