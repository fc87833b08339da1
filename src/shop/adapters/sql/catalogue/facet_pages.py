"""Pages of the products that the facet index has found, in any order."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, select, type_coerce

from shop.adapters.sql.catalogue.bitmaps import Members
from shop.adapters.sql.catalogue.facet_feed import FacetFeed, padded
from shop.adapters.sql.catalogue.facet_index import FacetIndex
from shop.adapters.sql.catalogue.listing_statements import LIMIT, OFFSET, SORT_COLUMNS, directed, units_of
from shop.adapters.sql.catalogue.product_search import SqlProductSearch
from shop.adapters.sql.catalogue.search_plan import Candidate
from shop.adapters.sql.catalogue.tables import listings, products
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import RAW_IDENTIFIER
from shop.application.ports.catalogue import SEARCH_TOTAL_LIMIT, ProductQuery, SortKey

MAX_SORTED_IN_MEMORY: Final = 1_000
"""Up to this many products, the database gets their ids and sorts them; above, walking an index is faster."""
_MAX_WALK: Final = 20_000
"""Maximum number of index rows per read."""
_IDS: Final = bindparam("ids", expanding=True, type_=RAW_IDENTIFIER)
_PRODUCTS: Final = select(
    products, units_of(products.c.id), type_coerce(products.c.id, RAW_IDENTIFIER).label("raw_id")
).where(type_coerce(products.c.id, RAW_IDENTIFIER).in_(_IDS))


async def page_of_facets(
    database: Database, facets: FacetFeed, search: SqlProductSearch, query: ProductQuery
) -> tuple[list[Row[Any]], int]:
    """Return the rows on a page of the products that the facet index finds, and the total."""
    index = await facets.current(with_stock=query.filter.in_stock is not None)
    found = index.matching(query.filter)
    if not found:
        return [], 0
    async with database.reading() as connection:
        if query.words is None:
            total = found.bit_count()
            ids = await listed_page(connection, index, found, query)
        else:
            is_few = found.bit_count() <= MAX_SORTED_IN_MEMORY
            among = padded(index.ids(found)) if is_few else None
            candidates = await search.candidates(connection, query.words, query.sort, among)
            if not is_few:
                members = Members(found)
                candidates = [
                    each
                    for each in candidates
                    if (place := index.place(each.id)) is not None and place in members
                ]
            total = min(len(candidates), SEARCH_TOTAL_LIMIT)
            ids = found_page(candidates, query)
        return await rows_of(connection, ids), total


async def listed_page(
    connection: DirectConnection, index: FacetIndex, found: int, query: ProductQuery
) -> list[bytes]:
    """Return the ids on a page of these products, in the order of the list."""
    total, offset = found.bit_count(), (query.page - 1) * query.limit
    if offset >= total:
        return []
    sort = query.sort or SortKey.CREATED_AT
    if total <= MAX_SORTED_IN_MEMORY:
        statement = _sorted(sort, query.descending)
        parameters = {"ids": padded(index.ids(found)), "limit": query.limit, "offset": offset}
        return list(await connection.scalars(statement, parameters))
    members, end = Members(found), min(offset + query.limit, total)
    # The products are spread over the index: half as many rows again as needed on average usually suffice.
    rows = min(end * len(index) // total * 3 // 2 + query.limit, _MAX_WALK)
    walked, seen = 0, dict[bytes, None]()
    while len(seen) < end:
        ids = (
            await connection.scalars(_walk(sort, query.descending), {"limit": rows, "offset": walked})
        ).all()
        for product_id in ids:
            if (place := index.place(product_id)) is not None and place in members:
                seen[product_id] = None
        if len(ids) < rows:
            break
        walked, rows = walked + rows, min(2 * rows, _MAX_WALK)
    return list(seen)[offset:end]


def found_page(candidates: Sequence[Candidate], query: ProductQuery) -> list[bytes]:
    """Return the ids on a page of these search results."""
    if query.sort is None:
        ordered = sorted(candidates, key=lambda each: each.id, reverse=query.descending)
        ordered.sort(key=lambda each: (-each.score, -each.sort))
    else:
        ordered = sorted(candidates, key=lambda each: (each.sort, each.id), reverse=query.descending)
    offset = (query.page - 1) * query.limit
    return [each.id for each in ordered[offset : offset + query.limit]]


async def rows_of(connection: DirectConnection, ids: Sequence[bytes]) -> list[Row[Any]]:
    """Return the products with these ids in their order; a product that was just removed is left out."""
    if not ids:
        return []
    rows = {row.raw_id: row for row in await connection.execute(_PRODUCTS, {"ids": padded(ids)})}
    return [rows[product_id] for product_id in ids if product_id in rows]


@lru_cache(maxsize=16)
def _sorted(sort: SortKey, descending: bool) -> Select[Any]:
    raw = type_coerce(listings.c.product_id, RAW_IDENTIFIER)
    return _walk(sort, descending).where(raw.in_(_IDS))


@lru_cache(maxsize=16)
def _walk(sort: SortKey, descending: bool) -> Select[Any]:
    """Return the statement that reads a section of the sort order's index."""
    column = listings.c[SORT_COLUMNS[sort]]
    return (
        select(type_coerce(listings.c.product_id, RAW_IDENTIFIER).label("id"))
        .order_by(
            directed(column, descending=descending), directed(listings.c.product_id, descending=descending)
        )
        .limit(LIMIT)
        .offset(OFFSET)
    )
