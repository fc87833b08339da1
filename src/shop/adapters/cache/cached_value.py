"""A small value that pages read often, kept in this process for less than a second."""

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from shop.application.ports.shared_reads import LIFETIME_SECONDS

_T = TypeVar("_T")


class CachedValue(Generic[_T]):
    """See the ports CurrentRules and CurrentCategories."""

    def __init__(
        self, read: Callable[[], Awaitable[_T]], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._read = read
        self._monotonic = monotonic
        self._kept: _T | None = None
        self._until = 0.0
        self._changes = 0

    async def __call__(self) -> _T:
        if self._kept is not None and self._monotonic() < self._until:
            return self._kept
        began, changes = self._monotonic(), self._changes
        value = await self._read()
        if changes == self._changes:  # otherwise the read may predate this process's own change
            self._kept, self._until = value, began + LIFETIME_SECONDS
        return value

    def changed(self) -> None:
        self._kept = None
        self._changes += 1
