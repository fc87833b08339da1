"""Filling the database with made-up data, quickly: thousands of rows a transaction, hundreds a statement."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from itertools import islice
from operator import itemgetter
from typing import Any, ClassVar, Final, Protocol, TypeVar

from sqlalchemy import Insert, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.accounts import row_of_user
from shop.adapters.sql.database import Database
from shop.adapters.sql.execution import DirectConnection
from shop.adapters.sql.listings import listing_of, words_of
from shop.adapters.sql.products import row_of as row_of_product
from shop.adapters.sql.seed_data import SeededProduct, seeded_customers, seeded_products
from shop.adapters.sql.seed_orders import buyers_and_offers, insert_orders, seeded_orders
from shop.adapters.sql.tables.accounts import users
from shop.adapters.sql.tables.catalogue import (
    category_counts,
    listings,
    product_words,
    products,
    stock,
    word_counts,
)
from shop.adapters.sql.tables.orders import orders as orders_table
from shop.adapters.sql.upserts import AddingInsert
from shop.domain.errors import ShopError
from shop.domain.money import Currency
from shop.domain.user import User

BATCH: Final = 4_000
"""Products or customers a transaction."""
_ADD_PRODUCTS: Final = insert(products)
_ADD_STOCK: Final = insert(stock)
_ADD_LISTINGS: Final = insert(listings)
_ADD_WORDS: Final = insert(product_words)
_ADD_CUSTOMERS: Final = insert(users)
_COUNT_WORDS: Final = AddingInsert(word_counts, word_counts.c.listed)
_COUNT_CATEGORIES: Final = AddingInsert(category_counts, category_counts.c.listed)
_Item = TypeVar("_Item")


class SeedProgress(Protocol):
    """Told now and then how far a seeding is."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class SeedReport:
    """How much was inserted."""

    products: int
    customers: int
    orders: int


class SeedUsed(ShopError):
    """The random seed's data is in the database already."""

    code: ClassVar[str] = "SEED_USED"

    def __init__(self, random_seed: int) -> None:
        super().__init__(
            f"The data of random seed {random_seed} is there already: choose another --random-seed."
        )


class NothingToOrder(ShopError):
    """Orders need customers and products."""

    code: ClassVar[str] = "NOTHING_TO_ORDER"

    def __init__(self) -> None:
        super().__init__("Orders need customers and products: add some with --customers and --products.")


@dataclass(frozen=True, slots=True)
class _Batch:
    """So many items as rows, and the counts that they add to."""

    items: int
    rows: Sequence[tuple[Insert, list[dict[str, Any]]]]
    counts: Sequence[tuple[AddingInsert, list[dict[str, Any]]]] = ()


class SqlSeed:
    """Makes up products and customers, with ids and times too the same for the same `random_seed`.

    Adds to what is there, in batches that are committed one by one: an interrupted seeding leaves whole products.
    Raises SeedUsed when this seed's data is there already, NothingToOrder.
    """

    def __init__(self, database: Database, currency: Currency) -> None:
        self._database = database
        self._currency = currency

    async def __call__(
        self, *, products: int, customers: int, orders: int, random_seed: int, progress: SeedProgress
    ) -> SeedReport:
        await self._ensure_unused(random_seed, products, customers)
        new_products = islice(seeded_products(random_seed, self._currency.decimals), products)
        await self._insert_all("products", products, map(_product_batch, _batches(new_products)), progress)
        new_customers = islice(seeded_customers(random_seed), customers)
        await self._insert_all(
            "customers", customers, map(_customer_batch, _batches(new_customers)), progress
        )
        await self._insert_orders(orders, random_seed, progress)
        return SeedReport(products, customers, orders)

    async def _insert_orders(self, total: int, random_seed: int, progress: SeedProgress) -> None:
        if not total:
            return
        async with self._database.reading() as connection:
            buyers, offers = await buyers_and_offers(connection)
            if not buyers or not offers:
                raise NothingToOrder
            first = next(seeded_orders(random_seed, buyers, offers, self._currency.code)).snapshot.id
            if (
                await connection.scalar(select(orders_table.c.id).where(orders_table.c.id == first))
                is not None
            ):
                raise SeedUsed(random_seed)
        made = islice(seeded_orders(random_seed, buyers, offers, self._currency.code), total)
        done = 0
        for batch in _batches(made):
            async with self._transaction() as connection:
                await insert_orders(DirectConnection(connection), batch)
            done += len(batch)
            progress("orders", done, total)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        lock = self._database.writer_lock if self._database.is_sqlite else nullcontext()
        async with lock, self._database.writes.begin() as connection:
            yield connection

    async def _ensure_unused(self, random_seed: int, new_products: int, new_customers: int) -> None:
        first_product = next(seeded_products(random_seed, self._currency.decimals)).product.id
        first_customer = next(seeded_customers(random_seed)).id
        async with self._database.reading() as connection:
            for count, column, first in (
                (new_products, products.c.id, first_product),
                (new_customers, users.c.id, first_customer),
            ):
                if count and await connection.scalar(select(column).where(column == first)) is not None:
                    raise SeedUsed(random_seed)

    async def _insert_all(
        self, what: str, total: int, batches: Iterator[_Batch], progress: SeedProgress
    ) -> None:
        """Insert batch after batch; the next one is made up while the database is at work."""
        done = 0
        batch = await asyncio.to_thread(next, batches, None)
        while batch is not None:
            _, following = await asyncio.gather(self._insert(batch), asyncio.to_thread(next, batches, None))
            done += batch.items
            progress(what, done, total)
            batch = following

    async def _insert(self, batch: _Batch) -> None:
        async with self._transaction() as connection:
            try:
                await _insert(connection, batch)
            except BaseException:
                await connection.invalidate()  # with its checks off, nobody else may have it
                raise


async def _insert(connection: AsyncConnection, batch: _Batch) -> None:
    direct = DirectConnection(connection)
    # Each row's keys are there, for they were made with it: looking them all up takes long.
    await _check_foreign_keys(connection, on=False)
    for statement, rows in batch.rows:
        await direct.execute(statement, rows)
    for adding, counted in batch.counts:
        await adding.execute(direct, counted)
    await _check_foreign_keys(connection, on=True)


async def _check_foreign_keys(connection: AsyncConnection, *, on: bool) -> None:
    if connection.dialect.name == "mysql":
        await connection.exec_driver_sql(f"SET SESSION foreign_key_checks = {on:d}")


def _product_batch(batch: Sequence[SeededProduct]) -> _Batch:
    words: list[dict[str, Any]] = []
    word_totals: Counter[str] = Counter()
    category_totals: Counter[str] = Counter()
    for seeded in batch:
        product, weights = seeded.product, words_of(seeded.product)
        place = {"product_id": product.id, "category": product.category, "price": product.price}
        words += [{"word": word, "weight": weight, **place} for word, weight in weights.items()]
        word_totals.update(weights.keys())
        category_totals[product.category or ""] += 1
    words.sort(key=itemgetter("word", "product_id"))  # in the index's order: its pages are visited once each
    stocks = [
        {"product_id": each.product.id, "initial": each.stock, "available": each.stock, "listed": True}
        for each in batch
    ]
    return _Batch(
        len(batch),
        rows=[
            (_ADD_PRODUCTS, [row_of_product(each.product) for each in batch]),
            (_ADD_STOCK, stocks),
            (_ADD_LISTINGS, [listing_of(each.product, units=0) for each in batch]),
            (_ADD_WORDS, words),
        ],
        counts=[
            (_COUNT_WORDS, [{"word": word, "listed": count} for word, count in sorted(word_totals.items())]),
            (
                _COUNT_CATEGORIES,
                [{"category": name, "listed": count} for name, count in sorted(category_totals.items())],
            ),
        ],
    )


def _customer_batch(batch: Sequence[User]) -> _Batch:
    rows = [{"id": user.id, "created_at": user.created_at, **row_of_user(user)} for user in batch]
    return _Batch(len(batch), [(_ADD_CUSTOMERS, rows)])


def _batches(items: Iterator[_Item]) -> Iterator[list[_Item]]:
    while batch := list(islice(items, BATCH)):
        yield batch
