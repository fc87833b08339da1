"""Sitemap, product feed and robots.txt."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as Xml

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.application.catalogue import feeds
from shop.settings.media_settings import MediaFolder
from shop.testing import ShopHarness, shop_harness
from tests.unit.pictures import upload
from tests.unit.shopping import new_product

pytestmark = pytest.mark.anyio

G = "{http://base.google.com/ns/1.0}"
S = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
PICTURE = "https://images.example.com/mug.jpg"


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[ShopHarness]:
    async with shop_harness(
        MemoryStorage(), url="https://shop.example", media=MediaFolder(tmp_path)
    ) as fresh:
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


async def test_the_feed_lists_the_active_products(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
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
    for item in items:
        assert item["link"] == f"https://shop.example/p/shirt?variant={item['id']}"
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


@pytest.mark.parametrize(
    ("barcode", "gtin"),
    [
        ("4006381333931", "4006381333931"),
        ("96385074", "96385074"),
        ("036000291452", "036000291452"),
        ("4006381333932", None),
        ("400638133393", None),
        ("INTERNAL-1", None),
    ],
)
async def test_only_valid_barcodes_are_shown_as_gtins(
    shop: ShopHarness, admin: httpx.AsyncClient, barcode: str, gtin: str | None
) -> None:
    mug = await new_product(admin, imageUrl=PICTURE)
    path = f"/api/products/{mug['id']}/variants/{mug['id']}"
    assert (await admin.patch(path, json={"barcode": barcode})).status_code == 200
    (item,) = await feed(shop)
    assert (item.get("gtin"), "identifier_exists" in item) == (gtin, gtin is None)


async def test_values_outside_googles_lists_are_left_out(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    variants = [
        {"options": {"Gender": "Women", "Age group": "Teens", "Weight": "1 kg"}, "price": 2},
        {"options": {"Gender": "Everybody", "Age group": "adult", "Weight": "2 kg"}, "price": 2},
        {"options": {"Gender": "Nobody", "Age group": "Nobody", "Weight": "2 kg"}, "price": 2},
    ]
    body = {"name": "Shirt", "options": ["Gender", "Age group", "Weight"], "variants": variants}
    attributes = {"condition": "Damaged", "brand": "b" * 80}
    made = await admin.post("/api/products", json={**body, "imageUrl": PICTURE, "attributes": attributes})
    assert made.status_code == 201, made.text
    first, second, third = await feed(shop)
    assert (first["gender"], "age_group" in first, "weight" in first) == ("female", False, False)
    assert ("gender" in second, second["age_group"]) == (False, "adult")
    assert "item_group_id" in first
    assert "item_group_id" not in third
    assert (first["condition"], first["brand"]) == ("used", "b" * 70)


async def test_an_item_has_its_weight_its_path_and_more_pictures(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    root = (await admin.post("/api/categories", json={"name": "Kitchen"})).json()
    cups = (await admin.post("/api/categories", json={"name": "Cups", "parentId": root["id"]})).json()
    pictures = [(await upload(admin, alt=f"View {number}")).json() for number in range(3)]
    images = [{"mediaId": each["id"]} for each in pictures]
    await new_product(admin, weight=350, categoryIds=[cups["id"]], images=images)
    (item,) = await feed(shop)
    assert (item["shipping_weight"], item["product_type"]) == ("350 g", "Kitchen > Cups")
    assert item["image_link"] == f"https://shop.example{pictures[0]['url']}"
    assert item["additional_image_link"] == f"https://shop.example{pictures[2]['url']}"
    answer = await shop.client.get("/feeds/products.xml")
    assert answer.text.count("<g:additional_image_link>") == 2


@pytest.mark.parametrize(
    ("template", "address"),
    [
        ("{SHOP_URL}/p/{slug}", "https://shop.example/p/a-b?variant=1"),
        ("https://front.example/?p={slug}#top", "https://front.example/?p=a-b&variant=1#top"),
    ],
)
def test_the_link_to_a_variant_selects_it(template: str, address: str) -> None:
    links = feeds.CatalogueLinks("Shop", "https://shop.example", template, "{SHOP_URL}/c/{slug}")
    assert links.to_variant("a-b", "1") == address


async def test_the_sitemap_has_the_home_page_categories_and_the_footers_pages(tmp_path: Path) -> None:
    for name in ("1-imprint.md", "2-terms.md"):
        (tmp_path / name).write_text("# Text\n")
    async with shop_harness(url="https://shop.example", footer_pages=tmp_path) as shop:
        admin = await shop.admin("owner")
        root = (await admin.post("/api/categories", json={"name": "Kitchen & Bath"})).json()
        cups = (await admin.post("/api/categories", json={"name": "Cups", "parentId": root["id"]})).json()
        assert (await admin.post("/api/categories", json={"name": "Empty"})).status_code == 201
        mug = await new_product(admin, categoryIds=[cups["id"]])
        await new_product(admin, category="Hidden", active=False)
        assert await addresses(shop) == [
            "https://shop.example/",
            "https://shop.example/c/kitchen-bath",
            "https://shop.example/c/cups",
            "https://shop.example/pages/imprint",
            "https://shop.example/pages/terms",
            f"https://shop.example/p/{mug['slug']}",
        ]


async def test_the_sitemap_has_every_listed_product(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    assert await addresses(shop) == ["https://shop.example/"]
    slugs = [(await new_product(admin, name=name))["slug"] for name in ("Mug", "Łódź", "Mug")]
    await new_product(admin, active=False)
    assert await addresses(shop) == [
        "https://shop.example/",
        *(f"https://shop.example/p/{slug}" for slug in slugs),
    ]


async def test_a_long_sitemap_is_split_into_files_with_an_index(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    shop.container.catalogue.sitemap.add_kwargs(size=2)
    slugs = [(await new_product(admin))["slug"] for _ in range(5)]
    files = await addresses(shop)
    assert files == [f"https://shop.example/sitemaps/{name}.xml" for name in ("pages", 1, 2, 3)]
    found = [
        address
        for file in files
        for address in await addresses(shop, file.removeprefix("https://shop.example"))
    ]
    assert found == ["https://shop.example/", *(f"https://shop.example/p/{slug}" for slug in slugs)]
    for unknown in ("4.xml", "0.xml", "01.xml", "x.xml", "1", "².xml"):
        assert (await shop.client.get(f"/sitemaps/{unknown}")).status_code == 404


async def test_the_feed_reads_the_catalogue_in_batches(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    shop.container.catalogue.product_feed.add_kwargs(batch_size=2)
    made = [await new_product(admin, imageUrl=PICTURE) for _ in range(5)]
    assert [item["id"] for item in await feed(shop)] == [each["id"] for each in made]


async def test_robots_name_the_sitemap(shop: ShopHarness) -> None:
    answer = await shop.client.get("/robots.txt")
    assert answer.headers["content-type"].startswith("text/plain")
    assert "Sitemap: https://shop.example/sitemap.xml" in answer.text.splitlines()


async def test_a_shop_without_a_url_has_no_feeds() -> None:
    async with shop_harness(database_url="mysql://shop@db/shop") as shop:
        for path in ("/sitemap.xml", "/sitemaps/1.xml", "/feeds/products.xml"):
            assert (await shop.client.get(path)).status_code == 404
        assert "Sitemap" not in (await shop.client.get("/robots.txt")).text
