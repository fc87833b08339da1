"""The page of one product in the administration, in a real browser."""

from typing import Any

from playwright.sync_api import Browser, Page, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import PASSWORD, Api, log_in, show, visiting
from tests.integration.web.product_page import NAME, PRICE, REFUSED, open_product, save, upload


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
        expect(page.get_by_role("alert").filter(has_text="notes.txt")).to_contain_text("not a JPEG")


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


def test_staff_who_may_only_read_see_a_product_and_change_nothing(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    admin.send("POST", "/api/admin/roles", {"name": "onlooker", "permissions": ["catalogue:read"]})
    admin.send("POST", "/api/auth/signup", {"username": "onlooker", "password": PASSWORD})
    admin.send("PATCH", "/api/users/onlooker", {"role": "onlooker"})
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 403"]
        log_in(page, "onlooker")
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
        assert accessibility_faults(page) == []
        save(page)
        show(page, "/admin/product/new")
        assert accessibility_faults(page) == []
