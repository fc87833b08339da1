"""Nearest spelling: corrects a search that finds nothing."""

from collections.abc import Mapping
from typing import Final

from shop.application.ports.catalogue import CatalogueQueries, ProductQuery
from shop.domain.catalogue.search import wanted_words, words
from shop.domain.catalogue.spelling import Words, corrected_queries, corrections
from shop.domain.money import Currency

MAX_PRODUCTS_CHECKED: Final = 2_000
"""The maximum number of products with the rarest word that are checked before a full search."""


class NearestSpelling:
    """Finds the nearest spelling of a query that finds nothing in the whole catalogue."""

    def __init__(self, queries: CatalogueQueries, currency: Currency) -> None:
        self._queries = queries
        self._currency = currency

    async def __call__(self, query: str) -> str | None:
        """Return the corrected query; None if the query finds something, or none of its spellings does.

        Filters do not affect the result.
        """
        if not (typed := tuple(words(query))) or await self._finds(wanted_words(query)):
            return None
        known = await self._queries.known_prefixes(frozenset(typed))
        unknown = tuple(word for word in dict.fromkeys(typed) if word not in known)
        if (possible := corrections(typed, unknown)) is None:
            return None
        totals = await self._queries.count_by_word(possible.words)
        for corrected in corrected_queries(typed, unknown, possible, totals):
            if len(corrected) == 1 or await self._have_product(corrected, totals):
                return " ".join(corrected)
        return None

    async def _have_product(self, corrected: Words, totals: Mapping[str, int]) -> bool:
        """Return whether any listed product has all the words.

        A search counts its results, which is slow for common words. So MAX_PRODUCTS_CHECKED products with the
        rarest word are checked first; it searches only if none of these matches and there are more.
        """
        wanted = wanted_words(" ".join(corrected))
        rarest = min((word for word in corrected if word in totals), key=lambda word: totals[word])
        if await self._queries.has_product_with(rarest, wanted, MAX_PRODUCTS_CHECKED):
            return True
        return totals[rarest] > MAX_PRODUCTS_CHECKED and await self._finds(wanted)

    async def _finds(self, wanted: tuple[str, ...]) -> bool:
        """Return whether any listed product has these words."""
        found = await self._queries.page(ProductQuery(1, 1, words=wanted), self._currency)
        return found.total > 0
