"""Visitors' reads of the catalogue, in SQL."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Integer, Row, Select, bindparam, case, select, true

from shop.adapters.sql.catalogue.facet_counts import filter_counts
from shop.adapters.sql.catalogue.facet_feed import FacetFeed
from shop.adapters.sql.catalogue.facet_pages import page_of_facets
from shop.adapters.sql.catalogue.known_words import count_by_word, has_product_with, known_prefixes
from shop.adapters.sql.catalogue.listing_statements import (
    FAR_OFFSET,
    Shape,
    list_page,
    list_total,
    units_of,
)
from shop.adapters.sql.catalogue.product_search import SqlProductSearch
from shop.adapters.sql.catalogue.search_plan import Candidate
from shop.adapters.sql.catalogue.slugs import owner_of_slug
from shop.adapters.sql.catalogue.tables import listings, products, stock, variants
from shop.adapters.sql.catalogue.variants import variant_of
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import NIL_ID
from shop.application.catalogue.filter_views import FilterCounts
from shop.application.catalogue.media_views import ProductImageView
from shop.application.catalogue.views import ListedProductView, OptionView, ProductView, variant_view
from shop.application.framework.views import Page
from shop.application.ports.catalogue import (
    SEARCH_TOTAL_LIMIT,
    ProductFilter,
    ProductQuery,
    SlugOwner,
    SortKey,
)
from shop.domain.catalogue.picture import ProductImage
from shop.domain.catalogue.variant import option_values
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
    """See the port. A list takes one statement, or two past its end; price and facet filters take more."""

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
            rows, total = await page_of_facets(self._database, self._facets, self._search, query)
        else:
            shape, parameters = shape_of(query.filter), page_parameters(query)
            async with self._database.reading() as connection:
                if query.words is None:
                    rows, total = await _list(connection, query, shape, parameters)
                else:
                    rows, total = await self._search.page(connection, query, shape, parameters)
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
        if wanted.min_price is None and wanted.max_price is None:
            return False
        async with self._database.reading() as connection:
            return bool(await connection.scalar(_PRICES_VARY))


def shape_of(wanted: ProductFilter) -> Shape:
    return Shape(
        0 if wanted.categories is None else min(len(wanted.categories), 2),
        wanted.min_price is not None,
        wanted.max_price is not None,
        wanted.in_stock,
    )


def filter_parameters(wanted: ProductFilter) -> dict[str, Any]:
    values: dict[str, Any] = {"min_price": wanted.min_price, "max_price": wanted.max_price}
    if wanted.categories:
        several = len(wanted.categories) > 1
        values |= {"categories": list(wanted.categories)} if several else {"category": wanted.categories[0]}
    return {name: value for name, value in values.items() if value is not None}


def page_parameters(query: ProductQuery) -> dict[str, Any]:
    return {
        **filter_parameters(query.filter),
        "limit": query.limit,
        "offset": (query.page - 1) * query.limit,
    }


async def _list(
    connection: DirectConnection, query: ProductQuery, shape: Shape, parameters: dict[str, Any]
) -> tuple[list[Row[Any]], int]:
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


VARIANT: Final = "variant_"
"""Prefix of a variant's columns in a row that also has its product's columns."""

# One statement, so that version, variants and stock are consistent. Only the first row has the description.
_VARIANTS: Final = (
    select(
        *(column for column in products.c if column.name != "description"),
        case((variants.c.position == 0, products.c.description), else_="").label("description"),
        *(column.label(f"{VARIANT}{column.name}") for column in variants.c),
        stock.c.available,
    )
    .join(variants, variants.c.product_id == products.c.id)
    .join(stock, stock.c.item_id == variants.c.id)
    .where(~products.c.deleted, ~variants.c.deleted)
    .order_by(variants.c.product_id, variants.c.position)
)
_PRODUCT: Final = _VARIANTS.where(products.c.id == bindparam("id"))
_PRODUCTS: Final = _VARIANTS.where(products.c.id.in_(bindparam("ids", expanding=True)))


async def product_view(
    connection: DirectConnection, product_id: str, currency: Currency
) -> ProductView | None:
    """Return one product; None if unknown or deleted."""
    rows = (await connection.execute(_PRODUCT, {"id": product_id})).all()
    return product_view_of(rows, currency) if rows else None


async def next_product_views(
    connection: DirectConnection, next_ids: Select[Any], after: str, limit: int, currency: Currency
) -> list[ProductView]:
    """Return the products of the next ids above `after`; `next_ids` binds `after` and `most`.

    Returns nothing only when no id is left: a batch whose products were all deleted meanwhile is passed over.
    """
    views: list[ProductView] = []
    after = after or NIL_ID
    while not views:
        ids = (await connection.scalars(next_ids, {"after": after, "most": limit})).all()
        if not ids:
            break
        by_product: dict[str, list[Row[Any]]] = {}
        for row in await connection.execute(_PRODUCTS, {"ids": list(ids)}):
            by_product.setdefault(row.id, []).append(row)
        views = [product_view_of(by_product[each], currency) for each in ids if each in by_product]
        after = ids[-1]
    return views


def listed_view_of(row: Row[Any], currency: Currency) -> ListedProductView:
    """Return the view of a `products` row with the stock of its active variants as `available`."""
    return ListedProductView(
        **_view_fields(row, currency),
        options=[OptionView(name, values) for name, values in row.options or ()],
        stock=int(row.available),  # MySQL returns sums as decimals
        price_from=currency.to_major(row.price),
        price_to=currency.to_major(row.price_to),
        variant_count=row.variant_count,
    )


def product_view_of(rows: Sequence[Row[Any]], currency: Currency) -> ProductView:
    """Return the view of `products` rows, one per variant, with its columns and its stock as `available`."""
    first = rows[0]
    variants = [variant_of(row, VARIANT) for row in rows]
    names = [name for name, _ in first.options or ()]
    shown = option_values(names, [variant.options for variant in variants])
    return ProductView(
        **_view_fields(first, currency),
        options=[OptionView(name, list(values)) for name, values in shown],
        stock=sum(row.available for row, variant in zip(rows, variants, strict=True) if variant.active),
        variants=[
            variant_view(variant, dict(zip(names, variant.options, strict=True)), row.available, currency)
            for row, variant in zip(rows, variants, strict=True)
        ],
    )


def _view_fields(row: Row[Any], currency: Currency) -> dict[str, Any]:
    return {
        "id": row.id,
        "sku": row.sku,
        "name": row.name,
        "slug": row.slug or "",
        "description": row.description,
        "category": row.category,
        "category_ids": row.category_ids or [],
        "vendor": row.vendor,
        "attributes": dict(row.attributes or ()),
        "price": currency.to_major(row.price),
        "compare_at_price": currency.to_major_if_any(row.compare_at_price),
        "prior_price": currency.to_major_if_any(row.prior_price),
        "currency": currency.code,
        "weight": row.weight,
        "requires_shipping": bool(row.requires_shipping),
        "tax_class": row.tax_class,
        "withdrawable": bool(row.withdrawable),
        "image_url": row.image_url,
        "images": [ProductImageView.of(ProductImage(*image)) for image in row.images or ()],
        "active": bool(row.active),
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }
