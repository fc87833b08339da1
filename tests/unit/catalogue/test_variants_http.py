"""Products with options: how they are made, changed, shown and searched."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.catalogue.shirts import SHIRT, created, details, refusal

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as harness:
        yield harness


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin()


async def test_a_product_without_options_has_one_variant_with_its_id(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, sku="LA-1", compareAtPrice=12, stock=7, weight=900)
    assert product["options"] == []
    assert product["variants"] == [
        {
            "id": product["id"],
            "sku": "LA-1",
            "options": {},
            "price": 10,
            "compareAtPrice": 12,
            "priorPrice": None,
            "stock": 7,
            "weight": 900,
            "barcode": None,
            "imageUrl": None,
            "active": True,
        }
    ]
    (listed,) = (await shop.client.get("/api/products?page=1")).json()["items"]
    assert "variants" not in listed
    assert (listed["priceFrom"], listed["priceTo"], listed["variantCount"]) == (10, 10, 1)
    assert (listed["sku"], listed["weight"], listed["stock"]) == ("LA-1", 900, 7)
    assert (product["vendor"], product["requiresShipping"], product["taxClass"]) == (None, True, "standard")
    assert product["withdrawable"] is True


async def test_a_product_with_options_has_all_its_fields(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)
    assert product["options"] == [
        {"name": "Size", "values": ["S", "M"]},
        {"name": "Colour", "values": ["Red", "Blue"]},
    ]
    first, second, third = product["variants"]
    assert len({product["id"], first["id"], second["id"], third["id"]}) == 4
    assert (first["options"], first["price"], first["sku"]) == ({"Size": "S", "Colour": "Red"}, 20, "SH-S")
    assert (second["options"], second["price"]) == ({"Size": "M", "Colour": "Blue"}, 18)
    assert (third["imageUrl"], third["active"], third["stock"]) == ("/m.jpg", False, 0)
    assert (product["price"], product["compareAtPrice"]) == (18, 25)
    assert (product["stock"], product["sku"], product["vendor"]) == (7, None, "Weaver")

    shown = (await shop.client.get(f"/api/products/{product['id']}")).json()
    assert shown["variants"] == [first, second]
    assert shown["options"][1] == {"name": "Colour", "values": ["Red", "Blue"]}
    by_admin = (await admin.get(f"/api/products/{product['id']}")).json()
    assert by_admin == product
    (listed,) = (await shop.client.get("/api/products?page=1")).json()["items"]
    assert (listed["priceFrom"], listed["priceTo"], listed["variantCount"]) == (18, 20, 2)
    assert (listed["price"], listed["compareAtPrice"], listed["stock"]) == (18, 25, 7)
    assert listed["options"] == shown["options"]


async def test_a_product_has_the_prices_of_its_first_cheapest_active_variant(
    admin: httpx.AsyncClient,
) -> None:
    product = await created(
        admin,
        options=["Size"],
        variants=[
            {"options": {"Size": "S"}, "price": 5, "active": False},
            {"options": {"Size": "M"}, "price": 9, "compareAtPrice": 10},
            {"options": {"Size": "L"}, "price": 9, "compareAtPrice": 11},
        ],
    )
    assert (product["price"], product["compareAtPrice"]) == (9, 10)
    for variant in product["variants"][1:]:
        answer = await admin.patch(
            f"/api/products/{product['id']}/variants/{variant['id']}", json={"active": False}
        )
    assert (answer.json()["price"], answer.json()["stock"]) == (5, 0)


async def test_one_variant_is_shown_and_its_etag_changes_with_edits_and_stock(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, **SHIRT)
    page = f"/api/products/{product['id']}"
    seen = (await shop.client.get(page)).headers["ETag"]
    place = f"{page}/variants/{product['variants'][0]['id']}"
    answer = await admin.get(place)
    assert answer.json() == product["variants"][0]
    tag = answer.headers["ETag"]
    assert (await admin.get(place, headers={"If-None-Match": tag})).status_code == 304
    # The sum of the stock stays the same.
    for variant, change in zip(product["variants"], (1, -1), strict=False):
        body = {"variantId": variant["id"], "change": change}
        assert (await admin.post(f"/api/products/{product['id']}/stock", json=body)).status_code == 200
    changed = await admin.get(place, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()["stock"]) == (200, 4)
    assert (await shop.client.get(page, headers={"If-None-Match": seen})).status_code == 200
    assert (await admin.patch(place, json={"weight": 151})).status_code == 200
    edited = await admin.get(place, headers={"If-None-Match": changed.headers["ETag"]})
    assert (edited.status_code, edited.json()["weight"]) == (200, 151)
    assert refusal(await admin.get(f"{place[:-1]}")) == (404, "NOT_FOUND")
    assert (await shop.client.get(place)).status_code == 401


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"options": ["a", "b", "c", "d"]}, "options"),
        ({"options": ["Size", " size "]}, "options"),
        ({"options": ["Size", "a:b"]}, "options"),
        ({"options": ["Size", "\u200b"]}, "options"),
        ({"options": ["Size", "x" * 41]}, "options"),
        ({"variants": []}, "variants"),
        ({"options": []}, "variants"),
        ({"sku": "A"}, "sku"),
        ({"stock": 3}, "stock"),
    ],
)
async def test_invalid_options_are_refused(admin: httpx.AsyncClient, changes: Any, field: str) -> None:
    answer = await admin.post("/api/products", json={**SHIRT, **changes})
    assert any(name.startswith(field) for name in details(answer)), answer.text


@pytest.mark.parametrize(
    ("variant", "field"),
    [
        ({"options": {"Size": "s ", "Colour": "RED"}}, "options"),
        ({"options": {"Size": "M"}}, "options"),
        ({"options": {"Size": "M", "Colour": "Red", "Fit": "Slim"}}, "options"),
        ({"options": {"Size": "M", "Colour": " "}}, "options"),
        ({}, "options"),
        ({"options": {"Size": "M", "Colour": "Red"}, "price": -1}, "price"),
        ({"options": {"Size": "M", "Colour": "Red"}, "price": 9, "compareAtPrice": 8}, "compareAtPrice"),
        ({"options": {"Size": "M", "Colour": "Red"}, "weight": -1}, "weight"),
        ({"options": {"Size": "M", "Colour": "Red"}, "stock": -1}, "stock"),
        ({"options": {"Size": "M", "Colour": "Red"}, "sku": "x" * 65}, "sku"),
        ({"options": {"Size": "M", "Colour": "Red"}, "imageUrl": "//other.example"}, "imageUrl"),
    ],
)
async def test_a_wrong_variant_is_named_by_its_index(
    admin: httpx.AsyncClient, variant: dict[str, Any], field: str
) -> None:
    answer = await admin.post("/api/products", json={**SHIRT, "variants": [SHIRT["variants"][0], variant]})
    assert list(details(answer)) == [f"variants[1].{field}"]


async def test_a_product_has_at_most_a_hundred_variants(admin: httpx.AsyncClient) -> None:
    variants = [{"options": {"No": str(number)}} for number in range(101)]
    body = {"name": "Pen", "price": 1, "options": ["No"], "variants": variants}
    answer = await admin.post("/api/products", json=body)
    assert list(details(answer)) == ["variants"]
    product = await created(admin, options=["No"], variants=variants[:100])
    assert len(product["variants"]) == 100


async def test_skus_are_unique_in_the_shop(admin: httpx.AsyncClient) -> None:
    await created(admin, sku="A")
    twice = [{"options": {"Size": size}, "sku": "B"} for size in "SM"]
    for variants in ([{"options": {"Size": "S"}, "sku": "A"}], twice):
        body = {"name": "Shirt", "price": 1, "options": ["Size"], "variants": variants}
        assert refusal(await admin.post("/api/products", json=body)) == (409, "SKU_TAKEN")
    product = await created(admin, options=["Size"], variants=[{**twice[0], "sku": "C"}])
    assert refusal(await admin.post("/api/products", json={"name": "x", "price": 1, "sku": "C"})) == (
        409,
        "SKU_TAKEN",
    )
    assert (await admin.delete(f"/api/products/{product['id']}")).status_code == 200
    await created(admin, sku="C")


async def test_a_price_is_needed_unless_every_variant_has_one(admin: httpx.AsyncClient) -> None:
    variant = {"options": {"Size": "S"}}
    body = {"name": "Shirt", "options": ["Size"], "variants": [variant]}
    assert list(details(await admin.post("/api/products", json=body))) == ["price"]
    body["variants"] = [{**variant, "price": 4}]
    assert (await admin.post("/api/products", json=body)).json()["price"] == 4
    assert list(details(await admin.post("/api/products", json={"name": "Pen"}))) == ["price"]
