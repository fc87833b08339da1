"""The administration's promo codes: free shipping, limits and targets."""

from playwright.sync_api import Browser, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import Api, enter_admin, visiting


def test_a_code_for_free_shipping_is_limited_to_products_and_categories(
    browser: Browser, base: str, admin: Api
) -> None:
    product = admin.send("POST", "/api/products", {"name": "Promoted Parasol", "price": 40})
    category = admin.send("POST", "/api/categories", {"name": "Promoted goods"})
    with visiting(browser, base) as (page, _):
        enter_admin(page, "codes")
        page.get_by_role("button", name="New code").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Code").fill("SHIPFREE")
        dialog.get_by_label("Type").select_option("free_shipping")
        expect(dialog.get_by_label("Worth")).to_be_hidden()
        dialog.get_by_label("Uses in all").fill("10")
        dialog.get_by_label("Uses by customer").fill("1")
        dialog.get_by_label("Add a product").press_sequentially("Promoted Para")
        dialog.get_by_role("button", name="Add Promoted Parasol").click()
        dialog.get_by_label("Add a category").press_sequentially("promoted GOODS")
        dialog.get_by_label("Add a category").press("Enter")
        dialog.get_by_role("button", name="Create").click()
        row = page.get_by_role("row").filter(has_text="SHIPFREE")
        expect(row).to_contain_text("Free shipping")
        expect(row).to_contain_text("1 category, 1 product")
        expect(row).to_contain_text("0 of 10")
        expect(row).to_contain_text("1 per customer")
        code = admin.send("GET", "/api/promo-codes/SHIPFREE")
        assert (code["type"], code["itemIds"], code["categoryIds"]) == (
            "free_shipping",
            [product["id"]],
            [category["id"]],
        )
        page.get_by_role("button", name="Change SHIPFREE").click()
        dialog.get_by_role("button", name="Remove Promoted Parasol").click()
        page.evaluate("window.confirm = (text) => { window.asked = text; return false; }")
        page.keyboard.press("Escape")
        assert "not saved" in page.evaluate("window.asked")
        dialog.get_by_label("Type").select_option("percent")
        dialog.get_by_label("Worth").fill("15")
        dialog.get_by_role("button", name="Save").click()
        expect(row).to_contain_text("15 %")
        code = admin.send("GET", "/api/promo-codes/SHIPFREE")
        assert (code["itemIds"], code["categoryIds"]) == ([], [category["id"]])


def test_the_promo_code_form_is_accessible_and_fits(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "codes")
        assert accessibility_faults(page) == []
        page.get_by_role("button", name="New code").click()
        assert accessibility_faults(page) == []
