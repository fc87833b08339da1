"""The page of one product in the administration: changes by another user, unsaved input, and deleting."""

from typing import Any

from playwright.sync_api import Browser, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import Api, enter_admin, visiting
from tests.integration.web.product_page import STALE, open_product


def test_a_concurrent_change_keeps_the_typed_input(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    path = f"/api/products/{shirt['id']}"
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [STALE]
        open_product(page, shirt)
        page.get_by_label("Description").fill("Mine.\n\nTyped for long.")
        page.get_by_label("Price of S").fill("28")
        page.get_by_label("Price of M").fill("29")
        admin.send("PATCH", path, {"description": "Theirs.", "vendor": "Theirs"})
        small = shirt["variants"][0]["id"]
        admin.send("PATCH", f"{path}/variants/{small}", {"price": 41})
        page.get_by_role("button", name="Save", exact=True).click()
        panel = page.get_by_role("alertdialog")
        expect(panel).to_contain_text("Somebody else changed this product meanwhile")
        expect(panel.get_by_role("listitem")).to_have_text("Vendor: Theirs")
        assert accessibility_faults(page) == []
        panel.get_by_role("group", name="S: price").get_by_label("Theirs: 41").check()
        panel.get_by_role("button", name="Save with these").click()
        page.get_by_text("Saved.", exact=True).wait_for()
        stored = admin.send("GET", path)
        assert stored["description"] == "Mine.\n\nTyped for long."
        assert stored["vendor"] == "Theirs"
        assert [each["price"] for each in stored["variants"]] == [41, 29]


def test_concurrent_changes_of_variants_are_merged(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    path = f"/api/products/{shirt['id']}"
    small, medium = (each["id"] for each in shirt["variants"])
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [STALE]
        open_product(page, shirt)
        page.get_by_label("Price of S").fill("28")
        added = {"options": {"Size": "L"}, "price": 50, "stock": 2}
        variants = [{"id": small}, {"id": medium, "barcode": "400638"}, added]
        admin.send("PUT", f"{path}/variants", {"options": ["Size"], "variants": variants})
        page.get_by_role("button", name="Save", exact=True).click()
        panel = page.get_by_role("alertdialog")
        expect(panel.get_by_role("listitem").first).to_contain_text("S; M; L")
        panel.get_by_role("button", name="Save with these").click()
        page.locator(".product-form:not([data-unsaved])").wait_for()
        stored = admin.send("GET", path)["variants"]
        assert [(each["price"], each["barcode"], each["stock"]) for each in stored] == [
            (28, None, 4),
            (30, "400638", 4),
            (50, None, 2),
        ]
        page.get_by_role("button", name="Remove M").click()
        admin.send("PATCH", f"{path}/variants/{small}", {"price": 33})
        page.get_by_role("button", name="Save", exact=True).click()
        panel.get_by_role("button", name="Save with these").click()
        page.locator(".product-form:not([data-unsaved])").wait_for()
        stored = admin.send("GET", path)["variants"]
        assert [(each["options"]["Size"], each["price"]) for each in stored] == [("S", 33), ("L", 50)]


def test_a_product_is_deleted_on_its_page(browser: Browser, base: str, shirt: dict[str, Any]) -> None:
    with visiting(browser, base) as (page, _):
        open_product(page, shirt)
        page.get_by_label("Vendor").fill("Never saved")
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_text("Page Shirt is deleted.").wait_for()
        page.get_by_role("heading", name="Products", exact=True).wait_for()


def test_a_page_with_unsaved_input_is_left_only_after_a_question(
    browser: Browser, base: str, shirt: dict[str, Any]
) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products")
        page.evaluate("window.confirm = (text) => { window.asked = text; return false; }")
        page.evaluate(
            "([id]) => { const a = document.createElement('a'); a.href = `/admin/product/${id}`;"
            " document.querySelector('main').append(a); a.click(); }",
            [shirt["id"]],
        )
        page.get_by_role("heading", level=1, name="Page Shirt").wait_for()
        page.get_by_label("Vendor").fill("Half-typed")
        page.keyboard.press("Escape")
        expect(page.get_by_label("Vendor")).to_have_value("Half-typed")
        page.go_back()
        page.wait_for_function("window.asked?.includes('not saved')")
        expect(page.get_by_label("Vendor")).to_have_value("Half-typed")
        assert page.url.endswith(shirt["id"])
        page.evaluate("window.asked = ''; window.dispatchEvent(new Event('online'))")
        page.get_by_role("navigation", name="Main").get_by_role("link", name="Products").click()
        page.wait_for_function("window.asked.includes('not saved')")
        expect(page.get_by_label("Vendor")).to_have_value("Half-typed")
        page.evaluate("window.confirm = () => true")
        page.get_by_role("button", name="Discard changes").click()
        expect(page.get_by_label("Vendor")).to_have_value("Weaver")
        page.go_back()
        page.get_by_role("heading", name="Products", exact=True).wait_for()
