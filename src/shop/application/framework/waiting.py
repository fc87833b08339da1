"""How long the work at hand may wait for the storage, in all.

A request has a budget of seconds; waiting for the storage uses it up, and waiting for a payment provider does not.
Work without a budget (the worker's, a command's) is bounded by each statement's own limit alone.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from math import inf
from typing import Final

REQUEST_SECONDS: Final = 8.0


class Budget:
    """Seconds that a request may still wait for the storage."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float = REQUEST_SECONDS) -> None:
        self.seconds = seconds


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


@contextmanager
def waiting_at_most(seconds: float) -> Iterator[None]:
    """Give what is done inside a budget of its own."""
    token = _budget.set(Budget(seconds))
    try:
        yield
    finally:
        _budget.reset(token)


def seconds_left() -> float:
    """What is left of the budget; infinite without one."""
    budget = _budget.get()
    return inf if budget is None else budget.seconds


class Waiting:
    """Uses up the budget from its making until `end`. `deadline` is by the event loop's clock."""

    __slots__ = ("_budget", "_loop", "_started", "deadline")

    def __init__(self) -> None:
        self._budget = _budget.get()
        self._loop = asyncio.get_running_loop()
        self._started = self._loop.time()
        self.deadline = inf if self._budget is None else self._started + self._budget.seconds

    def timeout(self) -> asyncio.Timeout:
        """A block that is left by TimeoutError at the deadline."""
        return asyncio.timeout_at(None if self.deadline == inf else self.deadline)

    def end(self) -> None:
        if self._budget is not None:
            self._budget.seconds = max(self.deadline - self._loop.time(), 0.0)
