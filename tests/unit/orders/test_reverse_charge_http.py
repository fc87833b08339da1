"""Businesses of other EU countries: their tax, and the VAT id on the order."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.selling import new_method, new_tax_rate, new_zone
from tests.unit.shopping import Json, buy, new_product, new_promo_code, refused

pytestmark = pytest.mark.anyio

FRENCH, GERMAN = {"vatId": "FR 61 954 506 077"}, {"vatId": "DE136695976"}
TO_FRANCE, TO_GERMANY = {"country": "FR"}, {"country": "DE"}


@pytest.fixture(params=[False, True], ids=["net prices", "gross prices"])
async def shop(request: pytest.FixtureRequest) -> AsyncIterator[ShopHarness]:
    async with shop_harness(country="DE", prices_include_tax=request.param, reverse_charge=True) as opened:
        await opened.admin("owner")
        yield opened


async def sell(
    shop: ShopHarness,
    admin: httpx.AsyncClient,
    ada: httpx.AsyncClient,
    code: str | None = None,
    **terms: Json,
) -> Json:
    """Sell two mugs at 12 and a book at 10.55, shipped for 6. France taxes 20 and 5.5 %, Germany 19 and 7 %."""
    for country, standard, reduced in (("FR", 20, 5.5), ("DE", 19, 7)):
        await new_tax_rate(admin, standard, country=country)
        await new_tax_rate(admin, reduced, country=country, taxClass="books")
    zone = await new_zone(admin, countries=["FR", "DE"])
    method = await new_method(admin, zone, {"price": 6})
    mug, book = await new_product(admin, 12), await new_product(admin, 10.55, taxClass="books")
    items = [{"itemId": mug["id"], "quantity": 2}, {"itemId": book["id"], "quantity": 1}]
    body = {"items": items, "shippingMethodId": method["id"], "promoCode": code, **terms}
    answer = await ada.post("/api/orders", json={name: value for name, value in body.items() if value})
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["order"])


async def test_a_business_abroad_pays_no_tax(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await sell(shop, admin, ada, contact=FRENCH, shippingAddress=TO_FRANCE)
    if shop.container.settings.prices_include_tax:  # at the rates of France, where the goods go
        prices, shipping, total = [10, 10], 5, 35
    else:
        prices, shipping, total = [12, 10.55], 6, 40.55
    assert [line["unitPrice"] for line in order["items"]] == prices
    assert (order["shipping"]["price"], order["tax"], order["total"]) == (shipping, 0, total)
    assert order["taxes"] == [{"name": "Reverse charge", "rate": 0, "net": total, "tax": 0}]
    assert [(line["taxRate"], line["tax"]) for line in order["items"]] == [(None, 0), (None, 0)]
    assert (order["pricesIncludeTax"], order["vatIdVerified"]) == (False, False)
    assert order["contact"]["vatId"] == "FR61954506077"


async def test_a_fixed_code_and_its_minimum_are_net(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    included = shop.container.settings.prices_include_tax
    code = await new_promo_code(admin, 5, "fixed", minSubtotal=30 if included else 34.55)
    order = await sell(shop, admin, ada, code, contact=FRENCH, shippingAddress=TO_FRANCE)
    assert (order["subtotal"], order["discount"]) == ((30, 5) if included else (34.55, 5))
    assert order["total"] == (30 if included else 35.55)


@pytest.mark.parametrize(
    "terms",
    [
        pytest.param({"contact": {}, "shippingAddress": TO_FRANCE}, id="without a VAT id"),
        pytest.param({"contact": GERMAN, "shippingAddress": TO_FRANCE}, id="VAT id of the shop's country"),
        pytest.param(
            {"contact": FRENCH, "shippingAddress": TO_GERMANY}, id="goods that stay in the shop's country"
        ),
        pytest.param(
            {"contact": {"vatId": "XI980780684"}, "shippingAddress": TO_FRANCE},
            id="VAT id from outside the EU",
        ),
    ],
)
async def test_all_other_buyers_pay_tax(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, terms: Json
) -> None:
    order = await sell(shop, admin, ada, **terms)
    assert order["tax"] > 0
    assert order["pricesIncludeTax"] is shop.container.settings.prices_include_tax


async def test_without_reverse_charge_a_business_abroad_pays_tax() -> None:
    async with shop_harness(country="DE") as shop:
        order = await sell(
            shop, await shop.admin(), await shop.customer("ada"), contact=FRENCH, shippingAddress=TO_FRANCE
        )
    assert order["tax"] > 0


async def test_staff_record_that_a_vat_id_is_registered(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    order = await buy(ada, await new_product(admin), contact=FRENCH)
    path = f"/api/admin/orders/{order['id']}"
    read = await admin.get(path)
    assert read.json()["vatIdVerified"] is False
    verified = await admin.patch(
        path, json={"vatIdVerified": True}, headers={"If-Match": read.headers["etag"]}
    )
    assert (verified.status_code, verified.json()["vatIdVerified"]) == (200, True)
    assert verified.headers["etag"] != read.headers["etag"]
    assert (await ada.get(f"/api/orders/{order['id']}")).json()["vatIdVerified"] is True
    sent_back = await admin.patch(path, json={**verified.json(), "vatIdVerified": False})
    assert (sent_back.status_code, sent_back.json()["vatIdVerified"]) == (200, False)
    unchanged = await admin.patch(path, json={})
    assert (unchanged.status_code, unchanged.json()) == (200, sent_back.json())


async def test_an_order_without_vat_id_cannot_be_verified(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    path = f"/api/admin/orders/{(await buy(ada, await new_product(admin)))['id']}"
    refused(await admin.patch(path, json={"vatIdVerified": True}), 409, "VAT_ID_MISSING")
    assert (await admin.patch(path, json={"vatIdVerified": False})).status_code == 200
    refused(await ada.patch(path, json={"vatIdVerified": True}), 403, "FORBIDDEN")
    unknown = "/api/admin/orders/0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"
    refused(await admin.patch(unknown, json={"vatIdVerified": True}), 404, "NOT_FOUND")
    stale = await admin.patch(path, json={"vatIdVerified": True}, headers={"If-Match": '"7"'})
    assert stale.status_code == 412
