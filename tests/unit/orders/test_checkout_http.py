"""The contract on the checkout, with and without a cart."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from shop.domain.errors import Unavailable
from shop.testing import ShopHarness
from tests.unit.orders.untouched import cart_of
from tests.unit.shopping import (
    Number,
    buy,
    cents,
    check_out,
    exact,
    history_of,
    new_product,
    new_promo_code,
    order_of,
    put_into_cart,
    refused,
    stock_of,
    times_used,
)

pytestmark = pytest.mark.anyio

CONTACT = {
    "name": "Ada Lovelace",
    "email": "ada@example.com",
    "phone": "+44 20 7946 0000",
    "vatId": "EL094259216",
}
ADDRESS = {
    "name": "Ada Lovelace",
    "company": "Analytical Engines",
    "line1": "12 St James's Square",
    "line2": "Second floor",
    "city": "London",
    "region": "Greater London",
    "postalCode": "SW1Y 4JH",
    "country": "GB",
    "phone": "+44 20 7946 0001",
}
BILLING = {**ADDRESS, "name": "Accounts", "city": "Leeds"}
UNKNOWN_ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"


async def test_an_order_has_all_its_fields(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    mug = await new_product(admin, price=12.5, name="Blue mug", sku="MUG-BLUE")
    spoon = await new_product(admin, price=3.1, name="Spoon")
    code = await new_promo_code(admin, 10)
    await put_into_cart(ada, mug, 2)
    await put_into_cart(ada, spoon, 1)
    made = await ada.post(
        "/api/cart/checkout",
        json={
            "promoCode": code,
            "expectedTotal": 25.29,
            "contact": CONTACT,
            "shippingAddress": ADDRESS,
            "billingAddress": BILLING,
        },
    )
    assert made.status_code == 201
    answer = exact(made)
    assert answer.keys() == {"order"}
    order = answer["order"]
    assert isinstance(order.pop("id"), str)
    assert re.fullmatch(r"\S+", order.pop("number"))
    created_at = order.pop("createdAt")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", created_at)
    secret = order["payment"].pop("clientSecret")
    assert isinstance(secret, str)
    assert secret
    assert order == {
        "status": "pending",
        "items": [
            {
                "itemId": mug["id"],
                "productId": mug["id"],
                "sku": "MUG-BLUE",
                "name": "Blue mug",
                "options": {},
                "imageUrl": None,
                "unitPrice": Number("12.50"),
                "quantity": 2,
                "discount": Number("2.50"),
                "lineTotal": Number("22.50"),
                "taxRate": None,
                "tax": Number("0.00"),
            },
            {
                "itemId": spoon["id"],
                "productId": spoon["id"],
                "sku": None,
                "name": "Spoon",
                "options": {},
                "imageUrl": None,
                "unitPrice": Number("3.10"),
                "quantity": 1,
                "discount": Number("0.31"),
                "lineTotal": Number("2.79"),
                "taxRate": None,
                "tax": Number("0.00"),
            },
        ],
        "shippingRequired": False,
        "shipping": None,
        "subtotal": Number("28.10"),
        "discount": Number("2.81"),
        "tax": Number("0.00"),
        "taxes": [],
        "pricesIncludeTax": False,
        "total": Number("25.29"),
        "refundedTotal": Number("0.00"),
        "currency": "USD",
        "promoCode": code,
        "contact": CONTACT,
        "vatIdVerified": False,
        "shippingAddress": ADDRESS,
        "billingAddress": BILLING,
        "payment": {"provider": "sandbox", "status": "pending"},
        "statusHistory": [{"status": "pending", "at": created_at}],
        "refunds": [],
        "termsVersion": None,
    }
    assert (await ada.get(f"/api/orders/{made.json()['order']['id']}")).json() == made.json()["order"]


async def test_a_vat_id_is_stored_without_its_separators(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin), contact={"vatId": " de 136 695 976 "})
    assert order["contact"]["vatId"] == "DE136695976"


async def test_omitted_optional_fields_are_null(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    order = await buy(ada, await new_product(admin), contact={"phone": "1"}, shippingAddress={})
    assert order["contact"] == {"name": None, "email": None, "phone": "1", "vatId": None}
    assert order["shippingAddress"] == dict.fromkeys(ADDRESS)
    assert order["billingAddress"] is None
    assert order["promoCode"] is None


@pytest.mark.parametrize("body", [None, b"{}", b" {} "])
async def test_everything_about_a_checkout_is_optional(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, body: bytes | None
) -> None:
    await put_into_cart(ada, await new_product(admin))
    assert (await ada.post("/api/cart/checkout", content=body)).status_code == 201


async def test_a_checkout_takes_the_stock_the_code_and_the_cart(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin, stock=5), await new_promo_code(admin, usageLimit=2)
    await put_into_cart(ada, product, 3)
    before = (await ada.put("/api/cart/promo-code", json={"promoCode": code})).json()
    order = await check_out(ada)
    assert order["promoCode"] == code
    assert await stock_of(admin, product) == 2
    assert await times_used(admin, code) == 1
    after = await cart_of(ada)
    assert (after["id"], after["items"], after["promoCode"]) == (before["id"], [], None)
    assert after["version"] > before["version"]


async def test_the_bodys_code_takes_precedence_over_the_carts(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    in_cart, in_body = await new_promo_code(admin, 10), await new_promo_code(admin, 20)
    await put_into_cart(ada, await new_product(admin, price=10))
    await ada.put("/api/cart/promo-code", json={"promoCode": in_cart})
    order = await check_out(ada, promoCode=in_body.lower())
    assert (order["promoCode"], order["discount"]) == (in_body, 2)
    assert await times_used(admin, in_cart) == 0


@pytest.mark.parametrize(("kind", "value"), [("percent", 100), ("fixed", 999.99), ("fixed", 20)])
async def test_a_total_of_zero_is_paid_immediately(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, kind: str, value: float
) -> None:
    shop.payments.reachable = False  # there is nothing to ask it for
    await put_into_cart(ada, await new_product(admin, price=10), 2)
    order = await check_out(ada, promoCode=await new_promo_code(admin, value, kind))
    assert (order["subtotal"], order["discount"], order["total"]) == (20, 20, 0)
    assert order["status"] == "paid"
    assert history_of(order) == ["pending", "paid"]
    assert order["payment"] == {"provider": "sandbox", "status": "none"}
    refused(await ada.post(f"/api/orders/{order['id']}/payment"), 409, "ORDER_NOT_PAYABLE")


async def test_a_free_product_is_paid_immediately(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    order = await buy(ada, await new_product(admin, price=0))
    assert (order["status"], order["payment"]["status"]) == ("paid", "none")
    assert await order_of(ada, order) == order


async def test_an_order_stands_when_the_provider_can_not_be_reached(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, stock=5)
    await put_into_cart(ada, product, 2)
    shop.payments.reachable = False
    order = await check_out(ada)
    assert (order["status"], order["payment"]) == (
        "pending",
        {"provider": "sandbox", "status": "unavailable"},
    )
    assert await stock_of(admin, product) == 3
    assert (await cart_of(ada))["items"] == []

    shop.clock.advance(minutes=1)
    with pytest.raises(Unavailable, match="could not be advanced"):
        await shop.work()
    assert (await order_of(ada, order))["payment"]["status"] == "unavailable"
    shop.payments.reachable = True
    await shop.work()
    opened = await order_of(ada, order)
    assert opened["payment"]["status"] == "pending"
    await shop.pay(opened)
    assert (await order_of(ada, order))["status"] == "paid"


PRICES_AND_DISCOUNTS = [
    ([1, 1, 1], "fixed", 1, [34, 33, 33]),
    ([0.34, 0.33, 0.33], "fixed", 0.02, [1, 1, 0]),
    ([3.33, 3.33, 3.34], "percent", 10, [33, 33, 34]),
    ([19.99, 0.01], "percent", 50, [1000, 0]),
    ([10, 0, 5], "fixed", 1, [67, 0, 33]),
    ([0.27, 0.31, 0.33], "percent", 33, [9, 10, 11]),
]


@pytest.mark.parametrize(("prices", "kind", "value", "shares"), PRICES_AND_DISCOUNTS)
async def test_the_discount_is_spread_to_the_cent(
    admin: httpx.AsyncClient,
    ada: httpx.AsyncClient,
    prices: list[float],
    kind: str,
    value: float,
    shares: list[int],
) -> None:
    for price in prices:
        await put_into_cart(ada, await new_product(admin, price=price))
    order = await check_out(ada, promoCode=await new_promo_code(admin, value, kind))
    assert [cents(item["discount"]) for item in order["items"]] == shares
    assert cents(order["discount"]) == sum(shares)
    assert_adds_up(order)


def assert_adds_up(order: Mapping[str, Any]) -> None:
    items = order["items"]
    assert cents(order["subtotal"]) == sum(cents(item["unitPrice"]) * item["quantity"] for item in items)
    assert cents(order["total"]) == cents(order["subtotal"]) - cents(order["discount"])
    assert cents(order["total"]) == sum(cents(item["lineTotal"]) for item in items)
    for item in items:
        gross = cents(item["unitPrice"]) * item["quantity"]
        assert cents(item["lineTotal"]) == gross - cents(item["discount"])
