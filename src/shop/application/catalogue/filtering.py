"""What lists and searches can be filtered by: encoded answers, mostly from the cache."""

from shop.application.catalogue.browsing import Browsing, product_filter, search_words, within_category
from shop.application.catalogue.filter_views import filters_view
from shop.application.catalogue.nearest_spelling import NearestSpelling
from shop.application.framework.views import encode
from shop.application.ports.catalogue import (
    SEARCH_TOTAL_LIMIT,
    CachedAnswer,
    CatalogueCache,
    CatalogueQueries,
)
from shop.application.ports.categories import CurrentCategories
from shop.domain.catalogue.search import wanted_words
from shop.domain.money import Currency


class ShowFilters:
    """Anyone: what a list, or with `q` a search, can be filtered by, with the number of products for each value.

    Each count is the total of the list with that value added; for a name that is filtered already, in place of its
    current values. Values that match nothing are left out. At most 100 options and attributes are shown, each with its
    200 most frequent values. `price` spans the matching active variants, whatever the price filter.
    """

    def __init__(
        self,
        queries: CatalogueQueries,
        categories: CurrentCategories,
        cache: CatalogueCache,
        currency: Currency,
        nearest_spelling: NearestSpelling,
    ) -> None:
        self._queries = queries
        self._categories = categories
        self._cache = cache
        self._currency = currency
        self._nearest_spelling = nearest_spelling

    async def __call__(self, key: bytes, wanted: Browsing) -> CachedAnswer:
        """Return the encoded filters. Equal keys must mean equal queries; a key must not be a product id."""
        if (ready := self._cache.get(key)) is not None:
            return ready
        checked = product_filter(wanted, self._currency)
        words = None if wanted.search is None else search_words(wanted.search)
        max_count = None if words is None else SEARCH_TOTAL_LIMIT

        async def load() -> CachedAnswer:
            in_category = await within_category(self._categories, checked, wanted.category)
            counts = await self._queries.filters(in_category, await self._spelled(words, wanted))
            view = filters_view(counts, await self._categories(), self._currency, max_count)
            return CachedAnswer(encode(view), (), depends_on_stock=True)

        return await self._cache.load(key, load)

    async def _spelled(self, words: tuple[str, ...] | None, wanted: Browsing) -> tuple[str, ...] | None:
        if wanted.search is None or wanted.exact:
            return words
        corrected = await self._nearest_spelling(wanted.search)
        return words if corrected is None else wanted_words(corrected)
