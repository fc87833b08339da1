"""The cached category tree for reads."""

import time
from collections.abc import Callable
from typing import Final

from shop.application.ports.categories import CategoryQueries
from shop.domain.catalogue.category import CategoryTree

_KEPT_SECONDS: Final = 0.9
"""Less than the second within which every instance must see the others' writes."""


class KeptCategories:
    """See the CurrentCategories port."""

    def __init__(self, queries: CategoryQueries, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._queries = queries
        self._monotonic = monotonic
        self._kept: CategoryTree | None = None
        self._until = 0.0
        self._changes = 0

    async def __call__(self) -> CategoryTree:
        if self._kept is not None and self._monotonic() < self._until:
            return self._kept
        began, changes = self._monotonic(), self._changes
        tree = await self._queries.tree()
        if changes == self._changes:  # otherwise the read may predate this process's own change
            self._kept, self._until = tree, began + _KEPT_SECONDS
        return tree

    def changed(self) -> None:
        self._kept = None
        self._changes += 1
