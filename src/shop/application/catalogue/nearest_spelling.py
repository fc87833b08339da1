"""Nearest spelling: what a search that finds nothing may have meant."""

from shop.application.ports.catalogue import CatalogueQueries, ProductQuery
from shop.domain.catalogue.search import wanted_words, words
from shop.domain.catalogue.spelling import corrected_queries, corrections
from shop.domain.money import Currency


class NearestSpelling:
    """Finds the nearest spelling of a query that finds nothing in the whole catalogue."""

    def __init__(self, queries: CatalogueQueries, currency: Currency) -> None:
        self._queries = queries
        self._currency = currency

    async def __call__(self, query: str) -> str | None:
        """Return the corrected query; None if the query finds something, or none of its spellings does.

        The filters of a list play no part, so that the spelling is the same whatever is chosen.
        """
        if not (typed := tuple(words(query))) or await self._finds(wanted_words(query)):
            return None
        begun = await self._queries.beginnings(frozenset(typed))
        unknown = tuple(word for word in dict.fromkeys(typed) if word not in begun)
        if (possible := corrections(typed, unknown)) is None:
            return None
        totals = await self._queries.word_totals(possible.words)
        for corrected in corrected_queries(typed, unknown, possible, totals):
            text = " ".join(corrected)
            # A single word is known to have products: searching for a common one would cost most of the time.
            if len(corrected) == 1 or await self._finds(wanted_words(text)):
                return text
        return None

    async def _finds(self, wanted: tuple[str, ...]) -> bool:
        """Return whether any listed product has these words."""
        found = await self._queries.page(ProductQuery(1, 1, words=wanted), self._currency)
        return found.total > 0
