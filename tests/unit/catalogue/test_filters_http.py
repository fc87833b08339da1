"""Filters by option and attribute, and `/api/products/filters`, over HTTP."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio

SHIRT = {
    "name": "Shirt",
    "price": 20,
    "category": "Clothes",
    "options": ["Size", "Colour"],
    "variants": [
        {"options": {"Size": "M", "Colour": "Red"}, "price": 20, "stock": 0},
        {"options": {"Size": "L", "Colour": "Blue"}, "price": 30, "stock": 2},
    ],
    "attributes": {"Material": "Wool", "Washable": True},
}
LAMP = {"name": "Lamp", "price": 25, "stock": 1, "attributes": {"Material": "Steel: brushed", "Height": 12}}


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as harness:
        admin = await harness.admin()
        for product in (SHIRT, LAMP):
            assert (await admin.post("/api/products", json=product)).status_code == 201
        yield harness


async def names(client: httpx.AsyncClient, query: str) -> list[str]:
    place = "/api/products/search" if "q=" in query else "/api/products"
    answer = await client.get(f"{place}?page=1&{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["items"])
    return [item["name"] for item in answer.json()["items"]]


FOUND: list[tuple[str, list[str]]] = [
    ("option=Size:M", ["Shirt"]),
    ("option=size:m&option=Colour:red", ["Shirt"]),
    ("option=Size:M&option=Colour:Blue", []),
    ("option=Size:M&option=Size:XL", ["Shirt"]),
    ("option=Size:XL", []),
    ("option=Size:M&minPrice=25", []),
    ("option=Size:L&minPrice=25", ["Shirt"]),
    ("minPrice=26", ["Shirt"]),
    ("minPrice=21&maxPrice=24", []),
    ("option=Size:M&inStock=true", []),
    ("option=Size:M&inStock=false", ["Shirt"]),
    ("option=Size:L&inStock=true", ["Shirt"]),
    ("maxPrice=20&inStock=true", []),
    ("attribute=Material:Steel: brushed", ["Lamp"]),
    ("attribute=MATERIAL:wööl", ["Shirt"]),
    ("attribute=Height:12", ["Lamp"]),
    ("attribute=Washable:true", ["Shirt"]),
    ("attribute=Material:Wool&attribute=Height:12", []),
    ("attribute=Material:Wool&attribute=Material:Steel: brushed&sort=price", ["Shirt", "Lamp"]),
    ("attribute=Material:Wool&category=Clothes&option=Size:L", ["Shirt"]),
    ("q=shirt&option=Size:L", ["Shirt"]),
    ("q=lamp&option=Size:L&exact=true", []),
    ("q=steel&attribute=Height:12", ["Lamp"]),
]


async def test_filters_find_matching_products(shop: ShopHarness) -> None:
    for query, found in FOUND:
        assert await names(shop.client, query) == found, query


async def test_a_filter_without_name_and_value_is_refused(shop: ShopHarness) -> None:
    for place in ("/api/products?page=1&", "/api/products/search?page=1&q=a&", "/api/products/filters?"):
        for parameter in ("option", "attribute"):
            for value in ("Size", "", ":M", "Size:", " : ", "a" * 200 + ":b"):
                refused = await shop.client.get(f"{place}{parameter}={value}")
                assert refused.status_code == 400, refused.text
                assert list(refused.json()["error"]["details"]) == [parameter]


async def test_at_most_a_hundred_values_are_accepted(shop: ShopHarness) -> None:
    many = "&".join(["option=Size:M"] * 100)
    assert (await shop.client.get(f"/api/products?page=1&{many}")).status_code == 200
    assert (await shop.client.get(f"/api/products?page=1&{many}&option=Size:L")).status_code == 400


async def filters(shop: ShopHarness, query: str = "") -> dict[str, Any]:
    answer = await shop.client.get(f"/api/products/filters?{query}")
    assert answer.status_code == 200, answer.text
    shown: dict[str, Any] = answer.json()
    return shown


async def test_filters_show_prices_stock_options_and_attributes(shop: ShopHarness) -> None:
    shown = await filters(shop)
    assert shown["price"] == {"min": 20, "max": 30}
    assert shown["inStock"] == 2
    assert shown["options"] == [
        {"name": "Colour", "values": [{"value": "Blue", "count": 1}, {"value": "Red", "count": 1}]},
        {"name": "Size", "values": [{"value": "L", "count": 1}, {"value": "M", "count": 1}]},
    ]
    assert shown["attributes"] == [
        {"name": "Height", "values": [{"value": 12, "count": 1}]},
        {
            "name": "Material",
            "values": [{"value": "Steel: brushed", "count": 1}, {"value": "Wool", "count": 1}],
        },
        {"name": "Washable", "values": [{"value": True, "count": 1}]},
    ]


async def test_choosing_a_value_keeps_the_other_values_of_its_name(shop: ShopHarness) -> None:
    shown = await filters(shop, "option=Size:M&maxPrice=20")
    assert shown["price"] == {"min": 20, "max": 20}
    assert shown["inStock"] == 0
    assert [option["name"] for option in shown["options"]] == ["Colour", "Size"]
    assert shown["options"][1]["values"] == [{"value": "M", "count": 1}]
    both = await filters(shop, "option=Size:M")
    assert [value["value"] for value in both["options"][1]["values"]] == ["L", "M"]
    assert [value["value"] for value in both["options"][0]["values"]] == ["Red"]


async def test_without_matching_products_no_options_or_attributes_are_shown(shop: ShopHarness) -> None:
    shown = await filters(shop, "minPrice=1000")
    assert (shown["price"], shown["inStock"], shown["options"]) == ({"min": 20, "max": 30}, 0, [])
    shown = await filters(shop, "attribute=Colour:Pink")
    assert (shown["price"], shown["attributes"]) == (None, [])


async def test_filters_reflect_own_writes_immediately(shop: ShopHarness) -> None:
    assert (await filters(shop))["inStock"] == 2
    admin = await shop.admin("other")
    await admin.post("/api/products", json={**LAMP, "name": "Other"})
    assert (await filters(shop))["inStock"] == 3
    assert (await filters(shop, "q=other"))["price"] == {"min": 25, "max": 25}
