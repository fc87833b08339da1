"""Contract tests: staff's search for orders by number, name, email address and username."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shop.application.ports.orders import OrdersQuery
from shop.contract.order_samples import NOW, a_snapshot, a_user, moved, placed, some_products
from shop.domain.address import Address
from shop.domain.orders.order import OrderStatus
from shop.domain.orders.snapshot import Contact, OrderSnapshot
from shop.domain.periods import Span

pytestmark = pytest.mark.anyio


async def bought_by(
    storage: Any, contact: Contact, address: Address | None = None, **terms: Any
) -> OrderSnapshot:
    """Store a guest's order."""
    products = await some_products(storage.unit_of_work)
    snapshot = replace(
        a_snapshot("", *products, **terms),
        user_id=None,
        contact=contact,
        shipping_address=address or Address(),
    )
    await placed(storage.unit_of_work, snapshot)
    return snapshot


async def found(storage: Any, search: str, **filters: Any) -> list[str]:
    page = await storage.admin_orders.page(OrdersQuery(1, 20, search=search, **filters))
    assert page.total == len(page.items)
    return [item.id for item in page.items]


@pytest.mark.parametrize(
    "search",
    [
        "Zoë", "zoe", "ZOE k", "zoe king strauss", "king", "strauß", "strauss zoe", "Strauß, Zoë", "  zoe   king ",
        "zoe.s", "ZOE.S@example.com", "zoe.s@ex",
    ],
)  # fmt: skip
async def test_an_order_is_found_by_the_beginning_of_a_name_or_address(storage: Any, search: str) -> None:
    order = await bought_by(storage, Contact("Zoë King Strauß", "Zoe.S@example.com"))
    await bought_by(storage, Contact("Bob", "bob@example.com"))
    assert await found(storage, search) == [order.id]


@pytest.mark.parametrize(
    "search", ["zoe strauss", "oe", "example.com", "%", "_oe", "zoe\0", "-", ",", "é" * 300, "☃"]
)
async def test_unmatched_words_find_nothing(storage: Any, search: str) -> None:
    await bought_by(storage, Contact("Zoë King Strauß", "Zoe.S@example.com"))
    assert await found(storage, search) == []


async def test_an_order_is_found_by_the_name_it_is_sent_to(storage: Any) -> None:
    order = await bought_by(storage, Contact(email="gift@example.com"), Address(name="Grace Hopper"))
    assert await found(storage, "hopper") == await found(storage, "gift@") == [order.id]


async def test_a_hyphenated_name_is_found_with_and_without_its_hyphen(storage: Any) -> None:
    order = await bought_by(storage, Contact("Jean-Luc Picard", "jean-luc@example.com"))
    for search in ("jean-luc", "jean luc p", "luc", "jean-luc@"):
        assert await found(storage, search) == [order.id]


async def test_an_order_is_found_by_its_number(storage: Any) -> None:
    order = await bought_by(storage, Contact())
    await bought_by(storage, Contact())
    compact = order.number.replace("-", "")
    for search in (
        order.number,
        order.number.lower(),
        compact,
        order.number[:11],
        f" {compact[:4]} {compact[4:]} ",
    ):
        assert await found(storage, search) == [order.id]
    assert await found(storage, f"{order.number}0") == []


async def test_the_orders_of_a_user_are_found_by_the_username(storage: Any) -> None:
    user_id = await a_user(storage.unit_of_work)
    products = await some_products(storage.unit_of_work)
    orders = [a_snapshot(user_id, *products, at=NOW - number * timedelta(seconds=1)) for number in range(3)]
    for order in orders:
        await placed(storage.unit_of_work, order)
    await bought_by(storage, Contact("Somebody else"))
    async with storage.unit_of_work() as work:
        username = (await work.users.get(user_id)).username
    for search in (username, username.upper(), username[:-1]):
        assert await found(storage, search) == [order.id for order in orders]


async def test_a_search_combines_with_other_filters(storage: Any) -> None:
    old = await bought_by(storage, Contact("Ada Byron"), at=NOW - timedelta(days=2))
    paid = await bought_by(storage, Contact("Ada Lovelace"))
    assert await found(storage, "ada") == [paid.id, old.id]
    async with storage.unit_of_work() as work:
        state = await work.orders.lock(paid.id)
    await moved(storage.unit_of_work, state, lambda order: order.pay(NOW))
    assert await found(storage, "ada", status=OrderStatus.PAID) == [paid.id]
    assert await found(storage, "ada", placed=Span(None, NOW)) == [old.id]
    assert await found(storage, "ada", username="nobody") == []


async def test_a_search_has_pages(storage: Any) -> None:
    orders = [
        await bought_by(storage, Contact("Ada"), at=NOW - number * timedelta(seconds=1))
        for number in range(3)
    ]
    page = await storage.admin_orders.page(OrdersQuery(2, 2, search="ada"))
    assert (page.total, [item.id for item in page.items]) == (3, [orders[2].id])
