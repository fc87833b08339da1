"""Updates products after a change of the category tree, one batch per transaction."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, select, update

from shop.adapters.sql.catalogue.category_listings import SqlCategoryListings
from shop.adapters.sql.catalogue.category_tables import categories, category_reindexing, product_categories
from shop.adapters.sql.catalogue.listing_words import SqlListingWords
from shop.adapters.sql.catalogue.rows import product_of
from shop.adapters.sql.catalogue.tables import products, variants
from shop.adapters.sql.catalogue.variants import variant_of
from shop.adapters.sql.framework.execution import DirectConnection
from shop.application.ports.categories import REINDEX_BATCH_SIZE
from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.catalogue.category import CategoryTree
from shop.domain.catalogue.product import Product

_NEXT: Final = select(category_reindexing).order_by(category_reindexing.c.category_id).limit(1)
_NEXT_OF: Final = _NEXT.where(category_reindexing.c.category_id.in_(bindparam("ids", expanding=True)))
_LOCK: Final = (
    select(category_reindexing.c.after_product_id)
    .where(category_reindexing.c.category_id == bindparam("category"))
    .with_for_update()
)
_ADVANCE: Final = (
    update(category_reindexing)
    .where(category_reindexing.c.category_id == bindparam("category"))
    .values(after_product_id=bindparam("last"))
)
_FINISH: Final = delete(category_reindexing).where(category_reindexing.c.category_id == bindparam("category"))
_DELETE_RETIRED: Final = delete(categories).where(
    categories.c.id == bindparam("category"), categories.c.successor_id.is_not(None)
)
_BATCH: Final = (
    select(product_categories.c.product_id)
    .where(
        product_categories.c.category_id == bindparam("category"),
        product_categories.c.product_id > bindparam("after"),
    )
    .order_by(product_categories.c.product_id)
    .limit(REINDEX_BATCH_SIZE)
)
_PRODUCTS: Final = (
    select(products)
    .where(products.c.id.in_(bindparam("ids", expanding=True)), ~products.c.deleted)
    .order_by(products.c.id)
    .with_for_update()
)
_VARIANTS: Final = (
    select(variants)
    .where(variants.c.product_id.in_(bindparam("ids", expanding=True)), ~variants.c.deleted)
    .order_by(variants.c.product_id, variants.c.position)
)
_UPDATE: Final = (
    update(products)
    .where(products.c.id == bindparam("of"))
    .values(
        {
            "category": bindparam("new_category"),
            "category_ids": bindparam("new_category_ids", type_=products.c.category_ids.type),
            "version": products.c.version + 1,
        }
    )
)


class SqlCategoryReindexing:
    """See `Categories.reindex`. Locks the products, then the tree, then the queue, as other writers do."""

    def __init__(
        self,
        connection: DirectConnection,
        share: Callable[[], Awaitable[CategoryTree]],
        changed: set[str],
    ) -> None:
        self._connection = connection
        self._changed = changed
        self._share = share
        self._listings = SqlCategoryListings(connection)
        self._words = SqlListingWords(connection)

    async def __call__(self, category_ids: Collection[str] | None) -> bool:
        if category_ids is None:
            queued = (await self._connection.execute(_NEXT)).one_or_none()
        else:
            only = {"ids": sorted(category_ids)}
            queued = (await self._connection.execute(_NEXT_OF, only)).one_or_none()
        if queued is None:
            return False
        category = {"category": queued.category_id}
        place = {**category, "after": queued.after_product_id}
        batch = sorted(await self._connection.scalars(_BATCH, place))
        rows = list(await self._connection.execute(_PRODUCTS, {"ids": batch})) if batch else []
        tree = await self._share()
        if await self._connection.scalar(_LOCK, category) != queued.after_product_id:
            raise TransactionConflict("another process reindexes the same category")
        if rows:
            await self._update_products(rows, tree)
        if len(batch) == REINDEX_BATCH_SIZE:
            await self._connection.defer(_ADVANCE, {**category, "last": batch[-1]})
        else:
            await self._connection.defer(_FINISH, category)
            if queued.category_id in tree.successors:
                await self._connection.defer(_DELETE_RETIRED, category)
        return True

    async def _update_products(self, rows: Sequence[Row[Any]], tree: CategoryTree) -> None:
        listed = await self._listings.lock([row.id for row in rows])
        changes = await self._changes(rows, tree)
        for before, after in changes:
            values = {
                "of": after.id,
                "new_category": after.category,
                "new_category_ids": list(after.category_ids) or None,
            }
            await self._connection.defer(_UPDATE, values)
            await self._listings.put(after.id, before.category_ids, after.category_ids)
        shown = {row.id: tree.shown_in(row.category_ids or ()) for row in rows if row.id in listed}
        await self._listings.show_only(shown)
        self._changed.update(shown)
        await self._words.replace([pair for pair in changes if pair[0].id in listed])

    async def _changes(self, rows: Sequence[Row[Any]], tree: CategoryTree) -> list[tuple[Product, Product]]:
        """Return the products whose categories or main category's name change, each before and after."""
        places = {row.id: tree.placement(row.category_ids or ()) for row in rows}
        changed = [
            row
            for row in rows
            if (tuple(row.category_ids or ()), row.category)
            != (places[row.id].category_ids, places[row.id].name)
        ]
        if not changed:
            return []
        found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
        for variant in await self._connection.execute(_VARIANTS, {"ids": [row.id for row in changed]}):
            found[variant.product_id].append(variant)
        pairs = []
        for row in changed:
            before = product_of(row, tuple(map(variant_of, found[row.id])))
            place = places[row.id]
            pairs.append((before, replace(before, category=place.name, category_ids=place.category_ids)))
        return pairs
