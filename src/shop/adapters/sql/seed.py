"""Filling the database with made-up data, quickly: many rows a statement, written out as literals."""

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import ClassVar, Final, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.database import Database
from shop.adapters.sql.execution import DirectConnection
from shop.adapters.sql.listings import words_of
from shop.adapters.sql.seed_data import SeededProduct, seeded_customers, seeded_products
from shop.adapters.sql.seed_orders import buyers_and_offers, insert_orders, seeded_orders
from shop.adapters.sql.tables.accounts import users
from shop.adapters.sql.tables.catalogue import products
from shop.adapters.sql.tables.orders import orders as orders_table
from shop.domain.errors import ShopError
from shop.domain.money import Currency
from shop.domain.search import name_key
from shop.domain.user import User

BATCH: Final = 4_000
"""Products or customers a transaction."""
_ROWS_A_STATEMENT: Final = 8_000
_PLAIN: Final = re.compile(r"[A-Za-z0-9 .,@_-]*")
_ADDING: Final = {
    "mysql": " AS new ON DUPLICATE KEY UPDATE listed = {table}.listed + new.listed",
    "sqlite": " ON CONFLICT DO UPDATE SET listed = {table}.listed + excluded.listed",
}
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
    """So many items as statements, and the counts that they add to, by table and key."""

    items: int
    statements: Sequence[str]
    counts: Sequence[tuple[str, str, Counter[str]]] = ()


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
    # Each row's keys are there, for they were made with it: looking them all up takes long.
    await _check_foreign_keys(connection, on=False)
    for statement in batch.statements:
        await connection.exec_driver_sql(statement)
    for table, key, counter in batch.counts:
        adding = _ADDING[connection.dialect.name].format(table=table)
        rows = [f"({_text(value)},{count})" for value, count in sorted(counter.items())]
        for statement in _insertion(f"{table} ({key}, listed)", rows):
            await connection.exec_driver_sql(statement + adding)
    await _check_foreign_keys(connection, on=True)


async def _check_foreign_keys(connection: AsyncConnection, *, on: bool) -> None:
    if connection.dialect.name == "mysql":
        await connection.exec_driver_sql(f"SET SESSION foreign_key_checks = {on:d}")


def _product_batch(batch: Sequence[SeededProduct]) -> _Batch:
    product_rows, stock_rows, listing_rows, word_rows = [], [], [], []
    word_counts: Counter[str] = Counter()
    category_counts: Counter[str] = Counter()
    for seeded in batch:
        product = seeded.product
        product_id, created_at, category = _id(product.id), _time(product.created_at), _text(product.category)
        compare_at = "NULL" if product.compare_at_price is None else product.compare_at_price
        product_rows.append(
            f"({product_id},{_text(product.sku)},{_text(product.name)},{_text(product.description)},{category},"
            f"{product.price},{compare_at},NULL,1,0,1,{created_at},{created_at})"
        )
        stock_rows.append(f"({product_id},{seeded.stock},{seeded.stock},1)")
        listing_rows.append(
            f"({product_id},{category},{product.price},{_text(name_key(product.name))},{created_at},0)"
        )
        words = words_of(product)
        place = f"{category},{product.price}"
        word_rows += [f"('{word}',{product_id},{weight},{place})" for word, weight in words.items()]
        word_counts.update(words.keys())
        category_counts[product.category or ""] += 1
    word_rows.sort()  # in the order of the index, whose pages are then each visited once
    product_columns = (
        "id, sku, name, description, category, price, compare_at_price, image_url, active, deleted, version, "
        "created_at, updated_at"
    )
    statements = [
        *_insertion(f"products ({product_columns})", product_rows),
        *_insertion("stock (product_id, initial, available, listed)", stock_rows),
        *_insertion("listings (product_id, category, price, name_key, created_at, units)", listing_rows),
        *_insertion("product_words (word, product_id, weight, category, price)", word_rows),
    ]
    counts = (("word_counts", "word", word_counts), ("category_counts", "category", category_counts))
    return _Batch(len(batch), statements, counts)


def _customer_batch(batch: Sequence[User]) -> _Batch:
    rows = [
        f"({_id(user.id)},{_text(user.username)},{_text(user.username_key)},{_text(user.email)},"
        f"{_text(user.email_key)},{_text(user.display_name)},{_text(user.role.value)},1,{_time(user.created_at)},1)"
        for user in batch
    ]
    columns = "id, username, username_key, email, email_key, display_name, role, active, created_at, version"
    return _Batch(len(batch), list(_insertion(f"users ({columns})", rows)))


def _insertion(target: str, rows: Sequence[str]) -> Iterator[str]:
    for first in range(0, len(rows), _ROWS_A_STATEMENT):
        values = ",".join(rows[first : first + _ROWS_A_STATEMENT])
        yield f"INSERT INTO {target} VALUES {values}"  # noqa: S608 (literals of our own making)


def _text(text: str | None) -> str:
    """A literal that both databases read. What is made up here holds nothing that would need escaping."""
    if text is None:
        return "NULL"
    assert _PLAIN.fullmatch(text), text
    return f"'{text}'"


def _id(identifier: str) -> str:
    return f"X'{identifier.replace('-', '')}'"


def _time(moment: datetime) -> str:
    return f"'{moment:%Y-%m-%d %H:%M:%S.%f}'"


def _batches(items: Iterator[_Item]) -> Iterator[list[_Item]]:
    while batch := list(islice(items, BATCH)):
        yield batch
