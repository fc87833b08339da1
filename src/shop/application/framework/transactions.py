"""Running a unit of work again when another transaction was in its way."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.errors import Unavailable

_P = ParamSpec("_P")
_R = TypeVar("_R")

MAX_RUNS: Final = 8
_FIRST_PAUSE: Final = 0.002


def run_again(transaction: Callable[_P, Awaitable[_R]]) -> Callable[_P, Awaitable[_R]]:
    """Run the decorated method (one unit of work, nothing else) again after a TransactionConflict.

    At most MAX_RUNS times with doubling pauses; then the caller gets Unavailable. The method must have no effect
    outside its unit of work, since every run but the last was rolled back.
    """

    @wraps(transaction)
    async def runner(*args: _P.args, **kwargs: _P.kwargs) -> _R:
        for run in range(MAX_RUNS):
            try:
                return await transaction(*args, **kwargs)
            except TransactionConflict:
                await asyncio.sleep(_FIRST_PAUSE * 2**run)
        raise Unavailable("Too many others are changing the same thing; try again.", retry_after=1)

    return runner
