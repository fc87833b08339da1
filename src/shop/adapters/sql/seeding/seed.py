"""Fast seeding with generated data: thousands of rows per transaction, and many per statement."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import ClassVar, Final, Protocol, TypeVar

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.catalogue.changes import record_changes
from shop.adapters.sql.catalogue.tables import variants
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.promotions.promo_codes import SqlPromoCodes
from shop.adapters.sql.promotions.tables import promo_codes
from shop.adapters.sql.seeding.batches import Batch, customer_batch, product_batch
from shop.adapters.sql.seeding.categories import ensure_categories
from shop.adapters.sql.seeding.data import (
    seeded_customers,
    seeded_products,
    seeded_promo_codes,
)
from shop.adapters.sql.seeding.history import SeededOrder, seeded_orders
from shop.adapters.sql.seeding.orders import insert_orders, market
from shop.domain.errors import ShopError
from shop.domain.money import Currency

BATCH_SIZE: Final = 4_000
"""Number of products or customers per transaction."""
_Item = TypeVar("_Item")


class SeedProgress(Protocol):
    """Callback that receives the progress of a seeding from time to time."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


@dataclass(frozen=True, slots=True)
class SeedReport:
    """The numbers of inserted objects."""

    products: int
    customers: int
    orders: int


class SeedUsed(ShopError):
    """The database already contains this random seed's data."""

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


class SqlSeed:
    """Generates products, customers and orders, the same for the same `random_seed` and `until`.

    Their history of two years ends before the day `until` begins in UTC. Existing data stays. Batches are committed
    one by one, so that an interrupted seeding leaves complete products. Raises SeedUsed when this seed's data already
    exists, and NothingToOrder.
    """

    def __init__(self, database: Database, currency: Currency, *, batch_size: int = BATCH_SIZE) -> None:
        self._database = database
        self._currency = currency
        self._batch_size = batch_size

    async def __call__(
        self,
        *,
        products: int,
        customers: int,
        orders: int,
        random_seed: int,
        until: date,
        progress: SeedProgress,
    ) -> SeedReport:
        end = datetime.combine(until, time(), UTC)
        await self._ensure_unused(random_seed, products, customers, orders, end)
        places = {}
        if products:
            async with self._transaction() as connection:
                places = await ensure_categories(connection)
        new_products = self._batches(seeded_products(random_seed, self._currency.decimals, products, end))
        made = (product_batch(batch, places) for batch in new_products)
        await self._insert_all("products", products, made, progress)
        new_customers = self._batches(seeded_customers(random_seed, customers, end))
        await self._insert_all("customers", customers, map(customer_batch, new_customers), progress)
        if orders:
            await self._insert_orders(orders, random_seed, end, progress)
        return SeedReport(products, customers, orders)

    async def _insert_orders(
        self, total: int, random_seed: int, end: datetime, progress: SeedProgress
    ) -> None:
        promo_codes = seeded_promo_codes(random_seed, self._currency.decimals, end)
        async with self._database.reading() as connection:
            found = await market(connection, promo_codes)
        if not found.buyers or not found.offers:
            raise NothingToOrder
        async with self._transaction() as connection:
            for promo_code in promo_codes:
                await SqlPromoCodes(connection).add(promo_code)

        async def insert(batch: Sequence[SeededOrder]) -> int:
            async with self._transaction() as connection:
                await insert_orders(connection, batch, end)
            return len(batch)

        made = seeded_orders(random_seed, found, self._currency.code, total, end)
        await _insert_in_batches("orders", total, self._batches(made), insert, progress)

    async def _ensure_unused(
        self, random_seed: int, new_products: int, new_customers: int, new_orders: int, end: datetime
    ) -> None:
        """Raise SeedUsed if the seed's first sku, username or promo code exists; they don't depend on the day."""
        decimals = self._currency.decimals
        first_product = next(seeded_products(random_seed, decimals, 1, end)).product.variants[0].sku
        first_customer = next(seeded_customers(random_seed, 1, end)).username
        first_code = seeded_promo_codes(random_seed, decimals, end)[0].code
        async with self._database.reading() as connection:
            for count, column, first in (
                (new_products, variants.c.sku, first_product),
                (new_customers, users.c.username, first_customer),
                (new_orders, promo_codes.c.code, first_code),
            ):
                if count and await connection.scalar(select(column).where(column == first)) is not None:
                    raise SeedUsed(random_seed)

    async def _insert_all(
        self, what: str, total: int, batches: Iterator[Batch], progress: SeedProgress
    ) -> None:
        async def insert(batch: Batch) -> int:
            async with self._transaction() as connection:
                await _insert(connection, batch)
            return batch.items

        await _insert_in_batches(what, total, batches, insert, progress)

    def _batches(self, items: Iterator[_Item]) -> Iterator[list[_Item]]:
        while batch := list(islice(items, self._batch_size)):
            yield batch

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[DirectConnection]:
        """Run a transaction without foreign key checks, which are slow: a batch contains every row it refers to."""
        lock = self._database.writer_lock if self._database.is_sqlite else nullcontext()
        async with lock, self._database.writes.begin() as connection:
            try:
                await _check_foreign_keys(connection, on=False)
                direct = DirectConnection(connection)
                yield direct
                await direct.flush()
                await _check_foreign_keys(connection, on=True)
            except BaseException:
                await connection.invalidate()  # its checks are off: it must not be reused
                raise


async def _insert_in_batches(
    what: str,
    total: int,
    batches: Iterator[_Item],
    insert: Callable[[_Item], Awaitable[int]],
    progress: SeedProgress,
) -> None:
    """Insert two batches concurrently while the next is generated: one is sent while the other is stored."""
    turn = asyncio.Lock()
    done = 0

    async def insert_some() -> None:
        nonlocal done
        while True:
            async with turn:
                batch = await asyncio.to_thread(next, batches, None)
            if batch is None:
                return
            inserted = await insert(batch)
            done += inserted
            progress(what, done, total)

    inserting = [asyncio.create_task(insert_some()) for _ in range(2)]
    try:
        await asyncio.gather(*inserting)
    finally:
        for task in inserting:
            task.cancel()
        await asyncio.wait(inserting)


async def _insert(connection: DirectConnection, batch: Batch) -> None:
    for statement, rows in batch.rows:
        await connection.execute(statement, rows)
    for adding, counted in batch.counts:
        await adding.execute(connection, counted)
    await record_changes(connection, batch.listed)


async def _check_foreign_keys(connection: AsyncConnection, *, on: bool) -> None:
    if connection.dialect.name == "mysql":
        await connection.exec_driver_sql(f"SET SESSION foreign_key_checks = {on:d}")
