"""Rarer views and dialogs: they are accessible and fit the screen in both sizes and colour schemes."""

import re
from typing import Any, Final

from playwright.sync_api import Browser, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import (
    PHONE,
    Api,
    enter_admin,
    fill_in_address,
    settle,
    show,
    visiting,
)

STOREFRONT_VIEWS: Final = (
    "/pages/terms",
    "/reset-password",
    "/reset-password#token=unknown",
    "/verify-email",
    "/verify-email#token=unknown",
    "/p/never-was",
    "/nothing-here/at-all",
    "/products?q=lamp&inStock=true&minPrice=1",
    "/products?q=xyzzyx",
    "/products?page=999",
    "/c/kitchen",
    "/orders/unknown",
)
"""Views of visitors that no other test of accessibility sees."""
ADMIN_DIALOGS: Final = {
    "categories": "New category",
    "customers": "Search",
}
"""Views of the administration, and the names of buttons that open their dialogs."""
NOT_FOUND: Final = "error: Failed to load resource: the server responded with a status of 4"


def test_further_views_of_the_storefront_are_accessible(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [NOT_FOUND]
        faults = []
        for path in STOREFRONT_VIEWS:
            page.goto("about:blank")  # else a path with another fragment is the same document
            page.goto(path)
            settle(page)
            faults += accessibility_faults(page)
    assert not faults, "\n".join(faults)


def test_the_views_of_a_guest_are_accessible(browser: Browser, base: str, admin: Api) -> None:
    lamp: dict[str, Any] = admin.send(
        "POST", "/api/products", {"name": "Guest's Lamp", "price": 20, "stock": 9}
    )
    with visiting(browser, base) as (page, _):
        show(page, f"/p/{lamp['slug']}")
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_role("dialog").get_by_text("is in your cart").wait_for()
        faults = accessibility_faults(page)
        page.get_by_role("link", name="Check out").click()
        settle(page)
        fill_in_address(page)
        faults += accessibility_faults(page)
        page.get_by_role("button", name=re.compile("^Order for")).click()
        page.get_by_role("button", name=re.compile("^Pay ")).wait_for()
        settle(page)
        faults += accessibility_faults(page)
    assert not faults, "\n".join(faults)


def test_a_menu_and_suggestions_are_accessible(browser: Browser, base: str) -> None:
    with visiting(browser, base, PHONE) as (page, _):
        show(page, "/")
        page.get_by_role("button", name="Menu").click()
        page.get_by_role("dialog", name="Menu").wait_for()
        faults = accessibility_faults(page)
        page.keyboard.press("Escape")
        page.get_by_role("combobox", name="Search products").press_sequentially("lamp")
        expect(page.get_by_role("listbox")).to_be_visible()
        faults += accessibility_faults(page)
    assert not faults, "\n".join(faults)


def test_dialogs_of_the_administration_are_accessible(browser: Browser, base: str, admin: Api) -> None:
    lamp = admin.send("POST", "/api/products", {"name": "Dialog Lamp", "price": 20, "stock": 9})
    with visiting(browser, base) as (page, _):
        faults = []
        for view, opener in {f"product/{lamp['id']}": "Adjust the stock", **ADMIN_DIALOGS}.items():
            enter_admin(page, view)
            page.get_by_role("button", name=opener).first.click()
            page.get_by_role("dialog").wait_for()
            faults += accessibility_faults(page)
    assert not faults, "\n".join(faults)
