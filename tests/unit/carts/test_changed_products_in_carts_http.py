"""Carts whose products changed after they were added."""

import httpx
import pytest

from tests.unit.carts.showing import cart_of, take_off_sale, totals
from tests.unit.shopping import (
    buy,
    new_product,
    put_into_cart,
    refused,
    stock_of,
)

pytestmark = pytest.mark.anyio


async def test_a_cart_shows_current_prices_and_names(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, price=10)
    before = await put_into_cart(ada, product, 2)
    await admin.patch(f"/api/products/{product['id']}", json={"price": 7.25, "name": "Cheap mug"})
    cart = await cart_of(ada)
    assert cart["items"][0] == {
        **before["items"][0],
        "name": "Cheap mug",
        "unitPrice": 7.25,
        "lineTotal": 14.5,
    }
    assert totals(cart) == (14.5, 0, 14.5)


@pytest.mark.parametrize("how", ["deleted", "inactive", "too little stock"])
async def test_unavailable_lines_do_not_count(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, how: str
) -> None:
    gone, there = await new_product(admin, price=10, stock=5), await new_product(admin, price=3)
    await put_into_cart(ada, gone, 4)
    await put_into_cart(ada, there, 2)
    await take_off_sale(admin, gone, how)
    cart = await cart_of(ada)
    assert [item["available"] for item in cart["items"]] == [False, True]
    assert cart["items"][0]["quantity"] == 4
    assert totals(cart) == (6, 0, 6)
    details = refused(await ada.post("/api/cart/checkout"), 409, "OUT_OF_STOCK")
    assert [item["itemId"] for item in details["items"]] == [gone["id"]]
    assert await cart_of(ada) == cart


async def test_lines_back_in_stock_count_again(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, price=10, stock=1)
    await put_into_cart(ada, product)
    await admin.post(f"/api/products/{product['id']}/stock", json={"change": -1})
    assert totals(await cart_of(ada)) == (0, 0, 0)
    await admin.post(f"/api/products/{product['id']}/stock", json={"change": 1})
    assert totals(await cart_of(ada)) == (10, 0, 10)


async def test_a_quantity_can_be_lowered_to_the_available_stock(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, price=10, stock=5)
    await put_into_cart(ada, product, 5)
    await admin.post(f"/api/products/{product['id']}/stock", json={"change": -3})
    address = f"/api/cart/items/{product['id']}"
    refused(await ada.patch(address, json={"quantity": 3}), 409, "OUT_OF_STOCK")
    changed = await ada.patch(address, json={"quantity": 2})
    assert totals(changed.json()) == (20, 0, 20)


async def test_a_cart_reserves_nothing(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    product = await new_product(admin, stock=2)
    await put_into_cart(ada, product, 2)
    assert await stock_of(admin, product) == 2
    await buy(bob, product, 1)
    assert (await cart_of(ada))["items"][0]["available"] is False
