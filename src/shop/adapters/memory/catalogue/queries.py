"""Visitors' reads of the catalogue, in memory."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple

from shop.adapters.memory.catalogue.categories import committed_tree
from shop.adapters.memory.catalogue.filters import (
    StockedProduct,
    attribute_counts,
    category_counts,
    option_counts,
    price_extremes,
)
from shop.adapters.memory.catalogue.products import FORMER_SLUGS, PRODUCT_SALES, PRODUCTS, units_by_item
from shop.adapters.memory.framework.store import Store
from shop.application.catalogue.filter_views import FilterCounts
from shop.application.catalogue.views import (
    ListedProductView,
    ProductView,
    listed_product_view,
    product_view,
)
from shop.application.framework.views import Page
from shop.application.ports.catalogue import (
    SEARCH_TOTAL_LIMIT,
    ProductFilter,
    ProductQuery,
    SlugOwner,
    SortKey,
)
from shop.domain.catalogue.product import Product
from shop.domain.catalogue.search import name_key, score, weighted_words
from shop.domain.money import Currency


class _Listing(NamedTuple):
    stocked: StockedProduct
    units: int

    @property
    def product(self) -> Product:
        return self.stocked.product


_SORT_VALUES: Final[dict[SortKey, Callable[[_Listing], Any]]] = {
    SortKey.PRICE: lambda listing: listing.product.price,
    SortKey.NAME: lambda listing: name_key(listing.product.name),
    SortKey.CREATED_AT: lambda listing: listing.product.created_at,
    SortKey.POPULARITY: lambda listing: listing.units,
}


class MemoryCatalogueQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, query: ProductQuery, currency: Currency) -> Page[ListedProductView]:
        await asyncio.sleep(0)
        listings = [listing for listing in self._listings() if listing.stocked.passes(query.filter)]
        if query.words is None:
            listings = _sorted(listings, query.sort or SortKey.CREATED_AT, descending=query.descending)
            total = len(listings)
        else:
            listings = _found(listings, query.words, query.sort, descending=query.descending)
            total = min(len(listings), SEARCH_TOTAL_LIMIT)
        first = (query.page - 1) * query.limit
        items = [
            listed_product_view(listing.product, listing.stocked.units_by_item, currency)
            for listing in listings[first : first + query.limit]
        ]
        return Page(page=query.page, limit=query.limit, total=total, items=items)

    async def filters(self, wanted: ProductFilter, words: tuple[str, ...] | None) -> FilterCounts:
        await asyncio.sleep(0)
        listed = sorted(
            (listing.stocked for listing in self._listings()),
            key=lambda each: (each.product.created_at, each.product.id),
        )
        if words is not None:
            listed = [each for each in listed if _relevance(each.product, words) is not None]
        in_stock = replace(wanted, in_stock=True)
        return FilterCounts(
            price_extremes(listed, wanted),
            sum(each.passes(in_stock) for each in listed),
            category_counts(listed, wanted),
            option_counts(listed, wanted),
            attribute_counts(listed, wanted),
        )

    async def count_by_word(self, words: Collection[str]) -> Mapping[str, int]:
        await asyncio.sleep(0)
        wanted = frozenset(words)
        return Counter(word for known in self._all_words() for word in wanted & known.keys())

    async def has_product_with(self, word: str, prefixes: Collection[str], among: int) -> bool:
        await asyncio.sleep(0)
        some = [known for known in self._all_words() if word in known][:among]
        return any(all(any(each.startswith(text) for each in known) for text in prefixes) for known in some)

    async def known_prefixes(self, words: Collection[str]) -> frozenset[str]:
        await asyncio.sleep(0)
        known = {word for words_of_product in self._all_words() for word in words_of_product}
        return frozenset(text for text in words if any(word.startswith(text) for word in known))

    async def product(self, product_id: str, currency: Currency) -> ProductView | None:
        await asyncio.sleep(0)
        product: Product | None = self._store.tables[PRODUCTS].get(product_id)
        if product is None or product.deleted:
            return None
        return product_view(product, units_by_item(self._store, product), currency)

    async def walk(self, after: str, limit: int, currency: Currency) -> list[ProductView]:
        await asyncio.sleep(0)
        return [
            product_view(product, units_by_item(self._store, product), currency)
            for product in self._listed()
            if product.id > after
        ][:limit]

    async def slugs(self, page: int, limit: int) -> list[tuple[str, datetime]]:
        await asyncio.sleep(0)
        listed = self._listed()[(page - 1) * limit : page * limit]
        return [(product.slug, product.updated_at) for product in listed]

    def _listed(self) -> list[Product]:
        products: list[Product] = list(self._store.tables[PRODUCTS].values())
        return sorted((each for each in products if each.listed), key=lambda product: product.id)

    async def slug(self, slug: str) -> SlugOwner | None:
        await asyncio.sleep(0)
        products: dict[str, Product] = self._store.tables[PRODUCTS]  # type: ignore[assignment]
        found = next((product for product in products.values() if slug and product.slug == slug), None)
        if found is None:
            found = products.get(self._store.tables[FORMER_SLUGS].get(slug, ""))
        return None if found is None or found.deleted else SlugOwner(found.id, found.slug)

    async def on_sale(self, limit: int, currency: Currency) -> list[ListedProductView]:
        await asyncio.sleep(0)
        reduced = [listing for listing in self._listings() if listing.product.on_sale]
        reduced.sort(key=lambda listing: (listing.product.updated_at, listing.product.id), reverse=True)
        return [
            listed_product_view(listing.product, listing.stocked.units_by_item, currency)
            for listing in reduced[:limit]
        ]

    def _all_words(self) -> Iterable[Mapping[str, int]]:
        return [words_of(product) for product in self._store.tables[PRODUCTS].values() if product.listed]

    def _listings(self) -> Iterable[_Listing]:
        units: Counter[str] = Counter()
        for sales in self._store.tables[PRODUCT_SALES].values():
            units[sales.product_id] += sales.units
        tree = committed_tree(self._store)
        for product in self._store.tables[PRODUCTS].values():
            if product.listed:
                shown_in = tree.shown_in(product.category_ids)
                stocked = StockedProduct(product, units_by_item(self._store, product), shown_in)
                yield _Listing(stocked, units[product.id])


def _sorted(listings: list[_Listing], sort: SortKey, *, descending: bool) -> list[_Listing]:
    value = _SORT_VALUES[sort]
    return sorted(listings, key=lambda listing: (value(listing), listing.product.id), reverse=descending)


def _found(
    listings: list[_Listing], words: tuple[str, ...], sort: SortKey | None, *, descending: bool
) -> list[_Listing]:
    relevance = {
        listing.product.id: relevance
        for listing in listings
        if (relevance := _relevance(listing.product, words)) is not None
    }
    found = [listing for listing in listings if listing.product.id in relevance]
    if sort is not None:
        return _sorted(found, sort, descending=descending)
    found.sort(key=lambda listing: listing.product.id, reverse=descending)
    return sorted(found, key=lambda listing: (-relevance[listing.product.id], -listing.units))


def words_of(product: Product) -> Mapping[str, int]:
    return _words(product.name, product.labels, product.category, product.description)


def _relevance(product: Product, wanted: tuple[str, ...]) -> int | None:
    """Return the sum of the best scores of the search words; None if a word is missing or there are no words."""
    weights = words_of(product)
    best = [
        max((score(word, weights[word], begin) for word in weights if word.startswith(begin)), default=0)
        for begin in wanted
    ]
    return sum(best) if best and all(best) else None


_words = lru_cache(maxsize=100_000)(weighted_words)
