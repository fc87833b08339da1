"""Batches of generated products and customers, as rows."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import Insert, insert

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.accounts.users import row_of_user
from shop.adapters.sql.catalogue.category_tables import (
    EVERYTHING,
    category_listings,
    listing_counts,
    product_categories,
)
from shop.adapters.sql.catalogue.listing_words import word_rows, words_of
from shop.adapters.sql.catalogue.listings import listing_of
from shop.adapters.sql.catalogue.rows import row_of as row_of_product
from shop.adapters.sql.catalogue.tables import listings, product_words, products, stock, variants, word_counts
from shop.adapters.sql.catalogue.variants import rows_of_stock, rows_of_variants
from shop.adapters.sql.framework.execution import AddingInsert
from shop.adapters.sql.seeding.categories import SeededCategory
from shop.adapters.sql.seeding.data import SeededProduct
from shop.domain.accounts.user import User
from shop.domain.catalogue.product import Product

_ADD_PRODUCTS: Final = insert(products)
_ADD_VARIANTS: Final = insert(variants)
_ADD_STOCK: Final = insert(stock)
_ADD_LISTINGS: Final = insert(listings)
_ADD_WORDS: Final = insert(product_words)
_ADD_CUSTOMERS: Final = insert(users)
_COUNT_WORDS: Final = AddingInsert(word_counts, word_counts.c.listed)
_ADD_CATEGORIES: Final = insert(product_categories)
_ADD_CATEGORY_LISTINGS: Final = insert(category_listings)
_COUNT_LISTINGS: Final = AddingInsert(listing_counts, listing_counts.c.listed)


@dataclass(frozen=True, slots=True)
class Batch:
    """A number of items as rows, and the counters that they add to."""

    items: int
    rows: Sequence[tuple[Insert, list[dict[str, Any]]]]
    counts: Sequence[tuple[AddingInsert, list[dict[str, Any]]]] = ()
    listed: Sequence[str] = ()
    """The ids of the batch's products, all of them new."""


def product_batch(batch: Sequence[SeededProduct], places: Mapping[str, SeededCategory]) -> Batch:
    """Return listed products in their categories, with the counters that they add to."""
    words: list[dict[str, Any]] = []
    count_by_word: Counter[str] = Counter()
    listing_totals: Counter[str] = Counter({EVERYTHING: len(batch)})
    new_products: list[Product] = []
    category_rows: list[dict[str, Any]] = []
    listing_rows: list[dict[str, Any]] = []
    category_listing_rows: list[dict[str, Any]] = []
    for seeded in batch:
        place = places[seeded.product.category or ""]
        product = replace(seeded.product, category_ids=(place.id,))
        new_products.append(product)
        weights = words_of(product)
        words += word_rows(product, weights)
        count_by_word.update(weights.keys())
        listing = listing_of(product, units=0)
        listing_rows.append(listing)
        category_rows.append({"category_id": place.id, "product_id": product.id})
        category_listing_rows += [{"category_id": each, **listing} for each in place.shown_in]
        listing_totals.update(place.shown_in)
    words.sort(key=itemgetter("word", "product_id"))  # in index order: each page is visited once
    category_listing_rows.sort(key=itemgetter("category_id", "product_id"))
    variant_rows = [row for product in new_products for row in rows_of_variants(product)]
    stock_rows = [row for each in batch for row in rows_of_stock(each.product, each.units)]
    return Batch(
        len(batch),
        listed=[product.id for product in new_products],
        rows=[
            (_ADD_PRODUCTS, [row_of_product(product) for product in new_products]),
            (_ADD_VARIANTS, variant_rows),
            (_ADD_STOCK, stock_rows),
            (_ADD_CATEGORIES, category_rows),
            (_ADD_LISTINGS, listing_rows),
            (_ADD_CATEGORY_LISTINGS, category_listing_rows),
            (_ADD_WORDS, words),
        ],
        counts=[
            (
                _COUNT_WORDS,
                [{"word": word, "listed": count} for word, count in sorted(count_by_word.items())],
            ),
            (
                _COUNT_LISTINGS,
                [{"category_id": each, "listed": count} for each, count in sorted(listing_totals.items())],
            ),
        ],
    )


def customer_batch(batch: Sequence[User]) -> Batch:
    """Return new customers as rows."""
    rows = [{"id": user.id, "created_at": user.created_at, **row_of_user(user)} for user in batch]
    return Batch(len(batch), [(_ADD_CUSTOMERS, rows)])
