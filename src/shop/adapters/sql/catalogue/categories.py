"""The category tree in SQL."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

from sqlalchemy import BindParameter, Integer, Row, bindparam, delete, func, insert, select, update

from shop.adapters.sql.catalogue.category_reindexing import SqlCategoryReindexing
from shop.adapters.sql.catalogue.category_tables import (
    categories,
    category_reindexing,
    category_tree,
    listing_counts,
    product_categories,
)
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import AddingInsert, DirectConnection
from shop.adapters.sql.framework.statements import NIL_ID
from shop.domain.catalogue.category import Category, CategoryTree

_ALL: Final = select(categories)
_VERSION: Final = select(category_tree.c.version)
_SHARE: Final = _VERSION.with_for_update(read=True)
_LOCK: Final = AddingInsert(category_tree, category_tree.c.version)
_ADD: Final = insert(categories)
_SAVE: Final = (
    update(categories)
    .where(categories.c.id == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("parent_id", "name", "slug", "position", "version")})
)
_RETIRE: Final = (
    update(categories)
    .where(categories.c.id == bindparam("of"))
    .values(parent_id=None, slug=None, successor_id=bindparam("successor"), version=categories.c.version + 1)
)
_INHERIT: Final = (
    update(categories)
    .where(categories.c.successor_id == bindparam("of"))
    .values(successor_id=bindparam("successor"))
)
_REPLACED: Final = select(categories.c.id).where(categories.c.successor_id == bindparam("of"))
_DELETE: Final = delete(categories).where(categories.c.id == bindparam("of"))
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_SOME_PRODUCTS: Final = (
    select(product_categories.c.product_id)
    .where(product_categories.c.category_id.in_(_IDS))
    .distinct()
    .limit(bindparam("at_most", type_=Integer))
    .subquery()
)
_COUNT: Final = select(func.count()).select_from(_SOME_PRODUCTS)
_WITH_PRODUCTS: Final = (
    select(product_categories.c.category_id).where(product_categories.c.category_id.in_(_IDS)).distinct()
)
_UNQUEUE: Final = delete(category_reindexing).where(category_reindexing.c.category_id.in_(_IDS))
_QUEUE: Final = insert(category_reindexing)
_WITHIN: Final = (
    select(product_categories.c.product_id)
    .where(
        product_categories.c.product_id.in_(bindparam("product_ids", expanding=True)),
        product_categories.c.category_id.in_(_IDS),
    )
    .distinct()
)
_COUNTS: Final = select(listing_counts)


class KnownTree:
    """The last committed tree that this process has read, with its version.

    A unit of work that changes the tree locks and raises its version, so an equal version means an equal
    tree: units of work read the version, and read the tree only if the version differs. (Deleting a category
    that was replaced, once no product has it any more, keeps the version: nothing asks for it again.)
    """

    def __init__(self) -> None:
        self._version: int | None = None
        self._tree: CategoryTree | None = None

    def at(self, version: int | None) -> CategoryTree | None:
        """Return the tree if it is known in this version; otherwise None."""
        return self._tree if version is not None and version == self._version else None

    def keep(self, version: int | None, tree: CategoryTree) -> None:
        """Remember a committed tree, which was read while its version could not change."""
        self._version, self._tree = version, tree


class SqlCategories:
    """See the port. A unit of work reads the tree once after it has locked or shared it."""

    def __init__(
        self, connection: DirectConnection, changed: set[str] | None = None, known: KnownTree | None = None
    ) -> None:
        self._connection = connection
        self._known = known or KnownTree()
        self._is_locked = False
        """Whether this unit of work may have changed the tree, which its version then no longer tells."""
        self._changed = set() if changed is None else changed
        self._held: CategoryTree | None = None
        """The tree that this unit of work has read under a lock, unless it has changed the tree since."""

    async def read(self) -> CategoryTree:
        if self._held is not None:
            return self._held
        if self._is_locked:
            return await self._all()
        return self._known.at(await self._connection.scalar(_VERSION)) or await self._all()

    async def share(self) -> CategoryTree:
        if self._held is None:
            version = await self._connection.scalar(_SHARE)
            if self._is_locked:
                self._held = await self._all()
            elif (known := self._known.at(version)) is not None:
                self._held = known
            else:
                self._held = await self._all()
                self._known.keep(version, self._held)
        return self._held

    async def _all(self) -> CategoryTree:
        return tree_of(await self._connection.execute(_ALL))

    async def lock(self) -> CategoryTree:
        self._is_locked = True
        # Inserting or updating this row locks it: other writers wait for the end of this transaction.
        await _LOCK.execute(self._connection, [{"id": 1, "version": 1}])
        self._held = None
        self._held = await self.read()
        return self._held

    async def add(self, category: Category) -> None:
        self._held = None
        await self._connection.defer(_ADD, {"id": category.id, "successor_id": None, **_row_of(category)})

    async def save(self, category: Category) -> None:
        self._held = None
        changes = {f"new_{name}": value for name, value in _row_of(category).items()}
        await self._connection.defer(_SAVE, {"of": category.id, **changes})

    async def delete(self, category: Category, successor_id: str | None) -> None:
        self._held = None
        if successor_id is None:
            replaced = sorted(await self._connection.scalars(_REPLACED, {"of": category.id}))
            for category_id in (*replaced, category.id):
                await self._connection.defer(_UNQUEUE, {"ids": [category_id]})
                await self._connection.defer(_DELETE, {"of": category_id})
            return
        change = {"of": category.id, "successor": successor_id}
        await self._connection.defer(_INHERIT, change)
        await self._connection.defer(_RETIRE, change)

    async def count_products(self, category_ids: Collection[str], at_most: int) -> int:
        if not category_ids:
            return 0
        counted: int = await self._connection.scalar(_COUNT, {"ids": list(category_ids), "at_most": at_most})
        return counted

    async def queue_reindexing(self, category_ids: Collection[str]) -> None:
        if not category_ids:
            return
        found = await self._connection.scalars(_WITH_PRODUCTS, {"ids": sorted(category_ids)})
        if queued := sorted(found):
            await self._connection.defer(_UNQUEUE, {"ids": queued})
            rows = [{"category_id": each, "after_product_id": NIL_ID} for each in queued]
            await self._connection.defer(_QUEUE, rows)

    async def reindex(self, category_ids: Collection[str] | None = None) -> bool:
        return await SqlCategoryReindexing(self._connection, self.share, self._changed)(category_ids)

    async def products_within(
        self, product_ids: Collection[str], category_ids: Collection[str]
    ) -> frozenset[str]:
        if not (product_ids and category_ids):
            return frozenset()
        wanted = (await self.read()).within(category_ids)
        if not wanted:
            return frozenset()
        values = {"product_ids": sorted(product_ids), "ids": sorted(wanted)}
        return frozenset(await self._connection.scalars(_WITHIN, values))


class SqlCategoryQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def tree(self) -> CategoryTree:
        async with self._database.reading() as connection:
            return tree_of(await connection.execute(_ALL))

    async def counts(self) -> Mapping[str, int]:
        async with self._database.reading() as connection:
            return {row.category_id: row.listed for row in await connection.execute(_COUNTS)}


def tree_of(rows: Iterable[Row[Any]]) -> CategoryTree:
    """Return the tree of all rows of `categories`."""
    found, successors = [], {}
    for row in rows:
        if row.successor_id is not None:
            successors[row.id] = row.successor_id
        else:
            found.append(
                Category(
                    id=row.id,
                    name=row.name,
                    slug=row.slug,
                    parent_id=row.parent_id,
                    position=row.position,
                    version=row.version,
                )
            )
    return CategoryTree.of(found, successors)


def _row_of(category: Category) -> dict[str, Any]:
    return {
        "parent_id": category.parent_id,
        "name": category.name,
        "slug": category.slug,
        "position": category.position,
        "version": category.version,
    }
