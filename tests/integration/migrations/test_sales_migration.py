"""A shop that sold before it had a ledger gets one with all that it sold."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import insert

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.accounts.users import row_of_user
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import upgrade
from shop.adapters.sql.payments.payments import row_of_payment
from shop.adapters.sql.payments.tables import payments
from shop.adapters.sql.storage import SqlStorage
from shop.contract.order_samples import (
    NOW,
    a_payment,
    a_snapshot,
    ids,
    some_products,
)
from shop.domain.accounts.user import Role, User
from shop.domain.orders.order import Order
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.payment import Payment, PaymentStatus, Refund, RefundStatus
from shop.domain.statistics.sales import entries_of_refund, entries_of_sale
from tests.books import read_books

pytestmark = pytest.mark.anyio

BEFORE = "0004"
PAID_AT = NOW + timedelta(minutes=5)
REFUNDED_AT = NOW + timedelta(days=1)


@pytest.fixture
def url_before(empty_url: str) -> str:
    """A database of each kind as it was before the ledger."""
    upgrade(empty_url, revision=BEFORE)
    return empty_url


async def a_user_of_then(storage: SqlStorage) -> str:
    """The id of a new customer, in a table that doesn't have all of today's columns yet."""
    user_id = ids.new_id()
    name = f"u{user_id[-12:]}"
    user = User(id=user_id, username=name, password_hash="-", role=Role.CUSTOMER, created_at=NOW)
    row = {"id": user_id, "created_at": user.created_at, **row_of_user(user)}
    del row["display_name_key"]
    async with storage.database.writes.begin() as connection:
        await connection.execute(insert(users), row)
    return user_id


async def a_sold_order(
    storage: SqlStorage, *refunds: tuple[int, RefundStatus], on_top: int = 0
) -> tuple[OrderSnapshot, list[Refund]]:
    """An order of three lines, paid by its second attempt, and its refunds; `on_top` came by a third and went back."""
    unit_of_work = storage.unit_of_work
    snapshot = a_snapshot(await a_user_of_then(storage), *await some_products(unit_of_work, 3))
    order = Order.place(snapshot, NOW).next_attempt().pay(PAID_AT)
    given = [(2, amount, status) for amount, status in refunds]
    if on_top:
        given.append((3, on_top, RefundStatus.SUCCEEDED))
    made = [
        Refund(ids.new_id(), order.id, f"pi_{order.id}_{attempt}", amount, None, False, status, REFUNDED_AT)
        for attempt, amount, status in given
    ]
    async with unit_of_work() as work:
        await work.orders.add(snapshot, order)
        for refund in made:
            await work.payments.add_refund(refund)
    paid = [
        a_payment(order, attempt, status=PaymentStatus.SUCCEEDED) for attempt in ((2, 3) if on_top else (2,))
    ]
    await payments_of_then(storage, a_payment(order, 1, status=PaymentStatus.CANCELLED), *paid)
    return snapshot, made


async def payments_of_then(storage: SqlStorage, *made: Payment) -> None:
    """Store them in a table that doesn't have all of today's columns yet."""
    rows = [row_of_payment(payment) for payment in made]
    for row in rows:
        del row["account"]
    async with storage.database.writes.begin() as connection:
        await connection.execute(insert(payments), rows)


async def an_unpaid_order(storage: SqlStorage) -> None:
    unit_of_work = storage.unit_of_work
    snapshot = a_snapshot(await a_user_of_then(storage), *await some_products(unit_of_work))
    async with unit_of_work() as work:
        await work.orders.add(snapshot, Order.place(snapshot, NOW))


async def test_what_was_sold_and_refunded_is_in_the_ledger(url_before: str) -> None:
    storage = SqlStorage(Database(url_before))
    try:
        sold, _ = await a_sold_order(storage)
        refunded, refunds = await a_sold_order(
            storage,
            (1_000, RefundStatus.SUCCEEDED),
            (7, RefundStatus.FAILED),
            (1, RefundStatus.SUCCEEDED),
            (5, RefundStatus.PENDING),
        )
        paid_twice, _ = await a_sold_order(storage, on_top=9)
        await an_unpaid_order(storage)
    finally:
        await storage.close()
    await asyncio.to_thread(upgrade, url_before)
    storage = SqlStorage(Database(url_before))
    try:
        books = await read_books(storage, storage.sandbox_ledger)
    finally:
        await storage.close()
    expected = {snapshot.id: entries_of_sale(snapshot, PAID_AT) for snapshot in (sold, refunded, paid_twice)}
    for refund in (refunds[0], refunds[2]):
        entries = expected[refunded.id]
        entries += entries_of_refund(entries, refund.id, refund.amount, refund.created_at)
    assert {order_id: list(each.sales) for order_id, each in books.orders.items() if each.sales} == expected
