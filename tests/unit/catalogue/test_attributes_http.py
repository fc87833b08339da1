"""Attributes of products, over HTTP."""

from typing import Any

import pytest

from shop.testing import shop_harness

pytestmark = pytest.mark.anyio

ATTRIBUTES: dict[str, Any] = {"Material": "Wool", "Care": True, "Age": 12, "Ratio": 0.5}


async def test_attributes_are_shown_replaced_and_kept() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        created = await admin.post("/api/products", json={"name": "A", "price": 1, "attributes": ATTRIBUTES})
        assert created.status_code == 201, created.text
        place = created.headers["Location"]
        assert created.json()["attributes"] == ATTRIBUTES
        assert list((await shop.client.get(place)).json()["attributes"]) == list(ATTRIBUTES)
        assert (await shop.client.get("/api/products?page=1")).json()["items"][0]["attributes"] == ATTRIBUTES
        put = await admin.put(place, json={"name": "B", "price": 1})
        assert put.json()["attributes"] == ATTRIBUTES
        patched = await admin.patch(place, json={"attributes": {"Material": "Silk"}})
        assert patched.json()["attributes"] == {"Material": "Silk"}
        cleared = await admin.patch(place, json={"attributes": {}})
        assert cleared.json()["attributes"] == {}


async def test_a_product_without_attributes_shows_none() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        created = await admin.post("/api/products", json={"name": "A", "price": 1})
        assert created.json()["attributes"] == {}


async def test_the_value_of_an_attribute_is_found_by_search() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        for name, attributes in (("A", ATTRIBUTES), ("B", {"Material": "Silk"})):
            await admin.post("/api/products", json={"name": name, "price": 1, "attributes": attributes})
        for words, names in (("woo", ["A"]), ("silk", ["B"]), ("12", ["A"]), ("true", [])):
            found = (await shop.client.get(f"/api/products/search?page=1&q={words}&exact=true")).json()
            assert [product["name"] for product in found["items"]] == names, words


@pytest.mark.parametrize(
    "attributes",
    [
        *({"A:B": "x"}, {"A": None}, {"A": []}, {"A": {}}, {"A": " "}, {" ": "x"}, {"A": 2**53}, [], "A"),
        {f"n{number}": 1 for number in range(21)},
    ],
)
async def test_invalid_attributes_are_refused(attributes: object) -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        refused = await admin.post("/api/products", json={"name": "A", "price": 1, "attributes": attributes})
        assert refused.status_code == 400, refused.text
        assert any(field.startswith("attributes") for field in refused.json()["error"]["details"])
