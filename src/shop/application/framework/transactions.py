"""Running a unit of work again when another transaction was in its way."""

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


def run_again(transaction: Callable[_P, Coroutine[Any, Any, _R]]) -> Callable[_P, Coroutine[Any, Any, _R]]:
    """Run the decorated method (one unit of work, nothing else) again after a TransactionConflict.

    At most MAX_RUNS times with doubling pauses, after a lock timeout once, and not past the request's budget; then
    the caller gets Unavailable. The method must have no effect outside its unit of work, since every run but the
    last was rolled back.
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
        raise Unavailable("Too many others are changing the same thing; try again.", retry_after=1)

    return runner
