"""Promo codes in carts."""

from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.carts.showing import cart_of, totals
from tests.unit.shopping import (
    Json,
    a_name,
    buy,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
    times_used,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        ("percent", 10, (25, 2.5, 22.5)),
        ("percent", 33, (25, 8.25, 16.75)),
        ("percent", 100, (25, 25, 0)),
        ("fixed", 4.99, (25, 4.99, 20.01)),
        ("fixed", 25, (25, 25, 0)),
        ("fixed", 999, (25, 25, 0)),
    ],
)
async def test_a_promo_code_shows_its_discount(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, kind: str, value: float, expected: Any
) -> None:
    await put_into_cart(ada, await new_product(admin, price=12.5), 2)
    code = await new_promo_code(admin, value, kind)
    shown = await ada.put("/api/cart/promo-code", json={"promoCode": code})
    assert shown.status_code == 200
    assert shown.json()["promoCode"] == code
    assert totals(shown.json()) == expected
    assert await cart_of(ada) == shown.json()
    taken_off = (await ada.delete("/api/cart/promo-code")).json()
    assert (taken_off["promoCode"], totals(taken_off)) == (None, (25, 0, 25))
    assert await times_used(admin, code) == 0


async def test_a_discount_follows_the_cart(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, price=10)
    code = await new_promo_code(admin, 50, minSubtotal=15)
    await put_into_cart(ada, product, 2)
    assert totals((await ada.put("/api/cart/promo-code", json={"promoCode": code})).json()) == (20, 10, 10)
    lowered = (await ada.patch(f"/api/cart/items/{product['id']}", json={"quantity": 1})).json()
    assert totals(lowered) == (10, 0, 10)  # below the minimum, which the checkout will say
    assert lowered["promoCode"] == code
    assert lowered["promoCodeProblem"] == {
        "code": "PROMO_CODE_NOT_APPLICABLE",
        "message": f"The promo code {code} needs a higher subtotal.",
    }
    raised = await put_into_cart(ada, product, 2)
    assert (totals(raised), raised["promoCodeProblem"]) == ((30, 15, 15), None)


@pytest.mark.parametrize(
    ("terms", "end", "reason"),
    [
        ({}, {"active": False}, "is switched off"),
        ({}, {"startsAt": "2036-01-01T00:00:00Z"}, "is not valid yet"),
        ({}, {"endsAt": "2016-01-01T00:00:00Z"}, "is no longer valid"),
        ({"usageLimit": 1}, "used up", "has been used up"),
        ({"perCustomerLimit": 1}, "used by the customer", "has reached its limit per customer"),
        ({}, "deleted", "There is no such promo code."),
    ],
)
async def test_a_code_that_no_longer_applies_says_why(
    admin: httpx.AsyncClient,
    ada: httpx.AsyncClient,
    bob: httpx.AsyncClient,
    terms: Json,
    end: Json | str,
    reason: str,
) -> None:
    product = await new_product(admin, price=10)
    code = await new_promo_code(admin, 50, **terms)
    await put_into_cart(ada, product)
    assert totals((await ada.put("/api/cart/promo-code", json={"promoCode": code})).json()) == (10, 5, 5)
    if end == "deleted":
        await admin.delete(f"/api/promo-codes/{code}")
    elif isinstance(end, str):
        await buy(ada if "customer" in end else bob, product, promoCode=code)
    else:
        await admin.patch(f"/api/promo-codes/{code}", json=end)
    shown = await cart_of(ada)
    assert (totals(shown), shown["promoCode"]) == ((10, 0, 10), code)
    assert reason in shown["promoCodeProblem"]["message"]
    refusal = (await ada.post("/api/cart/checkout")).json()["error"]
    assert shown["promoCodeProblem"] == {"code": refusal["code"], "message": refusal["message"]}


async def test_a_code_that_covers_no_item_says_so(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    covered, other = await new_product(admin, price=20, stock=1), await new_product(admin, price=10)
    code = await new_promo_code(admin, 50, itemIds=[covered["id"]])
    empty = (await ada.put("/api/cart/promo-code", json={"promoCode": code})).json()
    assert (empty["promoCode"], empty["promoCodeProblem"]) == (code, None)
    without = await put_into_cart(ada, other)
    problem = {
        "code": "PROMO_CODE_NOT_APPLICABLE",
        "message": f"The promo code {code} applies to no available item of this cart.",
    }
    assert (totals(without), without["promoCodeProblem"]) == ((10, 0, 10), problem)
    with_it = await put_into_cart(ada, covered)
    assert (totals(with_it), with_it["promoCodeProblem"]) == ((30, 10, 20), None)
    await admin.post(f"/api/products/{covered['id']}/stock", json={"change": -1})
    sold_out = await cart_of(ada)
    assert (totals(sold_out), sold_out["promoCodeProblem"]) == ((10, 0, 10), problem)
    await ada.delete(f"/api/cart/items/{covered['id']}")
    order = (await ada.post("/api/cart/checkout")).json()["order"]
    assert (order["promoCode"], order["total"]) == (None, 10)


async def test_codes_compare_without_case(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin, code=a_name("Summer"))
    shown = await ada.put("/api/cart/promo-code", json={"promoCode": code.swapcase()})
    assert shown.json()["promoCode"] == code


@pytest.mark.parametrize("code", ["NO-SUCH-CODE", "", "x" * 5000, "ß", "' OR 1=1--", "%"])
async def test_an_unknown_code_is_not_found(ada: httpx.AsyncClient, code: str) -> None:
    before = await cart_of(ada)
    refused(await ada.put("/api/cart/promo-code", json={"promoCode": code}), 404, "NOT_FOUND")
    assert await cart_of(ada) == before


async def test_a_code_that_does_not_apply_says_why(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await put_into_cart(ada, await new_product(admin, price=10))
    before = await cart_of(ada)
    code = await new_promo_code(admin, minSubtotal=10.01)
    details = refused(
        await ada.put("/api/cart/promo-code", json={"promoCode": code}), 409, "PROMO_CODE_NOT_APPLICABLE"
    )
    assert details == {"promoCode": code, "reason": "minimum_not_reached"}
    assert await cart_of(ada) == before


async def test_a_cart_without_a_code_has_no_discount(ada: httpx.AsyncClient) -> None:
    assert (await ada.delete("/api/cart/promo-code")).json()["promoCode"] is None
