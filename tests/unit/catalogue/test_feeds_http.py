"""Sitemap, product feed and robots.txt."""

from collections.abc import AsyncIterator
from typing import Any
from xml.etree import ElementTree as Xml

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.application.catalogue import feeds
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import new_product

pytestmark = pytest.mark.anyio

G = "{http://base.google.com/ns/1.0}"
S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
PICTURE = "https://images.example.com/mug.jpg"


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(MemoryStorage(), url="https://shop.example") as fresh:
        yield fresh


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin("owner")


async def feed(shop: ShopHarness) -> list[dict[str, str]]:
    answer = await shop.client.get("/feeds/products.xml")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/xml")
    items = Xml.fromstring(answer.content).iter("item")
    return [{field.tag.removeprefix(G): field.text or "" for field in item} for item in items]


async def addresses(shop: ShopHarness, path: str = "/sitemap.xml") -> list[str]:
    answer = await shop.client.get(path)
    assert answer.status_code == 200, answer.text
    root = Xml.fromstring(answer.content)
    return [each.text or "" for each in root.iter(f"{S}loc")]


async def test_the_feed_has_what_is_for_sale(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    fields: dict[str, Any] = {"imageUrl": PICTURE, "attributes": {"Brand": "Acme & Co", "mpn": "M-1"}}
    mug = await new_product(
        admin, price=9.5, compareAtPrice=12, name="Mug <blue>", category="Kitchen", **fields
    )
    await new_product(admin, name="Without a picture")
    await new_product(admin, name="Hidden", imageUrl=PICTURE, active=False)
    sold_out = await new_product(admin, name="Cup", stock=0, imageUrl="/media/cup.webp")
    first, second = await feed(shop)
    assert first == {
        "id": mug["id"],
        "title": "Mug <blue>",
        "description": "Mug <blue>",
        "link": f"https://shop.example/p/{mug['slug']}",
        "image_link": PICTURE,
        "availability": "in_stock",
        "price": "12.00 USD",
        "sale_price": "9.50 USD",
        "condition": "new",
        "product_type": "Kitchen",
        "brand": "Acme & Co",
        "mpn": "M-1",
    }
    assert (second["id"], second["availability"]) == (sold_out["id"], "out_of_stock")
    assert second["image_link"] == "https://shop.example/media/cup.webp"
    assert second["identifier_exists"] == "no"
    assert "item_group_id" not in second


async def test_variants_form_a_group(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    variants = [
        {"options": {"Size": "S", "Colour": "Red"}, "price": 20, "stock": 1},
        {"options": {"Size": "M", "Colour": "Red"}, "price": 21, "stock": 0},
        {"options": {"Size": "L", "Colour": "Red"}, "price": 22, "active": False},
    ]
    body = {"name": "Shirt", "options": ["Size", "Colour"], "variants": variants, "imageUrl": PICTURE}
    shirt = (await admin.post("/api/products", json=body)).json()
    items = await feed(shop)
    assert [item["id"] for item in items] == [each["id"] for each in shirt["variants"][:2]]
    assert {item["item_group_id"] for item in items} == {shirt["id"]}
    assert [(item["size"], item["color"], item["price"]) for item in items] == [
        ("S", "Red", "20.00 USD"),
        ("M", "Red", "21.00 USD"),
    ]


@pytest.mark.parametrize(("country", "price"), [("DE", "11.90 USD"), ("US", "10.00 USD")])
async def test_prices_have_the_tax_of_the_shops_country(country: str, price: str) -> None:
    async with shop_harness(url="https://shop.example", country=country) as shop:
        admin = await shop.admin("owner")
        rate = {"name": "Tax", "country": country, "rate": 19}
        assert (await admin.post("/api/admin/tax-rates", json=rate)).status_code == 201
        await new_product(admin, price=10, imageUrl=PICTURE)
        assert [item["price"] for item in await feed(shop)] == [price]


async def test_the_sitemap_has_every_listed_product(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    assert await addresses(shop) == []
    slugs = [(await new_product(admin, name=name))["slug"] for name in ("Mug", "Łódź", "Mug")]
    await new_product(admin, active=False)
    assert await addresses(shop) == [f"https://shop.example/p/{slug}" for slug in slugs]


async def test_a_long_sitemap_is_an_index(
    shop: ShopHarness, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "SITEMAP_SIZE", 2)
    slugs = [(await new_product(admin))["slug"] for _ in range(5)]
    files = await addresses(shop)
    assert files == [f"https://shop.example/sitemaps/{number}.xml" for number in (1, 2, 3)]
    found = [
        address
        for file in files
        for address in await addresses(shop, file.removeprefix("https://shop.example"))
    ]
    assert found == [f"https://shop.example/p/{slug}" for slug in slugs]
    for unknown in ("4.xml", "0.xml", "01.xml", "x.xml", "1", "².xml"):
        assert (await shop.client.get(f"/sitemaps/{unknown}")).status_code == 404


async def test_the_feed_reads_the_catalogue_in_batches(
    shop: ShopHarness, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "BATCH_SIZE", 2)
    made = [await new_product(admin, imageUrl=PICTURE) for _ in range(5)]
    assert [item["id"] for item in await feed(shop)] == [each["id"] for each in made]


async def test_robots_name_the_sitemap(shop: ShopHarness) -> None:
    answer = await shop.client.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "Sitemap: https://shop.example/sitemap.xml" in answer.text.splitlines()


async def test_without_an_address_feeds_are_not_found() -> None:
    async with shop_harness(database_url="mysql://shop@db/shop") as shop:
        for path in ("/sitemap.xml", "/sitemaps/1.xml", "/feeds/products.xml"):
            assert (await shop.client.get(path)).status_code == 404
        assert "Sitemap" not in (await shop.client.get("/robots.txt")).text
