"""Updating products after a change of the category tree."""

from collections.abc import Collection

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.unit_of_work import TransactionConflict, UnitOfWorkFactory
from shop.domain.errors import Unavailable


class ReindexCategories:
    """Updates products after a change of the tree, in small batches. Any number of processes may do it at once."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, cache: CatalogueCache) -> None:
        self._unit_of_work = unit_of_work
        self._cache = cache

    async def __call__(self) -> None:
        """Reindex all queued categories."""
        while await self._batch(None):
            pass

    async def now(self, category_ids: Collection[str]) -> bool:
        """Reindex these categories, if they are queued. Return whether the worker has to finish the work."""
        try:
            while await self._batch(category_ids):
                pass
        except (TransactionConflict, Unavailable):
            return True
        return False

    async def _batch(self, category_ids: Collection[str] | None) -> bool:
        found = await self._reindex(category_ids)
        if found:
            self._cache.products_changed()
        return found

    @retry_on_conflict
    async def _reindex(self, category_ids: Collection[str] | None) -> bool:
        async with self._unit_of_work() as work:
            return await work.categories.reindex(category_ids)
