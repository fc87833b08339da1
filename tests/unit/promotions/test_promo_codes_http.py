"""The contract's section on promo codes."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.shopping import (
    Json,
    Number,
    a_name,
    buy,
    check_out,
    exact,
    new_category,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
    times_used,
)

pytestmark = pytest.mark.anyio

NO_CODES = [
    "NO-SUCH-CODE",
    "%20",
    "%C3%9F",
    "%F0%9F%9B%92",
    "a%2Fb",
    "'%20OR%201=1--",
    "%25",
    "a" * 2000,
    "..%2F",
]


def wire(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


async def asked_for(client: httpx.AsyncClient, code: str) -> httpx.Response:
    return await client.get(f"/api/promo-codes/{code}")


async def reason_of(client: httpx.AsyncClient, code: str) -> str | None:
    """Why the code can't be used by this customer now; None if it can."""
    answer = await asked_for(client, code)
    if answer.status_code == 200:
        return None
    details = refused(answer, 409, "PROMO_CODE_NOT_APPLICABLE")
    assert details["promoCode"] == code
    return str(details["reason"])


async def test_a_code_of_few_words(admin: httpx.AsyncClient) -> None:
    code = a_name("FEW")
    made = await admin.post("/api/promo-codes", json={"code": code, "type": "percent", "value": 10})
    assert made.status_code == 201
    assert made.headers["location"] == f"/api/promo-codes/{code}"
    assert exact(made) == {
        "code": code,
        "type": "percent",
        "value": 10,
        "currency": "USD",
        "used": False,
        "minSubtotal": None,
        "startsAt": None,
        "endsAt": None,
        "usageLimit": None,
        "perCustomerLimit": None,
        "itemIds": [],
        "categoryIds": [],
        "public": False,
        "active": True,
        "timesUsed": 0,
    }
    assert (await admin.get(made.headers["location"])).json() == made.json()


async def test_a_code_in_full(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    code = a_name("Full_")
    mug = await new_product(admin)
    terms = {
        "code": code,
        "type": "fixed",
        "value": 4.5,
        "minSubtotal": 20,
        "startsAt": "2025-12-31T23:00:00+01:00",
        "endsAt": "2036-01-01T00:00:00Z",
        "usageLimit": 100,
        "perCustomerLimit": 1,
        "itemIds": [mug["id"]],
        "categoryIds": [(await new_category(admin))["id"]],
        "public": True,
        "active": True,
    }
    made = await admin.post("/api/promo-codes", json=terms)
    assert made.status_code == 201
    expected = {
        **terms,
        "value": Number("4.50"),
        "currency": "USD",
        "minSubtotal": Number("20.00"),
        "startsAt": "2025-12-31T22:00:00Z",
        "used": False,
        "timesUsed": 0,
    }
    assert exact(made) == expected
    assert exact(await asked_for(ada, code)) == expected


@pytest.mark.parametrize("code", ["abc", "A-b_9", "x" * 40])
async def test_good_codes(admin: httpx.AsyncClient, code: str) -> None:
    body = {"code": code, "type": "percent", "value": 1}
    assert (await admin.post("/api/promo-codes", json=body)).status_code == 201


BAD_TERMS: list[Json] = [
    *(
        {"code": code}
        for code in ("", "ab", "x" * 41, "a b c", "é" * 5, "a/b/c", "abc\nd", "१२३", "ABC.", None, 12345)
    ),
    *({"type": kind} for kind in ("", "percentage", "PERCENT", None, 1, [])),
    *({"value": value} for value in (0, 101, -1, 10.5, "10", True, None, 10**30, [], {})),
    *({"type": "fixed", "value": value} for value in (0, -1, 19.999, 100_000_000.01, "5", True, None)),
    *({"minSubtotal": value} for value in (-0.01, 19.999, 100_000_000.01, "5", True, [])),
    *(
        {limit: value}
        for limit in ("usageLimit", "perCustomerLimit")
        for value in (0, -1, 1.5, "1", True, 2**31, 10**40)
    ),
    *(
        {"startsAt": at}
        for at in ("", "tomorrow", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", 0, True)
    ),
    *(
        {"endsAt": at}
        for at in ("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-13-01T00:00:00Z")
    ),
    {"startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-02T00:00:00Z"},
    {"startsAt": "2026-01-02T00:00:00Z", "endsAt": "2026-01-01T00:00:00Z"},
    *({flag: value} for flag in ("public", "active") for value in (None, 1, "true", [])),
    *(
        {targets: value}
        for targets in ("itemIds", "categoryIds")
        for value in (None, "", ["nothing"], [""], ["x"] * 251, {})
    ),
    *({"type": "free_shipping", "value": value} for value in (0, 1, 10.5)),
    {"colour": "blue"},
    {"timesUsed": 0},
]


@pytest.mark.parametrize("terms", BAD_TERMS, ids=str)
async def test_bad_terms_are_refused(admin: httpx.AsyncClient, ada: httpx.AsyncClient, terms: Json) -> None:
    code = a_name("BAD")
    body = {"code": code, "type": "percent", "value": 10, **terms}
    details = refused(await admin.post("/api/promo-codes", json=body), 400, "VALIDATION_FAILED")
    assert details.keys() & terms.keys()
    refused(await asked_for(ada, code), 404, "NOT_FOUND")


@pytest.mark.parametrize("missing", ["code", "type", "value"])
async def test_what_must_be_said(admin: httpx.AsyncClient, missing: str) -> None:
    body = {"code": a_name("HALF"), "type": "percent", "value": 10}
    del body[missing]
    details = refused(await admin.post("/api/promo-codes", json=body), 400, "VALIDATION_FAILED")
    assert details == {missing: "is required"}


async def test_a_name_is_taken_in_any_case(admin: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin, code=a_name("Taken"))
    body = {"code": code.swapcase(), "type": "fixed", "value": 1}
    assert refused(await admin.post("/api/promo-codes", json=body), 409, "PROMO_CODE_TAKEN") == {
        "code": "is taken"
    }


async def test_a_code_is_known_in_any_case(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin, code=a_name("Summer"))
    found = await asked_for(ada, code.swapcase())
    assert found.json()["code"] == code
    order = await buy(ada, await new_product(admin), promoCode=code.swapcase())
    assert order["promoCode"] == code
    changed = await admin.patch(f"/api/promo-codes/{code.swapcase()}", json={"public": True})
    assert (changed.json()["code"], changed.json()["timesUsed"]) == (code, 1)


@pytest.mark.parametrize("code", NO_CODES)
async def test_an_unknown_code_is_not_found(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient, code: str
) -> None:
    refused(await asked_for(ada, code), 404, "NOT_FOUND")
    refused(await admin.patch(f"/api/promo-codes/{code}", json={}), 404, "NOT_FOUND")
    refused(await admin.delete(f"/api/promo-codes/{code}"), 404, "NOT_FOUND")


async def test_codes_are_the_admins_business(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin)
    body = {"code": a_name("MINE"), "type": "percent", "value": 100}
    for answer in (
        await ada.post("/api/promo-codes", json=body),
        await ada.get("/api/promo-codes?page=1"),
        await ada.patch(f"/api/promo-codes/{code}", json={"value": 100}),
        await ada.delete(f"/api/promo-codes/{code}"),
    ):
        refused(answer, 403, "FORBIDDEN")
    assert (await asked_for(ada, code)).json()["value"] == 10


async def test_all_codes_by_pages(admin: httpx.AsyncClient) -> None:
    codes = [await new_promo_code(admin) for _ in range(3)]
    total = (await admin.get("/api/promo-codes?page=1&limit=1")).json()["total"]
    listed: list[Json] = []
    for page in range(1, total // 2 + 2):
        answer = await admin.get(f"/api/promo-codes?page={page}&limit=2")
        assert answer.status_code == 200
        assert (answer.json()["page"], answer.json()["limit"], answer.json()["total"]) == (page, 2, total)
        listed += answer.json()["items"]
    names = [code["code"] for code in listed]
    assert len(names) == len(set(names)) == total
    assert [name for name in names if name in codes] == codes
    assert listed[-1] == (await asked_for(admin, codes[-1])).json()


async def test_a_code_has_a_window(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    starts, ends = shop.clock.now() + timedelta(minutes=5), shop.clock.now() + timedelta(minutes=10)
    code = await new_promo_code(admin, startsAt=wire(starts), endsAt=wire(ends))
    moments = [
        (timedelta(minutes=4, seconds=59), "not_started"),
        (timedelta(seconds=1), None),  # its start is in the window
        (timedelta(minutes=4, seconds=59), None),
        (timedelta(seconds=1), "ended"),  # its end isn't
    ]
    product = await new_product(admin, stock=10)
    for later, reason in moments:
        shop.clock.advance(seconds=later.total_seconds())
        assert await reason_of(ada, code) == reason
        items = [{"itemId": product["id"], "quantity": 1}]
        bought = await ada.post("/api/orders", json={"items": items, "promoCode": code})
        assert bought.status_code == (409 if reason else 201)
    assert (await admin.patch(f"/api/promo-codes/{code}", json={})).json()["used"] is True


async def test_a_code_can_be_switched_off(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin, active=False)
    assert await reason_of(ada, code) == "inactive"
    await admin.patch(f"/api/promo-codes/{code}", json={"active": True})
    assert await reason_of(ada, code) is None


async def test_a_code_can_be_used_up(
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


async def test_a_customer_may_use_a_code_so_often(
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
    await ada.post(f"/api/orders/{paid['id']}/cancel")  # paid for and refunded: it was used all the same
    assert await reason_of(ada, code) == "customer_limit"


async def test_a_code_has_a_minimum(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product, code = await new_product(admin, price=10), await new_promo_code(admin, minSubtotal=20)
    assert await reason_of(ada, code) is None  # it could be used, on more
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


async def test_uses_are_given_back_by_what_is_cancelled_or_expires_unpaid(
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


async def test_terms_change_and_past_orders_keep_theirs(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin, price=10), await new_promo_code(admin, 10)
    order = await buy(ada, product, promoCode=code)
    changes: dict[str, Any] = {
        "type": "fixed",
        "value": 3.5,
        "minSubtotal": 5,
        "startsAt": "2026-01-01T00:00:00Z",
        "endsAt": "2036-01-01T00:00:00Z",
        "usageLimit": 5,
        "perCustomerLimit": 5,
        "public": True,
    }
    changed = await admin.patch(f"/api/promo-codes/{code}", json=changes)
    assert changed.status_code == 200
    assert changed.json() == {
        **changes,
        "code": code,
        "currency": "USD",
        "used": False,
        "active": True,
        "timesUsed": 1,
        "itemIds": [],
        "categoryIds": [],
    }
    assert (await buy(ada, product, promoCode=code))["discount"] == 3.5
    assert (await ada.get(f"/api/orders/{order['id']}")).json() == order
    taken_away = dict.fromkeys(("minSubtotal", "startsAt", "endsAt", "usageLimit", "perCustomerLimit"))
    assert (await admin.patch(f"/api/promo-codes/{code}", json=taken_away)).json() == {
        **changed.json(), **taken_away, "timesUsed": 2
    }  # fmt: skip


@pytest.mark.parametrize(
    "terms", [terms for terms in BAD_TERMS if not {"code", "timesUsed"} & terms.keys()], ids=str
)
async def test_bad_changes_are_refused(admin: httpx.AsyncClient, terms: Json) -> None:
    code = await new_promo_code(admin)
    before = (await asked_for(admin, code)).json()
    details = refused(await admin.patch(f"/api/promo-codes/{code}", json=terms), 400, "VALIDATION_FAILED")
    assert details.keys() & terms.keys()
    assert (await asked_for(admin, code)).json() == before


async def test_a_new_type_comes_with_its_value(admin: httpx.AsyncClient) -> None:
    code = await new_promo_code(admin, 50)
    refused(await admin.patch(f"/api/promo-codes/{code}", json={"type": "fixed"}), 400, "VALIDATION_FAILED")


async def test_free_shipping_has_no_value(admin: httpx.AsyncClient) -> None:
    code = a_name("SHIP")
    made = await admin.post("/api/promo-codes", json={"code": code, "type": "free_shipping"})
    assert made.status_code == 201
    assert (made.json()["type"], made.json()["value"]) == ("free_shipping", None)
    sent_back = await admin.patch(f"/api/promo-codes/{code}", json=made.json())
    assert (sent_back.status_code, sent_back.json()) == (200, made.json())
    taken_off = await admin.patch(f"/api/promo-codes/{code}", json={"type": "percent", "value": 5})
    assert taken_off.json()["value"] == 5
    free_again = await admin.patch(f"/api/promo-codes/{code}", json={"type": "free_shipping"})
    assert free_again.json()["value"] is None


@pytest.mark.parametrize("value", [5, 0])
async def test_free_shipping_takes_no_value(admin: httpx.AsyncClient, value: int) -> None:
    code = await new_promo_code(admin)
    changes = {"type": "free_shipping", "value": value}
    details = refused(await admin.patch(f"/api/promo-codes/{code}", json=changes), 400, "VALIDATION_FAILED")
    assert details == {"value": "must be left out"}


async def test_free_shipping_takes_nothing_off_the_goods(
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


async def test_a_code_limited_to_products_takes_nothing_off_other_lines(
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


async def test_a_code_limited_to_a_category_covers_what_is_in_it_and_below(
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


async def test_a_limit_can_not_be_below_the_uses(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product, code = await new_product(admin), await new_promo_code(admin, usageLimit=5)
    for _ in range(2):
        await buy(ada, product, promoCode=code)
    details = refused(
        await admin.patch(f"/api/promo-codes/{code}", json={"usageLimit": 1}), 409, "LIMIT_BELOW_USES"
    )
    assert details["timesUsed"] == 2
    changed = await admin.patch(f"/api/promo-codes/{code}", json={"usageLimit": 2})
    assert (changed.json()["usageLimit"], changed.json()["used"]) == (2, True)


async def test_a_code_is_deleted_and_past_orders_keep_it(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    product, code = await new_product(admin), await new_promo_code(admin)
    order = await buy(ada, product, promoCode=code)
    gone = await admin.delete(f"/api/promo-codes/{code}")
    assert (gone.status_code, gone.json()) == (200, {"ok": True})
    refused(await asked_for(ada, code), 404, "NOT_FOUND")
    refused(await admin.delete(f"/api/promo-codes/{code}"), 404, "NOT_FOUND")
    assert (await ada.get(f"/api/orders/{order['id']}")).json() == order
    cancelled = await ada.post(f"/api/orders/{order['id']}/cancel")
    assert cancelled.json()["order"]["status"] == "cancelled"
    again = await new_promo_code(admin, code=code)
    assert await times_used(admin, again) == 0
