"""Imports: their effect on the catalogue, and their reports."""

import csv
from collections.abc import AsyncIterator

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.testing import ShopHarness, shop_harness
from tests.unit.catalogue.importing import SAMPLES, by_slug, failures
from tests.unit.imports import Json, exported, import_file, outcome_of
from tests.unit.shopping import new_product, stock_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(MemoryStorage()) as fresh:
        yield fresh


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin("owner")


async def test_a_file_creates_products_with_variants_categories_and_stock(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    done = await import_file(
        shop,
        admin,
        "Handle,Name,Description,Categories,Attributes,Price,Option1 name,Option1 value,SKU,Stock,Weight (g),Unused\r\n"
        'tee,Tee,"Soft, ""light""\nand warm",Clothing > Tees | Sale,"{""Wool"":true}",12.50,Size,S,TEE-S,4,120,x\r\n'
        "tee,,,,,13,,M,TEE-M,,,x\r\n"
        'mug,Mug,,,,"9,90",,,,7,,x\r\n',
    )
    assert done["status"] == "done"
    assert (done["rows"], done["processed"], outcome_of(done)) == (3, 3, (2, 0, 0, 0))
    assert done["unknownColumns"] == ["Unused"]
    assert done["errors"] == []
    assert done["changes"][0] == {"row": 2, "handle": "tee", "outcome": "created", "fields": []}
    tee, mug = await by_slug(admin, "tee"), await by_slug(admin, "mug")
    assert (tee["description"], tee["category"]) == ('Soft, "light"\nand warm', "Tees")
    assert [(each["options"], each["sku"], each["price"], each["stock"]) for each in tee["variants"]] == [
        ({"Size": "S"}, "TEE-S", 12.5, 4),
        ({"Size": "M"}, "TEE-M", 13, 0),
    ]
    assert (tee["attributes"], tee["variants"][0]["weight"]) == ({"Wool": True}, 120)
    assert (mug["price"], mug["stock"], mug["variants"][0]["id"]) == (9.9, 7, mug["id"])
    names = [category["name"] for category in (await admin.get("/api/categories")).json()["items"]]
    assert names == ["Clothing", "Tees", "Sale"]


async def test_a_file_creates_a_category_after_a_root_category_was_deleted(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    first = (await admin.post("/api/categories", json={"name": "First"})).json()["id"]
    await admin.post("/api/categories", json={"name": "Second"})
    assert (await admin.delete(f"/api/categories/{first}")).status_code == 200
    done = await import_file(shop, admin, "Handle,Name,Categories,Price\nmug,Mug,Third > Fourth,5\n")
    assert (done["errors"], outcome_of(done)) == ([], (1, 0, 0, 0))
    names = [category["name"] for category in (await admin.get("/api/categories")).json()["items"]]
    assert names == ["Second", "Third", "Fourth"]


async def test_absent_columns_keep_values_and_blank_cells_clear_optional_ones(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    fields: Json = {
        "vendor": "Kiln",
        "description": "Blue",
        "weight": 300,
        "sku": "MUG",
        "compareAtPrice": 20,
    }
    mug = await new_product(admin, name="Mug", category="Cups", attributes={"a": 1}, **fields)
    done = await import_file(shop, admin, "Handle,Vendor,Compare-at price,SKU,Active\nmug,,,,\n")
    assert outcome_of(done) == (0, 1, 0, 0)
    assert done["changes"] == [
        {"row": 2, "handle": "mug", "outcome": "updated", "fields": ["sku", "vendor", "compareAtPrice"]}
    ]
    after = (await admin.get(f"/api/products/{mug['id']}")).json()
    assert (after["vendor"], after["sku"], after["compareAtPrice"]) == (None, None, None)
    kept = ("name", "description", "weight", "category", "attributes", "price", "stock", "active", "slug")
    assert {name: after[name] for name in kept} == {name: mug[name] for name in kept}
    assert after["version"] == mug["version"] + 1


async def test_variants_match_by_sku_else_by_options_and_others_stay(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    variants = [{"options": {"Size": size}, "sku": f"T-{size}", "price": 5, "stock": 2} for size in "SML"]
    body = {"name": "Tee", "options": ["Size"], "variants": variants}
    made = (await admin.post("/api/products", json=body)).json()
    done = await import_file(
        shop,
        admin,
        "Handle,Option1 name,Option1 value,SKU,Price,Stock\n"
        "tee,Size,Small,T-S,6,9\n"  # by its sku: the value is new
        "tee,Size,m,T-MEDIUM,7,9\n"  # by its option: the sku is new
        "tee,Size,XL,T-XL,8,9\n",  # new
    )
    assert outcome_of(done) == (0, 1, 0, 0)
    after = (await by_slug(admin, "tee"))["variants"]
    assert [(each["options"]["Size"], each["sku"], each["price"], each["stock"]) for each in after] == [
        ("Small", "T-S", 6, 2),
        ("m", "T-MEDIUM", 7, 2),
        ("L", "T-L", 5, 2),
        ("XL", "T-XL", 8, 9),
    ]
    assert [each["id"] for each in after[:3]] == [each["id"] for each in made["variants"]]


async def test_a_product_that_gets_options_keeps_its_variant(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, name="Mug", stock=4)
    rows = "Handle,Option1 name,Option1 value,Price\nmug,Size,S,5\nmug,,M,6\n"
    assert outcome_of(await import_file(shop, admin, rows)) == (0, 1, 0, 0)
    first, second = (await by_slug(admin, "mug"))["variants"]
    assert (first["id"], first["options"], first["stock"]) == (mug["id"], {"Size": "S"}, 4)
    assert second["options"] == {"Size": "M"}


async def test_a_file_without_option_columns_finds_variants_by_sku(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    variants = [{"options": {"Size": size}, "sku": f"T-{size}", "price": 5} for size in "SM"]
    await admin.post("/api/products", json={"name": "Tee", "options": ["Size"], "variants": variants})
    done = await import_file(shop, admin, "Handle,SKU,Price\ntee,T-M,7\n")
    assert outcome_of(done) == (0, 1, 0, 0)
    assert [each["price"] for each in (await by_slug(admin, "tee"))["variants"]] == [5, 7]
    (error,) = await failures(shop, admin, "Handle,SKU,Price\ntee,T-X,7\n")
    assert error[:2] == (2, "Option1 value")


async def test_stock_is_imported_only_for_new_variants_unless_asked_to_set_it(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    mug = await new_product(admin, name="Mug", stock=4)
    file = "Handle,Stock\nmug,9\n"
    assert outcome_of(await import_file(shop, admin, file)) == (0, 0, 1, 0)
    assert await stock_of(admin, mug) == 4
    done = await import_file(shop, admin, file, "?stock=set")
    assert (outcome_of(done), done["setStock"]) == ((0, 1, 0, 0), True)
    assert done["changes"][0]["fields"] == ["stock"]
    assert await stock_of(admin, mug) == 9
    assert outcome_of(await import_file(shop, admin, file, "?stock=set")) == (0, 0, 1, 0)
    assert outcome_of(await import_file(shop, admin, "Handle,Stock\nmug,\n", "?stock=set")) == (0, 0, 1, 0)


async def test_price_changes_are_recorded_for_prior_prices(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    await new_product(admin, name="Mug", price=20)
    await import_file(shop, admin, "Handle,Price\nmug,15\n")
    for row in ("18,", "16,20"):
        shop.clock.advance(days=3)
        owner = await shop.log_in("owner")
        await import_file(shop, owner, f"Handle,Price,Compare-at price\nmug,{row}\n")
    assert (await owner.get("/api/products/by-slug/mug")).json()["priorPrice"] == 15


async def test_a_bad_row_fails_only_its_product(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    await new_product(admin, name="Taken", sku="TAKEN")
    long = "x" * 10_001
    done = await import_file(
        shop,
        admin,
        "Handle,Name,Description,Price,Compare-at price,SKU,Weight (g),Active,Attributes,Image URL\n"
        "good,Good,,5,,G,,,,\n"
        f"long,Long,{long},5,,,,,,\n"
        "money,Money,,12.345,,,,,,\n"
        "lower,Lower,,5,4,,,,,\n"
        "words,Words,,free,,,heavy,maybe,{,\n"
        "taken,Taken too,,5,,TAKEN,,,,\n"
        "other,Other,,5,,TAKEN,,,,\n"
        "again,Again,,5,,G,,,,\n"
        "picture,Picture,,5,,,,,,http://example.com/a.png\n"
        ",,,5,,,,,,\n"
        "nameless,,,5,,,,,,\n"
        "last,Last,,5,,,,,,\n",
    )
    errors = {(error["row"], error["column"]): error["message"] for error in done["errors"]}
    assert list(errors) == [
        (3, "Description"),
        (4, "Price"),
        (5, "Compare-at price"),
        (6, "Attributes"),
        (6, "Active"),
        (6, "Price"),
        (6, "Weight (g)"),
        (8, "SKU"),
        (9, "SKU"),
        (10, "Image URL"),
        (11, "Handle"),
        (12, "Name"),
    ]
    assert errors[3, "Description"] == "Description must be at most 10000 characters."
    assert errors[8, "SKU"] == "Another variant has the sku TAKEN."
    assert done["status"] == "done"
    assert outcome_of(done) == (2, 1, 0, 9)
    assert done["errorCount"] == 12


async def test_rows_of_a_handle_need_not_be_adjacent_and_a_repeated_row_is_refused(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    done = await import_file(
        shop,
        admin,
        "Handle,Name,Price,Option1 name,Option1 value\ntee,Tee,5,Size,S\nmug,Mug,4,,\ntee,,6,,M\nmug,Mug,5,,\n",
    )
    assert outcome_of(done) == (1, 0, 0, 1)
    assert len((await by_slug(admin, "tee"))["variants"]) == 2
    assert [(error["row"], error["message"]) for error in done["errors"]] == [
        (5, "The row describes the same variant as row 3.")
    ]


async def test_a_dry_run_says_what_would_change_and_changes_nothing(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    await new_product(admin, name="Mug", price=5, sku="A", stock=3)
    await new_product(admin, name="Cup", price=5, sku="B")
    before = await exported(admin)
    file = (
        "Handle,Name,Price,SKU,Stock,Categories\n"
        "mug,Mug,6,C,9,New\n"  # gives up A
        "cup,Cup,5,B,,\n"
        "pot,Pot,7,A,,New\n"  # takes A
        "pan,Pan,7,A,,\n"  # A is taken by now
        "lid,Lid,x,,,\n"
    )
    tried = await import_file(shop, admin, file, "?dryRun=true&stock=set")
    assert (tried["dryRun"], outcome_of(tried)) == (True, (1, 1, 1, 2))
    assert await exported(admin) == before
    assert (await admin.get("/api/categories")).json()["items"] == []
    done = await import_file(shop, admin, file, "?stock=set")
    for name in ("created", "updated", "unchanged", "failed", "errors", "changes", "errorCount", "processed"):
        assert tried[name] == done[name], name
    assert done["changes"][0]["fields"] == ["sku", "category", "categoryIds", "price", "stock"]


async def test_importing_an_export_changes_nothing(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    samples = sorted(SAMPLES.glob("*.csv"))
    assert samples
    for sample in samples:
        await import_file(shop, admin, sample.read_bytes())
    await new_product(admin, name="=1+1", description="'@sum", attributes={"a": 1.5, "b": "-1", "c": False})
    file = await exported(admin)
    done = await import_file(shop, admin, file, "?stock=set")
    products = len({row["Handle"] for row in csv.DictReader(file.splitlines(keepends=True))})
    assert (outcome_of(done), done["unknownColumns"]) == ((0, 0, products, 0), [])
    assert await exported(admin) == file
