"""Contract tests: admins' list of all customers' orders."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shop.application.orders.views import AdminOrderSummary
from shop.application.ports.orders import OrdersQuery
from shop.contract.order_samples import (
    NOW,
    a_snapshot,
    a_user,
    an_order,
    moved,
    placed,
    some_products,
    stored_order,
)
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import Order, OrderStatus
from shop.domain.periods import Span

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def username_of(storage: Any, user_id: str) -> str:
    async with storage.unit_of_work() as work:
        return str((await work.users.get(user_id)).username)


async def found(storage: Any, page: int = 1, limit: int = 20, **filters: Any) -> tuple[int, list[str]]:
    """Return the total, and the ids on the page."""
    shown = await storage.admin_orders.page(OrdersQuery(page, limit, **filters))
    assert (shown.page, shown.limit) == (page, limit)
    return shown.total, [item.id for item in shown.items]


async def some_orders(storage: Any, number: int, user_id: str | None = None) -> list[Order]:
    """Store orders of a customer: the first two at one moment, the next two a second earlier, and so on."""
    buyer = user_id or await a_user(storage.unit_of_work)
    products = await some_products(storage.unit_of_work)
    return [
        await placed(storage.unit_of_work, a_snapshot(buyer, *products, at=NOW - index // 2 * SECOND))
        for index in range(number)
    ]


async def test_a_row_shows_the_customer_and_the_refunded_amount(storage: Any) -> None:
    user_id = await a_user(storage.unit_of_work)
    snapshot = a_snapshot(user_id, *await some_products(storage.unit_of_work, 2))
    order = await placed(storage.unit_of_work, snapshot)
    await moved(storage.unit_of_work, order, lambda order: order.pay(NOW), lambda order: order.refund(5, NOW))
    page = await storage.admin_orders.page(OrdersQuery(1, 20))
    assert page.items == [
        AdminOrderSummary(
            id=snapshot.id,
            number=snapshot.number,
            status=OrderStatus.PAID,
            created_at=NOW,
            subtotal=Decimal("103.96"),
            discount=Decimal("0.02"),
            total=Decimal("103.94"),
            currency="USD",
            username=await username_of(storage, user_id),
            contact_name=snapshot.contact.name,
            contact_email=snapshot.contact.email,
            refunded_total=Decimal("0.05"),
            item_count=4,
        )
    ]


async def test_pages_list_all_orders_once_newest_first(storage: Any) -> None:
    ada, bob = await a_user(storage.unit_of_work), await a_user(storage.unit_of_work)
    made = [*await some_orders(storage, 3, ada), *await some_orders(storage, 2, bob)]
    expected = [order.id for order in (made[4], made[3], made[1], made[0], made[2])]
    pages = [await found(storage, page, 2) for page in (1, 2, 3, 4, 1_000_000)]
    assert pages == [(5, expected[:2]), (5, expected[2:4]), (5, expected[4:]), (5, []), (5, [])]


async def test_without_orders_the_page_is_empty(storage: Any) -> None:
    assert await found(storage) == (0, [])


async def test_orders_are_filtered_by_status(storage: Any) -> None:
    made = await some_orders(storage, 5)
    for order in made[:3]:
        await moved(storage.unit_of_work, order, lambda order: order.pay(NOW))
    assert await found(storage, 1, 2, status=OrderStatus.PAID) == (3, [made[1].id, made[0].id])
    assert await found(storage, 2, 2, status=OrderStatus.PAID) == (3, [made[2].id])
    assert await found(storage, status=OrderStatus.SHIPPED) == (0, [])


async def test_orders_are_filtered_by_username_ignoring_case(storage: Any) -> None:
    user_id = await a_user(storage.unit_of_work)
    [mine] = await some_orders(storage, 1, user_id)
    await some_orders(storage, 2)
    name = await username_of(storage, user_id)
    for written in (name, name.upper(), name.capitalize()):
        assert await found(storage, username=written) == (1, [mine.id])
    assert await found(storage, username=name, status=OrderStatus.PENDING) == (1, [mine.id])
    assert await found(storage, username=name, status=OrderStatus.PAID) == (0, [])
    for nobody in ("nobody", "", " ", f"{name} ", f"{name[:-1]}_", "é" * 60, "\0"):
        assert await found(storage, username=nobody) == (0, [])


async def test_orders_of_closed_accounts_are_kept(storage: Any) -> None:
    order = await an_order(storage.unit_of_work)
    async with storage.unit_of_work() as work:
        closed = (await work.users.lock(order.user_id)).close(NOW, 1)
        await work.users.save(closed)
    assert await found(storage) == (1, [order.id])
    assert await found(storage, username=closed.username) == (1, [order.id])


@pytest.mark.parametrize("status", [None, OrderStatus.PENDING])
@pytest.mark.parametrize("of_user", [False, True])
async def test_a_period_includes_its_start_and_excludes_its_end(
    storage: Any, status: OrderStatus | None, of_user: bool
) -> None:
    user_id = await a_user(storage.unit_of_work)
    made = await some_orders(storage, 6, user_id)
    username = await username_of(storage, user_id) if of_user else None
    newest, middle, oldest = [[made[index + 1].id, made[index].id] for index in (0, 2, 4)]
    for since, until, expected in (
        (NOW, None, newest),
        (None, NOW, middle + oldest),
        (NOW - SECOND, NOW, middle),
        (NOW - SECOND, NOW + SECOND, newest + middle),
        (NOW, NOW, []),
        (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC), newest + middle + oldest),
    ):
        period = Span(since, until)
        shown = await found(storage, status=status, username=username, placed=period)
        assert shown == (len(expected), expected)


async def test_a_cancellation_keeps_its_note(storage: Any) -> None:
    order = await an_order(storage.unit_of_work)
    words = "Zoë called: 🎉 wrong size"
    begun = await moved(
        storage.unit_of_work,
        order,
        lambda order: order.begin_cancelling(NOW, CancellationReason.SHOP, words),
    )
    assert begun.cancellation is not None
    assert begun.cancellation.note == words
    await moved(storage.unit_of_work, order, lambda order: order.finish_cancelling(NOW))
    ended = await stored_order(storage.unit_of_work, order.id)
    assert ended.cancellation is None
    async with storage.unit_of_work() as work:
        history = await work.orders.history(order.id)
    assert [(change.status, change.reason) for change in history] == [
        (OrderStatus.PENDING, None),
        (OrderStatus.CANCELLED, words),
    ]
