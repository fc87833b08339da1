"""Changes in the administration that can be taken back with one button."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.web.browsing import Api, enter_admin, settle, show, visiting

REFUSED = "error: Failed to load resource: the server responded with a status of 4"


def undo(page: Page, announced: str) -> None:
    """Take back what the page has just announced."""
    message = page.locator(".message", has_text=announced)
    message.get_by_role("button", name="Undo").click()
    page.locator(".message", has_text="Undone.").wait_for()
    settle(page)


@pytest.fixture
def product(admin: Api) -> dict[str, Any]:
    return dict(admin.send("POST", "/api/products", {"name": "Undone Lamp", "price": 30, "stock": 7}))


def test_a_price_and_a_stock_edited_in_the_list_are_taken_back(
    browser: Browser, base: str, admin: Api, product: dict[str, Any]
) -> None:
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        enter_admin(page, "products?q=Undone")
        for label, typed, name, before in (("Price", "31.5", "price", 30), ("Stock", "9", "stock", 7)):
            field = page.get_by_label(f"{label} of Undone Lamp", exact=True)
            field.fill(typed)
            field.press("Enter")
            undo(page, f"Saved: {label} of Undone Lamp.")
            expect(page.get_by_label(f"{label} of Undone Lamp", exact=True)).to_have_value(str(before))
            assert admin.send("GET", f"/api/products/{product['id']}")[name] == before
        field = page.get_by_label("Price of Undone Lamp", exact=True)
        field.fill("32")
        field.press("Enter")
        page.locator(".message", has_text="Saved: Price").wait_for()
        admin.send("PATCH", f"/api/products/{product['id']}", {"price": 33})
        page.locator(".message").get_by_role("button", name="Undo").click()
        page.locator(".message", has_text="It was changed again meanwhile, so it stays").wait_for()
        assert admin.send("GET", f"/api/products/{product['id']}")["price"] == 33


def test_deleting_an_unused_promo_code_can_be_undone(browser: Browser, base: str, admin: Api) -> None:
    terms = {"code": "UNDONE", "type": "percent", "value": 15, "minSubtotal": 20, "usageLimit": 9}
    known = admin.send("POST", "/api/promo-codes", terms)
    with visiting(browser, base) as (page, _):
        enter_admin(page, "codes")
        page.get_by_role("button", name="Delete UNDONE").click()
        undo(page, "UNDONE is deleted.")
        assert admin.send("GET", "/api/promo-codes/UNDONE") == known
        page.get_by_role("button", name="Switch off: UNDONE").click()
        page.locator(".message", has_text="UNDONE is switched off.").wait_for()
        settle(page)
        expect(page.get_by_role("row").filter(has_text="UNDONE")).to_contain_text("Off")
        undo(page, "UNDONE is switched off.")
        assert admin.send("GET", "/api/promo-codes/UNDONE") == known
        page.get_by_role("button", name="Change UNDONE").click()
        page.get_by_role("dialog").get_by_label("Worth in per cent").fill("25")
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        undo(page, "UNDONE is changed.")
        assert admin.send("GET", "/api/promo-codes/UNDONE") == known
        admin.send("DELETE", "/api/promo-codes/UNDONE")


def test_settings_are_switched_and_changed_and_taken_back(browser: Browser, base: str, admin: Api) -> None:
    zone = admin.send("POST", "/api/admin/shipping-zones", {"name": "Iceland", "countries": ["IS"]})
    terms = {"zoneId": zone["id"], "name": "Ferry", "rates": [{"price": 4.9, "maxWeight": 500}, {"price": 9}]}
    method = admin.send(
        "POST", "/api/admin/shipping-methods", {**terms, "deliveryDays": {"min": 4, "max": 9}}
    )

    def stored(path: str) -> dict[str, Any]:
        found = dict(admin.send("GET", path))
        return {name: value for name, value in found.items() if name not in {"version", "updatedAt"}}

    zone_path, method_path = (
        f"/api/admin/shipping-zones/{zone['id']}",
        f"/api/admin/shipping-methods/{method['id']}",
    )
    before = stored(zone_path), stored(method_path)
    try:
        with visiting(browser, base) as (page, _):
            enter_admin(page, "shipping")
            page.get_by_role("button", name="Switch off: Ferry").click()
            page.get_by_role("button", name="Switch on: Ferry").wait_for()
            assert stored(method_path)["active"] is False
            undo(page, "Ferry is switched off.")
            assert stored(method_path) == before[1]
            for opener, label, typed in (
                ("Change Ferry", "Days, at most", "5"),
                ("Change: Iceland", "Only these postal codes", "1-2"),
            ):
                page.get_by_role("button", name=opener).click()
                page.get_by_role("dialog").get_by_label(label).fill(typed)
                page.get_by_role("dialog").get_by_role("button", name="Save").click()
                undo(page, "is saved.")
                assert (stored(zone_path), stored(method_path)) == before
            show(page, "/admin/shipping")
            expect(page.get_by_role("row").filter(has_text="Ferry")).to_contain_text("4 to 9 days")
    finally:
        for path in (method_path, zone_path):
            admin.send("DELETE", path)
