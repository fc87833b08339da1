"""Shipping and tax at the checkout: amounts, refusals, and the order snapshot."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.selling import choose, new_method, new_tax_rate, new_zone
from tests.unit.shopping import (
    Json,
    buy,
    check_out,
    new_product,
    new_promo_code,
    order_of,
    put_into_cart,
    refused,
    stock_of,
    times_used,
)

pytestmark = pytest.mark.anyio

UNKNOWN_ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"

GERMANY = {"country": "DE", "postalCode": "10115"}


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(country="DE") as opened:
        await opened.admin("owner")
        yield opened


def sums(shown: Json) -> tuple[float, ...]:
    return shown["subtotal"], shown["discount"], shown["tax"], shown["total"]


async def test_the_order_is_what_the_cart_showed(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    await new_tax_rate(admin, 19)
    await new_tax_rate(admin, 7, taxClass="books")
    method = await new_method(admin, await new_zone(admin), {"price": 4.9})
    await put_into_cart(ada, await new_product(admin, 19.99), 3)
    await put_into_cart(ada, await new_product(admin, 9.95, taxClass="Books"))
    code = await new_promo_code(admin, 10)
    await ada.put("/api/cart/promo-code", json={"promoCode": code})
    cart = await choose(ada, method)
    order = await check_out(ada, expectedTotal=cart["total"], shippingAddress=GERMANY)
    assert sums(order) == sums(cart) == (69.92, 6.99, 11.81, 79.64)
    assert order["shipping"] == {"methodId": method["id"], "name": "Post", "price": 4.9, "tax": 0.93}
    assert order["shippingRequired"] is True
    assert order["pricesIncludeTax"] is False
    assert (
        order["taxes"]
        == cart["taxes"]
        == [
            {"name": "VAT 19", "rate": 19, "net": 58.87, "tax": 11.18},
            {"name": "VAT 7", "rate": 7, "net": 8.96, "tax": 0.63},
        ]
    )
    assert [(line["taxRate"], line["tax"], line["lineTotal"]) for line in order["items"]] == [
        (19, 10.25, 53.97),
        (7, 0.63, 8.96),
    ]
    assert (await order_of(ada, order))["taxes"] == order["taxes"]
    assert (await ada.get("/api/cart")).json()["shipping"] is None


async def test_an_order_keeps_its_shipping_and_tax_when_the_rules_change(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    rate = await new_tax_rate(admin, 19)
    zone = await new_zone(admin)
    method = await new_method(admin, zone)
    product = await new_product(admin, 10)
    order = await buy(ada, product, shippingMethodId=method["id"], shippingAddress=GERMANY)
    await admin.patch(f"/api/admin/tax-rates/{rate['id']}", json={"rate": 50, "name": "Another"})
    for path in (f"shipping-methods/{method['id']}", f"shipping-zones/{zone['id']}"):
        assert (await admin.delete(f"/api/admin/{path}")).status_code == 200
    assert (await shop.pay(order)).status_code == 200
    kept = await order_of(ada, order)
    assert [kept[name] for name in ("total", "shipping", "taxes")] == [
        order[name] for name in ("total", "shipping", "taxes")
    ]
    assert (order["total"], order["tax"]) == (17.73, 2.83)


async def unchanged(
    admin: httpx.AsyncClient, client: httpx.AsyncClient, product: Json, code: str, stock: int
) -> bool:
    """Return whether the cart, the stock and the uses of the code are as they were, without an order."""
    cart = (await client.get("/api/cart")).json()
    orders = (await client.get("/api/orders", params={"page": 1})).json()
    return (
        len(cart["items"]) == 1
        and cart["promoCode"] == code
        and await stock_of(admin, product) == stock
        and await times_used(admin, code) == 0
        and orders["total"] == 0
    )


@pytest.mark.parametrize(
    ("change", "body", "error"),
    [
        ("nothing", {}, "SHIPPING_REQUIRED"),
        ("nothing", {"shippingAddress": {"city": "Berlin"}}, "SHIPPING_REQUIRED"),
        ("drop", {"shippingAddress": GERMANY}, "SHIPPING_REQUIRED"),
        ("nothing", {"shippingAddress": {"country": "FR"}}, "SHIPPING_NOT_AVAILABLE"),
        ("nothing", {"shippingAddress": GERMANY, "shippingMethodId": UNKNOWN_ID}, "SHIPPING_NOT_AVAILABLE"),
        ("switch off", {"shippingAddress": GERMANY}, "SHIPPING_NOT_AVAILABLE"),
        ("delete", {"shippingAddress": GERMANY}, "SHIPPING_NOT_AVAILABLE"),
        ("heavier", {"shippingAddress": GERMANY}, "SHIPPING_NOT_AVAILABLE"),
        ("dearer", {"shippingAddress": GERMANY}, "PRICE_CHANGED"),
        ("more tax", {"shippingAddress": GERMANY}, "PRICE_CHANGED"),
        ("other country", {"shippingAddress": {"country": "AT"}}, "PRICE_CHANGED"),
        ("variant deleted", {"shippingAddress": GERMANY}, "VARIANT_REQUIRED"),
    ],
)
async def test_a_refused_checkout_leaves_everything_untouched(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, change: str, body: Json, error: str
) -> None:
    rate = await new_tax_rate(admin, 19)
    zone = await new_zone(admin, "DE", "AT")
    method = await new_method(admin, zone, {"price": 4.9, "maxWeight": 1_000})
    other = await new_method(admin, zone, {"price": 30}, name="Horse")
    code = await new_promo_code(admin, 10)
    product = await new_product(admin, 10, stock=5, weight=999)
    await put_into_cart(ada, product)
    await ada.put("/api/cart/promo-code", json={"promoCode": code})
    cart = await choose(ada, method)
    methods = f"/api/admin/shipping-methods/{method['id']}"
    product_at = f"/api/products/{product['id']}"
    changes: dict[str, Any] = {
        "nothing": lambda: ada.get("/api/cart"),
        "other country": lambda: ada.get("/api/cart"),
        "drop": lambda: ada.delete("/api/cart/shipping"),
        "switch off": lambda: admin.patch(methods, json={"active": False}),
        "delete": lambda: admin.delete(methods),
        "heavier": lambda: admin.patch(f"{product_at}/variants/{product['id']}", json={"weight": 1_000}),
        "dearer": lambda: admin.patch(methods, json={"rates": [{"price": 5}]}),
        "more tax": lambda: admin.patch(f"/api/admin/tax-rates/{rate['id']}", json={"rate": 20}),
        "variant deleted": lambda: admin.put(
            f"{product_at}/variants",
            json={"options": ["Size"], "variants": [{"options": {"Size": "S"}, "price": 10, "stock": 5}]},
        ),
    }
    assert (await changes[change]()).status_code == 200
    stock = await stock_of(admin, product)
    answer = await ada.post("/api/cart/checkout", json={"expectedTotal": cart["total"], **body})
    details = refused(answer, 409, error)
    if error == "SHIPPING_NOT_AVAILABLE" and body["shippingAddress"] == GERMANY:
        assert details["options"][-1] == {
            "methodId": other["id"], "name": "Horse", "price": 30, "deliveryDays": None
        }  # fmt: skip
    assert await unchanged(admin, ada, product, code, stock)


async def test_a_refusal_names_the_missing_fields(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    await new_method(admin, await new_zone(admin))
    await put_into_cart(ada, await new_product(admin))
    details = refused(await ada.post("/api/cart/checkout"), 409, "SHIPPING_REQUIRED")
    assert details == {"shippingMethodId": "is required", "shippingAddress.country": "is required"}


async def test_a_deactivated_method_stops_the_checkout(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    """Even if no other method is left: the buyer chose it, so the shop must not drop shipping silently."""
    method = await new_method(admin, await new_zone(admin))
    await put_into_cart(ada, await new_product(admin, 10))
    await choose(ada, method)
    await admin.patch(f"/api/admin/shipping-methods/{method['id']}", json={"active": False})
    answer = await ada.post("/api/cart/checkout", json={"shippingAddress": GERMANY})
    assert refused(answer, 409, "SHIPPING_NOT_AVAILABLE") == {"options": []}
    await ada.delete("/api/cart/shipping")
    order = await check_out(ada, shippingAddress=GERMANY)
    assert (order["shippingRequired"], order["shipping"], order["total"]) == (False, None, 10)


async def test_unshipped_goods_need_no_method_and_cost_no_shipping(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    method = await new_method(admin, await new_zone(admin))
    download = await new_product(admin, 10, requiresShipping=False)
    for terms in ({}, {"shippingMethodId": method["id"], "shippingAddress": GERMANY}):
        order = await buy(ada, download, **terms)
        assert (order["shippingRequired"], order["shipping"], order["total"]) == (False, None, 10)


async def test_the_body_s_method_overrides_the_cart_s(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    zone = await new_zone(admin)
    slow, fast = await new_method(admin, zone), await new_method(admin, zone, {"price": 9}, name="Fast")
    await put_into_cart(ada, await new_product(admin, 10))
    await choose(ada, slow)
    order = await check_out(ada, shippingAddress=GERMANY, shippingMethodId=fast["id"])
    assert (order["shipping"]["name"], order["total"]) == ("Fast", 19)


@pytest.mark.parametrize(
    ("addresses", "tax"),
    [
        ({}, 1.9),
        ({"shippingAddress": {"country": "FR"}}, 2),
        ({"shippingAddress": {"country": "FR"}, "billingAddress": {"country": "US", "region": "CA"}}, 2),
        ({"billingAddress": {"country": "US", "region": "California"}}, 0.73),
        ({"shippingAddress": {"city": "Paris"}, "billingAddress": {"country": "US"}}, 0.5),
        ({"shippingAddress": {"country": "US", "region": "Atlantis"}}, 0.5),
        ({"shippingAddress": {"country": "JP"}}, 0),
    ],
)
async def test_tax_follows_the_shipping_then_the_billing_then_the_shops_country(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, addresses: Json, tax: float
) -> None:
    await new_tax_rate(admin, 19)
    await new_tax_rate(admin, 20, "FR")
    await new_tax_rate(admin, 5, "US")
    await new_tax_rate(admin, 7.25, "US", region="US-CA")
    order = await buy(ada, await new_product(admin, 10), **addresses)
    assert (order["tax"], order["total"]) == (tax, 10 + tax)


async def test_free_shipping_leaves_the_discount(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    await new_tax_rate(admin, 19)
    method = await new_method(admin, await new_zone(admin))
    body = {"code": "FREESHIP", "type": "free_shipping"}
    assert (await admin.post("/api/promo-codes", json=body)).status_code == 201
    product = await new_product(admin, 10)
    order = await buy(
        ada, product, shippingMethodId=method["id"], shippingAddress=GERMANY, promoCode="FREESHIP"
    )
    assert order["shipping"] == {"methodId": method["id"], "name": "Post", "price": 0, "tax": 0}
    assert sums(order) == (10, 0, 1.9, 11.9)


async def test_a_retry_gets_the_same_answer_after_the_rules_have_changed(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    method = await new_method(admin, await new_zone(admin))
    await put_into_cart(ada, await new_product(admin, 10))
    body, key = {"shippingAddress": GERMANY, "shippingMethodId": method["id"]}, {"Idempotency-Key": "k"}
    first = await ada.post("/api/cart/checkout", json=body, headers=key)
    assert first.status_code == 201
    await admin.delete(f"/api/admin/shipping-methods/{method['id']}")
    again = await ada.post("/api/cart/checkout", json=body, headers=key)
    assert (again.status_code, again.content) == (201, first.content)
