"""The number of statements that reach the MySQL server, as the server counts them: it does not grow with the lines."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.application.ports.idempotency import IdempotencyKey, KeyRecord
from shop.contract.order_samples import (
    NOW,
    a_cart,
    a_payment,
    a_snapshot,
    a_user,
    ids,
    placed,
    some_products,
    stored_promo_code,
)
from shop.domain.carts.buyer import Customer
from shop.domain.carts.cart import Cart
from shop.domain.orders.order import Order
from shop.domain.promotions.promo_code import CodeUser

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]

FINGERPRINT = "0f" * 32
RECORD = KeyRecord(FINGERPRINT, ids.new_id(), None, NOW + timedelta(seconds=30), NOW)


@pytest.fixture
async def storage(mysql_url: str) -> AsyncIterator[SqlStorage]:
    opened = SqlStorage(Database(mysql_url))
    yield opened
    await opened.close()


async def questions(work: Any) -> int:
    """Return how many statements this connection has sent, including those that waited for the next packet."""
    connection = work._transaction.connection
    await connection.flush()
    row = (await connection._connection.exec_driver_sql("SHOW SESSION STATUS LIKE 'Questions'")).one()
    return int(row[1])


async def count(work: Any, statements: Callable[[], Awaitable[Any]]) -> int:
    before = await questions(work)
    await statements()
    return await questions(work) - before - 1


@pytest.mark.parametrize("lines", [1, 3, 100])
async def test_a_checkout_takes_twelve_statements_plus_offers_and_stock(
    storage: SqlStorage, lines: int
) -> None:
    user_id = await a_user(storage.unit_of_work)
    products = await some_products(storage.unit_of_work, lines)
    promo_code = await stored_promo_code(storage.unit_of_work, usage_limit=9, per_customer_limit=9)
    cart = await a_cart(storage.unit_of_work, user_id, *products)
    snapshot = a_snapshot(user_id, *products)
    order = Order.place(snapshot, NOW)
    key = IdempotencyKey(user_id, "a key", FINGERPRINT)
    async with storage.unit_of_work() as work:
        await work.users.get(user_id)
        counts = [
            await count(work, lambda: work.idempotency_keys.claim(key, RECORD, NOW)),
            await count(work, lambda: work.carts.lock(Customer(user_id))),
            await count(work, lambda: work.promo_codes.get("spring", CodeUser(user_id))),
            await count(work, lambda: work.orders.add(snapshot, order)),
            await count(work, lambda: work.carts.save(cart.clear(), cart, NOW)),
            await count(
                work, lambda: work.promo_codes.claim_use(promo_code, order.id, CodeUser(user_id), NOW)
            ),
        ]
    assert counts == [1, 1, 1, 5, 2, 2]


@pytest.mark.parametrize("lines", [1, 3, 100])
async def test_the_ledger_takes_one_statement_per_sale_and_two_per_refund(
    storage: SqlStorage, lines: int
) -> None:
    user_id = await a_user(storage.unit_of_work)
    snapshot = a_snapshot(user_id, *await some_products(storage.unit_of_work, lines))
    await placed(storage.unit_of_work, snapshot)
    async with storage.unit_of_work() as work:
        await work.users.get(user_id)
        counts = [
            await count(work, lambda: work.sales.record_sale(snapshot, NOW)),
            await count(work, lambda: work.sales.record_refund(snapshot.id, ids.new_id(), 999, NOW)),
        ]
    assert counts == [1, 2]


async def test_storing_a_payment_and_its_answer_takes_three_statements(storage: SqlStorage) -> None:
    user_id = await a_user(storage.unit_of_work)
    order = await placed(
        storage.unit_of_work, a_snapshot(user_id, *await some_products(storage.unit_of_work))
    )
    key = IdempotencyKey(user_id, "a key", FINGERPRINT)
    async with storage.unit_of_work() as work:
        await work.idempotency_keys.claim(key, RECORD, NOW)
    async with storage.unit_of_work() as work:
        await work.users.get(user_id)
        counts = [
            await count(work, lambda: work.orders.lock(order.id)),
            await count(work, lambda: work.payments.add(a_payment(order))),
            await count(work, lambda: work.idempotency_keys.save_answer(key, b"{}")),
        ]
    assert counts == [1, 1, 1]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda cart, new: cart, 0),
        (lambda cart, new: cart.add(new[0], 1), 2),
        (lambda cart, new: cart.add(new[0], 1).add(new[1], 1), 2),
        (lambda cart, new: cart.add(cart.lines[1].item_id, 1), 2),
        (lambda cart, new: cart.remove(cart.lines[0].item_id), 2),
        (lambda cart, new: cart.apply_promo_code("SPRING"), 1),
        (lambda cart, new: cart.clear(), 2),
    ],
    ids=["nothing", "a new line", "two new lines", "more of a line", "a line removed", "a code", "emptied"],
)
async def test_a_change_of_a_cart_writes_only_what_differs(
    storage: SqlStorage, change: Callable[[Cart, list[str]], Cart], expected: int
) -> None:
    *old, one, two = await some_products(storage.unit_of_work, 5)
    cart = await a_cart(storage.unit_of_work, await a_user(storage.unit_of_work), *old)
    async with storage.unit_of_work() as work:
        before = await work.carts.lock(cart.buyer)
        assert before == cart
        assert await count(work, lambda: work.carts.save(change(cart, [one, two]), cart, NOW)) == expected


async def test_saving_an_order_takes_one_statement_and_another_if_its_history_grew(
    storage: SqlStorage,
) -> None:
    user_id = await a_user(storage.unit_of_work)
    order = await placed(
        storage.unit_of_work, a_snapshot(user_id, *await some_products(storage.unit_of_work))
    )
    async with storage.unit_of_work() as work:
        assert await work.orders.lock(order.id) == order
        assert await count(work, lambda: work.orders.save(order.next_attempt())) == 1
        two_steps = order.pay(NOW).ship(NOW)
        assert await count(work, lambda: work.orders.save(two_steps)) == 2
