"""Contract tests: admins' list of all customers' refunds."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from shop.application.payments.refund_views import AdminRefundView
from shop.application.ports.payments import RefundsQuery
from shop.contract.order_samples import (
    NOW,
    a_payment,
    a_snapshot,
    a_user,
    an_order,
    ids,
    placed,
    some_products,
)
from shop.domain.orders.order import Order
from shop.domain.payments.refund import Refund, RefundStatus

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def found(
    storage: Any, page: int = 1, limit: int = 20, status: RefundStatus | None = None
) -> tuple[int, list[str]]:
    """Return the total, and the ids on the page."""
    shown = await storage.refunds.page(RefundsQuery(page, limit, status))
    assert (shown.page, shown.limit) == (page, limit)
    return shown.total, [item.id for item in shown.items]


async def refunded(storage: Any, order: Order, **fields: Any) -> Refund:
    """Store a refund of the order."""
    refund = Refund.of(ids.new_id(), a_payment(order), 5, None, NOW)
    async with storage.unit_of_work() as work:
        await work.orders.lock(order.id)
        await work.payments.add_refund(replace(refund, **fields))
    return replace(refund, **fields)


async def test_a_row_shows_order_and_customer(storage: Any) -> None:
    user_id = await a_user(storage.unit_of_work)
    snapshot = a_snapshot(user_id, *await some_products(storage.unit_of_work))
    order = await placed(storage.unit_of_work, snapshot)
    refund = await refunded(storage, order, amount=1205, reason="Zoë: 🎉 broken", restock=True)
    async with storage.unit_of_work() as work:
        username = (await work.users.get(user_id)).username
    page = await storage.refunds.page(RefundsQuery(1, 20))
    assert page.items == [
        AdminRefundView(
            id=refund.id,
            order_id=order.id,
            order_number=snapshot.number,
            username=username,
            amount=Decimal("12.05"),
            currency="USD",
            status=RefundStatus.PENDING,
            reason="Zoë: 🎉 broken",
            restock=True,
            items=[],
            failure_reason=None,
            created_at=NOW,
        )
    ]


async def test_without_refunds_the_page_is_empty(storage: Any) -> None:
    await an_order(storage.unit_of_work)
    assert await found(storage) == (0, [])
    assert await found(storage, status=RefundStatus.PENDING) == (0, [])


@pytest.mark.parametrize("status", [None, RefundStatus.SUCCEEDED])
async def test_pages_list_all_refunds_once_newest_first(storage: Any, status: RefundStatus | None) -> None:
    orders = [await an_order(storage.unit_of_work) for _ in range(2)]
    made = [
        await refunded(
            storage,
            orders[index % 2],
            status=status or list(RefundStatus)[index % 3],
            created_at=NOW - index // 2 * SECOND,
        )
        for index in range(5)
    ]
    expected = [made[index].id for index in (1, 0, 3, 2, 4)]
    pages = [await found(storage, page, 2, status) for page in (1, 2, 3, 4, 1_000_000)]
    assert pages == [(5, expected[:2]), (5, expected[2:4]), (5, expected[4:]), (5, []), (5, [])]


async def test_refunds_are_filtered_by_status(storage: Any) -> None:
    order = await an_order(storage.unit_of_work)
    made = [await refunded(storage, order, created_at=NOW + index * SECOND) for index in range(4)]
    async with storage.unit_of_work() as work:
        await work.orders.lock(order.id)
        await work.payments.save_refund(made[0].settle(RefundStatus.SUCCEEDED, "re_0"))
        await work.payments.save_refund(made[2].settle(RefundStatus.FAILED, None))
    assert await found(storage, status=RefundStatus.SUCCEEDED) == (1, [made[0].id])
    assert await found(storage, status=RefundStatus.FAILED) == (1, [made[2].id])
    assert await found(storage, status=RefundStatus.PENDING) == (2, [made[3].id, made[1].id])


async def test_refunds_of_closed_accounts_are_kept(storage: Any) -> None:
    order = await an_order(storage.unit_of_work)
    refund = await refunded(storage, order)
    async with storage.unit_of_work() as work:
        closed = (await work.users.lock(order.user_id)).close(NOW, 1)
        await work.users.save(closed)
    page = await storage.refunds.page(RefundsQuery(1, 20))
    assert [(item.id, item.username) for item in page.items] == [(refund.id, closed.username)]
