"""Products with options: changing their variants."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.catalogue.shirts import SHIRT, created, details, refusal, replaced

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as harness:
        yield harness


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin()


async def test_options_are_added_and_the_first_variant_keeps_its_id(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, sku="LA-1", stock=7, weight=10)
    changed = await replaced(
        admin,
        product,
        ["Size"],
        {"id": product["id"], "options": {"Size": "S"}},
        {"options": {"Size": "M"}, "price": 12, "stock": 2},
    )
    first, second = changed["variants"]
    assert (first["id"], first["sku"], first["stock"], first["weight"]) == (product["id"], "LA-1", 7, 10)
    assert (second["price"], second["stock"], second["sku"]) == (12, 2, None)
    assert (changed["version"], changed["stock"], changed["sku"]) == (2, 9, None)
    ada = await shop.customer("ada")
    bought = await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    assert bought.json()["items"][0]["options"] == {"Size": "S"}


async def test_variants_are_kept_created_and_removed(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    first, second, _ = product["variants"]
    changed = await replaced(
        admin,
        product,
        product["options"],
        {**second, "price": 17, "stock": 99},
        {"options": {"Size": "XL", "Colour": "Blue"}, "sku": "SH-S", "stock": 1},
    )
    kept, new = changed["variants"]
    assert (kept["id"], kept["price"], kept["stock"], kept["compareAtPrice"]) == (second["id"], 17, 4, 25)
    assert new["id"] not in {each["id"] for each in product["variants"]}
    assert (new["price"], new["sku"], new["stock"]) == (18, "SH-S", 1)
    assert changed["options"] == [
        {"name": "Size", "values": ["M", "XL"]},
        {"name": "Colour", "values": ["Blue"]},
    ]
    place = f"/api/products/{product['id']}/variants/{first['id']}"
    assert refusal(await admin.get(place)) == (404, "NOT_FOUND")
    assert refusal(await admin.patch(place, json={"price": 1})) == (404, "NOT_FOUND")


async def test_skus_and_values_can_be_swapped(admin: httpx.AsyncClient) -> None:
    product = await created(
        admin,
        options=["Size"],
        variants=[{"options": {"Size": size}, "sku": f"SKU-{size}"} for size in "SM"],
    )
    first, second = product["variants"]
    changed = await replaced(
        admin,
        product,
        ["Size"],
        {"id": second["id"], "options": {"Size": "S"}, "sku": "SKU-S"},
        {"id": first["id"], "options": {"Size": "M"}, "sku": "SKU-M"},
    )
    assert [(each["id"], each["options"], each["sku"]) for each in changed["variants"]] == [
        (second["id"], {"Size": "S"}, "SKU-S"),
        (first["id"], {"Size": "M"}, "SKU-M"),
    ]


async def test_a_renamed_option_keeps_the_values_that_are_not_sent(admin: httpx.AsyncClient) -> None:
    product = await created(admin, options=["Size"], variants=[{"options": {"Size": "S"}}])
    changed = await replaced(admin, product, ["Width"], {"id": product["variants"][0]["id"]})
    assert changed["variants"][0]["options"] == {"Width": "S"}


async def test_without_options_the_variant_with_the_products_id_comes_back(
    admin: httpx.AsyncClient,
) -> None:
    product = await created(admin, stock=5, sku="A")
    sized = await replaced(admin, product, ["Size"], {"options": {"Size": "S"}, "stock": 2, "price": 3})
    assert sized["variants"][0]["id"] != product["id"]
    back = await replaced(admin, sized, [], {"stock": 1, "sku": "A"})
    assert [(each["id"], each["stock"], each["price"]) for each in back["variants"]] == [
        (product["id"], 1, 3)
    ]
    assert (back["options"], back["sku"], back["stock"]) == ([], "A", 1)
    again = await replaced(admin, back, [], {"id": product["id"], "price": 4})
    assert (again["stock"], again["price"], again["sku"]) == (1, 4, "A")
    made = await created(admin, options=["Size"], variants=[{"options": {"Size": "S"}, "stock": 9}])
    plain = await replaced(admin, made, [], {})
    assert (plain["variants"][0]["id"], plain["stock"]) == (made["id"], 0)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"options": [], "variants": []}, "LAST_VARIANT"),
        ({"options": ["Size"], "variants": []}, "LAST_VARIANT"),
    ],
)
async def test_the_last_variant_cannot_be_removed(admin: httpx.AsyncClient, body: Any, code: str) -> None:
    product = await created(admin)
    answer = await admin.put(f"/api/products/{product['id']}/variants", json=body)
    assert refusal(answer) == (409, code)


async def test_invalid_sets_of_variants_are_refused(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    other = await created(admin)
    place, kept = f"/api/products/{product['id']}/variants", product["variants"][0]["id"]
    for variants, field in (
        ([{"id": other["id"]}], "variants[0].id"),
        ([{"id": kept}, {"id": kept}], "variants[1].id"),
        ([{"id": kept}, {"options": {"Size": "S"}}], "variants[1].options"),
        ([{"id": kept}, {"options": {"Size": "s", "Colour": "RED"}}], "variants[1].options"),
    ):
        answer = await admin.put(place, json={"options": ["Size", "Colour"], "variants": variants})
        assert field in details(answer), answer.text
    for variants, field in (([{}, {}], "variants"), ([{"id": kept}], "variants[0].id")):
        answer = await admin.put(place, json={"options": [], "variants": variants})
        assert any(name.startswith(field) for name in details(answer)), answer.text
    assert (await admin.get(f"/api/products/{product['id']}")).json() == product


async def test_stale_changes_of_variants_are_refused(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    place, variants = f"/api/products/{product['id']}/variants", product["variants"]
    body = {"options": ["Size", "Colour"], "variants": variants[:2]}
    for method, target, change in (
        ("PUT", place, body),
        ("PATCH", f"{place}/{variants[0]['id']}", {"price": 1}),
    ):
        answer = await admin.request(method, target, json=change, headers={"If-Match": '"7-1"'})
        assert refusal(answer) == (412, "PRECONDITION_FAILED")
        answer = await admin.request(method, target, json={**change, "version": 7})
        assert refusal(answer) == (409, "VERSION_CONFLICT")
        answer = await admin.request(method, target, json={**change, "version": product["version"]})
        assert answer.status_code == 200
        tag = answer.headers["ETag"]
        answer = await admin.request(method, target, json=change, headers={"If-Match": tag})
        assert answer.status_code == 200
        product = answer.json()
    for unknown in ("nothing", "01a21c7f-7cc5-712c-8f5e-e734ca785e18"):
        answer = await admin.put(f"/api/products/{unknown}/variants", json=body)
        assert refusal(answer) == (404, "NOT_FOUND")


async def test_one_variant_can_be_changed_alone(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    place = f"/api/products/{product['id']}/variants/{product['variants'][0]['id']}"
    change = {"sku": None, "price": 5, "compareAtPrice": 6, "weight": 7, "barcode": "4006381333931"}
    answer = await admin.patch(place, json={**change, "imageUrl": "/s.jpg", "active": True})
    changed = answer.json()
    assert answer.status_code == 200
    assert {name: changed["variants"][0][name] for name in change} == change
    assert changed["price"] == 5
    assert list(details(await admin.patch(place, json={"stock": 3}))) == ["stock"]
    assert list(details(await admin.patch(place, json={"price": 7}))) == ["compareAtPrice"]
    # The fields that GET shows may be sent back, except the stock.
    shown = {name: value for name, value in (await admin.get(place)).json().items() if name != "stock"}
    assert (await admin.patch(place, json=shown)).json()["variants"] == changed["variants"]


async def test_prices_and_skus_of_a_product_with_options_belong_to_its_variants(
    admin: httpx.AsyncClient,
) -> None:
    product = await created(admin, **SHIRT)
    place = f"/api/products/{product['id']}"
    for field, value in (("price", 1), ("compareAtPrice", None), ("sku", "X"), ("weight", 1)):
        refused = details(await admin.patch(place, json={field: value}))
        assert list(refused) == [field]
        assert "/variants/" in refused[field]
    put = await admin.put(place, json={**product, "price": 1, "sku": "X", "name": "Blouse"})
    assert put.status_code == 200, put.text
    assert (put.json()["price"], put.json()["sku"], put.json()["name"]) == (18, None, "Blouse")
    patched = await admin.patch(place, json={"vendor": "Else", "taxClass": "reduced", "withdrawable": False})
    assert (patched.json()["vendor"], patched.json()["taxClass"]) == ("Else", "reduced")
    assert patched.json()["variants"] == product["variants"]


async def test_the_stock_of_several_variants_is_changed_one_by_one(admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    place, (first, second, _) = f"/api/products/{product['id']}/stock", product["variants"]
    assert list(details(await admin.post(place, json={"change": 1}))) == ["variantId"]
    answer = await admin.post(place, json={"variantId": first["id"], "change": -1, "reason": "Torn"})
    assert [each["stock"] for each in answer.json()["variants"]] == [2, 4, 0]
    assert answer.json()["stock"] == 6
    answer = await admin.post(place, json={"variantId": second["id"], "set": 9, "expected": 4})
    assert [each["stock"] for each in answer.json()["variants"]] == [2, 9, 0]
    for unknown in ("nothing", product["id"]):
        answer = await admin.post(place, json={"variantId": unknown, "change": 1})
        assert refusal(answer) == (404, "NOT_FOUND")
    answer = await admin.post(place, json={"variantId": first["id"], "change": -3})
    assert refusal(answer) == (409, "STOCK_TOO_LOW")
