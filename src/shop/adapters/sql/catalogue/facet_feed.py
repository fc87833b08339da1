"""Keeps the facet index equal to the database: built at its first use, then fed by the record of changes."""

import asyncio
from collections import defaultdict
from collections.abc import Sequence
from contextvars import Context
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import msgspec
from sqlalchemy import (
    BigInteger,
    Integer,
    Text,
    bindparam,
    func,
    literal,
    or_,
    select,
    true,
    type_coerce,
)

from shop.adapters.sql.catalogue.category_tables import category_listings
from shop.adapters.sql.catalogue.changes import catalogue_revision, product_changes
from shop.adapters.sql.catalogue.facet_index import FacetIndex, FacetRow, FacetVariant
from shop.adapters.sql.catalogue.tables import listings, products, stock, variants
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import RAW_IDENTIFIER, UtcDateTime
from shop.application.framework.transactions import Waiting
from shop.domain.errors import Unavailable

BATCH_SIZE: Final = 250
"""Number of products per read; other requests run between reads."""
_MIN_ROWS_PER_INSERT: Final = 4_000
"""Number of products that are put into the index together, so that each bitmap is copied once for all."""
_STEPS_PER_PAUSE: Final = 16
MAX_CHANGES: Final = 5_000
"""After more changes, the index is built again instead of stopping all other requests for them."""
_BEFORE_ALL: Final = datetime.fromisoformat("1000-01-01T00:00:00+00:00")
_IDS: Final = bindparam("ids", expanding=True, type_=RAW_IDENTIFIER)

_REVISION: Final = select(catalogue_revision.c.revision).where(catalogue_revision.c.id == 1)
_ALL_CHANGED: Final = select(
    type_coerce(product_changes.c.product_id, RAW_IDENTIFIER).label("id"), product_changes.c.revision
)
_CHANGED: Final = (
    _ALL_CHANGED.where(product_changes.c.revision > bindparam("revision", type_=BigInteger))
    .order_by(product_changes.c.revision)
    .limit(bindparam("at_most", type_=Integer))
)
_LISTED: Final = select(
    type_coerce(listings.c.product_id, RAW_IDENTIFIER).label("id"),
    listings.c.created_at,
    type_coerce(products.c.attributes, Text).label("attributes"),
).join(products, products.c.id == listings.c.product_id)
_AT: Final = bindparam("at", type_=UtcDateTime)
_NEXT: Final = (
    _LISTED.where(
        listings.c.created_at >= _AT,
        or_(
            listings.c.created_at > _AT,
            type_coerce(listings.c.product_id, RAW_IDENTIFIER) > bindparam("id", type_=RAW_IDENTIFIER),
        ),
    )
    .order_by(listings.c.created_at, listings.c.product_id)
    .limit(bindparam("most", type_=Integer))
)
_LISTED_WITH_IDS: Final = _LISTED.where(type_coerce(listings.c.product_id, RAW_IDENTIFIER).in_(_IDS))
_VARIANTS: Final = select(
    type_coerce(variants.c.product_id, RAW_IDENTIFIER).label("id"),
    variants.c.position,
    variants.c.price,
    type_coerce(variants.c.options, Text).label("options"),
).where(type_coerce(variants.c.product_id, RAW_IDENTIFIER).in_(_IDS), variants.c.active, ~variants.c.deleted)
_CATEGORIES: Final = select(
    type_coerce(category_listings.c.product_id, RAW_IDENTIFIER).label("id"),
    type_coerce(category_listings.c.category_id, RAW_IDENTIFIER).label("category_id"),
).where(type_coerce(category_listings.c.product_id, RAW_IDENTIFIER).in_(_IDS))
_SOLD_OUT: Final = (
    select(type_coerce(variants.c.product_id, RAW_IDENTIFIER).label("id"), variants.c.position)
    .select_from(stock)
    .join(variants, variants.c.id == stock.c.item_id)
    .where(stock.c.sold_out == true())
)
# Index-only on MySQL. It tells whether the sold-out items are the same; SQLite has no such function.
_SOLD_OUT_DIGEST: Final = {
    "mysql": select(func.count(), func.sum(func.crc32(stock.c.item_id))).where(stock.c.sold_out == true()),
    "sqlite": select(literal(None)),
}


class FacetFeed:
    """The facet index of this process, brought up to date before each use."""

    def __init__(self, database: Database, max_changes: int = MAX_CHANGES) -> None:
        self._database = database
        self._max_changes = max_changes
        self._lock = asyncio.Lock()
        self._index: FacetIndex | None = None
        self._building: asyncio.Task[None] | None = None
        self._revision = 0
        self._sold_out: tuple[Any, ...] | None = None
        """The digest of the sold-out items in the index; None if they must be read."""
        self._refreshes = {False: 0, True: 0}
        """Number of refreshes that have begun: of everything but stock (False), and of stock (True)."""

    async def current(self, *, with_stock: bool) -> FacetIndex:
        """Return the index with every change committed before this call; use it before the next await.

        Only `with_stock` brings the stock up to date too. Raises Unavailable while the index takes long to build.
        """
        begun = dict(self._refreshes)
        if self._index is None or self._index.is_wasteful:
            await self._built()
        async with self._lock:
            index = self._index
            # Another request may have refreshed it while this one waited.
            if index is not None and self._refreshes[False] == begun[False]:
                self._refreshes[False] += 1
                if not await self._apply_changes(index):
                    index = self._index = None
            if index is None:
                await self._built()
                index = self._index
                assert index is not None
            if with_stock and (self._sold_out is None or self._refreshes[True] == begun[True]):
                self._refreshes[True] += 1
                await self._apply_stock(index)
        return index

    async def close(self) -> None:
        """Stop building."""
        if self._building is not None:
            self._building.cancel()
            await asyncio.gather(self._building, return_exceptions=True)

    async def _built(self) -> None:
        if self._building is None:
            # In an empty context: neither the request's time budget nor its end may stop the build.
            self._building = asyncio.create_task(self._build(), context=Context())
            self._building.add_done_callback(self._end_building)
        waiting = Waiting()
        try:
            async with waiting.timeout():
                await asyncio.shield(self._building)
        except TimeoutError as error:
            raise Unavailable("The filters are being prepared; try again.", retry_after=2) from error
        finally:
            waiting.end()

    def _end_building(self, task: asyncio.Task[None]) -> None:
        self._building = None
        if not task.cancelled():
            task.exception()  # retrieved by the waiting requests; mark it as retrieved if none is left

    async def _build(self) -> None:
        index = FacetIndex()
        async with self._database.reading() as connection:
            revision = await connection.scalar(_REVISION) or 0
        after: tuple[datetime, bytes] | None = _BEFORE_ALL, b""
        waiting: list[FacetRow] = []
        while after is not None:
            async with self._database.reading() as connection:
                rows = await _batch(connection, *after)
            after = (rows[-1].created_at, rows[-1].id) if len(rows) == BATCH_SIZE else None
            waiting += rows
            if len(waiting) >= _MIN_ROWS_PER_INSERT or after is None:
                for step, _ in enumerate(index.replace((), waiting)):
                    if step % _STEPS_PER_PAUSE == 0:
                        await asyncio.sleep(0)
                waiting = []
        self._index, self._revision, self._sold_out = index, revision, None

    async def _apply_changes(self, index: FacetIndex) -> bool:
        """Return False if there are too many changes."""
        async with self._database.reading() as connection:
            revision = await connection.scalar(_REVISION) or 0
            if revision == self._revision:
                return True
            since = {"revision": self._revision, "at_most": self._max_changes + 1}
            changed = (await connection.execute(_CHANGED, since)).all()
            if len(changed) > self._max_changes:
                return False
            ids = [row.id for row in changed]
            rows: list[FacetRow] = []
            for start in range(0, len(ids), BATCH_SIZE):
                rows += await _rows_with_ids(connection, ids[start : start + BATCH_SIZE])
        for _ in index.replace(ids, rows):
            pass
        self._revision = max([revision, *(row.revision for row in changed)])
        self._sold_out = None
        return True

    async def _apply_stock(self, index: FacetIndex) -> None:
        async with self._database.reading() as connection:
            digest = tuple((await connection.execute(_SOLD_OUT_DIGEST[connection.dialect.name])).one())
            if digest == self._sold_out and digest != (None,):
                return
            rows = (await connection.execute(_SOLD_OUT)).all()
        index.set_sold_out((row.id, row.position) for row in rows)
        self._sold_out = digest


async def _batch(connection: DirectConnection, at: datetime, product_id: bytes) -> list[FacetRow]:
    """Return the next listed products, in the order of their creation."""
    found = await connection.execute(_NEXT, {"at": at, "id": product_id, "most": BATCH_SIZE})
    return await _rows(connection, found.all())


async def _rows_with_ids(connection: DirectConnection, ids: Sequence[bytes]) -> list[FacetRow]:
    return await _rows(connection, (await connection.execute(_LISTED_WITH_IDS, {"ids": padded(ids)})).all())


async def _rows(connection: DirectConnection, found: Sequence[Any]) -> list[FacetRow]:
    if not found:
        return []
    of_product: dict[bytes, list[FacetVariant]] = defaultdict(list)
    shown_in: dict[bytes, list[bytes]] = defaultdict(list)
    ids = {"ids": padded([row.id for row in found])}
    for row in await connection.execute(_CATEGORIES, ids):
        shown_in[row.id].append(row.category_id)
    for row in await connection.execute(_VARIANTS, ids):
        of_product[row.id].append(FacetVariant(row.position, row.price, _pairs(row.options)))
    return [
        FacetRow(
            row.id,
            row.created_at,
            shown_in[row.id],
            _pairs(row.attributes),
            of_product[row.id],
        )
        for row in found
    ]


@lru_cache(maxsize=10_000)
def _pairs(text: str | None) -> tuple[tuple[str, Any], ...]:
    """Return the names and values in a JSON column. Many variants have the same options."""
    return () if text is None else tuple((name, value) for name, value in msgspec.json.decode(text))


def padded(ids: Sequence[bytes]) -> list[bytes]:
    """Return the ids, padded with the last one to a power of two: so few statements have to be compiled."""
    length = 1
    while length < len(ids):
        length *= 2
    return [*ids, *[ids[-1]] * (length - len(ids))]
