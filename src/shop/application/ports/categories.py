"""Storage of the category tree, and of what depends on it."""

from collections.abc import Collection, Mapping
from typing import Final, Protocol, runtime_checkable

from shop.domain.catalogue.category import Category, CategoryTree

REINDEX_BATCH_SIZE: Final = 200
"""Batch size of `reindex`, in products. Small, because an admin or a payment may wait for their rows."""


@runtime_checkable
class Categories(Protocol):
    """The category tree. Lock products before the tree.

    Lists, counts, search and the `category` of products reflect a change of the tree only after `reindex`. A
    unit of work that changes the tree must queue the categories whose products are affected.
    """

    async def read(self) -> CategoryTree:
        """Return the tree, as committed or written by this unit of work."""

    async def share(self) -> CategoryTree:
        """Return the tree; no other unit of work changes it until this one ends. Others may share it too."""

    async def lock(self) -> CategoryTree:
        """Return the tree, *locked*: other units of work neither change nor share it until this one ends."""

    async def add(self, category: Category) -> None:
        """Store a new category; the tree is locked. Raises SlugTaken (here or at commit)."""

    async def save(self, category: Category) -> None:
        """Store the next version of a category; the tree is locked. Raises SlugTaken (here or at commit)."""

    async def delete(self, category: Category, successor_id: str | None) -> None:
        """Delete a category that has no subcategories; the tree is locked.

        Its products belong to the successor from now on; reindexing moves them. A successor may be omitted
        only if neither this category nor one that it has replaced has products.
        """

    async def count_products(self, category_ids: Collection[str], at_most: int) -> int:
        """Return the number of products put into any of these categories, listed or not; stop counting at `at_most`."""

    async def queue_reindexing(self, category_ids: Collection[str]) -> None:
        """Queue the products that were put into these categories; the tree is locked."""

    async def reindex(self, category_ids: Collection[str] | None = None) -> bool:
        """Update one batch of queued products to match the tree; return False if nothing is queued.

        `category_ids` limits it to products that were queued with these categories.

        A product whose category's name or whose categories change gets its next version. The products are *locked*
        and the tree is shared. Idempotent; raises TransactionConflict if another process works on the same batch.
        """

    async def products_within(
        self, product_ids: Collection[str], category_ids: Collection[str]
    ) -> frozenset[str]:
        """Return the given products that are in one of these categories or anywhere below. One or two reads."""


@runtime_checkable
class CategoryQueries(Protocol):
    """Reads of the category tree outside a unit of work."""

    async def tree(self) -> CategoryTree:
        """Return the committed tree."""

    async def counts(self) -> Mapping[str, int]:
        """Return the number of listed products in each category and below it, each once; 0 may be absent."""


@runtime_checkable
class CurrentCategories(Protocol):
    """The tree, cached for less than a second. For pages only: writers read the tree in their transaction."""

    async def __call__(self) -> CategoryTree:
        """Return the tree. Changes by this process are seen immediately, others within a second."""

    def changed(self) -> None:
        """Invalidate the cache after this process has changed the tree."""
