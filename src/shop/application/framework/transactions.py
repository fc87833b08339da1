"""Retries of units of work after transaction conflicts."""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar

from shop.application.framework.waiting import seconds_left
from shop.application.ports.unit_of_work import LockTimeout, TransactionConflict
from shop.domain.errors import Unavailable

_P = ParamSpec("_P")
_R = TypeVar("_R")

MAX_RUNS: Final = 8
MAX_LOCK_TIMEOUTS: Final = 1
_FIRST_PAUSE: Final = 0.002


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
