"""Checkouts that are refused change nothing."""

import httpx
import pytest

from shop.domain.payments.payment import TotalNotPayable
from shop.testing import ShopHarness
from tests.unit.orders.untouched import Untouched, cart_of
from tests.unit.shopping import (
    Number,
    check_out,
    exact,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
)

pytestmark = pytest.mark.anyio


async def test_an_empty_cart_can_not_be_checked_out(ada: httpx.AsyncClient) -> None:
    refused(await ada.post("/api/cart/checkout"), 409, "CART_EMPTY")
    await ada.get("/api/cart")
    refused(await ada.post("/api/cart/checkout"), 409, "CART_EMPTY")


async def test_a_checkout_leaves_an_empty_cart(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    await put_into_cart(ada, await new_product(admin))
    await check_out(ada)
    refused(await ada.post("/api/cart/checkout"), 409, "CART_EMPTY")


async def test_every_unavailable_line_is_named(
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


async def test_a_deleted_code_stops_the_checkout(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
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
async def test_an_unexpected_total_stops_the_checkout(
    ada: httpx.AsyncClient, untouched: Untouched, expected: str
) -> None:
    stopped = await ada.post("/api/cart/checkout", content=f'{{"expectedTotal": {expected}}}')
    refused(stopped, 409, "PRICE_CHANGED")
    assert exact(stopped)["error"]["details"]["total"] == Number("18.00")
    assert stopped.json()["error"]["details"] == {"expectedTotal": float(expected), "total": 18}
    await untouched.check()


@pytest.mark.parametrize("expected", ["18", "18.0", "18.00", "1.8e1", "18.000", "null"])
async def test_every_spelling_of_the_right_total_and_null_are_accepted(
    ada: httpx.AsyncClient, untouched: Untouched, expected: str
) -> None:
    made = await ada.post("/api/cart/checkout", content=f'{{"expectedTotal": {expected}}}')
    assert made.status_code == 201


async def test_an_expected_total_may_exceed_the_price_limit(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product = await new_product(admin, price=100_000_000)
    body = {"items": [{"itemId": product["id"], "quantity": 3}], "expectedTotal": 300_000_000}
    refused(await ada.post("/api/orders", json=body), 409, "TOTAL_NOT_PAYABLE")


async def test_a_changed_price_stops_a_checkout_that_expects_the_old_total(
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
