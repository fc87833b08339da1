"""Pages that the server renders: what a crawler reads in them without running a script."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as Xml

import httpx
import pytest
from dependency_injector import providers

from shop.adapters.memory.storage import MemoryStorage
from shop.application.catalogue.pages import ShowProductListPage, ShowProductPage
from shop.application.ports.catalogue import CachedAnswer
from shop.application.statistics.storefront import ShowHomePage
from shop.domain.errors import Unavailable
from shop.entrypoints.web.templating import money
from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import a_name, new_product
from tests.unit.web.crawling import HOME, crawled

pytestmark = pytest.mark.anyio

PICTURE = "https://images.example.com/mug.jpg"

HOSTILE = "Mug </script><script>alert(1)</script> \"quoted\" 'it' & <b>\u2028 {{ 7 * 7 }} ☕"


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


async def test_a_crawler_reads_every_active_product_of_the_sitemap(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    await new_product(admin, name="Mug", price=14.5, stock=7, imageUrl=PICTURE)
    await new_product(admin, name="Cup", price=9, stock=0, imageUrl="/media/cup.webp")
    await new_product(admin, name="Hidden", active=False)
    await new_shirt(
        admin,
        [{"options": {"Size": "M"}, "price": 20, "stock": 1}, {"options": {"Size": "L"}, "price": 25}],
        imageUrl=PICTURE,
    )
    sitemap = Xml.fromstring((await shop.client.get("/sitemap.xml")).content)
    found = {}
    for location in sitemap.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc"):
        assert location.text is not None
        answer = await shop.client.get(location.text.removeprefix(HOME))
        assert answer.status_code == 200
        page = crawled(answer)
        assert page.canonical == location.text
        if "/p/" not in location.text:  # the home page
            continue
        product = page.of_type("Product")
        assert product["name"] in page.text
        assert page.pictures
        found[product["name"]] = (product["offers"], page.text)
    assert set(found) == {"Mug", "Cup", "Shirt"}
    assert "$14.50" in found["Mug"][1]
    assert "In stock" in found["Mug"][1]
    assert "Sold out" in found["Cup"][1]
    assert [offer["availability"].rpartition("/")[2] for offer, _ in found.values()] == [
        "InStock",
        "OutOfStock",
        "InStock",
    ]
    assert "M: $20.00, in stock" in found["Shirt"][1]
    assert "L: $25.00, sold out" in found["Shirt"][1]


async def test_a_product_page_describes_the_product(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    mug = await new_product(
        admin,
        name="Mug",
        price=9.5,
        compareAtPrice=12,
        stock=3,
        description="First line.\nSecond line.",
        category="Kitchen",
        vendor="Acme",
        sku="M-1",
        attributes={"Material": "Clay", "Dishwasher": True},
        imageUrl=PICTURE,
    )
    page = crawled(await shop.client.get("/p/mug"))
    assert page.title == "Mug – Shop"
    assert page.metas["description"] == "First line. Second line."
    assert "First line.\nSecond line." in "".join(page.texts)
    for text in ("$9.50", "instead of $12.00", "Only 3 left", "Acme", "M-1", "Clay", "Dishwasher Yes"):
        assert text in page.text
    assert page.links["/products"] == "All products"
    assert page.links["/c/kitchen"] == "Kitchen"
    (picture,) = page.pictures
    assert (picture["src"], picture["alt"], picture["width"], picture["height"]) == (
        PICTURE,
        "Mug",
        "600",
        "600",
    )
    assert page.metas["og:type"] == "product"
    assert page.metas["og:title"] == "Mug"
    assert page.metas["og:image"] == PICTURE
    assert page.metas["og:url"] == page.canonical == f"{HOME}/p/mug"
    assert page.metas["product:price:amount"] == "9.50"
    crumbs = page.of_type("BreadcrumbList")["itemListElement"]
    assert [(each["position"], each["name"], each["item"]) for each in crumbs] == [
        (1, "All products", f"{HOME}/products"),
        (2, "Kitchen", f"{HOME}/c/kitchen"),
        (3, "Mug", f"{HOME}/p/mug"),
    ]
    assert page.of_type("Product") == {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": "Mug",
        "description": "First line.\nSecond line.",
        "url": f"{HOME}/p/mug",
        "image": [PICTURE],
        "sku": "M-1",
        "brand": {"@type": "Brand", "name": "Acme"},
        "category": "Kitchen",
        "offers": {
            "@type": "Offer",
            "url": f"{HOME}/p/mug",
            "price": "9.50",
            "priceCurrency": "USD",
            "availability": "https://schema.org/InStock",
            "itemCondition": "https://schema.org/NewCondition",
            "sku": mug["sku"],
            "priceSpecification": {
                "@type": "UnitPriceSpecification",
                "priceType": "https://schema.org/StrikethroughPrice",
                "price": "12.00",
                "priceCurrency": "USD",
            },
        },
    }


@pytest.mark.parametrize(
    ("condition", "shown"),
    [("Damaged", "Damaged"), ("refurbished", "Refurbished"), ("As good as new", "Used")],
)
async def test_a_condition_is_read_without_regard_to_case_and_an_unknown_one_means_used(
    shop: ShopHarness, admin: httpx.AsyncClient, condition: str, shown: str
) -> None:
    """The product feed follows the same rule."""
    product = await new_product(admin, name=a_name("Lamp"), attributes={"Condition": condition})
    offer = crawled(await shop.client.get(f"/p/{product['slug']}")).of_type("Product")["offers"]
    assert offer["itemCondition"] == f"https://schema.org/{shown}Condition"


async def test_variants_make_an_aggregate_offer(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    variants = [
        {"options": {"Size": "M"}, "price": 20, "stock": 0, "sku": "S-M", "barcode": "4006381333931"},
        {"options": {"Size": "L"}, "price": 25, "stock": 2, "imageUrl": PICTURE},
        {"options": {"Size": "XL"}, "price": 99, "active": False},
    ]
    shirt = await new_shirt(admin, variants)
    medium, large, _ = shirt["variants"]
    page = crawled(await shop.client.get("/p/shirt"))
    offers = page.of_type("Product")["offers"]
    assert (offers["@type"], offers["lowPrice"], offers["highPrice"], offers["offerCount"]) == (
        "AggregateOffer",
        "20.00",
        "25.00",
        2,
    )
    first, second = offers["offers"]
    assert first["url"] == f"{HOME}/p/shirt?variant={medium['id']}"
    assert (first["name"], first["sku"], first["gtin"], first["availability"]) == (
        "Shirt M",
        "S-M",
        "4006381333931",
        "https://schema.org/OutOfStock",
    )
    assert (second["price"], second["image"]) == ("25.00", PICTURE)
    # The page shows the first variant in stock, or the variant that the address names.
    assert "$25.00 Only 2 left" in page.text
    wanted = crawled(await shop.client.get(f"/p/shirt?variant={medium['id']}"))
    assert "$20.00 Sold out" in wanted.text
    assert wanted.canonical == f"{HOME}/p/shirt"
    unknown = crawled(await shop.client.get(f"/p/shirt?variant={large['id']}x"))
    assert unknown.text == page.text


async def test_hostile_names_are_shown_as_text(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    mug = await new_product(
        admin,
        name=HOSTILE,
        description=HOSTILE,
        category=HOSTILE[:60],
        attributes={"</script>": HOSTILE[:60]},
    )
    answer = await shop.client.get(f"/p/{mug['slug']}")
    page = crawled(answer)
    assert page.of_type("Product")["name"] == mug["name"]
    assert page.title == f"{mug['name']} – Shop"
    assert page.metas["og:title"] == mug["name"]
    sources = {script.get("type"): script.get("src") for script in page.scripts}
    assert set(sources) == {"application/ld+json", "module"}
    assert len(page.scripts) == 3
    assert "<b>" not in answer.text
    (category,) = (await shop.client.get("/api/categories")).json()["items"]
    listed = crawled(await shop.client.get(f"/c/{category['slug']}"))
    assert listed.links[f"/p/{mug['slug']}"] == mug["name"]
    assert len(listed.scripts) == 2


async def test_a_former_slug_redirects_to_the_current_one(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, name="Mug")
    await admin.patch(f"/api/products/{mug['id']}", json={"slug": "cup"})
    moved = await shop.client.get("/p/mug?variant=7")
    assert (moved.status_code, moved.headers["location"]) == (301, "/p/cup?variant=7")
    by_id = await shop.client.get(f"/product/{mug['id']}")
    assert (by_id.status_code, by_id.headers["location"]) == (301, "/p/cup")
    assert (await shop.client.get("/p/cup")).status_code == 200


async def test_inactive_and_unknown_products_get_404(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    hidden = await new_product(admin, name="Hidden", active=False)
    for path in ("/p/hidden", "/p/unknown", "/c/unknown", f"/product/{hidden['id']}", "/product/unknown"):
        answer = await admin.get(path)
        assert answer.status_code == 404, path
        page = crawled(answer)
        assert "This page doesn't exist any more" in page.text
        assert page.metas["robots"] == "noindex"
        assert page.canonical is None


async def test_while_the_database_is_down_the_page_offers_a_retry(shop: ShopHarness) -> None:
    def down(use_case: type) -> object:
        async def fail(*_: object) -> CachedAnswer:
            raise Unavailable("The database is down.", retry_after=3)

        return type("Down", (use_case,), {"__init__": lambda _: None, "__call__": fail})()

    for path, provider, use_case in (
        ("/", shop.container.statistics.show_home_page, ShowHomePage),
        ("/p/mug", shop.container.catalogue.show_product_page, ShowProductPage),
        ("/products", shop.container.catalogue.show_product_list_page, ShowProductListPage),
    ):
        with provider.override(providers.Object(down(use_case))):
            answer = await shop.client.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "3")
        assert answer.headers["cache-control"] == "no-store"
        assert "Loading" in crawled(answer).text


async def test_pages_are_revalidated_and_show_changes_immediately(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, name="Mug", price=10)
    first = await shop.client.get("/p/mug")
    assert first.headers["cache-control"] == "no-cache"
    known = {"If-None-Match": first.headers["etag"]}
    unchanged = await shop.client.get("/p/mug", headers=known)
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    plain = await shop.client.get("/p/mug", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == first.content
    assert plain.headers["etag"] != first.headers["etag"]
    await admin.patch(f"/api/products/{mug['id']}", json={"price": 11})
    changed = await shop.client.get("/p/mug", headers=known)
    assert changed.status_code == 200
    assert "$11.00" in changed.text


async def test_absolute_addresses_use_the_configured_url_and_never_the_host_header(
    admin: httpx.AsyncClient,
) -> None:
    async with shop_harness(MemoryStorage(), url=HOME) as shop:
        await new_product(await shop.admin(), name="Mug", imageUrl="/media/mug.webp")
        answer = await shop.client.get("/p/mug", headers={"Host": "evil.example"})
        assert "evil.example" not in answer.text
        assert crawled(answer).of_type("Product")["image"] == [f"{HOME}/media/mug.webp"]


def test_amounts_are_formatted_for_english_readers() -> None:
    assert money(Decimal("1234.5"), "USD") == "$1,234.50"
    assert money(Decimal(900), "JPY") == "¥900"
    assert money(Decimal("3.2"), "CHF") == "CHF\xa03.20"
