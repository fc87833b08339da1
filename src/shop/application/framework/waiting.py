"""The time budget for waiting for the database.

A request has a budget in seconds. Waiting for the database uses it up; waiting for a payment provider does not.
Work without a budget (the worker, commands) is limited only by each statement's timeout.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from typing import Final, TypeVar

REQUEST_SECONDS: Final = 8.0
_T = TypeVar("_T")


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
    """Yield what `batches` yields, each with a budget of its own: a long answer may wait longer than one request."""
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
