"""Contract tests: reads of orders."""

from datetime import datetime, timedelta
from decimal import Decimal
from operator import methodcaller
from typing import Any

import pytest

from shop.application.orders.views import OrderSummary
from shop.application.ports.orders import Backlog, PendingWork
from shop.contract.order_samples import (
    NOW,
    TERM,
    a_payment,
    a_snapshot,
    a_user,
    an_order,
    ids,
    moved,
    placed,
    some_products,
)
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import Order, OrderStatus, StatusChange
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import Refund, RefundStatus

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
CUSTOMER = CancellationReason.CUSTOMER


class TestDetails:
    async def test_details_have_everything_that_the_page_shows(self, storage: Any) -> None:
        user_id = await a_user(storage.unit_of_work)
        snapshot = a_snapshot(user_id, *await some_products(storage.unit_of_work, 3))
        order = await placed(storage.unit_of_work, snapshot)
        details = await storage.orders.details(order.id)
        assert (details.snapshot, details.order, details.payment) == (snapshot, order, None)
        assert list(details.history) == [StatusChange(OrderStatus.PENDING, NOW)]

    async def test_details_show_the_payment_of_the_last_attempt(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        first, second = (
            a_payment(order, 1, status=PaymentStatus.CANCELLED),
            a_payment(order, 2, updated_at=NOW + SECOND),
        )
        async with storage.unit_of_work() as work:
            await work.payments.add(first)
        assert (await storage.orders.details(order.id)).payment == first
        async with storage.unit_of_work() as work:
            await work.payments.add(second)
        order = await moved(storage.unit_of_work, order, lambda order: order.next_attempt().pay(NOW + SECOND))
        details = await storage.orders.details(order.id)
        assert (details.order, details.payment) == (order, second)
        assert [change.status for change in details.history] == [OrderStatus.PENDING, OrderStatus.PAID]

    async def test_refunds_are_sorted_by_age(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        payment = a_payment(order, status=PaymentStatus.SUCCEEDED)
        first, second = (Refund.of(ids.new_id(), payment, amount, None, NOW, tax=1) for amount in (10, 20))
        async with storage.unit_of_work() as work:
            await work.payments.add(payment)
            for refund in (second, first):
                await work.payments.add_refund(refund)
        await moved(storage.unit_of_work, order, lambda order: order.pay(NOW))
        assert list((await storage.orders.details(order.id)).refunds) == [first, second]

    async def test_uncommitted_changes_are_not_visible(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        async with storage.unit_of_work() as work:
            await work.orders.save((await work.orders.lock(order.id)).pay(NOW))
            details = await storage.orders.details(order.id)
            assert details.order == order
            assert len(details.history) == 1


class TestPages:
    async def test_a_row_shows_the_order_in_major_units(self, storage: Any) -> None:
        user_id = await a_user(storage.unit_of_work)
        snapshot = a_snapshot(user_id, *await some_products(storage.unit_of_work, 2))
        await placed(storage.unit_of_work, snapshot)
        page = await storage.orders.page(user_id, 1, 20, None)
        assert (page.page, page.limit, page.total) == (1, 20, 1)
        assert page.items == [
            OrderSummary(
                id=snapshot.id,
                number=snapshot.number,
                status=OrderStatus.PENDING,
                created_at=NOW,
                subtotal=Decimal("103.96"),
                discount=Decimal("0.02"),
                total=Decimal("103.94"),
                currency="USD",
            )
        ]

    async def test_pages_list_every_order_once_newest_first(self, storage: Any) -> None:
        user_id = await a_user(storage.unit_of_work)
        products = await some_products(storage.unit_of_work)
        made = [
            await placed(storage.unit_of_work, a_snapshot(user_id, *products, at=NOW - number // 2 * SECOND))
            for number in range(5)
        ]
        expected = [made[index].id for index in (1, 0, 3, 2, 4)]
        pages = [await storage.orders.page(user_id, page, 2, None) for page in (1, 2, 3, 4, 1_000_000)]
        assert [[item.id for item in page.items] for page in pages] == [
            expected[:2],
            expected[2:4],
            expected[4:],
            [],
            [],
        ]
        assert {page.total for page in pages} == {5}

    async def test_orders_are_filtered_by_status(self, storage: Any) -> None:
        user_id = await a_user(storage.unit_of_work)
        products = await some_products(storage.unit_of_work)
        made = [await placed(storage.unit_of_work, a_snapshot(user_id, *products)) for _ in range(5)]
        for order in made[:3]:
            await moved(storage.unit_of_work, order, lambda order: order.pay(NOW))
        page = await storage.orders.page(user_id, 1, 2, OrderStatus.PAID)
        assert (page.total, [item.id for item in page.items]) == (3, [made[2].id, made[1].id])
        assert {item.status for item in page.items} == {OrderStatus.PAID}
        page = await storage.orders.page(user_id, 2, 2, OrderStatus.PAID)
        assert (page.total, [item.id for item in page.items]) == (3, [made[0].id])
        page = await storage.orders.page(user_id, 1, 2, OrderStatus.SHIPPED)
        assert (page.total, page.items) == (0, [])

    async def test_users_see_only_their_own_orders(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        for user_id in (await a_user(storage.unit_of_work), ids.new_id(), "", "nobody"):
            for status in (None, order.status):
                page = await storage.orders.page(user_id, 1, 20, status)
                assert (page.total, page.items) == (0, [])


async def with_pending_work(storage: Any, kind: PendingWork, since: datetime, limit: int) -> list[str]:
    """Return the orders with this pending work. None is leased here, so the backlog has the same size."""
    found: list[str] = await storage.orders.with_pending_work(kind, since, limit, at=NOW)
    backlog = await storage.orders.backlog(kind, since, limit)
    assert backlog.orders == len(found)
    assert (backlog.oldest is None) == (not found)
    return found


class TestPendingWork:
    """Pending work that the worker looks for."""

    async def test_unpaid_orders_expire_at_their_deadline(self, storage: Any) -> None:
        young, old, oldest, failed = [
            await an_order(storage.unit_of_work, at=NOW - age * SECOND) for age in (0, 1, 2, 3)
        ]
        await moved(storage.unit_of_work, failed, lambda order: order.fail(NOW, "declined"))
        for finish in (
            lambda order: order.pay(NOW),
            lambda order: order.begin_cancelling(NOW, CUSTOMER),
            lambda order: order.begin_cancelling(NOW, CUSTOMER).finish_cancelling(NOW),
        ):
            await moved(storage.unit_of_work, await an_order(storage.unit_of_work, at=NOW - TERM), finish)
        at = NOW + TERM - SECOND
        assert await with_pending_work(storage, PendingWork.EXPIRED, at, 9) == [failed.id, oldest.id, old.id]
        assert await with_pending_work(storage, PendingWork.EXPIRED, at, 2) == [failed.id, oldest.id]
        assert await with_pending_work(storage, PendingWork.EXPIRED, NOW + TERM, 9) == [
            failed.id,
            oldest.id,
            old.id,
            young.id,
        ]
        assert await with_pending_work(storage, PendingWork.EXPIRED, NOW, 9) == []

    async def test_the_backlog_has_the_oldest_time_and_includes_leased_orders(self, storage: Any) -> None:
        orders = [await an_order(storage.unit_of_work, at=NOW - age * SECOND) for age in range(3)]
        async with storage.unit_of_work() as work:
            oldest = orders[2].id
            assert await work.orders.lease([oldest], at=NOW, until=NOW + SECOND) == [oldest]
        assert oldest not in await storage.orders.with_pending_work(
            PendingWork.EXPIRED, NOW + TERM, 9, at=NOW
        )
        found = await storage.orders.backlog(PendingWork.EXPIRED, NOW + TERM, 9)
        assert found == Backlog(3, NOW + TERM - 2 * SECOND)
        assert await storage.orders.backlog(PendingWork.EXPIRED, NOW, 9) == Backlog(0, None)

    async def test_unfinished_cancellations_are_pending_work(self, storage: Any) -> None:
        orders = [await an_order(storage.unit_of_work) for _ in range(4)]
        for age, order in enumerate(orders):
            begin = methodcaller("begin_cancelling", NOW - age * SECOND, CUSTOMER)
            await moved(storage.unit_of_work, order, begin)
        await moved(storage.unit_of_work, orders[3], lambda order: order.finish_cancelling(NOW))
        assert await with_pending_work(storage, PendingWork.CANCELLING, NOW + SECOND, 9) == [
            order.id for order in orders[2::-1]
        ]
        assert await with_pending_work(storage, PendingWork.CANCELLING, NOW + SECOND, 1) == [orders[2].id]
        assert await with_pending_work(storage, PendingWork.CANCELLING, NOW - 2 * SECOND, 9) == [orders[2].id]

    async def test_orders_without_payment_are_pending_work(self, storage: Any) -> None:
        bare, dead, live, tried, paid = [
            await an_order(storage.unit_of_work, at=NOW - age * SECOND) for age in range(1, 6)
        ]
        free = await an_order(storage.unit_of_work, at=NOW - 9 * SECOND, price=0)
        async with storage.unit_of_work() as work:
            await work.payments.add(a_payment(dead, status=PaymentStatus.CANCELLED))
            await work.payments.add(a_payment(live))
            await work.payments.add(a_payment(tried, status=PaymentStatus.FAILED))
            await work.payments.add(a_payment(paid, status=PaymentStatus.SUCCEEDED))
        await moved(storage.unit_of_work, dead, lambda order: order.next_attempt())
        await moved(storage.unit_of_work, tried, lambda order: order.fail(NOW, "declined"))
        await moved(storage.unit_of_work, paid, lambda order: order.pay(NOW))
        assert free.status is OrderStatus.PAID
        assert await with_pending_work(storage, PendingWork.WITHOUT_PAYMENT, NOW, 9) == [dead.id, bare.id]
        assert await with_pending_work(storage, PendingWork.WITHOUT_PAYMENT, NOW, 1) == [dead.id]
        assert await with_pending_work(storage, PendingWork.WITHOUT_PAYMENT, NOW - 2 * SECOND, 9) == [dead.id]

    async def test_payments_without_recent_statement_are_pending_work(self, storage: Any) -> None:
        orders = [await an_order(storage.unit_of_work) for _ in range(6)]
        statuses = [
            PaymentStatus.PENDING,
            PaymentStatus.PROCESSING,
            PaymentStatus.FAILED,
            PaymentStatus.SUCCEEDED,
            PaymentStatus.CANCELLED,
            PaymentStatus.PENDING,
        ]
        async with storage.unit_of_work() as work:
            for age, (order, status) in enumerate(zip(orders, statuses, strict=True)):
                await work.payments.add(a_payment(order, status=status, updated_at=NOW - age * SECOND))
        await moved(storage.unit_of_work, orders[5], lambda order: order.begin_cancelling(NOW, CUSTOMER))
        waiting = [orders[2].id, orders[1].id, orders[0].id]
        assert await with_pending_work(storage, PendingWork.WITH_OPEN_PAYMENT, NOW + SECOND, 9) == waiting
        assert await with_pending_work(storage, PendingWork.WITH_OPEN_PAYMENT, NOW + SECOND, 1) == waiting[:1]
        assert (
            await with_pending_work(storage, PendingWork.WITH_OPEN_PAYMENT, NOW - 2 * SECOND, 9)
            == waiting[:1]
        )

    async def test_undecided_refunds_are_pending_work(self, storage: Any) -> None:
        first, second, third = [await an_order(storage.unit_of_work) for _ in range(3)]

        async def refunded(order: Order, age: int, status: RefundStatus = RefundStatus.PENDING) -> None:
            refund = Refund(ids.new_id(), order.id, "pi", 1, None, False, status, NOW - age * SECOND)
            async with storage.unit_of_work() as work:
                await work.payments.add_refund(refund)

        await refunded(first, 0)
        await refunded(second, 2)
        await refunded(second, 1)
        await refunded(first, 1)
        await refunded(third, 3, RefundStatus.SUCCEEDED)
        await refunded(third, 3, RefundStatus.FAILED)
        assert await with_pending_work(storage, PendingWork.WITH_PENDING_REFUNDS, NOW, 9) == [
            second.id,
            first.id,
        ]
        assert await with_pending_work(storage, PendingWork.WITH_PENDING_REFUNDS, NOW, 1) == [second.id]
        assert await with_pending_work(storage, PendingWork.WITH_PENDING_REFUNDS, NOW - 2 * SECOND, 9) == [
            second.id
        ]
