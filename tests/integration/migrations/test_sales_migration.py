"""A shop with earlier sales gets a ledger with all of them."""

import asyncio
from datetime import timedelta

import pytest

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import upgrade
from shop.adapters.sql.storage import SqlStorage
from shop.contract.order_samples import NOW, a_payment, a_snapshot, ids
from shop.domain.orders.order import Order
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import Refund, RefundStatus
from shop.domain.statistics.sales import entries_of_refund, entries_of_sale
from tests.books import Books, read_books
from tests.old_database import OldDatabase
from tests.storages import DATA_MIGRATION_KINDS

pytestmark = pytest.mark.anyio

BEFORE_THE_LEDGER = "0004"
BEFORE_VARIANTS = "0011"
PAID_AT = NOW + timedelta(minutes=5)
REFUNDED_AT = NOW + timedelta(days=1)

Given = tuple[int, int, RefundStatus, bool]
"""A refund of the payment of this attempt: its amount and status, and whether the goods came back."""


async def a_sold_order(old: OldDatabase, *given: Given) -> tuple[OrderSnapshot, list[Refund]]:
    """An order of three lines, paid by its second attempt, and its refunds; a third attempt was paid, too."""
    snapshot = a_snapshot(await old.a_user(), *await old.some_products(3))
    order = Order.place(snapshot, NOW).next_attempt().pay(PAID_AT)
    payments = [
        a_payment(order, 1, status=PaymentStatus.CANCELLED),
        a_payment(order, 2, status=PaymentStatus.SUCCEEDED),
        a_payment(order, 3, status=PaymentStatus.SUCCEEDED, updated_at=REFUNDED_AT),
    ]
    refunds = [
        Refund(ids.new_id(), order.id, f"pi_{order.id}_{attempt}", amount, None, restock, status, REFUNDED_AT)
        for attempt, amount, status, restock in given
    ]
    await old.an_order(snapshot, order, payments, refunds)
    return snapshot, refunds


async def upgraded(url: str) -> Books:
    await asyncio.to_thread(upgrade, url)
    storage = SqlStorage(Database(url))
    try:
        return await read_books(storage, storage.sandbox_ledger)
    finally:
        await storage.close()


@pytest.mark.parametrize("empty_url", DATA_MIGRATION_KINDS, indirect=True)
async def test_existing_sales_and_refunds_are_in_the_ledger(empty_url: str) -> None:
    await asyncio.to_thread(upgrade, empty_url, revision=BEFORE_THE_LEDGER)
    old = OldDatabase(empty_url)
    sold, _ = await a_sold_order(old)
    refunded, refunds = await a_sold_order(
        old,
        (2, 1_000, RefundStatus.SUCCEEDED, False),
        (2, 7, RefundStatus.FAILED, False),
        (2, 1, RefundStatus.SUCCEEDED, False),
        (2, 5, RefundStatus.PENDING, False),
    )
    paid_twice, _ = await a_sold_order(old, (3, 9, RefundStatus.SUCCEEDED, False))
    unpaid = a_snapshot(await old.a_user(), *await old.some_products())
    await old.an_order(unpaid, Order.place(unpaid, NOW), [], [])
    books = await upgraded(empty_url)
    expected = {snapshot.id: entries_of_sale(snapshot, PAID_AT) for snapshot in (sold, refunded, paid_twice)}
    for refund in (refunds[0], refunds[2]):
        entries = expected[refunded.id]
        entries += entries_of_refund(entries, refund.id, refund.amount, refund.created_at)
    assert {order_id: list(each.sales) for order_id, each in books.orders.items() if each.sales} == expected


@pytest.mark.parametrize("empty_url", DATA_MIGRATION_KINDS, indirect=True)
async def test_one_restocking_refund_per_order_names_all_items_and_a_failed_one_names_none(
    empty_url: str,
) -> None:
    await asyncio.to_thread(upgrade, empty_url, revision=BEFORE_VARIANTS)
    old = OldDatabase(empty_url)
    orders = [
        await a_sold_order(
            old,
            (2, 1, RefundStatus.PENDING, True),
            (2, 2, RefundStatus.SUCCEEDED, True),
            (2, 3, RefundStatus.SUCCEEDED, True),
            (2, 4, RefundStatus.FAILED, True),
            (2, 5, RefundStatus.SUCCEEDED, False),
        ),
        await a_sold_order(old, (2, 1, RefundStatus.PENDING, True)),
        await a_sold_order(old, (2, 1, RefundStatus.FAILED, True)),
    ]
    books = await upgraded(empty_url)
    for (snapshot, refunds), succeeded, pending in zip(
        orders, ({2}, set[int](), set[int]()), (set[int](), {1}, set[int]()), strict=True
    ):
        stored = books.orders[snapshot.id].refunds
        assert len(stored) == len(refunds)
        units = snapshot.quantities
        for refund in stored:
            named = {item.item_id: item.quantity for item in refund.items}
            back = {item.item_id: item.quantity for item in refund.restocked}
            assert named == (units if refund.amount in succeeded | pending else {})
            assert back == (units if refund.amount in succeeded else {})
