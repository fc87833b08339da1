"""Visitors' reads of the catalogue, in SQL."""

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Integer, Row, Select, bindparam, select, true

from shop.adapters.sql.catalogue.bitmaps import Members
from shop.adapters.sql.catalogue.facet_counts import filter_counts
from shop.adapters.sql.catalogue.facet_feed import FacetFeed, padded
from shop.adapters.sql.catalogue.facet_pages import MAX_SORTED_IN_MEMORY, found_page, listed_page, rows_of
from shop.adapters.sql.catalogue.known_words import count_by_word, has_product_with, known_prefixes
from shop.adapters.sql.catalogue.listing_statements import (
    FAR_OFFSET,
    Shape,
    filter_parameters,
    list_page,
    list_total,
    page_parameters,
    shape_of,
    units_of,
)
from shop.adapters.sql.catalogue.product_search import SqlProductSearch
from shop.adapters.sql.catalogue.product_views import next_product_views, product_view
from shop.adapters.sql.catalogue.rows import listed_view_of
from shop.adapters.sql.catalogue.search_plan import Candidate
from shop.adapters.sql.catalogue.slugs import owner_of_slug
from shop.adapters.sql.catalogue.tables import listings, products
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.application.catalogue.filter_views import FilterCounts
from shop.application.catalogue.views import ListedProductView, ProductView
from shop.application.framework.views import Page
from shop.application.ports.catalogue import (
    SEARCH_TOTAL_LIMIT,
    ProductFilter,
    ProductQuery,
    SlugOwner,
    SortKey,
)
from shop.domain.money import Currency

_NEXT: Final = (
    select(listings.c.product_id)
    .where(listings.c.product_id > bindparam("after"))
    .order_by(listings.c.product_id)
    .limit(bindparam("most", type_=Integer))
)
_SLUGS: Final = (
    select(products.c.slug, products.c.updated_at)
    .join(listings, listings.c.product_id == products.c.id)
    .order_by(listings.c.product_id)
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("skipped", type_=Integer))
)
_ON_SALE: Final = (
    select(products, units_of(products.c.id))
    .where(products.c.on_sale)
    .order_by(products.c.updated_at.desc(), products.c.id.desc())
    .limit(bindparam("most", type_=Integer))
)
_PRICES_VARY: Final = select(select(products.c.id).where(products.c.price_varies == true()).exists())


class SqlCatalogueQueries:
    """See the port. A list page takes one statement, or two when it is past the end."""

    def __init__(self, database: Database, *, common_from: int = SEARCH_TOTAL_LIMIT) -> None:
        self._database = database
        self._search = SqlProductSearch(common_from)
        self._facets = FacetFeed(database)

    async def close(self) -> None:
        """Stop the background work."""
        await self._facets.close()

    async def page(self, query: ProductQuery, currency: Currency) -> Page[ListedProductView]:
        if query.filter.categories == ():
            return Page(page=query.page, limit=query.limit, total=0, items=[])
        if await self._needs_facets(query.filter):
            rows, total = await self._page_of_facets(query)
        else:
            async with self._database.reading() as connection:
                if query.words is None:
                    rows, total = await _list(connection, query)
                else:
                    rows, total = await self._search.page(connection, query.words, query)
        items = [listed_view_of(row, currency) for row in rows]
        return Page(page=query.page, limit=query.limit, total=total, items=items)

    async def filters(self, wanted: ProductFilter, words: tuple[str, ...] | None) -> FilterCounts:
        candidates: list[Candidate] = []
        if words is not None:
            async with self._database.reading() as connection:
                candidates = await self._search.candidates(connection, words)
        index = await self._facets.current(with_stock=True)
        among = None if words is None else index.bitmap(each.id for each in candidates)
        return filter_counts(index, wanted, among)

    async def count_by_word(self, words: Collection[str]) -> Mapping[str, int]:
        async with self._database.reading() as connection:
            return await count_by_word(connection, words)

    async def has_product_with(self, word: str, prefixes: Collection[str], among: int) -> bool:
        async with self._database.reading() as connection:
            return await has_product_with(connection, word, prefixes, among)

    async def known_prefixes(self, words: Collection[str]) -> frozenset[str]:
        async with self._database.reading() as connection:
            return await known_prefixes(connection, words)

    async def product(self, product_id: str, currency: Currency) -> ProductView | None:
        async with self._database.reading() as connection:
            return await product_view(connection, product_id, currency)

    async def walk(self, after: str, limit: int, currency: Currency) -> list[ProductView]:
        async with self._database.reading() as connection:
            return await next_product_views(connection, _NEXT, after, limit, currency)

    async def slugs(self, page: int, limit: int) -> list[tuple[str, datetime]]:
        values = {"most": limit, "skipped": (page - 1) * limit}
        async with self._database.reading() as connection:
            return [(row.slug, row.updated_at) for row in await connection.execute(_SLUGS, values)]

    async def slug(self, slug: str) -> SlugOwner | None:
        async with self._database.reading() as connection:
            return await owner_of_slug(connection, slug)

    async def on_sale(self, limit: int, currency: Currency) -> list[ListedProductView]:
        async with self._database.reading() as connection:
            rows = await connection.execute(_ON_SALE, {"most": limit})
            return [listed_view_of(row, currency) for row in rows]

    async def _needs_facets(self, wanted: ProductFilter) -> bool:
        """Return whether the filter needs more than the listings' own columns."""
        if wanted.options or wanted.attributes:
            return True
        if not wanted.has_price:
            return False
        async with self._database.reading() as connection:
            return bool(await connection.scalar(_PRICES_VARY))

    async def _page_of_facets(self, query: ProductQuery) -> tuple[list[Row[Any]], int]:
        index = await self._facets.current(with_stock=query.filter.in_stock is not None)
        found = index.matching(query.filter)
        if not found:
            return [], 0
        async with self._database.reading() as connection:
            if query.words is None:
                total = found.bit_count()
                ids = await listed_page(connection, index, found, query)
            else:
                is_few = found.bit_count() <= MAX_SORTED_IN_MEMORY
                among = padded(index.ids(found)) if is_few else None
                candidates = await self._search.candidates(connection, query.words, query.sort, among)
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


async def _list(connection: DirectConnection, query: ProductQuery) -> tuple[list[Row[Any]], int]:
    shape = shape_of(query.filter)
    parameters = page_parameters(query)
    far = parameters["offset"] >= FAR_OFFSET
    statement = list_page(shape, query.sort or SortKey.CREATED_AT, query.descending, far=far)
    rows = list(await connection.execute(statement, parameters))
    if rows:
        return rows, int(rows[0].total)
    if query.page == 1:
        return [], 0
    total = await connection.execute(_total(shape), filter_parameters(query.filter))
    return [], int(total.scalar_one())


@lru_cache(maxsize=64)
def _total(shape: Shape) -> Select[int]:
    return select(list_total(shape))
