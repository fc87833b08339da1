"""Which listings each category shows, and how many, in SQL."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam, delete, insert, select, update

from shop.adapters.sql.catalogue.category_tables import (
    EVERYTHING,
    category_listings,
    listing_counts,
    product_categories,
)
from shop.adapters.sql.catalogue.tables import listings
from shop.adapters.sql.framework.execution import AddingInsert, DirectConnection
from shop.adapters.sql.framework.statements import Identifier

_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_COLUMNS: Final = ("product_id", "price", "name_key", "created_at", "units")
_LOCK_LISTINGS: Final = (
    select(listings.c.product_id)
    .where(listings.c.product_id.in_(_IDS))
    .order_by(listings.c.product_id)
    .with_for_update()
)
_SHOWN: Final = select(category_listings.c.category_id, category_listings.c.product_id).where(
    category_listings.c.product_id.in_(_IDS)
)
_SHOW: Final = insert(category_listings).from_select(
    ["category_id", *_COLUMNS],
    select(
        bindparam("category", type_=Identifier).label("category_id"),
        *(listings.c[name] for name in _COLUMNS),
    ).where(listings.c.product_id.in_(_IDS)),
)
_HIDE: Final = delete(category_listings).where(
    category_listings.c.category_id == bindparam("category"), category_listings.c.product_id.in_(_IDS)
)
_MOVE: Final = (
    update(category_listings)
    .where(category_listings.c.product_id == bindparam("of"))
    .values(price=bindparam("new_price"), name_key=bindparam("new_name_key"))
)
_COUNT: Final = AddingInsert(listing_counts, listing_counts.c.listed)
_UNCOUNT: Final = (
    update(listing_counts)
    .where(listing_counts.c.category_id == bindparam("category"))
    .values(listed=listing_counts.c.listed - bindparam("less"))
)
_PUT: Final = insert(product_categories)
_TAKE: Final = delete(product_categories).where(
    product_categories.c.category_id == bindparam("category"), product_categories.c.product_id.in_(_IDS)
)


class SqlCategoryListings:
    """The listings of each category. The caller has locked the products; to show more, it shares the tree."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def lock(self, product_ids: Collection[str]) -> frozenset[str]:
        """Lock the listings of these products, so that no sale moves them; return the ids of listed products."""
        return frozenset(await self._connection.scalars(_LOCK_LISTINGS, {"ids": sorted(product_ids)}))

    async def show(self, product_id: str, category_ids: Collection[str]) -> None:
        """Show a new listing in these categories, and count it."""
        for category_id in sorted(category_ids):
            await self._connection.defer(_SHOW, {"category": category_id, "ids": [product_id]})
        await self._count(Counter([EVERYTHING, *category_ids]))

    async def hide(self, product_id: str) -> None:
        """Hide a listing that is about to be removed, and subtract it from the counts."""
        shown = [row.category_id for row in await self._connection.execute(_SHOWN, {"ids": [product_id]})]
        for category_id in sorted(shown):
            await self._connection.defer(_HIDE, {"category": category_id, "ids": [product_id]})
        await self._count(Counter(dict.fromkeys([EVERYTHING, *shown], -1)))

    async def move(self, product_id: str, price: int, name_key: str) -> None:
        """Copy a listing's new price and name to its rows in the categories."""
        values = {"of": product_id, "new_price": price, "new_name_key": name_key}
        await self._connection.defer(_MOVE, values)

    async def show_only(self, wanted: Mapping[str, Collection[str]]) -> None:
        """Show these listings, which `lock` has locked, in exactly their wanted categories, by product id."""
        if not wanted:
            return
        surplus: defaultdict[str, set[str]] = defaultdict(set)
        for row in await self._connection.execute(_SHOWN, {"ids": sorted(wanted)}):
            surplus[row.category_id].add(row.product_id)
        missing: defaultdict[str, set[str]] = defaultdict(set)
        for product_id, category_ids in wanted.items():
            for category_id in category_ids:
                if product_id in surplus[category_id]:
                    surplus[category_id].remove(product_id)
                else:
                    missing[category_id].add(product_id)
        for statement, pairs in ((_HIDE, surplus), (_SHOW, missing)):
            for category_id in sorted(pairs):
                if product_ids := sorted(pairs[category_id]):
                    await self._connection.defer(statement, {"category": category_id, "ids": product_ids})
        changes = Counter({category_id: len(product_ids) for category_id, product_ids in missing.items()})
        changes.subtract({category_id: len(product_ids) for category_id, product_ids in surplus.items()})
        await self._count(changes)

    async def put(self, product_id: str, before: Collection[str], after: Collection[str]) -> None:
        """Store a change of the categories that a product itself was put into."""
        for category_id in sorted(set(before) - set(after)):
            await self._connection.defer(_TAKE, {"category": category_id, "ids": [product_id]})
        rows: list[dict[str, Any]] = [
            {"category_id": category_id, "product_id": product_id}
            for category_id in sorted(set(after) - set(before))
        ]
        if rows:
            await self._connection.defer(_PUT, rows)

    async def _count(self, changes: Counter[str]) -> None:
        more = [{"category_id": each, "listed": by} for each, by in sorted(changes.items()) if by > 0]
        await _COUNT.execute(self._connection, more)
        for category_id, by in sorted(changes.items()):
            if by < 0:
                await self._connection.defer(_UNCOUNT, {"category": category_id, "less": -by})
