"""Imports of real-world files: exports of other shop systems, other encodings, oversized cells."""

from collections.abc import AsyncIterator

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.domain.catalogue.catalogue_import import MAX_FILE_SIZE, MAX_NOTES
from shop.testing import ShopHarness, shop_harness
from tests.unit.catalogue.importing import SAMPLES, by_slug, failures
from tests.unit.imports import exported, import_file, outcome_of
from tests.unit.shopping import new_product

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness(MemoryStorage()) as fresh:
        yield fresh


@pytest.fixture
async def admin(shop: ShopHarness) -> httpx.AsyncClient:
    return await shop.admin("owner")


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
async def test_errors_give_the_line_number_of_their_row(
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
        pytest.param(b"Price,Stock\n1,2\n", id="no column that identifies the product"),
        pytest.param(b"\xff\xfeH\x00a", id="truncated UTF-16"),
        pytest.param(b"Handle,Name\nmug,\x81\n", id="no known encoding"),
    ],
)
async def test_files_that_are_not_csv_fail_as_a_whole(
    shop: ShopHarness, admin: httpx.AsyncClient, content: bytes
) -> None:
    done = await import_file(shop, admin, content)
    assert (done["status"], outcome_of(done), done["rows"]) == ("failed", (0, 0, 0, 0), 0)
    (error,) = done["errors"]
    assert error["row"] == 1
    assert done["finishedAt"] is not None


async def test_a_file_with_only_a_header_imports_nothing(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    done = await import_file(shop, admin, "Handle,Name\n")
    assert (done["status"], done["rows"], outcome_of(done)) == ("done", 0, (0, 0, 0, 0))


async def test_a_cell_as_large_as_a_file_is_an_error_of_its_row(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    head = b'Handle,Title,Body (HTML),Variant Price\nhuge,Huge,"'
    huge = head + b"<p" * ((MAX_FILE_SIZE - len(head) - 20) // 2) + b'",5\nmug,Mug,,5\n'
    done = await import_file(shop, admin, huge)
    assert outcome_of(done) == (1, 0, 0, 1)
    assert [(error["row"], error["column"]) for error in done["errors"]] == [(2, "Body (HTML)")]


async def test_a_million_characters_are_an_error_of_their_column(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    errors = await failures(shop, admin, f"Handle,Name,Description,Price\nmug,Mug,{'x' * 1_000_000},5\n")
    assert errors == [(2, "Description", "Description must be at most 10000 characters.")]


async def test_the_first_thousand_errors_are_kept(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
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
async def test_a_file_in_no_known_encoding_is_refused_with_the_encodings_that_were_tried(
    shop: ShopHarness, admin: httpx.AsyncClient, content: bytes, encodings: str
) -> None:
    done = await import_file(shop, admin, content)
    message = f"The file is not CSV text: it is {encodings}."
    assert (done["status"], done["errors"]) == ("failed", [{"row": 1, "column": None, "message": message}])
