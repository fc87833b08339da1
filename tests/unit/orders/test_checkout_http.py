"""The contract's words on the checkout, from the cart and without it."""

import re
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from shop.domain.errors import Unavailable
from shop.domain.payments.payment import TotalNotPayable
from shop.testing import ShopHarness
from tests.unit.shopping import (
    Json,
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


async def cart_of(client: httpx.AsyncClient) -> Json:
    return dict((await client.get("/api/cart")).json())


async def number_of_orders(client: httpx.AsyncClient) -> int:
    return int((await client.get("/api/orders?page=1")).json()["total"])


async def test_an_order_in_full(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
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


async def test_what_was_not_told_is_null(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
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


async def test_the_bodys_code_goes_before_the_carts(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    in_cart, in_body = await new_promo_code(admin, 10), await new_promo_code(admin, 20)
    await put_into_cart(ada, await new_product(admin, price=10))
    await ada.put("/api/cart/promo-code", json={"promoCode": in_cart})
    order = await check_out(ada, promoCode=in_body.lower())
    assert (order["promoCode"], order["discount"]) == (in_body, 2)
    assert await times_used(admin, in_cart) == 0


class Untouched:
    """What a refused checkout must leave as it was."""

    def __init__(self, admin: httpx.AsyncClient, client: httpx.AsyncClient) -> None:
        self.admin = admin
        self.client = client

    async def prepare(self) -> None:
        self.product = await new_product(self.admin, price=10, stock=5)
        self.code = await new_promo_code(self.admin, 10)
        await put_into_cart(self.client, self.product, 2)
        await self.client.put("/api/cart/promo-code", json={"promoCode": self.code})
        self.before = await self._state()

    async def check(self) -> None:
        assert await self._state() == self.before

    async def _state(self) -> list[Any]:
        return [
            await cart_of(self.client),
            await stock_of(self.admin, self.product),
            await times_used(self.admin, self.code),
            await number_of_orders(self.client),
        ]


@pytest.fixture
async def untouched(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> Untouched:
    state = Untouched(admin, ada)
    await state.prepare()
    return state


async def test_an_empty_cart_can_not_be_checked_out(ada: httpx.AsyncClient, bob: httpx.AsyncClient) -> None:
    refused(await ada.post("/api/cart/checkout"), 409, "CART_EMPTY")
    await ada.get("/api/cart")
    refused(await ada.post("/api/cart/checkout"), 409, "CART_EMPTY")


async def test_an_order_leaves_a_cart_that_is_empty(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    await put_into_cart(ada, await new_product(admin))
    await check_out(ada)
    refused(await ada.post("/api/cart/checkout"), 409, "CART_EMPTY")


async def test_every_line_that_can_not_be_had_is_named(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, untouched: Untouched
) -> None:
    short, deleted = await new_product(admin, stock=4, name="Short"), await new_product(admin, stock=1)
    await put_into_cart(ada, short, 4)
    await put_into_cart(ada, deleted)
    await admin.post(f"/api/products/{short['id']}/stock", json={"change": -1})
    await admin.delete(f"/api/products/{deleted['id']}")
    untouched.before[0] = await cart_of(ada)
    details = refused(await ada.post("/api/cart/checkout"), 409, "OUT_OF_STOCK")
    assert details["items"][0] == {"itemId": short["id"], "name": "Short", "requested": 4, "available": 3}
    assert [(item["itemId"], item["available"]) for item in details["items"]] == [
        (short["id"], 3),
        (deleted["id"], 0),
    ]
    await untouched.check()


async def test_an_unknown_code_stops_the_checkout(ada: httpx.AsyncClient, untouched: Untouched) -> None:
    refused(await ada.post("/api/cart/checkout", json={"promoCode": "NO-SUCH-CODE"}), 404, "NOT_FOUND")
    await untouched.check()


async def test_a_code_that_is_gone_stops_the_checkout(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await put_into_cart(ada, await new_product(admin))
    code = await new_promo_code(admin)
    await ada.put("/api/cart/promo-code", json={"promoCode": code})
    await admin.delete(f"/api/promo-codes/{code}")
    refused(await ada.post("/api/cart/checkout"), 404, "NOT_FOUND")
    assert (await ada.delete("/api/cart/promo-code")).status_code == 200
    await check_out(ada)


async def test_a_code_that_does_not_apply_stops_the_checkout(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, untouched: Untouched
) -> None:
    code = await new_promo_code(admin, minSubtotal=20.01)
    stopped = await ada.post("/api/cart/checkout", json={"promoCode": code})
    details = refused(stopped, 409, "PROMO_CODE_NOT_APPLICABLE")
    assert details == {"promoCode": code, "reason": "minimum_not_reached"}
    assert code in stopped.json()["error"]["message"]
    await untouched.check()


@pytest.mark.parametrize("expected", ["20.00", "18.01", "17.99", "0", "180"])
async def test_another_total_than_expected_stops_the_checkout(
    ada: httpx.AsyncClient, untouched: Untouched, expected: str
) -> None:
    stopped = await ada.post("/api/cart/checkout", content=f'{{"expectedTotal": {expected}}}')
    refused(stopped, 409, "PRICE_CHANGED")
    assert exact(stopped)["error"]["details"]["total"] == Number("18.00")
    assert stopped.json()["error"]["details"] == {"expectedTotal": float(expected), "total": 18}
    await untouched.check()


@pytest.mark.parametrize("expected", ["18", "18.0", "18.00", "1.8e1", "18.000", "null"])
async def test_the_expected_total_is_a_number_not_a_text(
    ada: httpx.AsyncClient, untouched: Untouched, expected: str
) -> None:
    made = await ada.post("/api/cart/checkout", content=f'{{"expectedTotal": {expected}}}')
    assert made.status_code == 201


async def test_a_total_past_what_a_price_may_be_can_be_expected(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, price=100_000_000)
    body = {"items": [{"itemId": product["id"], "quantity": 3}], "expectedTotal": 300_000_000}
    refused(await ada.post("/api/orders", json=body), 409, "TOTAL_NOT_PAYABLE")


async def test_a_price_that_changed_in_the_cart_is_noticed(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, untouched: Untouched
) -> None:
    await admin.patch(f"/api/products/{untouched.product['id']}", json={"price": 11})
    stopped = await ada.post("/api/cart/checkout", json={"expectedTotal": 18})
    assert refused(stopped, 409, "PRICE_CHANGED") == {"expectedTotal": 18, "total": 19.8}
    order = await check_out(ada, expectedTotal=19.8)
    assert order["items"][0]["unitPrice"] == 11


async def test_a_total_that_the_provider_does_not_take_stops_the_checkout(
    shop: ShopHarness, ada: httpx.AsyncClient, untouched: Untouched, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(amount: int, currency: str) -> None:
        raise TotalNotPayable(f"{amount} {currency} is too little.")

    monkeypatch.setattr(shop.payments, "ensure_payable", refuse)
    refused(await ada.post("/api/cart/checkout"), 409, "TOTAL_NOT_PAYABLE")
    await untouched.check()
    items = [{"itemId": untouched.product["id"], "quantity": 1}]
    refused(await ada.post("/api/orders", json={"items": items}), 409, "TOTAL_NOT_PAYABLE")
    await untouched.check()


@pytest.mark.parametrize(("kind", "value"), [("percent", 100), ("fixed", 999.99), ("fixed", 20)])
async def test_a_total_of_nothing_is_paid_at_once(
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


async def test_a_product_for_nothing_is_paid_at_once(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
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
    with pytest.raises(Unavailable, match="could not be brought further"):
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


async def test_buying_now_leaves_the_cart_alone(ada: httpx.AsyncClient, untouched: Untouched) -> None:
    order = await buy(ada, untouched.product, 3, contact=CONTACT)
    assert history_of(order) == ["pending"]
    assert (order["total"], order["promoCode"], order["contact"]) == (
        30,
        None,
        CONTACT,
    )  # nor the cart's code
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


async def test_buying_now_without_a_body_names_what_is_missing(ada: httpx.AsyncClient) -> None:
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


async def test_buying_now_is_refused_for_the_same_reasons(
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
async def test_a_country_is_its_two_letters(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, sent: str | None, kept: str | None
) -> None:
    address = {"country": sent, "region": "anything, as it is written"}
    order = await buy(ada, await new_product(admin), shippingAddress=address)
    assert order["shippingAddress"]["country"] == kept
    assert order["shippingAddress"]["region"] == "anything, as it is written"


async def test_what_is_wrong_with_an_address_is_named_as_on_the_wire(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    body = {"items": [{"itemId": UNKNOWN_ID, "quantity": 1}]}
    address = {"postalCode": LONG, "country": "XX"}
    details = refused(
        await ada.post("/api/orders", json={**body, "shippingAddress": address}), 400, "VALIDATION_FAILED"
    )
    assert details == {
        "shippingAddress.postalCode": "must be at most 200 characters",
        "shippingAddress.country": "must be a country's two letters, such as DE",
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


async def test_a_saved_address_is_the_buyers_own_and_goes_with_no_other(
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
    assert all(field.startswith(name) for field in details)
    items = [{"itemId": untouched.product["id"], "quantity": 1}]
    refused(await ada.post("/api/orders", json={"items": items, **terms}), 400, "VALIDATION_FAILED")
    await untouched.check()


async def test_bad_terms_are_bad_whatever_the_cart(ada: httpx.AsyncClient) -> None:
    for terms in ({"expectedTotal": -1}, {"expectedTotal": 0.001}, {"contact": {"name": LONG}}):
        refused(await ada.post("/api/cart/checkout", json=terms), 400, "VALIDATION_FAILED")
