"""Imports of other systems' exports: what is skipped, and what is changed."""

import csv
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.testing import ShopHarness, shop_harness
from tests.unit.imports import Json, import_file, outcome_of

pytestmark = pytest.mark.anyio

SAMPLES = Path(__file__).parents[2] / "csv_samples"


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(MemoryStorage()) as fresh:
        yield fresh


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin("owner")


async def by_slug(client: httpx.AsyncClient, slug: str) -> Json:
    answer = await client.get(f"/api/products/by-slug/{slug}")
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def test_woocommerces_older_export_is_read(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    done = await import_file(shop, admin, (SAMPLES / "woocommerce_older.csv").read_bytes())
    assert (outcome_of(done), done["skipped"], done["errors"]) == ((5, 0, 0, 0), 2, [])
    assert [each["row"] for each in done["warnings"]] == [6, 11, 12]
    scarf, jumper, beanie, album = [
        await by_slug(admin, slug) for slug in ("wool-scarf", "jumper", "beanie", "album")
    ]
    assert scarf["description"] == "Warm\n\nKnitted from lambswool.\n\n- Hand wash\n- Dry flat"
    assert scarf["imageUrl"] == "https://woo.example.com/wp-content/uploads/2017/12/scarf-2.jpg"
    assert [each["options"] for each in scarf["variants"]] == [{"Color": "Blue"}, {"Color": "Green"}]
    assert [(each["sku"], each["price"], each["compareAtPrice"]) for each in jumper["variants"]] == [
        ("jumper-red", 42, 45),
        ("jumper-blue", 45, None),
        ("jumper-blue-logo", 45, None),
    ]
    assert jumper["variants"][2]["options"] == {"Color": "Blue", "Logo": "Yes"}
    assert (beanie["weight"], beanie["attributes"]) == (91, {"Color": "Red"})
    assert (album["requiresShipping"], album["category"]) == (False, "Music")
    again = await import_file(shop, admin, (SAMPLES / "woocommerce_older.csv").read_bytes())
    assert (outcome_of(again), again["skipped"], again["warningCount"]) == ((0, 0, 5, 0), 2, 3)


async def test_every_column_of_shopifys_newest_export_is_read_or_reported(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    content = (SAMPLES / "shopify_2025.csv").read_bytes()
    header = next(csv.reader(content.decode().splitlines()))
    done = await import_file(shop, admin, content)
    assert (done["rows"], outcome_of(done)) == (9, (4, 0, 0, 0))
    assert (done["errors"], done["warnings"]) == ([], [])
    unread = set(header[header.index("Gift card") :]) | {
        *("Tags", "Option1 Linked To", "Option2 Linked To", "Option3 Linked To"),
        *("Cost per item", "Charge tax", "Tax code"),
        *(f"Unit price {each}" for each in ("total measure", "total measure unit", "base measure")),
        *("Unit price base measure unit", "Inventory tracker", "Continue selling when out of stock"),
        *("Weight unit for display", "Fulfillment service", "Image position", "Image alt text"),
    }
    assert done["unknownColumns"] == [name for name in header if name in unread]
    jacket, honey, scarf, pattern = [
        await by_slug(admin, slug)
        for slug in ("rain-jacket", "honey-500-g", "autumn-scarf", "pattern-as-pdf")
    ]
    assert (jacket["vendor"], jacket["category"], jacket["active"]) == ("Harbour", "Jackets", True)
    assert jacket["imageUrl"] == "https://cdn.shopify.example/s/files/jacket.jpg?v=1735689600"
    assert [
        (*each["options"].values(), each["price"], each["compareAtPrice"], each["stock"], each["weight"])
        for each in jacket["variants"]
    ] == [
        ("Yellow", "S", "Fleece", 89, 109, 7, 540),
        ("Yellow", "M", "Fleece", 89, None, 0, 560),
        ("Navy", "S", "None", 79.5, None, 0, 560),
        ("Navy", "M", "None", 79.5, None, 12, 560),
    ]
    assert jacket["variants"][0]["barcode"] == "4006381333931"
    assert (honey["category"], honey["options"], honey["active"]) == ("Honey", [], True)
    assert (scarf["active"], scarf["weight"]) == (False, 151)
    assert (pattern["active"], pattern["requiresShipping"]) == (False, False)
    again = await import_file(shop, admin, content)
    assert outcome_of(again) == (0, 0, 4, 0)


async def test_http_pictures_of_other_systems_are_stored_with_https(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    file = "Handle,Title,Variant Price,Image Src,Variant Image\n"
    done = await import_file(
        shop, admin, f"{file}mug,Mug,5,HTTP://cdn.example.com/a.jpg,//cdn.example.com/b.jpg\n"
    )
    mug = await by_slug(admin, "mug")
    assert mug["imageUrl"] == "https://cdn.example.com/a.jpg"
    assert mug["variants"][0]["imageUrl"] == "https://cdn.example.com/b.jpg"
    assert (done["warningCount"], done["warnings"][0]["row"]) == (1, 2)
