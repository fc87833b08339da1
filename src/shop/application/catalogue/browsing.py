"""Browsing the catalogue: encoded answers, mostly from the cache."""

from collections import Counter
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from shop.application.catalogue.category_views import CategoryTreeView, TreeCategoryView, category_view
from shop.application.catalogue.nearest_spelling import NearestSpelling
from shop.application.catalogue.views import (
    CategoriesView,
    CategoryView,
    FoundProductsView,
    ListedProductView,
)
from shop.application.framework.views import Page, encode
from shop.application.ports.catalogue import (
    AdminProductQueries,
    AdminProductsQuery,
    CachedAnswer,
    CatalogueCache,
    CatalogueQueries,
    ProductFilter,
    ProductQuery,
    SortKey,
)
from shop.application.ports.categories import CategoryQueries, CurrentCategories
from shop.domain.catalogue.facets import Wanted
from shop.domain.catalogue.search import wanted_words
from shop.domain.errors import NotFound, ValidationFailed
from shop.domain.money import Currency

_CATEGORIES: Final = b"categories"
"""The key of the category tree in the catalogue's cache."""
MAX_SEARCH_LENGTH: Final = 500
MAX_SEARCH_WORDS: Final = 50


class SortOrder(StrEnum):
    """The direction in which a list is sorted."""

    ASCENDING = "asc"
    DESCENDING = "desc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Browsing:
    """A visitor's filters and sort order; amounts in major units, None means not given."""

    page: int = 1
    limit: int = 1
    category: str | None = None
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    in_stock: bool | None = None
    options: Wanted = ()
    attributes: Wanted = ()
    sort: SortKey | None = None
    order: SortOrder = SortOrder.ASCENDING
    search: str | None = None
    exact: bool = False
    """Whether a search that finds nothing keeps its spelling."""


class BrowseProducts:
    """Anyone: one page of the products in the catalogue.

    Filtered by `category` (a slug, else a name; everything below it is included), price (in major units, both
    ends included), stock, options and attributes. Values of one option or attribute are alternatives; filters
    with different names must all match. One active variant must match the filters on options, price and
    stock. In order of creation unless `sort` says otherwise, ascending unless `order` is `desc`, ties by id.
    """

    def __init__(
        self,
        queries: CatalogueQueries,
        categories: CurrentCategories,
        cache: CatalogueCache,
        currency: Currency,
    ) -> None:
        self._queries = queries
        self._categories = categories
        self._cache = cache
        self._currency = currency

    async def __call__(self, key: bytes, wanted: Browsing) -> CachedAnswer:
        """Return the encoded page. Equal keys must mean equal queries; a key must not be a product id."""
        if (ready := self._cache.get(key)) is not None:
            return ready
        checked = self._query(wanted)

        async def load() -> CachedAnswer:
            query = await self._in_category(checked, wanted)
            page = await self._page(query, wanted)
            return CachedAnswer(
                encode(page),
                [product.id for product in page.items],
                depends_on_stock=query.filter.in_stock is not None,
                depends_on_sales=query.sort is SortKey.POPULARITY
                or (query.words is not None and query.sort is None),
            )

        return await self._cache.load(key, load)

    async def view(self, wanted: Browsing) -> Page[ListedProductView]:
        """Return the page of a list without a search, not from the cache."""
        query = await self._in_category(self._query(wanted), wanted)
        return await self._queries.page(query, self._currency)

    async def _in_category(self, query: ProductQuery, wanted: Browsing) -> ProductQuery:
        in_category = await within_category(self._categories, query.filter, wanted.category)
        return replace(query, filter=in_category)

    async def _page(
        self, query: ProductQuery, _wanted: Browsing
    ) -> Page[ListedProductView] | FoundProductsView:
        return await self._queries.page(query, self._currency)

    def _query(self, wanted: Browsing) -> ProductQuery:
        return ProductQuery(
            page=wanted.page,
            limit=wanted.limit,
            filter=product_filter(wanted, self._currency),
            sort=wanted.sort,
            descending=wanted.order is SortOrder.DESCENDING,
            words=None if wanted.search is None else search_words(wanted.search),
        )


class SearchProducts(BrowseProducts):
    """Anyone: one page of the products that a search finds, the best first.

    Every word of `q` must be a prefix of a word of the product's name, category or description, of a sku, or of an
    option's or attribute's value, ignoring case and accents. For relevance, words of the name count most, and whole
    words more than prefixes; ties are sorted by popularity. Filters and sort keys are the same as for the product list.
    The total stops at 10,000. Characters other than letters and digits match nothing.

    If no product in the catalogue has the words, the shop searches for the nearest spelling (one typo, a plural, joined
    or split words) and returns it as `correctedQuery`. `exact=true` turns this off. Fails with VALIDATION_FAILED when
    `q` is blank.
    """

    def __init__(
        self,
        queries: CatalogueQueries,
        categories: CurrentCategories,
        cache: CatalogueCache,
        currency: Currency,
        nearest_spelling: NearestSpelling,
    ) -> None:
        super().__init__(queries, categories, cache, currency)
        self._nearest_spelling = nearest_spelling

    async def _page(self, query: ProductQuery, wanted: Browsing) -> FoundProductsView:
        page = await self._queries.page(query, self._currency)
        corrected = None
        if not page.total and not wanted.exact and wanted.search is not None:
            corrected = await self._nearest_spelling(wanted.search)
        if corrected is not None:
            page = await self._queries.page(replace(query, words=wanted_words(corrected)), self._currency)
        return FoundProductsView(page.page, page.limit, page.total, page.items, corrected)


class BrowseCategories:
    """Anyone: all categories in tree order, with their numbers of active products."""

    def __init__(self, queries: CategoryQueries, cache: CatalogueCache) -> None:
        self._queries = queries
        self._cache = cache

    async def __call__(self) -> CachedAnswer:
        async def load() -> CachedAnswer:
            tree, counts = await self._queries.tree(), await self._queries.counts()
            views = [category_view(category, counts) for category in tree.ordered()]
            return CachedAnswer(encode(CategoryTreeView(views)), ())

        return await self._cache.load(_CATEGORIES, load)

    async def one(self, category_id: str) -> TreeCategoryView:
        """Return one category. Raises NotFound."""
        category = (await self._queries.tree()).get(category_id)
        if category is None:
            raise NotFound("category")
        return category_view(category, await self._queries.counts())

    async def names(self) -> CategoriesView:
        """Return the names of the categories that have active products, in code point order.

        Categories of the same name are added up.
        """
        tree, counts = await self._queries.tree(), await self._queries.counts()
        products: Counter[str] = Counter()
        for category in tree.ordered():
            products[category.name] += counts.get(category.id, 0)
        return CategoriesView([CategoryView(*each) for each in sorted(products.items()) if each[1]])


class BrowseAllProducts:
    """Admins: one page of all products, most recently changed first (ties by id), inactive products included.

    `active` selects only active or only inactive products. Deleted products are left out. A product that changes
    between two requests may appear on both pages, or on neither.
    """

    def __init__(self, queries: AdminProductQueries, currency: Currency) -> None:
        self._queries = queries
        self._currency = currency

    async def __call__(self, query: AdminProductsQuery) -> Page[ListedProductView]:
        return await self._queries.page(query, self._currency)


def product_filter(wanted: Browsing, currency: Currency) -> ProductFilter:
    """Return the filter without the category."""

    def minor(amount: Decimal | None, field: str) -> int | None:
        return None if amount is None else currency.to_minor(amount, field)

    return ProductFilter(
        min_price=minor(wanted.min_price, "min_price"),
        max_price=minor(wanted.max_price, "max_price"),
        in_stock=wanted.in_stock,
        options=wanted.options,
        attributes=wanted.attributes,
    )


async def within_category(
    categories: CurrentCategories, wanted: ProductFilter, category: str | None
) -> ProductFilter:
    """Return the filter with the category of this slug or name."""
    name = (category or "").strip()
    return replace(wanted, categories=(await categories()).find(name)) if name else wanted


def search_words(search: str) -> tuple[str, ...]:
    """Return the words of a search. Raises ValidationFailed if it is blank or too long."""
    if not search.strip():
        raise ValidationFailed({"q": "must not be blank"})
    if len(search) > MAX_SEARCH_LENGTH:
        raise ValidationFailed({"q": f"must be at most {MAX_SEARCH_LENGTH} characters"})
    words = wanted_words(search)
    if len(words) > MAX_SEARCH_WORDS:
        raise ValidationFailed({"q": f"must be at most {MAX_SEARCH_WORDS} different words"})
    return words
