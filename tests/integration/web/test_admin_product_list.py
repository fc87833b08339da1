"""The administration's list of products: filters, and changes of several products at once."""

import csv
import re
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import Api, enter_admin, settle, visiting

REFUSED = "error: Failed to load resource: the server responded with a status of 4"


def create(admin: Api, name: str, **terms: Any) -> dict[str, Any]:
    return dict(admin.send("POST", "/api/products", {"name": name, "price": 9.99, **terms}))


def prices(admin: Api, product: dict[str, Any]) -> list[float]:
    return [each["price"] for each in admin.send("GET", f"/api/products/{product['id']}")["variants"]]


def select_all(page: Page) -> None:
    page.get_by_label("Select all products on this page").check()


def test_product_filters_are_kept_in_the_address(browser: Browser, base: str, admin: Api) -> None:
    category = admin.send("POST", "/api/categories", {"name": "Filtered goods"})
    there = create(admin, "Filtered Here", categoryIds=[category["id"]], stock=3)
    create(admin, "Filtered Gone", categoryIds=[category["id"]], stock=0)
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products")
        page.get_by_label("Words").fill("Filtered")
        page.get_by_label("Category").select_option(category["slug"])
        page.get_by_label("Stock", exact=True).select_option("In stock")
        page.get_by_role("button", name="Show", exact=True).click()
        page.wait_for_url(f"**/admin/products?q=Filtered&category={category['slug']}&inStock=true")
        settle(page)
        expect(page.locator("tbody tr")).to_have_count(1)
        expect(page.locator("tbody tr")).to_contain_text("Filtered Here")
        page.reload()
        settle(page)
        expect(page.get_by_label("Stock", exact=True)).to_have_value("true")
        page.get_by_role("link", name="Price", exact=True).click()
        page.wait_for_url("**&sort=price&order=asc")
        page.get_by_role("link", name="Filtered Here").click()
        page.get_by_role("heading", level=1, name="Filtered Here").wait_for()
        assert page.url.endswith(f"/admin/product/{there['id']}")


def test_a_price_change_by_percent_is_previewed_and_can_be_undone(
    browser: Browser, base: str, admin: Api
) -> None:
    plain = create(admin, "Repriced Plain")
    sizes = create(
        admin,
        "Repriced Sizes",
        options=["Size"],
        variants=[{"options": {"Size": "S"}}, {"options": {"Size": "L"}, "price": 20.05}],
    )
    reduced = create(admin, "Repriced Reduced", compareAtPrice=10)
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        enter_admin(page, "products?q=Repriced&sort=name")
        select_all(page)
        page.get_by_role("button", name="Change prices").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Change in per cent").fill("10")
        table = dialog.get_by_role("table")
        expect(table.get_by_role("row").filter(has_text="Repriced Plain")).to_contain_text("$10.99")
        expect(table.get_by_role("row").filter(has_text="Sizes / L")).to_contain_text("$22.06")
        dialog.get_by_role("button", name="Change prices").click()
        report = page.get_by_role("dialog", name="Change prices", exact=True)
        report.get_by_text("2 products changed.").wait_for()
        expect(report.get_by_role("listitem")).to_contain_text("Repriced Reduced")
        assert (prices(admin, plain), prices(admin, sizes)) == ([10.99], [10.99, 22.06])
        assert prices(admin, reduced) == [9.99]
        report.get_by_role("button", name="Undo").click()
        report.get_by_text("2 products as before.").wait_for()
        assert (prices(admin, plain), prices(admin, sizes)) == ([9.99], [9.99, 20.05])
        report.get_by_role("button", name="Close").click()
        settle(page)
        expect(page.get_by_label("Price of Repriced Plain", exact=True)).to_have_value("9.99")


def test_changed_prices_are_rounded_to_the_smallest_unit_of_the_currency(browser: Browser, base: str) -> None:
    cases = [
        (9.99, 10, "0.01", 10.99),
        (0.05, 10, "0.01", 0.06),
        (1.15, -50, "0.01", 0.58),
        (1.005, 10, "0.010", 1.11),
        (1980, -15, "1", 1683),
        (10.1, -100, "0.01", 0),
    ]
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products")
        script = """async ([price, percent, step]) => {
          const main = document.querySelector('script[type="module"]').src;
          const { changedPrice } = await import(main.replace("main.js", "bulkproducts.js"));
          return changedPrice(price, percent, step);
        }"""
        for price, percent, step, expected in cases:
            assert page.evaluate(script, [price, percent, step]) == expected


def test_a_bulk_change_skips_concurrently_changed_products(browser: Browser, base: str, admin: Api) -> None:
    one, other = create(admin, "Raced One"), create(admin, "Raced Other")
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        enter_admin(page, "products?q=Raced")
        select_all(page)
        admin.send("PATCH", f"/api/products/{one['id']}", {"price": 5})
        page.get_by_role("button", name="Deactivate").click()
        report = page.get_by_role("dialog")
        report.get_by_text("1 product changed.").wait_for()
        expect(report.get_by_role("listitem")).to_have_text("Raced One: Somebody changed it meanwhile.")
        assert admin.send("GET", f"/api/products/{one['id']}")["active"] is True
        assert admin.send("GET", f"/api/products/{other['id']}")["active"] is False


def test_setting_the_category_of_several_products_can_be_undone(
    browser: Browser, base: str, admin: Api
) -> None:
    former = admin.send("POST", "/api/categories", {"name": "Former shelf"})
    admin.send("POST", "/api/categories", {"name": "New shelf"})
    shelved = [create(admin, f"Shelved {number}", categoryIds=[former["id"]]) for number in range(2)]
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products?q=Shelved")
        select_all(page)
        page.get_by_role("button", name="Set category").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("How").select_option("replace")
        dialog.get_by_label("Categories", exact=True).press_sequentially("new shelf")
        page.keyboard.press("Enter")
        dialog.get_by_role("button", name="Set categories").click()
        report = page.get_by_role("dialog", name="Set categories", exact=True)
        report.get_by_text("2 products changed.").wait_for()
        found = [admin.send("GET", f"/api/products/{each['id']}")["category"] for each in shelved]
        assert found == ["New shelf"] * 2
        report.get_by_role("button", name="Undo").click()
        report.get_by_text("2 products as before.").wait_for()
        found = [admin.send("GET", f"/api/products/{each['id']}")["category"] for each in shelved]
        assert found == ["Former shelf"] * 2


def test_selected_products_are_exported(browser: Browser, base: str, admin: Api, tmp_path: Path) -> None:
    for name in ("Chosen A", "Chosen B"):
        create(admin, name)
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products?q=Chosen&sort=name")
        page.get_by_label("Select Chosen B").check()
        with page.expect_download() as downloaded:
            page.get_by_role("button", name="Export", exact=True).click()
        downloaded.value.save_as(tmp_path / "chosen.csv")
    with (tmp_path / "chosen.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["Product"] for row in csv.DictReader(file)] == ["Chosen B"]


def test_a_selected_product_is_deactivated_by_keyboard_alone(browser: Browser, base: str, admin: Api) -> None:
    product = create(admin, "Keyed Product")
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products?q=Keyed")
        page.get_by_label("Select Keyed Product").focus()
        page.keyboard.press("Space")
        for _ in range(30):
            if page.evaluate("document.activeElement.textContent") == "Deactivate":
                break
            page.keyboard.press("Shift+Tab")
        page.keyboard.press("Enter")
        page.get_by_role("dialog").get_by_text("1 product changed.").wait_for()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert admin.send("GET", f"/api/products/{product['id']}")["active"] is False


def test_the_list_is_accessible_and_fits(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products")
        select_all(page)
        assert accessibility_faults(page) == []
        page.get_by_role("button", name="Change prices").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Change in per cent").fill("-10")
        expect(dialog.get_by_role("row").nth(3)).to_contain_text(re.compile(r"\$"))
        assert accessibility_faults(page) == []
