"""What visitors browse and search, kept in step with the products in the same transaction."""

from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from shop.adapters.sql.catalogue.tables import (
    category_counts,
    listings,
    product_sales,
    product_words,
    word_counts,
)
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.upserts import AddingInsert
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.search import name_key, weighted_words

_ADD: Final = insert(listings)
_UPDATE: Final = (
    update(listings)
    .where(listings.c.product_id == bindparam("id"))
    .values(category=bindparam("category"), price=bindparam("price"), name_key=bindparam("name_key"))
)
_REMOVE: Final = delete(listings).where(listings.c.product_id == bindparam("id"))
_SALES: Final = (
    select(product_sales.c.units)
    .where(product_sales.c.product_id == bindparam("id"))
    .with_for_update(read=True)
)
_SET_UNITS: Final = (
    update(listings).where(listings.c.product_id == bindparam("id")).values(units=bindparam("sum"))
)
_MOVE_WORDS: Final = (
    update(product_words)
    .where(product_words.c.product_id == bindparam("id"))
    .values(category=bindparam("category"), price=bindparam("price"))
)
_ADD_WORDS: Final = insert(product_words)
_REMOVE_WORDS: Final = delete(product_words).where(
    product_words.c.product_id == bindparam("id"),
    product_words.c.word.in_(bindparam("words", expanding=True)),
)
_COUNT_WORDS: Final = AddingInsert(word_counts, word_counts.c.listed)
_UNCOUNT_WORDS: Final = (
    update(word_counts)
    .where(word_counts.c.word.in_(bindparam("words", expanding=True)))
    .values(listed=word_counts.c.listed - 1)
)
_COUNT_CATEGORY: Final = AddingInsert(category_counts, category_counts.c.listed)
_UNCOUNT_CATEGORY: Final = (
    update(category_counts)
    .where(category_counts.c.category == bindparam("name"))
    .values(listed=category_counts.c.listed - 1)
)


class SqlListings:
    """The listings, words and counts of the products that visitors see."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, product: Product) -> None:
        """List a product that is not listed."""
        await self._connection.defer(_ADD, listing_of(product, units=0))
        if product.version > 1:
            # After the insert: a payment that is being counted waits for our row, or we for its sale.
            sales = (await self._connection.scalars(_SALES, {"id": product.id})).all()
            if sales:
                await self._connection.defer(_SET_UNITS, {"id": product.id, "sum": sum(sales)})
        await self._add_words(product, words_of(product))
        await self._count_words(words_of(product))
        await self._count_category(product.category)

    async def remove(self, product: Product) -> None:
        """Take a listed product out."""
        words = words_of(product)
        await self._remove_words(product, words)
        await self._connection.defer(_REMOVE, {"id": product.id})
        await self._uncount_words(words)
        await self._uncount_category(product.category)

    async def update(self, before: Product, after: Product) -> None:
        """Follow the change of a product that stays listed."""
        if _place(before) != _place(after):
            listing = listing_of(after, units=0)
            place = {name: listing[name] for name in ("category", "price", "name_key")}
            await self._connection.defer(_UPDATE, {**place, "id": after.id})
        old, new = words_of(before), words_of(after)
        if (before.category, before.price) != (after.category, after.price):
            moved = {"id": after.id, "category": after.category, "price": after.price}
            await self._connection.defer(_MOVE_WORDS, moved)
        await self._remove_words(before, {word: old[word] for word in old if new.get(word) != old[word]})
        await self._add_words(after, {word: new[word] for word in new if old.get(word) != new[word]})
        await self._count_words({word: new[word] for word in new.keys() - old.keys()})
        await self._uncount_words({word: old[word] for word in old.keys() - new.keys()})
        if before.category != after.category:
            await self._count_category(after.category)
            await self._uncount_category(before.category)

    async def _add_words(self, product: Product, words: dict[str, int]) -> None:
        if words:
            place = {"product_id": product.id, "category": product.category, "price": product.price}
            rows = [{"word": word, "weight": words[word], **place} for word in sorted(words)]
            await self._connection.defer(_ADD_WORDS, rows)

    async def _remove_words(self, product: Product, words: dict[str, int]) -> None:
        if words:
            await self._connection.defer(_REMOVE_WORDS, {"id": product.id, "words": sorted(words)})

    async def _count_words(self, words: dict[str, int]) -> None:
        await _COUNT_WORDS.execute(self._connection, [{"word": word, "listed": 1} for word in sorted(words)])

    async def _uncount_words(self, words: dict[str, int]) -> None:
        if words:
            await self._connection.defer(_UNCOUNT_WORDS, {"words": sorted(words)})

    async def _count_category(self, category: str | None) -> None:
        await _COUNT_CATEGORY.execute(self._connection, [{"category": category or "", "listed": 1}])

    async def _uncount_category(self, category: str | None) -> None:
        await self._connection.defer(_UNCOUNT_CATEGORY, {"name": category or ""})


def listing_of(product: Product, units: int) -> dict[str, Any]:
    return {
        "product_id": product.id,
        "category": product.category,
        "price": product.price,
        "name_key": name_key(product.name),
        "created_at": product.created_at,
        "units": units,
    }


def words_of(product: Product) -> dict[str, int]:
    return weighted_words(product.name, product.labels, product.category, product.description)


def _place(product: Product) -> tuple[str | None, int, str]:
    return product.category, product.price, product.name
