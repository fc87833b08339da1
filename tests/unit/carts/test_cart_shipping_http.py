"""The cart's shipping and tax: the options of a place, the choice that is kept, and the sums."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.selling import choose, new_method, new_tax_rate, new_zone
from tests.unit.shopping import Number, exact, new_product, new_promo_code, put_into_cart, refused

pytestmark = pytest.mark.anyio

UNKNOWN_ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(country="DE") as opened:
        await opened.admin("owner")
        yield opened


async def options(client: httpx.AsyncClient, **place: str) -> list[tuple[str, float]]:
    answer = await client.get("/api/cart/shipping-options", params=place)
    assert answer.status_code == 200, answer.text
    return [(item["name"], item["price"]) for item in answer.json()["items"]]


async def test_without_methods_and_rates_there_is_no_shipping_and_no_tax(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    cart = await put_into_cart(ada, await new_product(admin, 12.5))
    assert (cart["shippingRequired"], cart["shipping"]) == (False, None)
    assert (cart["tax"], cart["taxes"], cart["total"]) == (0, [], 12.5)
    assert (cart["items"][0]["taxRate"], cart["items"][0]["tax"]) == (None, 0)
    assert await options(ada, country="DE") == []


async def test_options_are_the_methods_of_the_most_specific_zone_cheapest_first(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    everywhere, germany = await new_zone(admin, "*"), await new_zone(admin, "DE")
    south = await new_zone(admin, "DE", postalCodes=["80-89"])
    await new_method(admin, everywhere, {"price": 20}, name="Air")
    await new_method(admin, germany, {"price": 9}, name="Express")
    await new_method(admin, germany, {"price": 4.9}, deliveryDays={"min": 1, "max": 3})
    await new_method(admin, germany, name="Pigeon", active=False)
    await new_method(admin, south, {"price": 3}, name="Bicycle")
    await put_into_cart(ada, await new_product(admin))
    assert await options(ada, country="de") == [("Post", 4.9), ("Express", 9)]
    assert await options(ada, country="DE", postalCode="8 1-234") == [("Bicycle", 3)]
    assert await options(ada, country="FR") == [("Air", 20)]
    shown = exact(await ada.get("/api/cart/shipping-options", params={"country": "DE"}))["items"][0]
    assert shown.pop("methodId")
    assert shown == {"name": "Post", "price": Number("4.90"), "deliveryDays": {"min": 1, "max": 3}}


async def test_rates_depend_on_the_subtotal_and_the_weight_of_shipped_items(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    zone = await new_zone(admin)
    light = {"price": 4.9, "maxWeight": 1_000}
    heavy = {"price": 9.9, "minWeight": 1_000, "maxWeight": 5_000}
    await new_method(admin, zone, light, heavy, {"price": 0, "minSubtotal": 50})
    code = await new_promo_code(admin, 50)
    await put_into_cart(ada, await new_product(admin, 0.5, requiresShipping=False, weight=9_000))
    product = await new_product(admin, 10, weight=500)
    for quantity, price in ((1, 4.9), (1, 9.9), (2, 9.9)):
        await put_into_cart(ada, product, quantity)
        assert await options(ada, country="DE") == [("Post", price)]
    await put_into_cart(ada, product)
    await ada.put("/api/cart/promo-code", json={"promoCode": code})
    assert await options(ada, country="DE") == [("Post", 0)], "the subtotal before discounts counts"


@pytest.mark.parametrize(
    ("place", "field"),
    [({"country": "XX"}, "country"), ({"country": "US", "region": "Bavaria"}, "region"), ({}, "country"),
     ({"country": "DE", "postalCode": "1" * 21}, "postalCode")],
)  # fmt: skip
async def test_a_place_that_does_not_exist_is_refused(
    ada: httpx.AsyncClient, place: dict[str, str], field: str
) -> None:
    listed = await ada.get("/api/cart/shipping-options", params=place)
    assert list(refused(listed, 400, "VALIDATION_FAILED")) == [field]
    chosen = await ada.put("/api/cart/shipping", json={"methodId": UNKNOWN_ID, **place})
    assert list(refused(chosen, 400, "VALIDATION_FAILED")) == [field]


async def test_the_cart_keeps_the_choice_and_never_the_price(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    method = await new_method(admin, await new_zone(admin, "US", regions=["US-CA"]))
    before = await put_into_cart(ada, await new_product(admin, 10))
    assert (before["shippingRequired"], before["shipping"]) == (True, None)
    cart = await choose(ada, method, "us", region="California", postalCode="94 016")
    assert cart["shipping"] == {
        "methodId": method["id"], "name": "Post", "price": 4.9, "tax": 0,
        "country": "US", "region": "US-CA", "postalCode": "94 016",
    }  # fmt: skip
    assert (cart["subtotal"], cart["total"]) == (10, 14.9)
    assert cart["version"] == before["version"] + 1
    assert (await ada.get("/api/cart")).json() == cart
    await admin.patch(f"/api/admin/shipping-methods/{method['id']}", json={"rates": [{"price": 6}]})
    assert (await ada.get("/api/cart")).json()["total"] == 16
    await admin.patch(f"/api/admin/shipping-methods/{method['id']}", json={"active": False})
    off = (await ada.get("/api/cart")).json()
    assert (off["shippingRequired"], off["shipping"], off["total"]) == (False, None, 10)
    await admin.patch(f"/api/admin/shipping-methods/{method['id']}", json={"active": True})
    assert (await ada.get("/api/cart")).json()["total"] == 16
    dropped = await ada.delete("/api/cart/shipping")
    assert dropped.status_code == 200
    assert (dropped.json()["shipping"], dropped.json()["total"]) == (None, 10)


async def test_a_method_that_does_not_serve_the_place_is_refused_with_those_that_do(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    german = await new_method(admin, await new_zone(admin))
    french = await new_method(admin, await new_zone(admin, "FR"), {"price": 12}, name="Poste")
    await put_into_cart(ada, await new_product(admin))
    await choose(ada, french, "FR")
    answer = await ada.put("/api/cart/shipping", json={"methodId": german["id"], "country": "FR"})
    details = refused(answer, 409, "SHIPPING_NOT_AVAILABLE")
    assert details["options"] == [
        {"methodId": french["id"], "name": "Poste", "price": 12, "deliveryDays": None}
    ]
    unknown = await ada.put("/api/cart/shipping", json={"methodId": UNKNOWN_ID, "country": "FR"})
    refused(unknown, 404, "NOT_FOUND")
    stale = await ada.put(
        "/api/cart/shipping",
        json={"methodId": french["id"], "country": "FR"},
        headers={"If-Match": '"1"'},
    )
    refused(stale, 412, "PRECONDITION_FAILED")
    assert (await ada.get("/api/cart")).json()["shipping"]["methodId"] == french["id"]


async def test_unshipped_goods_need_no_shipping_method(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    method = await new_method(admin, await new_zone(admin))
    await put_into_cart(ada, await new_product(admin, 10, requiresShipping=False))
    cart = await choose(ada, method)
    assert (cart["shippingRequired"], cart["shipping"], cart["total"]) == (False, None, 10)


async def test_clearing_the_cart_forgets_the_choice(admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
    product = await new_product(admin, 10)
    method = await new_method(admin, await new_zone(admin))
    await put_into_cart(ada, product)
    await choose(ada, method)
    await ada.delete("/api/cart")
    assert (await put_into_cart(ada, product))["shipping"] is None


async def test_tax_depends_on_the_chosen_country_or_else_the_shops(
    admin: httpx.AsyncClient, ada: httpx.AsyncClient
) -> None:
    await new_tax_rate(admin, 19)
    await new_tax_rate(admin, 20, "FR")
    await new_tax_rate(admin, 5.5, "FR", taxClass="food")
    method = await new_method(admin, await new_zone(admin, "FR"), {"price": 5})
    await put_into_cart(ada, await new_product(admin, 10))
    cart = await put_into_cart(ada, await new_product(admin, 3.33, taxClass="Food"))
    assert [(item["taxRate"], item["tax"]) for item in cart["items"]] == [(19, 1.9), (None, 0)]
    assert (cart["tax"], cart["total"], cart["pricesIncludeTax"]) == (1.9, 15.23, False)
    cart = await choose(ada, method, "FR")
    assert [(item["taxRate"], item["tax"]) for item in cart["items"]] == [(20, 2), (5.5, 0.18)]
    assert cart["shipping"]["tax"] == 1
    assert cart["taxes"] == [
        {"name": "VAT 20", "rate": 20, "net": 15, "tax": 3},
        {"name": "VAT 5.5", "rate": 5.5, "net": 3.33, "tax": 0.18},
    ]
    assert (cart["subtotal"], cart["tax"], cart["total"]) == (13.33, 3.18, 21.51)


async def test_a_shop_without_country_charges_no_tax_until_it_knows_the_buyers() -> None:
    async with shop_harness() as shop:
        admin, ada = await shop.admin("owner"), await shop.customer("ada")
        await new_tax_rate(admin, 19)
        cart = await put_into_cart(ada, await new_product(admin, 10))
        assert (cart["tax"], cart["total"]) == (0, 10)
