"""The search words of listings, and how many listings have each, in SQL."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, update

from shop.adapters.sql.catalogue.tables import product_words, word_counts
from shop.adapters.sql.framework.execution import AddingInsert, DirectConnection
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.search import weighted_words

_SET_PRICE: Final = (
    update(product_words)
    .where(product_words.c.product_id == bindparam("id"))
    .values(price=bindparam("price"))
)
_ADD: Final = insert(product_words)
_REMOVE: Final = delete(product_words).where(
    product_words.c.product_id == bindparam("id"),
    product_words.c.word.in_(bindparam("words", expanding=True)),
)
_COUNT: Final = AddingInsert(word_counts, word_counts.c.listed)
_UNCOUNT: Final = (
    update(word_counts)
    .where(word_counts.c.word.in_(bindparam("words", expanding=True)))
    .values(listed=word_counts.c.listed - bindparam("less"))
)


class SqlListingWords:
    """The search index. The caller has locked the rows of the products."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, product: Product) -> None:
        """Index a new listing."""
        words = words_of(product)
        await self._add(word_rows(product, words))
        await self._count(Counter(words.keys()))

    async def remove(self, product: Product) -> None:
        """Remove a listing from the index."""
        words = words_of(product)
        if words:
            await self._connection.defer(_REMOVE, {"id": product.id, "words": sorted(words)})
        await self._count(Counter(dict.fromkeys(words, -1)))

    async def replace(self, changes: Sequence[tuple[Product, Product]]) -> None:
        """Index changed listings, given before and after the change."""
        added: list[dict[str, Any]] = []
        counts: Counter[str] = Counter()
        for before, after in changes:
            old, new = words_of(before), words_of(after)
            if before.price != after.price:
                await self._connection.defer(_SET_PRICE, {"id": after.id, "price": after.price})
            if removed := sorted(word for word in old if new.get(word) != old[word]):
                await self._connection.defer(_REMOVE, {"id": before.id, "words": removed})
            added += word_rows(after, {word: new[word] for word in new if old.get(word) != new[word]})
            counts.update(new.keys() - old.keys())
            counts.subtract(old.keys() - new.keys())
        await self._add(added)
        await self._count(counts)

    async def _add(self, rows: list[dict[str, Any]]) -> None:
        if rows:
            await self._connection.defer(_ADD, sorted(rows, key=lambda row: (row["word"], row["product_id"])))

    async def _count(self, changes: Counter[str]) -> None:
        more = [{"word": word, "listed": by} for word, by in sorted(changes.items()) if by > 0]
        await _COUNT.execute(self._connection, more)
        for less in sorted({-by for by in changes.values() if by < 0}):
            fewer = sorted(word for word, by in changes.items() if by == -less)
            await self._connection.defer(_UNCOUNT, {"words": fewer, "less": less})


def words_of(product: Product) -> dict[str, int]:
    """Return the product's search words with their weights."""
    return weighted_words(product.name, product.labels, product.category, product.description)


def word_rows(product: Product, words: Mapping[str, int]) -> list[dict[str, Any]]:
    """Return the rows of these words of the product."""
    return [
        {"word": word, "product_id": product.id, "weight": weight, "price": product.price}
        for word, weight in words.items()
    ]
