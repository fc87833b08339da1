"""The cost of a request in statements, counted by the MySQL server on the request's own connections."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from shop.adapters.sql.catalogue.categories import KnownTree
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage, SqlUnitOfWork
from shop.testing import ShopHarness, shop_harness
from tests.instances import a_product, a_promo_code, fill_cart

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]


async def questions(connection: AsyncConnection) -> int:
    """Return the number of statements that the server has got on this connection, including this one."""
    row = (await connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Questions'")).one()
    return int(row[1])


@dataclass
class Transaction:
    """The statements between begin and commit, counted by the server; and their texts, to show if a test fails."""

    statements: int = 0
    sent: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        return f"{self.statements} statements:\n" + "\n".join(self.sent)


NOTHING = text("SELECT 1")


class CountingStorage(SqlStorage):
    """A storage with one connection for plain reads, so that the connection's counter has all of them."""

    def __init__(self, url: str) -> None:
        super().__init__(Database(url, pool_size=1))
        self.transactions: list[Transaction] = []
        self.sent: list[str] = []
        for engine in (self.database.writes, self.database.reads):
            event.listen(engine.sync_engine, "before_cursor_execute", self._note)

    def unit_of_work(self) -> SqlUnitOfWork:
        return _CountingUnitOfWork(self)

    async def reads(self) -> int:
        """Return the number of plain reads so far, including this one."""
        async with self.database.reads.connect() as connection:
            return await questions(connection)

    def _note(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        self.sent.append(" ".join(statement.split())[:110])


class _CountingUnitOfWork(SqlUnitOfWork):
    def __init__(self, storage: CountingStorage) -> None:
        super().__init__(storage.database, KnownTree())
        self._storage = storage

    async def __aenter__(self) -> Self:
        await super().__aenter__()
        self._before = await questions(self._transaction.connection._connection)
        self._storage.sent.clear()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        sent = self._storage.sent.copy()
        await self._transaction.connection.execute(NOTHING)  # and what is deferred with it
        after = await questions(self._transaction.connection._connection)
        self._storage.transactions.append(Transaction(after - self._before - 2, sent))
        await super().__aexit__(kind, error, trace)


@pytest.fixture
async def storage(mysql_url: str) -> AsyncIterator[CountingStorage]:
    opened = CountingStorage(mysql_url)
    yield opened
    await opened.close()


@pytest.fixture
async def shop(storage: CountingStorage) -> AsyncIterator[ShopHarness]:
    async with shop_harness(storage) as opened:
        yield opened


@pytest.mark.parametrize("lines", [1, 3, 50])
async def test_a_checkout_takes_at_most_twenty_statements_for_any_number_of_lines(
    shop: ShopHarness, storage: CountingStorage, lines: int
) -> None:
    admin = await shop.admin()
    products = [await a_product(admin, 10, name=f"Mug {number}") for number in range(lines)]
    code = await a_promo_code(admin, usageLimit=9, perCustomerLimit=9)
    ada = await shop.customer("ada")
    await fill_cart(ada, *products)
    await ada.put("/api/cart/promo-code", json={"promoCode": code})
    storage.transactions.clear()
    answer = await ada.post("/api/cart/checkout", headers={"Idempotency-Key": "a key"})
    assert answer.status_code == 201
    assert len(answer.json()["order"]["items"]) == lines
    reserving, storing = storage.transactions
    assert reserving.statements <= 17, (
        reserving
    )  # three of them store events, in packets that are sent anyway
    assert storing.statements <= 3, storing
    assert (len(reserving.sent), len(storing.sent)) == (reserving.statements, storing.statements)


async def test_adding_to_a_cart_costs_two_statements_more_with_a_key_and_none_without(
    shop: ShopHarness, storage: CountingStorage
) -> None:
    admin = await shop.admin()
    first, second, third = [await a_product(admin, 10, name=f"Mug {number}") for number in range(3)]
    ada = await shop.customer("ada")
    await fill_cart(ada, first)
    storage.transactions.clear()
    for product, headers in ((second, {}), (third, {"Idempotency-Key": "a key"})):
        body = {"itemId": product, "quantity": 1}
        answer = await ada.post("/api/cart/items", json=body, headers=headers)
        assert answer.status_code == 200
    without, with_key = storage.transactions
    assert without.statements == 4, without
    assert with_key.statements == 6, with_key


@pytest.mark.parametrize(
    "query",
    [
        "",
        "&limit=100",
        "&sort=price&order=desc",
        "&sort=popularity",
        "&category=Kitchen&minPrice=1&maxPrice=50&inStock=true&sort=name",
        "&limit=2&order=desc",
    ],
)
async def test_a_page_of_the_catalogue_takes_at_most_two_statements(
    shop: ShopHarness, storage: CountingStorage, query: str
) -> None:
    admin = await shop.admin()
    for number in range(5):
        await a_product(admin, number, name=f"Mug {number}")
    first = 2 if "limit=2" in query else 1
    await storage.reads()
    before = await storage.reads()
    storage.sent.clear()
    answer = await shop.client.get(f"/api/products?page={first}{query}")
    sent = storage.sent.copy()
    statements = await storage.reads() - before - 1
    assert answer.status_code == 200
    assert 1 <= statements <= 2, sent
