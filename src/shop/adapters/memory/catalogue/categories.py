"""The category tree in memory."""

import asyncio
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from shop.adapters.memory.catalogue.products import PRODUCTS
from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.application.ports.categories import REINDEX_BATCH_SIZE
from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.catalogue.category import Category, CategoryTree
from shop.domain.catalogue.product import Product

CATEGORIES: Final = "categories"
"""Rows are StoredCategories by id."""
REINDEXING: Final = "category_reindexing"
"""Rows are QueuedCategories by id."""
_GUARD: Final = "guard"


@dataclass(frozen=True, slots=True)
class StoredCategory:
    """A category, which is deleted if it has a successor."""

    category: Category
    successor_id: str | None = None


@dataclass(frozen=True, slots=True)
class QueuedCategory:
    """A category whose products after `after` must be reindexed."""

    category_id: str
    after: str = ""


UNIQUE_KEYS: Final[UniqueKeys] = {
    CATEGORIES: {"uq_categories_slug": lambda row: None if row.successor_id else row.category.slug}
}


class MemoryCategories:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def read(self) -> CategoryTree:
        return tree_of(await self._transaction.scan(CATEGORIES))

    async def share(self) -> CategoryTree:
        return await self.lock()

    async def lock(self) -> CategoryTree:
        await self._transaction.lock(CATEGORIES, _GUARD)
        for category_id in (await self.read()).categories:
            await self._transaction.lock(CATEGORIES, category_id)
        return await self.read()

    async def add(self, category: Category) -> None:
        if not await self._transaction.insert(CATEGORIES, category.id, StoredCategory(category)):
            raise ValueError(f"category {category.id} is stored already")

    async def save(self, category: Category) -> None:
        await self._transaction.put(CATEGORIES, category.id, StoredCategory(category))

    async def delete(self, category: Category, successor_id: str | None) -> None:
        if successor_id is None:
            replaced = [
                row.category.id
                for row in await self._transaction.scan(CATEGORIES)
                if row.successor_id == category.id
            ]
            for category_id in (*replaced, category.id):
                await self._transaction.delete(CATEGORIES, category_id)
                await self._transaction.delete(REINDEXING, category_id)
            return
        for row in await self._transaction.scan(CATEGORIES):
            if row.successor_id == category.id:
                heir = replace(row, successor_id=successor_id)
                await self._transaction.put(CATEGORIES, row.category.id, heir)
        retired = StoredCategory(replace(category, parent_id=None), successor_id)
        await self._transaction.put(CATEGORIES, category.id, retired)

    async def count_products(self, category_ids: Collection[str], at_most: int) -> int:
        found = [each for each in await self._products() if set(each.category_ids).intersection(category_ids)]
        return min(len(found), at_most)

    async def queue_reindexing(self, category_ids: Collection[str]) -> None:
        used = {each for product in await self._products() for each in product.category_ids}
        for category_id in sorted(used.intersection(category_ids)):
            await self._transaction.put(REINDEXING, category_id, QueuedCategory(category_id))

    async def reindex(self, category_ids: Collection[str] | None = None) -> bool:
        queued: list[QueuedCategory] = [
            each
            for each in await self._transaction.scan(REINDEXING)
            if category_ids is None or each.category_id in category_ids
        ]
        if not queued:
            return False
        next_one = min(queued, key=lambda each: each.category_id)
        category_id = next_one.category_id
        product_ids = sorted(
            product.id
            for product in await self._products()
            if category_id in product.category_ids and product.id > next_one.after
        )[:REINDEX_BATCH_SIZE]
        for product_id in product_ids:
            await self._transaction.lock(PRODUCTS, product_id)
        tree = await self.share()
        await self._transaction.lock(REINDEXING, category_id)
        if await self._transaction.get(REINDEXING, category_id) != next_one:
            raise TransactionConflict("another task reindexes the same category")
        for product_id in product_ids:
            await self._update_product(product_id, tree)
        if len(product_ids) == REINDEX_BATCH_SIZE:
            advanced = QueuedCategory(category_id, product_ids[-1])
            await self._transaction.put(REINDEXING, category_id, advanced)
        else:
            await self._transaction.delete(REINDEXING, category_id)
            if category_id in tree.successors:
                await self._transaction.delete(CATEGORIES, category_id)
        return True

    async def products_within(
        self, product_ids: Collection[str], category_ids: Collection[str]
    ) -> frozenset[str]:
        wanted = (await self.read()).within(category_ids)
        return frozenset(
            product.id
            for product in await self._products()
            if product.id in product_ids and wanted.intersection(product.category_ids)
        )

    async def _products(self) -> list[Product]:
        return await self._transaction.scan(PRODUCTS)

    async def _update_product(self, product_id: str, tree: CategoryTree) -> None:
        product: Product | None = await self._transaction.get(PRODUCTS, product_id)
        assert product is not None
        place = tree.placement(product.category_ids)
        if (place.category_ids, place.name) != (product.category_ids, product.category):
            changed = replace(
                product,
                category_ids=place.category_ids,
                category=place.name,
                version=product.version + 1,
            )
            await self._transaction.put(PRODUCTS, product_id, changed)


class MemoryCategoryQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def tree(self) -> CategoryTree:
        await asyncio.sleep(0)
        return committed_tree(self._store)

    async def counts(self) -> Mapping[str, int]:
        tree = await self.tree()
        products: list[Product] = list(self._store.tables[PRODUCTS].values())
        return Counter(
            category_id
            for product in products
            if product.listed
            for category_id in tree.shown_in(product.category_ids)
        )


def committed_tree(store: Store) -> CategoryTree:
    """Return the committed tree."""
    return tree_of(list(store.tables[CATEGORIES].values()))


def tree_of(rows: Collection[StoredCategory]) -> CategoryTree:
    """Return the tree of all rows."""
    return CategoryTree.of(
        (row.category for row in rows if row.successor_id is None),
        {row.category.id: row.successor_id for row in rows if row.successor_id is not None},
    )
