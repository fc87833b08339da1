"""Lists of products that the server renders: the HTML has their content before a script runs."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import new_product
from tests.unit.web.crawling import HOME, crawled

pytestmark = pytest.mark.anyio

PICTURE = "https://images.example.com/mug.jpg"


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(MemoryStorage(), url=HOME) as fresh:
        yield fresh


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin("owner")


async def new_shirt(
    admin: httpx.AsyncClient, variants: list[dict[str, Any]], **fields: Any
) -> dict[str, Any]:
    body = {"name": "Shirt", "options": ["Size"], "variants": variants, **fields}
    made = await admin.post("/api/products", json=body)
    assert made.status_code == 201, made.text
    return dict(made.json())


async def test_a_category_page_lists_its_products_with_links_and_pages(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    kitchen = (await admin.post("/api/categories", json={"name": "Kitchen"})).json()
    mugs = (await admin.post("/api/categories", json={"name": "Mugs", "parentId": kitchen["id"]})).json()
    await admin.post("/api/categories", json={"name": "Empty", "parentId": kitchen["id"]})
    for number in range(26):
        await new_product(admin, name=f"Mug {number}", categoryIds=[mugs["id"]], imageUrl=PICTURE)
    first = crawled(await shop.client.get("/c/kitchen"))
    assert "26 products" in first.text
    assert first.links["/c/mugs"] == "Mugs"
    assert "Empty" not in first.text
    assert first.links["/p/mug-0"] == "Mug 0"
    assert len(first.pictures) == 24
    assert first.links["/c/kitchen?page=2"] == "NextLast"
    assert first.canonical == f"{HOME}/c/kitchen"
    second = crawled(await shop.client.get("/c/mugs?page=2"))
    assert {"/p/mug-24", "/p/mug-25", "/c/kitchen"} < set(second.links)
    assert "/p/mug-0" not in second.links
    assert second.canonical == f"{HOME}/c/mugs?page=2"
    everything = crawled(await shop.client.get("/products?page=2"))
    assert "/p/mug-25" in everything.links
    beyond = crawled(await shop.client.get("/products?page=9"))
    assert beyond.metas["robots"] == "noindex"
    assert beyond.links["/products?page=2"] == "Go to the last page"


@pytest.mark.parametrize("number", ["abc", "0", "-1", "1.5", "٣", "9" * 400])
async def test_invalid_page_numbers_show_the_first_page(
    shop: ShopHarness, admin: httpx.AsyncClient, number: str
) -> None:
    await new_product(admin, name="Mug")
    page = crawled(await shop.client.get("/products", params={"page": number}))
    assert "/p/mug" in page.links
    assert page.canonical == f"{HOME}/products"


async def test_filtered_lists_are_left_to_the_scripts(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    await new_product(admin, name="Mug", category="Kitchen")
    assert "/p/mug" in crawled(await shop.client.get("/c/kitchen")).links
    for query in ("q=mug", "sorted=price-asc", "minPrice=x", "option=Size:M"):
        assert "/p/mug" not in crawled(await shop.client.get(f"/c/kitchen?{query}")).links


async def test_the_home_page_links_to_products_and_categories(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    await new_product(admin, name="Mug", price=9.5, compareAtPrice=12, category="Kitchen", imageUrl=PICTURE)
    await new_product(admin, name="Lamp", category="Lighting & More", imageUrl=PICTURE)
    code = {"code": "TEN", "type": "percent", "value": 10, "public": True, "endsAt": "2026-12-03T00:00:00Z"}
    assert (await admin.post("/api/promo-codes", json=code)).status_code == 201
    page = crawled(await shop.client.get("/"))
    assert page.canonical == f"{HOME}/"
    assert (page.links["/p/mug"], page.links["/p/lamp"]) == ("MugMug", "Lamp")
    assert page.links["/c/kitchen"] == "Kitchen1"
    assert page.links["/c/lighting-more"] == "Lighting & More1"
    assert "TEN 10 % off until Dec 3, 2026" in page.text
    assert len(page.pictures) == 5
    await new_product(admin, name="Cup")
    assert "/p/cup" in crawled(await shop.client.get("/")).links
