"""Products with options: found, sold out, and put into carts."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.catalogue.shirts import SHIRT, created, refusal, replaced

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as harness:
        yield harness


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin()


async def test_words_of_skus_and_option_values_are_found(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    product = await created(admin, **SHIRT)

    async def found(words: str) -> list[str]:
        answer = await shop.client.get("/api/products/search", params={"q": words, "page": 1})
        return [item["name"] for item in answer.json()["items"]]

    for words in ("blu", "sh-s", "shirt red", "RED blue"):
        assert await found(words) == ["Shirt"], words
    await replaced(admin, product, ["Size"], {"options": {"Size": "One size"}, "sku": "OTHER-1"})
    assert await found("blu") == []
    assert await found("one other") == ["Shirt"]


async def test_a_product_is_sold_out_when_every_active_variant_is(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(
        admin,
        options=["Size"],
        variants=[
            {"options": {"Size": "S"}},
            {"options": {"Size": "M"}, "stock": 1},
            {"options": {"Size": "L"}, "stock": 5, "active": False},
        ],
    )

    async def in_stock() -> tuple[int, int]:
        pages = [
            (await shop.client.get(f"/api/products?page=1&inStock={wanted}")).json()
            for wanted in ("true", "false")
        ]
        assert [len(page["items"]) for page in pages] == [page["total"] for page in pages]
        return pages[0]["total"], pages[1]["total"]

    assert await in_stock() == (1, 0)
    ada = await shop.customer("ada")
    items = [{"itemId": product["variants"][1]["id"], "quantity": 1}]
    assert (await ada.post("/api/orders", json={"items": items})).status_code == 201
    assert await in_stock() == (0, 1)
    place = f"/api/products/{product['id']}/variants/{product['variants'][2]['id']}"
    assert (await admin.patch(place, json={"active": True})).status_code == 200
    assert await in_stock() == (1, 0)


async def test_a_product_id_is_refused_where_a_variant_is_needed(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, **SHIRT)
    lamp = await created(admin, stock=3)
    ada = await shop.customer("ada")
    item = {"itemId": product["id"], "quantity": 1}
    await ada.post("/api/cart/items", json={"itemId": lamp["id"], "quantity": 1})
    before = (await ada.get("/api/cart")).json()
    for path, body in (("/api/cart/items", item), ("/api/orders", {"items": [item]})):
        answer = await ada.post(path, json=body)
        assert refusal(answer) == (409, "VARIANT_REQUIRED")
        choices = answer.json()["error"]["details"]["choices"]
        assert [choice["itemId"] for choice in choices] == [
            variant["id"] for variant in product["variants"] if variant["active"]
        ]
        assert (choices[1]["options"], choices[1]["unitPrice"]) == ({"Size": "M", "Colour": "Blue"}, 18)
    assert (await ada.get("/api/cart")).json() == before
    added = await ada.post("/api/cart/items", json={"itemId": product["variants"][0]["id"], "quantity": 2})
    line = added.json()["items"][1]
    assert (line["productId"], line["sku"]) == (product["id"], "SH-S")
    assert line["options"] == {"Size": "S", "Colour": "Red"}
    order = (await ada.post("/api/cart/checkout")).json()["order"]
    bought = order["items"][1]
    await replaced(admin, product, ["Fit"], {"options": {"Fit": "Slim"}, "sku": "SH-S"})
    shown = (await ada.get(f"/api/orders/{order['id']}")).json()["items"][1]
    assert shown == bought, "an order keeps the variant as it was sold"
    assert (bought["itemId"], bought["options"]) == (line["itemId"], line["options"])


async def test_a_deleted_variant_in_the_cart_is_unavailable(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    product = await created(admin, stock=5)
    ada = await shop.customer("ada")
    await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    sized = await replaced(admin, product, ["Size"], {"options": {"Size": "S"}, "stock": 2})
    assert (await ada.get("/api/cart")).json()["items"][0]["available"] is False
    answer = await ada.post("/api/cart/checkout")
    assert refusal(answer) == (409, "VARIANT_REQUIRED")
    [choice] = answer.json()["error"]["details"]["choices"]
    assert (choice["itemId"], choice["available"]) == (sized["variants"][0]["id"], 2)
    assert (await ada.get("/api/cart")).json()["items"][0]["quantity"] == 1
