"""The page of one product in the administration, in a real browser."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.web.browsing import (
    PASSWORD,
    Api,
    accessibility_faults,
    enter_admin,
    settle,
    show,
    visiting,
)
from tests.unit.pictures import a_picture

STALE = "error: Failed to load resource: the server responded with a status of 412"
NAME = re.compile("^Name( \\*)?$")
PRICE = re.compile("^Price( \\*)?$")
REFUSED = "error: Failed to load resource: the server responded with a status of 4"


@pytest.fixture
def shirt(admin: Api) -> dict[str, Any]:
    body = {
        "name": "Page Shirt",
        "description": "Washed linen.\n\nTwo buttons.",
        "vendor": "Weaver",
        "attributes": {"Material": "Linen", "Machine wash": True},
        "options": ["Size"],
        "variants": [{"options": {"Size": size}, "price": 30, "stock": 4} for size in "SM"],
    }
    return dict(admin.send("POST", "/api/products", body))


def open_product(page: Page, product: dict[str, Any]) -> None:
    enter_admin(page, f"product/{product['id']}")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".product-form:not([data-unsaved])").wait_for()


def upload(page: Page, *colours: str) -> None:
    files = [
        {"name": f"{colour}.png", "mimeType": "image/png", "buffer": a_picture(90, 60, colour=colour)}
        for colour in colours
    ]
    page.get_by_label("Upload pictures").set_input_files(files)  # type: ignore[arg-type]
    page.get_by_text("pictures now." if len(colours) > 1 else "picture now.").wait_for()


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


def test_everything_about_a_product_is_edited_on_its_page(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    with visiting(browser, base) as (page, _):
        open_product(page, shirt)
        expect(page.get_by_label("Description")).to_have_value("Washed linen.\n\nTwo buttons.")
        page.get_by_label(NAME).fill("Page Shirt II")
        page.get_by_label("Slug").fill(f"shirt-{shirt['id'][-8:]}")
        page.get_by_label("Vendor").fill("Other Weaver")
        page.get_by_label("Needs shipping").uncheck()
        page.get_by_role("button", name="Add attribute").click()
        page.get_by_label("Name of attribute 3").fill("Weight class")
        page.get_by_label("Kind of attribute 3").select_option("number")
        page.get_by_label("Value of attribute 3").fill("180")
        page.get_by_role("button", name="Remove attribute Machine wash").click()
        page.get_by_label("SKU of M").fill(f"PS-{shirt['id'][-6:]}")
        page.get_by_label("M is on sale").uncheck()
        page.get_by_label("Price before of S").fill("35")
        save(page)
        stored = admin.send("GET", f"/api/products/{shirt['id']}")
        assert stored["name"] == "Page Shirt II"
        assert stored["slug"] == f"shirt-{shirt['id'][-8:]}"
        assert (stored["vendor"], stored["requiresShipping"]) == ("Other Weaver", False)
        assert stored["attributes"] == {"Material": "Linen", "Weight class": 180}
        assert stored["description"] == "Washed linen.\n\nTwo buttons."
        small, medium = stored["variants"]
        assert (small["compareAtPrice"], medium["active"], medium["sku"]) == (
            35,
            False,
            f"PS-{shirt['id'][-6:]}",
        )
        assert (small["stock"], medium["stock"]) == (4, 4)


def test_pictures_are_put_in_order_by_dragging_and_by_keyboard(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    def alts() -> list[str]:
        product = admin.send("GET", f"/api/products/{shirt['id']}")
        return [image["alt"] for image in product["images"]]

    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        open_product(page, shirt)
        upload(page, "red", "green", "blue")
        for number, alt in enumerate(("Red", "Green", "Blue"), start=1):
            page.get_by_label(f"Alternative text of picture {number}").fill(alt)
        save(page)
        assert alts() == ["Red", "Green", "Blue"]
        items = page.locator(".picture-list > li")
        items.nth(2).locator("img").drag_to(items.nth(0).locator("img"))
        expect(page.get_by_label("Alternative text of picture 1")).to_have_value("Blue")
        page.get_by_role("button", name="Move picture 1 later").focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Move picture 2 later")).to_be_focused()
        save(page)
        assert alts() == ["Red", "Blue", "Green"]
        page.get_by_role("button", name="Remove picture 2").click()
        save(page)
        assert alts() == ["Red", "Green"]
        drop_file(page)
        expect(page.get_by_role("alert").filter(has_text="notes.txt")).to_contain_text("no JPEG")


def drop_file(page: Page) -> None:
    """Drop a file that is no picture on the pictures."""
    transfer = page.evaluate_handle(
        """() => {
          const transfer = new DataTransfer();
          transfer.items.add(new File(["no picture"], "notes.txt", { type: "text/plain" }));
          return transfer;
        }"""
    )
    page.dispatch_event(".drop-zone", "drop", {"dataTransfer": transfer})


def test_options_and_their_values_are_renamed_and_removed(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    with visiting(browser, base) as (page, _):
        open_product(page, shirt)
        page.get_by_label("Name of option 1").fill("Fit")
        renamed = page.get_by_label("Value 2 of Size")
        renamed.fill("Medium")
        renamed.press("Tab")
        added = page.locator('[data-option="0"] .new-value input')
        added.fill("L")
        added.press("Enter")
        page.get_by_role("button", name="Add 1 missing combination").click()
        save(page)
        stored = admin.send("GET", f"/api/products/{shirt['id']}")
        assert stored["options"] == [{"name": "Fit", "values": ["S", "Medium", "L"]}]
        assert [each["id"] for each in stored["variants"][:2]] == [each["id"] for each in shirt["variants"]]
        page.get_by_role("button", name="Remove Fit").click()
        page.get_by_label(PRICE).fill("31")
        save(page)
        stored = admin.send("GET", f"/api/products/{shirt['id']}")
        assert stored["options"] == []
        assert [(each["id"], each["price"]) for each in stored["variants"]] == [(shirt["id"], 31)]


def test_stock_is_adjusted_variant_by_variant(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        open_product(page, shirt)
        page.get_by_label("Vendor").fill("Kept while stock changes")
        page.get_by_role("button", name="Adjust the stock of M").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("How").select_option("set")
        dialog.get_by_label("Units").fill("9")
        path = f"/api/products/{shirt['id']}"
        admin.send("POST", f"{path}/stock", {"change": -1, "variantId": shirt["variants"][1]["id"]})
        dialog.get_by_role("button", name="Adjust").click()
        expect(dialog).to_contain_text("is 3 by now")
        dialog.get_by_role("button", name="Adjust").click()
        expect(
            page.get_by_role("row")
            .filter(has=page.get_by_role("rowheader", name="M", exact=True))
            .locator(".stock-count")
        ).to_have_text("9")
        assert [each["stock"] for each in admin.send("GET", path)["variants"]] == [4, 9]
        expect(page.get_by_label("Vendor")).to_have_value("Kept while stock changes")
        save(page)


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
        assert accessibility_faults(page, "admin-product-conflict") == []
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
        assert [each["options"]["Size"] for each in stored["variants"]] == ["Small", "Large"]


def test_staff_who_may_only_read_see_a_product_and_change_nothing(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    admin.send("POST", "/api/admin/roles", {"name": "onlooker", "permissions": ["catalogue:read"]})
    admin.send("POST", "/api/auth/signup", {"username": "onlooker", "password": PASSWORD})
    admin.send("PATCH", "/api/users/onlooker", {"role": "onlooker"})
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 403"]
        show(page, "/admin/login")
        page.get_by_label("Username or email").fill("onlooker")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_role("button", name="Log out onlooker").wait_for()
        show(page, f"/admin/product/{shirt['id']}")
        expect(page.get_by_label("Description")).to_have_value("Washed linen.\n\nTwo buttons.")
        expect(page.get_by_label("Description")).to_be_disabled()
        expect(page.get_by_role("button", name="Save", exact=True)).to_be_disabled()
        expect(page.get_by_role("button", name="Delete")).to_have_count(0)
        show(page, "/admin/products")
        expect(page.get_by_role("link", name="New product")).to_have_count(0)
        show(page, "/admin/categories")
        expect(page.get_by_role("button", name="New category")).to_have_count(0)


def test_the_product_page_is_accessible_and_fits(browser: Browser, base: str, shirt: dict[str, Any]) -> None:
    with visiting(browser, base) as (page, _):
        open_product(page, shirt)
        upload(page, "red", "green")
        assert accessibility_faults(page, "admin-product", full=True) == []
        save(page)
        show(page, "/admin/product/new")
        assert accessibility_faults(page, "admin-product-new", full=True) == []
