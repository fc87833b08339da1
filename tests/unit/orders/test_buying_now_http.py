"""Buying without a cart, and the terms of a checkout."""

from typing import Any

import httpx
import pytest

from tests.unit.orders.test_checkout_http import ADDRESS, BILLING, CONTACT, UNKNOWN_ID
from tests.unit.orders.untouched import Untouched
from tests.unit.shopping import (
    Json,
    buy,
    check_out,
    history_of,
    new_product,
    new_promo_code,
    order_of,
    put_into_cart,
    refused,
    stock_of,
)

pytestmark = pytest.mark.anyio


async def test_buying_now_leaves_the_cart_alone(ada: httpx.AsyncClient, untouched: Untouched) -> None:
    order = await buy(ada, untouched.product, 3, contact=CONTACT)
    assert history_of(order) == ["pending"]
    assert (order["total"], order["contact"]) == (30, CONTACT)
    assert order["promoCode"] is None, "the cart's code is not used"
    cart, stock, uses, orders = untouched.before
    assert cart["items"][0]["available"] is True
    untouched.before = [cart, stock - 3, uses, orders + 1]
    await untouched.check()


async def test_items_named_twice_add_up(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    first, second = await new_product(admin, price=2, stock=5), await new_product(admin, price=1)
    items = [(first, 2), (second, 1), (first, 3)]
    body = {"items": [{"itemId": product["id"], "quantity": quantity} for product, quantity in items]}
    order = (await ada.post("/api/orders", json=body)).json()["order"]
    assert [(item["itemId"], item["quantity"]) for item in order["items"]] == [
        (first["id"], 5),
        (second["id"], 1),
    ]
    assert await stock_of(admin, first) == 0
    body["items"][0]["quantity"] = 998
    body["items"][2]["quantity"] = 2
    refused(await ada.post("/api/orders", json=body), 400, "VALIDATION_FAILED")


@pytest.mark.parametrize("items", [[], None, {}, "x", [[]], [None], [{}], [{"itemId": UNKNOWN_ID}]])
async def test_buying_now_needs_items(ada: httpx.AsyncClient, items: Any) -> None:
    refused(await ada.post("/api/orders", json={"items": items}), 400, "VALIDATION_FAILED")


async def test_buying_now_without_a_body_names_the_missing_fields(ada: httpx.AsyncClient) -> None:
    assert "items" in refused(await ada.post("/api/orders"), 400, "VALIDATION_FAILED")


@pytest.mark.parametrize("quantity", [0, -1, 1000, 1.5, "1", True, None, 10**30])
async def test_buying_now_has_the_carts_limits(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, quantity: Any
) -> None:
    product = await new_product(admin, stock=5000)
    body = {"items": [{"itemId": product["id"], "quantity": quantity}]}
    refused(await ada.post("/api/orders", json=body), 400, "VALIDATION_FAILED")
    hundred_and_one = [{"itemId": product["id"], "quantity": 1}] * 101
    refused(await ada.post("/api/orders", json={"items": hundred_and_one}), 400, "VALIDATION_FAILED")
    assert await stock_of(admin, product) == 5000


async def test_buying_now_is_refused_for_the_same_reasons_as_a_checkout(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, untouched: Untouched
) -> None:
    def body(quantity: int = 1, **terms: Any) -> Json:
        return {"items": [{"itemId": untouched.product["id"], "quantity": quantity}], **terms}

    details = refused(await ada.post("/api/orders", json=body(6)), 409, "OUT_OF_STOCK")
    assert details["items"][0]["available"] == 5
    unknown = {"items": [{"itemId": UNKNOWN_ID, "quantity": 1}]}
    assert (
        refused(await ada.post("/api/orders", json=unknown), 409, "OUT_OF_STOCK")["items"][0]["itemId"]
        == UNKNOWN_ID
    )
    refused(await ada.post("/api/orders", json=body(promoCode="NO-SUCH-CODE")), 404, "NOT_FOUND")
    switched_off = await new_promo_code(admin, active=False)
    refused(
        await ada.post("/api/orders", json=body(promoCode=switched_off)), 409, "PROMO_CODE_NOT_APPLICABLE"
    )
    refused(await ada.post("/api/orders", json=body(expectedTotal=9.99)), 409, "PRICE_CHANGED")
    await untouched.check()


@pytest.mark.parametrize(
    ("sent", "kept"), [("GB", "GB"), ("de", "DE"), (" us ", "US"), ("xk", "XK"), ("", None), (None, None)]
)
async def test_a_country_is_stored_as_its_two_letter_code(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, sent: str | None, kept: str | None
) -> None:
    address = {"country": sent, "region": "anything, as it is written"}
    order = await buy(ada, await new_product(admin), shippingAddress=address)
    assert order["shippingAddress"]["country"] == kept
    assert order["shippingAddress"]["region"] == "anything, as it is written"


async def test_address_errors_use_the_wire_names_of_fields(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    body = {"items": [{"itemId": UNKNOWN_ID, "quantity": 1}]}
    address = {"postalCode": LONG, "country": "XX"}
    details = refused(
        await ada.post("/api/orders", json={**body, "shippingAddress": address}), 400, "VALIDATION_FAILED"
    )
    assert details == {
        "shippingAddress.postalCode": "must be at most 200 characters",
        "shippingAddress.country": "must be a two-letter country code such as DE",
    }


async def test_a_saved_address_can_stand_in_place_of_the_shipping_address(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    saved = (await ada.post("/api/users/me/addresses", json={**ADDRESS, "label": "Work"})).json()
    product = await new_product(admin)
    bought = await buy(ada, product, addressId=saved["id"])
    await put_into_cart(ada, product)
    checked_out = await check_out(ada, addressId=f" {saved['id']} ", billingAddress=BILLING)
    await ada.delete(f"/api/users/me/addresses/{saved['id']}")
    for order in (bought, checked_out):
        assert (await order_of(ada, order))["shippingAddress"] == ADDRESS


async def test_a_saved_address_must_be_the_buyers_and_excludes_other_addresses(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    saved = (await ada.post("/api/users/me/addresses", json=ADDRESS)).json()
    items = [{"itemId": (await new_product(admin, stock=1))["id"], "quantity": 1}]
    for client, address_id in ((bob, saved["id"]), (ada, UNKNOWN_ID), (ada, "nonsense"), (ada, "")):
        answer = await client.post("/api/orders", json={"items": items, "addressId": address_id})
        assert refused(answer, 404, "NOT_FOUND") == {"resource": "address"}
    both = {"items": items, "addressId": saved["id"], "shippingAddress": ADDRESS}
    answer = await ada.post("/api/orders", json=both)
    assert refused(answer, 400, "VALIDATION_FAILED").keys() == {"addressId"}
    assert (await ada.post("/api/orders", json={"items": items})).status_code == 201, "nothing was taken"


LONG = "x" * 201
BAD_TERMS = [
    {"contact": {"name": LONG}},
    {"contact": {"email": LONG}},
    {"contact": {"fax": "1"}},
    {"contact": []},
    {"contact": "Ada"},
    {"contact": {"name": 5}},
    {"shippingAddress": {"line1": LONG}},
    {"shippingAddress": {"postalcode": "1"}},
    {"billingAddress": {"country": "XX"}},
    {"billingAddress": {"company": LONG}},
    {"billingAddress": {"label": "Home"}},
    {"addressId": 5},
    {"shippingAddress": {"postalCode": 12345}},
    *({"shippingAddress": {"country": country}} for country in ("XX", "En", "123", "EU", "DEU", "Germany")),
    {"contact": {"email": "nowhere"}},
    *({"contact": {"vatId": vat_id}} for vat_id in ("GR094259216", "EL094259217", "XX1", "12", 5, LONG)),
    {"promoCode": 5},
    {"promoCode": ["A"]},
    {"colour": "blue"},
    {"expectedTotal": "18.00"},
    {"expectedTotal": True},
    {"expectedTotal": -1},
    {"expectedTotal": 18.001},
    {"expectedTotal": []},
]


@pytest.mark.parametrize("terms", BAD_TERMS, ids=str)
async def test_bad_terms_are_refused(ada: httpx.AsyncClient, untouched: Untouched, terms: Json) -> None:
    [name] = terms
    details = refused(await ada.post("/api/cart/checkout", json=terms), 400, "VALIDATION_FAILED")
    assert details
    assert all(field.startswith(name) for field in details)
    items = [{"itemId": untouched.product["id"], "quantity": 1}]
    refused(await ada.post("/api/orders", json={"items": items, **terms}), 400, "VALIDATION_FAILED")
    await untouched.check()


async def test_bad_terms_are_refused_even_with_an_empty_cart(ada: httpx.AsyncClient) -> None:
    for terms in ({"expectedTotal": -1}, {"expectedTotal": 0.001}, {"contact": {"name": LONG}}):
        refused(await ada.post("/api/cart/checkout", json=terms), 400, "VALIDATION_FAILED")
