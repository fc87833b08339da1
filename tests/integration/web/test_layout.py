"""Layout: nothing is cut off, and no label wraps."""

from typing import Final

from playwright.sync_api import Browser, expect

from tests.integration.web.browsing import DESKTOP, Api, enter_admin, settle, show, visiting

_CUT_OFF: Final = """() => [...document.querySelectorAll("main .scroll")]
  .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.ariaLabel)"""
_BROKEN_LABELS: Final = """() => [...document.querySelectorAll(".toolbar label")]
  .filter((each) => each.offsetHeight > 1.8 * parseFloat(getComputedStyle(each).fontSize))
  .map((each) => each.textContent)"""


def test_the_administration_s_lists_fit_on_a_desktop(browser: Browser, base: str, admin: Api) -> None:
    products = admin.send("GET", "/api/products?page=1&limit=1&inStock=true&sort=price")["items"]
    address = {"name": "Max", "line1": "1 Long Street", "city": "Ulm", "country": "DE"}
    for email in ("maximiliane.von-und-zu-hohenlohe@customers.of-a-shop.example", "x" * 60 + "@example.com"):
        items = [{"itemId": products[0]["id"], "quantity": 1}]
        admin.send(
            "POST", "/api/orders", {"items": items, "contact": {"email": email}, "shippingAddress": address}
        )
    with visiting(browser, base, DESKTOP) as (page, _):
        enter_admin(page)
        for view in ("orders", "products", "codes", "customer/carl.allen.1.20"):
            show(page, f"/admin/{view}")
            assert page.evaluate(_CUT_OFF) == [], view
            assert page.evaluate(_BROKEN_LABELS) == [], view
            if view.startswith("customer/"):
                continue
            heading = page.get_by_role("heading", level=1).bounding_box()
            export = page.get_by_role("button", name="Export CSV").bounding_box()
            assert heading is not None
            assert export is not None
            assert export["y"] < heading["y"] + heading["height"], "the list's actions are beside its heading"


def test_an_unknown_address_has_a_page_with_the_way_back_in_its_middle(browser: Browser, base: str) -> None:
    with visiting(browser, base, DESKTOP) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 404"]
        page.goto("/nothing/here")
        settle(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("This page doesn't exist any more")
        box = page.get_by_role("link", name="Go to the start").bounding_box()
        assert box is not None
        assert abs(box["x"] + box["width"] / 2 - DESKTOP["width"] / 2) < 10
        page.get_by_role("link", name="Go to the start").click()
        page.get_by_role("heading", name="Welcome to").wait_for()
