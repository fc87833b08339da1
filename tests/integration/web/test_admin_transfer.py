"""The administration's imports and exports."""

import csv
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import Api, enter_admin, visiting

HEADER = (
    "Handle,Title,Body (HTML),Option1 Name,Option1 Value,Variant SKU,Variant Price,Variant Inventory Qty,Mood"
)


def choose(page: Page, *rows: str) -> None:
    """Choose a CSV file with these rows."""
    content = "\n".join((HEADER, *rows)).encode()
    page.get_by_label("CSV file").set_input_files(
        {"name": "products.csv", "mimeType": "text/csv", "buffer": content}  # type: ignore[arg-type]
    )


def figure(page: Page, name: str) -> str:
    return page.locator(".figures > div").filter(has_text=name).locator("dd").inner_text()


def found(admin: Api, name: str) -> list[dict[str, Any]]:
    return list(admin.send("GET", f"/api/products/search?q={name}&exact=true&page=1")["items"])


def test_a_file_is_checked_and_then_imported_for_real(browser: Browser, base: str, admin: Api) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "transfer")
        page.get_by_role("button", name="Check the file").click()
        expect(page.locator('[data-field="file"] .note')).not_to_contain_text("Shopify")
        choose(
            page,
            "imported-mug,Importedmug,<p>One</p><p>Two</p>,Size,Small,IM-S,12.50,3,happy",
            "imported-mug,,,,Large,IM-L,14.50,4,",
            "imported-bowl,Importedbowl,,Title,Default Title,IM-B,not a price,1,",
        )
        page.get_by_role("button", name="Check the file").click()
        page.get_by_role("heading", name="Checked: nothing has changed yet").wait_for()
        assert (figure(page, "Would be created"), figure(page, "Would be refused")) == ("1", "1")
        expect(page.get_by_text("Columns that mean nothing here")).to_contain_text("Mood")
        error = page.get_by_role("region", name="Errors").get_by_role("row").nth(1)
        expect(error).to_contain_text("4")
        expect(error).to_contain_text("Variant Price")
        assert found(admin, "Importedmug") == []
        page.get_by_role("button", name="Import for real").click()
        page.get_by_role("heading", name="Imported", exact=True).wait_for()
        assert (figure(page, "Created"), figure(page, "Refused")) == ("1", "1")
        (mug,) = found(admin, "Importedmug")
        assert (mug["description"], mug["stock"], mug["priceTo"]) == ("One\n\nTwo", 7, 14.5)
        page.reload()
        page.get_by_role("heading", name="Imported", exact=True).wait_for()
        expect(page.get_by_role("region", name="Table of earlier imports").get_by_role("row")).to_have_count(
            2
        )


def test_an_exported_file_imported_again_changes_nothing(browser: Browser, base: str, tmp_path: Path) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "transfer")
        for name in ("orders", "customers", "products"):
            with page.expect_download() as downloaded:
                page.get_by_role("button", name=f"Export {name}").click()
            assert downloaded.value.suggested_filename == f"{name}.csv"
            downloaded.value.save_as(tmp_path / f"{name}.csv")
            with (tmp_path / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
                assert len(list(csv.reader(file))) > 1
        page.get_by_label("CSV file").set_input_files(tmp_path / "products.csv")
        page.get_by_role("button", name="Check the file").click()
        page.get_by_role("heading", name="Checked: nothing has changed yet").wait_for(timeout=60_000)
        expect(page.get_by_text("There is nothing to import.")).to_be_visible()


def test_the_page_of_imports_is_accessible_and_fits(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "transfer")
        choose(page, "seen,Seen,,Title,Default Title,,x,1,", "seen-too,Seen too,,Title,Default Title,,2,1,")
        page.get_by_role("button", name="Check the file").focus()
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Import for real").wait_for()
        page.get_by_text("What changes, product by product").click()
        assert accessibility_faults(page) == []
