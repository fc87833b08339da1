"""Imports: their effect on the catalogue, and the reports on real-world files."""

import csv
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.domain.catalogue.catalogue_import import LEASE, MAX_FILE, MAX_NOTES
from shop.testing import ShopHarness, shop_harness
from tests.unit.imports import Json, exported, import_file, outcome_of, start_import
from tests.unit.shopping import a_name, new_product, refused, stock_of

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


async def failures(
    shop: ShopHarness, admin: httpx.AsyncClient, content: str | bytes
) -> list[tuple[int, str | None, str]]:
    done = await import_file(shop, admin, content)
    return [(error["row"], error["column"], error["message"]) for error in done["errors"]]


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


async def test_stock_counts_for_new_variants_unless_it_is_to_be_set(
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


async def test_a_handle_that_stands_apart_is_one_product_and_a_repeated_row_is_refused(
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
        "mug,Mug,6,C,9,New\n"  # gives A up
        "cup,Cup,5,B,,\n"
        "pot,Pot,7,A,,New\n"  # takes A
        "pan,Pan,7,A,,\n"  # taken by then
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
    for sample in sorted(SAMPLES.glob("*.csv")):
        await import_file(shop, admin, sample.read_bytes())
    await new_product(admin, name="=1+1", description="'@sum", attributes={"a": 1.5, "b": "-1", "c": False})
    file = await exported(admin)
    done = await import_file(shop, admin, file, "?stock=set")
    products = len({row["Handle"] for row in csv.DictReader(file.splitlines(keepends=True))})
    assert (outcome_of(done), done["unknownColumns"]) == ((0, 0, products, 0), [])
    assert await exported(admin) == file


@pytest.mark.parametrize("generation", ["old", "new"])
async def test_shopifys_exports_are_read(
    shop: ShopHarness, admin: httpx.AsyncClient, generation: str
) -> None:
    done = await import_file(shop, admin, (SAMPLES / f"shopify_{generation}.csv").read_bytes())
    assert (done["rows"], outcome_of(done), done["errors"]) == (7, (3, 0, 0, 0), [])
    assert "Tags" in done["unknownColumns"]
    shirt, cup, card = [await by_slug(admin, slug) for slug in ("linen-shirt", "cup-no-2", "gift-card")]
    assert shirt["description"] == 'Light & airy.\n\n- 100% linen\n- "Stone" washed'
    assert (shirt["vendor"], shirt["category"], shirt["active"]) == ("Loom", "Shirts", True)
    assert shirt["imageUrl"] == "https://cdn.example.com/files/linen.jpg?v=1690000000"
    first, second, third = shirt["variants"]
    assert (first["options"], first["sku"]) == ({"Size": "S", "Colour": "White"}, "LIN-S-W")
    assert (first["price"], first["compareAtPrice"], first["stock"], first["weight"]) == (49.9, 59.9, 12, 240)
    assert (first["barcode"], first["imageUrl"]) == (
        "4006381333931",
        "https://cdn.example.com/files/linen-white.jpg",
    )
    assert (second["compareAtPrice"], second["stock"], second["imageUrl"]) == (None, 0, None)
    assert third["options"] == {"Size": "M", "Colour": "Sea, deep"}
    assert (cup["options"], cup["active"], cup["sku"], cup["stock"]) == ([], False, "CUP-2", 0)
    assert card["description"] == "First line\nsecond line"
    assert ([each["price"] for each in card["variants"]], card["requiresShipping"]) == ([25, 50], False)


async def test_woocommerces_export_is_read(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    done = await import_file(shop, admin, (SAMPLES / "woocommerce.csv").read_bytes())
    assert (done["rows"], outcome_of(done), done["skipped"]) == (10, (4, 0, 0, 0), 2)
    assert (done["errors"], done["warningCount"]) == ([], 2)
    assert [(each["row"], each["message"].split(":")[0]) for each in done["warnings"]] == [
        (7, "Skipped"),
        (8, "Skipped"),
    ]
    tee, hoodie, album, socks = [
        await by_slug(admin, slug) for slug in ("v-neck-tee", "hoodie-logo", "album", "socks")
    ]
    assert (tee["description"], tee["vendor"]) == ("Soft cotton.\nWash at 30°.", "Loom")
    assert (tee["category"], tee["attributes"]) == ("Tees", {"Fit": "Slim, Wide"})
    blue, green = tee["variants"]
    assert (blue["options"], blue["sku"], blue["stock"], blue["weight"]) == (
        {"Colour": "Blue"},
        "tee-blue",
        5,
        250,
    )
    assert (green["price"], green["compareAtPrice"], green["active"]) == (15, 20, False)
    assert (hoodie["name"], hoodie["description"]) == ("Hoodie & logo", "Warm.\n\nWith a logo.")
    assert (hoodie["price"], hoodie["compareAtPrice"], hoodie["weight"], hoodie["options"]) == (
        35,
        45,
        900,
        [],
    )
    assert (album["active"], album["requiresShipping"], album["taxClass"]) == (False, False, "reduced-rate")
    assert [each["options"]["Size"] for each in socks["variants"]] == ["S", "Any"]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
async def test_encodings_and_separators_are_recognized(
    shop: ShopHarness, admin: httpx.AsyncClient, encoding: str, separator: str
) -> None:
    rows = [["Handle", "Name", "Price"], ["cafe", "Café – 2 €", "5,50"], ["a;b", "Zwei, drei", "6"]]
    text = "\r\n".join(separator.join(f'"{cell}"' for cell in row) for row in rows)
    done = await import_file(shop, admin, text.encode(encoding))
    assert outcome_of(done) == (2, 0, 0, 0)
    assert (await by_slug(admin, "cafe"))["name"] == "Café – 2 €"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
async def test_rows_have_the_number_of_their_line(
    shop: ShopHarness, admin: httpx.AsyncClient, line_end: str
) -> None:
    lines = ["sep=;", "", "Handle;Name;Price", 'mug;"Mug', 'or cup";5', ";;", "", "pot;Pot;x"]
    done = await import_file(shop, admin, line_end.join(lines))
    assert (done["rows"], outcome_of(done)) == (2, (1, 0, 0, 1))
    assert done["errors"][0]["row"] == 8


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\x89PNG\r\n\x1a\n\x00\x00", id="a picture"),
        pytest.param(b"PK\x03\x04\x14\x00\x06\x00" * 20, id="a workbook"),
        pytest.param(b"Handle,Name\nmug,M\x00g\n", id="NUL"),
        pytest.param(b"mug,Mug,5\ncup,Cup,4\n", id="no header"),
        pytest.param(b"\n\n\n", id="blank lines"),
        pytest.param(b"Price,Stock\n1,2\n", id="no column that says which product"),
        pytest.param(b"\xff\xfeH\x00a", id="cut UTF-16"),
        pytest.param(b"Handle,Name\nmug,\x81\n", id="no encoding"),
    ],
)
async def test_files_that_are_no_csv_fail_as_a_whole(
    shop: ShopHarness, admin: httpx.AsyncClient, content: bytes
) -> None:
    done = await import_file(shop, admin, content)
    assert (done["status"], outcome_of(done), done["rows"]) == ("failed", (0, 0, 0, 0), 0)
    (error,) = done["errors"]
    assert error["row"] == 1
    assert done["finishedAt"] is not None


async def test_a_header_alone_is_an_import_of_nothing(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    done = await import_file(shop, admin, "Handle,Name\n")
    assert (done["status"], done["rows"], outcome_of(done)) == ("done", 0, (0, 0, 0, 0))


async def test_a_cell_as_large_as_a_file_is_an_error_of_its_row(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    head = b'Handle,Title,Body (HTML),Variant Price\nhuge,Huge,"'
    huge = head + b"<p" * ((MAX_FILE - len(head) - 20) // 2) + b'",5\nmug,Mug,,5\n'
    done = await import_file(shop, admin, huge)
    assert outcome_of(done) == (1, 0, 0, 1)
    assert [(error["row"], error["column"]) for error in done["errors"]] == [(2, "Body (HTML)")]


async def test_a_million_characters_are_an_error_of_their_column(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    errors = await failures(shop, admin, f"Handle,Name,Description,Price\nmug,Mug,{'x' * 1_000_000},5\n")
    assert errors == [(2, "Description", "Description must be at most 10000 characters.")]


async def test_the_first_thousand_errors_and_changes_are_kept(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    bad = "".join(f"bad-{number},Bad,x\n" for number in range(MAX_NOTES + 5))
    done = await import_file(shop, admin, f"Handle,Name,Price\n{bad}")
    assert (len(done["errors"]), done["errorCount"], done["failed"]) == (
        MAX_NOTES,
        MAX_NOTES + 5,
        MAX_NOTES + 5,
    )


async def test_formulas_round_trip(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    await new_product(admin, name="=HYPERLINK(1)", vendor="@me", description="-1\n=2")
    file = await exported(admin)
    assert "'=HYPERLINK(1)" in file
    assert outcome_of(await import_file(shop, admin, file)) == (0, 0, 1, 0)
    await import_file(shop, admin, "Handle,Name,Price\nformula,'=1+1,5\n")
    assert (await by_slug(admin, "formula"))["name"] == "=1+1"


@pytest.mark.parametrize(
    ("content", "encodings"),
    [
        ("Handle,Name\nmug,".encode("utf-16") + b"\x00\xd8", "neither UTF-8 nor UTF-16"),
        (b"Handle,Name\nmug,\x81\n", "neither UTF-8 nor Windows-1252"),
    ],
)
async def test_a_file_in_no_known_encoding_is_refused_in_plain_words(
    shop: ShopHarness, admin: httpx.AsyncClient, content: bytes, encodings: str
) -> None:
    done = await import_file(shop, admin, content)
    message = f"The file is not CSV text: it is {encodings}."
    assert (done["status"], done["errors"]) == ("failed", [{"row": 1, "column": None, "message": message}])


async def test_a_dry_run_and_the_import_are_two_requests_under_an_idempotency_key(
    admin: httpx.AsyncClient,
) -> None:
    key = {"Idempotency-Key": a_name("key")}
    tried = await start_import(admin, None, "?dryRun=true&stock=set", **key)
    refused(await start_import(admin, None, **key), 422, "IDEMPOTENCY_KEY_REUSED")
    again = await start_import(admin, None, "?stock=set&dryRun=true", **key)
    assert (again.content, again.headers["idempotent-replayed"]) == (tried.content, "true")


async def test_a_file_of_more_than_20_mib_or_of_nothing_is_refused(admin: httpx.AsyncClient) -> None:
    refused(await start_import(admin, b""), 400, "EMPTY_FILE")
    refused(await start_import(admin, b"x" * (MAX_FILE + 1)), 413, "PAYLOAD_TOO_LARGE")
    refused(await start_import(admin, b"x" * (MAX_FILE + 200_000)), 413, "PAYLOAD_TOO_LARGE")


async def test_a_request_needs_permission_and_a_known_stock_mode(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    body = {"name": "reader", "permissions": ["catalogue:read"]}
    secret = (await admin.post("/api/admin/api-keys", json=body)).json()["secret"]
    reader = await shop.open_client({"Authorization": f"Bearer {secret}"})
    refused(await start_import(reader, "Handle\n"), 403, "FORBIDDEN")
    refused(await start_import(admin, "Handle\n", "?stock=all"), 400, "VALIDATION_FAILED")
    refused(await admin.get("/api/admin/imports/0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"), 404, "NOT_FOUND")
    assert (await reader.get("/api/admin/imports?page=1")).json()["total"] == 0


async def test_the_same_request_sent_again_starts_one_import(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    key = {"Idempotency-Key": "import-1"}
    first = await start_import(admin, "Handle,Name,Price\nmug,Mug,5\n", **key)
    again = await start_import(admin, "Handle,Name,Price\nmug,Mug,5\n", **key)
    assert (again.status_code, again.content, again.headers["location"]) == (
        202,
        first.content,
        first.headers["location"],
    )
    assert again.headers["idempotent-replayed"] == "true"
    assert (await admin.get("/api/admin/imports?page=1")).json()["total"] == 1


async def test_an_import_is_queued_until_a_worker_takes_it(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    started = await start_import(admin, "Handle,Name,Price\nmug,Mug,5\n")
    queued = await admin.get(started.headers["location"])
    assert queued.json()["status"] == "queued"
    await shop.container.catalogue.run_imports()()
    done = await admin.get(started.headers["location"], headers={"If-None-Match": queued.headers["etag"]})
    assert (done.status_code, done.json()["status"]) == (200, "done")
    same = await admin.get(started.headers["location"], headers={"If-None-Match": done.headers["etag"]})
    assert same.status_code == 304


async def test_another_worker_continues_at_the_next_product(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    file = "Handle,Name,Price\n" + "".join(f"p-{number},P,5\n" for number in range(5))
    started = await start_import(admin, file)
    impatient = shop.container.catalogue.run_imports(slice_seconds=0)
    assert await impatient()  # opens the file, and its time is over
    other = shop.container.catalogue.run_imports()
    assert not await other()  # the lease lasts
    shop.clock.advance(seconds=LEASE.total_seconds())
    assert await other()
    assert await impatient()  # finds that it has lost the import
    done = (await admin.get(started.headers["location"])).json()
    assert (done["status"], outcome_of(done)) == ("done", (5, 0, 0, 0))


async def test_a_stopping_worker_releases_its_import_immediately(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    started = await start_import(admin, "Handle,Name,Price\nmug,Mug,5\n")
    stopping = shop.container.catalogue.run_imports(slice_seconds=0)
    await stopping()
    await stopping.finish()
    assert await shop.container.catalogue.run_imports()()
    assert (await admin.get(started.headers["location"])).json()["status"] == "done"


async def test_imports_are_deleted_after_30_days(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    done = await import_file(shop, admin, "Handle,Name,Price\nmug,Mug,x\n")
    queued = (await start_import(admin, "Handle,Name,Price\nmug,Mug,x\n")).json()
    purge = shop.container.catalogue.purge_imports()
    assert await purge() == 0
    shop.clock.advance(seconds=timedelta(days=30, seconds=1).total_seconds())
    assert await purge() == 1
    token = await shop.log_in("owner")
    assert (await token.get(f"/api/admin/imports/{done['id']}")).status_code == 404
    assert (await token.get(f"/api/admin/imports/{queued['id']}")).status_code == 200


async def test_the_audit_trail_says_who_imported_what(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    await import_file(shop, admin, "Handle,Name,Price\nmug,Mug,5\n")
    await import_file(shop, admin, "Handle,Name,Price\nmug,Mug,6\n")
    entries: list[dict[str, Any]] = (await admin.get("/api/admin/audit?page=1")).json()["items"]
    shown = [(entry["action"], entry["actor"]) for entry in entries]
    assert shown[:4] == [
        ("product.revised", "owner"),
        ("import.started", "owner"),
        ("product.created", "owner"),
        ("import.started", "owner"),
    ]
    assert json.loads(json.dumps(entries[0]["after"]))["price"] == 6
