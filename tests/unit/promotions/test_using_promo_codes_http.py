"""Using promo codes: their windows, limits, minimums and discounts."""

from datetime import timedelta

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.promotions.test_promo_codes_http import asked_for, reason_of, wire
from tests.unit.shopping import (
    a_name,
    buy,
    check_out,
    new_category,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
    times_used,
)

pytestmark = pytest.mark.anyio


async def test_a_code_can_be_used_from_its_start_until_before_its_end(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    starts, ends = shop.clock.now() + timedelta(minutes=5), shop.clock.now() + timedelta(minutes=10)
    code = await new_promo_code(admin, startsAt=wire(starts), endsAt=wire(ends))
    moments = [
        (timedelta(minutes=4, seconds=59), "not_started"),
        (timedelta(seconds=1), None),  # the window includes its start
        (timedelta(minutes=4, seconds=59), None),
        (timedelta(seconds=1), "ended"),  # the window excludes its end
    ]
    product = await new_product(admin, stock=10)
    for later, reason in moments:
        shop.clock.advance(seconds=later.total_seconds())
        assert await reason_of(ada, code) == reason
        items = [{"itemId": product["id"], "quantity": 1}]
        bought = await ada.post("/api/orders", json={"items": items, "promoCode": code})
        assert bought.status_code == (409 if reason else 201)
    assert (await admin.patch(f"/api/promo-codes/{code}", json={})).json()["used"] is True


async def test_a_code_can_be_deactivated(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin, active=False)
    assert await reason_of(ada, code) == "inactive"
    await admin.patch(f"/api/promo-codes/{code}", json={"active": True})
    assert await reason_of(ada, code) is None


async def test_a_code_is_used_up_at_its_usage_limit(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin), await new_promo_code(admin, usageLimit=2)
    await buy(ada, product, promoCode=code)
    assert await reason_of(bob, code) is None
    await buy(ada, product, promoCode=code)
    for customer in (ada, bob):
        assert await reason_of(customer, code) == "used_up"
        await put_into_cart(customer, product)
        answer = await customer.put("/api/cart/promo-code", json={"promoCode": code})
        assert refused(answer, 409, "PROMO_CODE_NOT_APPLICABLE")["reason"] == "used_up"
    shown = (await admin.patch(f"/api/promo-codes/{code}", json={})).json()
    assert (shown["used"], shown["timesUsed"]) == (True, 2)


async def test_a_customer_can_use_a_code_up_to_its_limit(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, bob: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin), await new_promo_code(admin, perCustomerLimit=1)
    order = await buy(ada, product, promoCode=code)
    assert await reason_of(ada, code) == "customer_limit"
    assert await reason_of(bob, code) is None
    assert (await asked_for(bob, code)).json()["used"] is False
    await ada.post(f"/api/orders/{order['id']}/cancel")
    assert await reason_of(ada, code) is None
    paid = await buy(ada, product, promoCode=code)
    await shop.pay(paid)
    await ada.post(f"/api/orders/{paid['id']}/cancel")  # the use of a paid order is not returned
    assert await reason_of(ada, code) == "customer_limit"


async def test_a_subtotal_below_the_minimum_is_refused_at_the_checkout(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin, price=10), await new_promo_code(admin, minSubtotal=20)
    assert await reason_of(ada, code) is None  # it can be used with a larger subtotal
    await put_into_cart(ada, product)
    answer = await ada.post("/api/cart/checkout", json={"promoCode": code})
    assert refused(answer, 409, "PROMO_CODE_NOT_APPLICABLE")["reason"] == "minimum_not_reached"
    await put_into_cart(ada, product)
    assert (await check_out(ada, promoCode=code))["discount"] == 2


@pytest.mark.parametrize(
    ("kind", "value", "total"),
    [
        ("percent", 1, 12.37),
        ("percent", 100, 0),
        ("fixed", 12, 0.5),
        ("fixed", 12.5, 0),
        ("fixed", 1000, 0),
    ],
)
async def test_a_discount_never_exceeds_the_subtotal(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, kind: str, value: float, total: float
) -> None:
    code = await new_promo_code(admin, value, kind)
    order = await buy(ada, await new_product(admin, price=12.5), promoCode=code)
    assert order["total"] == total


async def test_cancelled_and_expired_orders_return_promo_code_uses(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin), await new_promo_code(admin, usageLimit=1)
    cancelled = await buy(ada, product, promoCode=code)
    assert await times_used(admin, code) == 1
    await ada.post(f"/api/orders/{cancelled['id']}/cancel")
    assert await times_used(admin, code) == 0
    await buy(ada, product, promoCode=code)
    shop.clock.advance(minutes=30)
    await shop.work()
    assert await times_used(admin, code) == 0


async def test_free_shipping_does_not_discount_the_goods(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    code = a_name("SHIP")
    await admin.post("/api/promo-codes", json={"code": code, "type": "free_shipping", "public": True})
    order = await buy(ada, await new_product(admin, price=10), promoCode=code)
    assert (order["discount"], order["total"], order["promoCode"]) == (0, 10, code)
    shown = (await ada.get("/api/dashboard")).json()["promoCodes"]
    assert [(each["type"], each["value"]) for each in shown if each["code"] == code] == [
        ("free_shipping", None)
    ]


async def test_a_code_limited_to_products_does_not_discount_other_lines(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug, pen = await new_product(admin, price=10), await new_product(admin, price=4)
    code = await new_promo_code(admin, 50, itemIds=[mug["id"], mug["id"]])
    assert (await asked_for(ada, code)).json()["itemIds"] == [mug["id"]]
    await put_into_cart(ada, pen)
    await put_into_cart(ada, mug)
    cart = (await ada.put("/api/cart/promo-code", json={"promoCode": code})).json()
    assert (cart["subtotal"], cart["discount"], cart["total"]) == (14, 5, 9)
    order = await check_out(ada)
    assert {line["itemId"]: line["discount"] for line in order["items"]} == {mug["id"]: 5, pen["id"]: 0}


async def test_a_products_id_covers_its_variants(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    variants = [{"options": {"Size": size}, "stock": 5} for size in ("S", "M")]
    body = {"name": "Shirt", "price": 20, "options": ["Size"], "variants": variants}
    shirt = (await admin.post("/api/products", json=body)).json()
    small, medium = (variant["id"] for variant in shirt["variants"])
    of_product = await new_promo_code(admin, 10, itemIds=[shirt["id"]])
    of_variant = await new_promo_code(admin, 10, itemIds=[medium])
    items = [{"itemId": item_id, "quantity": 1} for item_id in (small, medium)]
    for code, discounts in ((of_product, [2, 2]), (of_variant, [0, 2])):
        bought = await ada.post("/api/orders", json={"items": items, "promoCode": code})
        assert [line["discount"] for line in bought.json()["order"]["items"]] == discounts


async def test_a_code_limited_to_a_category_covers_its_subcategories_too(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    kitchen, garden = await new_category(admin), await new_category(admin)
    cups = (
        await admin.post("/api/categories", json={"name": a_name("Cups"), "parentId": kitchen["id"]})
    ).json()
    mug = await new_product(admin, price=10, categoryIds=[cups["id"]])
    rake = await new_product(admin, price=20, categoryIds=[garden["id"]])
    pen = await new_product(admin, price=4)
    code = await new_promo_code(admin, 10, categoryIds=[kitchen["id"]], itemIds=[pen["id"]])
    for product in (mug, rake, pen):
        await put_into_cart(ada, product)
    applied = (await ada.put("/api/cart/promo-code", json={"promoCode": code})).json()
    assert (applied["subtotal"], applied["discount"]) == (34, 1.4)
    assert (await ada.get("/api/cart")).json()["discount"] == 1.4
    moved = await admin.patch(f"/api/categories/{cups['id']}", json={"parentId": garden["id"]})
    assert moved.status_code == 200
    assert (await ada.get("/api/cart")).json()["discount"] == 0.4
    await admin.patch(f"/api/promo-codes/{code}", json={"categoryIds": [garden["id"]], "itemIds": []})
    order = await check_out(ada)
    assert [line["discount"] for line in order["items"]] == [1, 2, 0]


async def test_a_code_whose_category_is_gone_applies_to_nothing(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    kitchen, other = await new_category(admin), await new_category(admin)
    mug = await new_product(admin, price=10, categoryIds=[kitchen["id"]])
    code = await new_promo_code(admin, 10, categoryIds=[kitchen["id"]])
    await put_into_cart(ada, mug)
    gone = await admin.delete(f"/api/categories/{kitchen['id']}?moveTo={other['id']}")
    assert gone.status_code == 200
    cart = (await ada.put("/api/cart/promo-code", json={"promoCode": code})).json()
    assert (cart["discount"], cart["total"]) == (0, 10)
    shown = (await asked_for(admin, code)).json()
    assert (await admin.patch(f"/api/promo-codes/{code}", json=shown)).status_code == 200


async def test_a_minimum_counts_the_lines_that_the_code_is_limited_to(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug, pen = await new_product(admin, price=10), await new_product(admin, price=100)
    code = await new_promo_code(admin, 10, itemIds=[mug["id"]], minSubtotal=20)
    await put_into_cart(ada, pen)
    await put_into_cart(ada, mug)
    answer = await ada.post("/api/cart/checkout", json={"promoCode": code})
    assert refused(answer, 409, "PROMO_CODE_NOT_APPLICABLE")["reason"] == "minimum_not_reached"
    await put_into_cart(ada, mug)
    assert (await check_out(ada, promoCode=code))["discount"] == 2


async def test_a_code_whose_products_are_gone_applies_to_nothing_and_is_not_used(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    mug, pen = await new_product(admin, price=10), await new_product(admin, price=4)
    code = await new_promo_code(admin, 50, itemIds=[mug["id"]], usageLimit=1)
    assert (await admin.delete(f"/api/products/{mug['id']}")).status_code == 200
    await put_into_cart(ada, pen)
    cart = (await ada.put("/api/cart/promo-code", json={"promoCode": code})).json()
    assert (cart["discount"], cart["total"], cart["promoCode"]) == (0, 4, code)
    order = await check_out(ada)
    assert (order["discount"], order["total"], order["promoCode"]) == (0, 4, None)
    assert await times_used(admin, code) == 0
    shown = (await asked_for(admin, code)).json()
    assert shown["itemIds"] == [mug["id"]]
    kept = await admin.patch(f"/api/promo-codes/{code}", json=shown)
    assert (kept.status_code, kept.json()["itemIds"]) == (200, [mug["id"]])
    details = refused(
        await admin.post(
            "/api/promo-codes",
            json={"code": a_name("LATE"), "type": "percent", "value": 5, "itemIds": [mug["id"]]},
        ),
        400,
        "VALIDATION_FAILED",
    )
    assert details.keys() == {"itemIds"}
