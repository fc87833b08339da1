"""The page of one product in the administration: creating a product."""

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.integration.web.browsing import Api, enter_admin, settle, visiting
from tests.integration.web.product_page import NAME, PRICE, REFUSED, open_product, save, upload


def test_a_product_with_options_is_created_and_found_in_the_shop(
    browser: Browser, base: str, admin: Api
) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "product/new")
        page.get_by_label(NAME).fill("Created Coat")
        page.get_by_label("Description").fill("Warm.\n\nLong.")
        upload(page, "navy", "teal")
        page.get_by_label("Alternative text of picture 1").fill("The coat from the front")
        page.get_by_label(PRICE).fill("120")
        page.get_by_role("button", name="Add options like size or colour").click()
        page.get_by_label("Name of option 1").fill("Size")
        values = page.locator('[data-option="0"] .new-value input')
        values.fill("S, M")
        values.press("Enter")
        page.get_by_role("button", name="Add another option").click()
        page.get_by_label("Name of option 2").fill("Colour")
        values = page.locator('[data-option="1"] .new-value input')
        values.fill("Navy")
        values.press("Enter")
        values.fill("Teal")
        values.press("Enter")
        page.get_by_role("button", name="Add 3 missing combinations").click()
        page.get_by_label("Price of M / Teal").fill("130")
        page.get_by_label("Stock of M / Teal").fill("7")
        page.get_by_label("Picture of M / Teal").select_option(index=2)
        expect(page.locator(".preview-card")).to_contain_text("from $120.00")
        page.get_by_role("button", name="Create product").click()
        page.get_by_role("heading", level=1, name="Created Coat").wait_for()
        settle(page)
        product = admin.send("GET", f"/api/products/{page.url.rpartition('/')[2]}")
        assert product["description"] == "Warm.\n\nLong."
        assert [each["alt"] for each in product["images"]] == ["The coat from the front", ""]
        assert [list(each["options"].values()) for each in product["variants"]] == [
            ["S", "Navy"],
            ["S", "Teal"],
            ["M", "Navy"],
            ["M", "Teal"],
        ]
        last = product["variants"][-1]
        assert (last["price"], last["stock"], last["imageUrl"]) == (130, 7, product["images"][1]["url"])
        assert [each["price"] for each in product["variants"][:3]] == [120, 120, 120]
        with page.expect_popup() as opened:
            page.get_by_role("link", name="See it in the shop").click()
        expect(opened.value.get_by_role("heading", level=1, name="Created Coat")).to_be_visible()


def test_a_product_without_options_is_created_with_barcode_and_stock(
    browser: Browser, base: str, admin: Api
) -> None:
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        admin.send("POST", "/api/products", {"name": "Taken", "price": 1, "sku": "TAKEN-1"})
        enter_admin(page, "product/new")
        page.get_by_role("button", name="Create product").click()
        expect(page.locator('[data-field="name"] .note')).not_to_have_text("")
        page.get_by_label(NAME).fill("Plain Pot")
        page.get_by_label(PRICE).fill("12.5")
        page.get_by_label("SKU").fill("TAKEN-1")
        page.get_by_label("Barcode").fill("4006381333931")
        page.get_by_role("spinbutton", name="Stock").fill("3")
        page.get_by_role("button", name="Create product").click()
        expect(page.get_by_role("alert").filter(has_text="sku")).to_be_visible()
        page.get_by_label("SKU").fill("POT-1")
        page.get_by_role("button", name="Create product").click()
        page.get_by_role("heading", level=1, name="Plain Pot").wait_for()
        settle(page)
        product = admin.send("GET", f"/api/products/{page.url.rpartition('/')[2]}")
        (only,) = product["variants"]
        assert (only["id"], only["price"], only["stock"]) == (product["id"], 12.5, 3)
        assert (only["sku"], only["barcode"]) == ("POT-1", "4006381333931")


def test_a_category_is_chosen_created_and_found_without_regard_to_case(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    parent = admin.send("POST", "/api/categories", {"name": "Kitchenware"})
    child = admin.send("POST", "/api/categories", {"name": "Pans", "parentId": parent["id"]})
    with visiting(browser, base) as (page, _):
        open_product(page, shirt)
        entry = page.get_by_label("Add a category")
        entry.press_sequentially("kitchenware")
        expect(page.locator(".picker-note")).to_contain_text("“Kitchenware” exists already")
        entry.press("Enter")
        entry.fill("Kitchenware > Pans")
        entry.press_sequentially(" ")
        entry.press("Enter")
        entry.press_sequentially("Brand-new room")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Add this category, or empty the field.")).to_be_visible()
        page.get_by_role("button", name="Create Brand-new room").click()
        page.get_by_text("The category Brand-new room is created.").wait_for()
        page.get_by_role("button", name="Make Kitchenware > Pans the main category").click()
        save(page)
        stored = admin.send("GET", f"/api/products/{shirt['id']}")
        assert stored["category"] == "Pans"
        assert stored["categoryIds"][:2] == [child["id"], parent["id"]]
        assert len(stored["categoryIds"]) == 3


def tab_to(page: Page, label: str) -> None:
    """Press Tab until the focus is on the control with this name."""
    wanted = page.get_by_label(label, exact=True).or_(page.get_by_role("button", name=label, exact=True))
    for _ in range(80):
        if wanted.first.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab does not reach {label}")


def test_a_product_is_created_by_keyboard_alone(browser: Browser, base: str, admin: Api) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "product/new")
        tab_to(page, "Name *")
        page.keyboard.type("Keyboard Kettle")
        tab_to(page, "Description")
        page.keyboard.type("One.")
        page.keyboard.press("Enter")
        page.keyboard.type("Two.")
        tab_to(page, "Price *")
        page.keyboard.type("30")
        tab_to(page, "Add options like size or colour")
        page.keyboard.press("Enter")
        page.keyboard.type("Size")
        tab_to(page, "Add a value to option 1")
        for value in ("Small", "Large"):
            page.keyboard.type(value)
            page.keyboard.press("Enter")
        tab_to(page, "Add 1 missing combination")
        page.keyboard.press("Enter")
        tab_to(page, "Stock of Large")
        page.keyboard.type("5")
        tab_to(page, "Add attribute")
        page.keyboard.press("Enter")
        page.keyboard.type("Material")
        tab_to(page, "Value of attribute 1")
        page.keyboard.type("Steel")
        page.keyboard.press("Enter")
        page.get_by_role("heading", level=1, name="Keyboard Kettle").wait_for()
        settle(page)
        stored = admin.send("GET", f"/api/products/{page.url.rpartition('/')[2]}")
        assert stored["description"] == "One.\nTwo."
        assert stored["attributes"] == {"Material": "Steel"}
        assert [(each["options"]["Size"], each["price"]) for each in stored["variants"]] == [
            ("Small", 30),
            ("Large", 30),
        ]
        assert stored["variants"][1]["stock"] == 5
