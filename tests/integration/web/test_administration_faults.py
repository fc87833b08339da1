"""Regressions that admins reported, each as a rule."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.web.browsing import Api, enter_admin, settle, show, visiting


@pytest.fixture
def lamp(admin: Api) -> dict[str, object]:
    body = {"name": "Faulty Lamp", "price": 30, "stock": 9, "description": "Bright.\n\nWarm."}
    product: dict[str, object] = admin.send("POST", "/api/products", body)
    return product


def test_a_description_keeps_its_lines_when_a_product_is_edited(
    browser: Browser, base: str, admin: Api, lamp: dict[str, object]
) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, f"product/{lamp['id']}")
        page.get_by_label("Price before").fill("40")
        page.get_by_label("Description").press("End")
        page.get_by_role("button", name="Save", exact=True).click()
        page.locator(".product-form:not([data-unsaved])").wait_for()
        changed = admin.send("GET", f"/api/products/{lamp['id']}")
        assert (changed["description"], changed["compareAtPrice"]) == ("Bright.\n\nWarm.", 40)


def test_escape_asks_before_closing_a_dialog_with_input(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "codes")
        page.get_by_role("button", name="New code").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Code").fill("HALF-TYPED")
        page.evaluate("window.confirm = (text) => { window.asked = text; return false; }")
        page.keyboard.press("Escape")
        expect(dialog.get_by_label("Code")).to_have_value("HALF-TYPED")
        assert "not saved" in page.evaluate("window.asked")


@pytest.mark.usefixtures("lamp")
def test_an_unsaved_price_is_not_lost_on_the_way_to_the_next_page(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products")
        page.locator("td input.short").first.fill("77")
        page.evaluate("window.confirm = (text) => { window.asked = text; return false; }")
        page.get_by_role("link", name="Next").click()
        assert "not saved" in page.evaluate("window.asked")
        expect(page.locator("td input.short").first).to_have_value("77")
        page.evaluate("window.confirm = () => true")
        page.get_by_role("link", name="Next").click()
        page.get_by_text("Page 2 of").wait_for()


def test_a_period_that_ends_before_it_starts_is_reported_beside_its_field(
    browser: Browser, base: str
) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "orders")
        page.get_by_label("From", exact=True).fill("2026-05-02")
        page.get_by_label("To", exact=True).fill("2026-05-01")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.locator('[data-field="to"] .note')).to_have_text("Must not be before the beginning.")
        expect(page.get_by_label("From")).to_have_value("2026-05-02")
        expect(page.get_by_role("table")).to_be_visible()


def test_a_status_of_the_dashboard_leads_to_the_orders_of_its_period(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "?from=2020-01-01&to=2030-01-01&granularity=month")
        page.get_by_role("region", name="Orders placed, by status").get_by_role("link").first.click()
        page.wait_for_url(re.compile(r"/admin/orders\?status=\w+&from=2020-01-01&to=2030-01-01"))
        settle(page)


def test_a_role_changes_only_after_a_confirmation(browser: Browser, base: str, admin: Api) -> None:
    admin.send("POST", "/api/auth/signup", {"username": "unconfirmed", "password": "correct horse battery"})
    with visiting(browser, base) as (page, _):
        enter_admin(page, "customer/unconfirmed")
        page.get_by_role("button", name="Change role of unconfirmed").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Role").select_option("admin")
        expect(dialog).to_contain_text("May do everything")
        dialog.get_by_role("button", name="Close").click()
        assert admin.send("GET", "/api/users/unconfirmed")["role"] == "customer"


def test_an_order_names_its_customer_and_no_negative_zero(
    browser: Browser, base: str, admin: Api, lamp: dict[str, object]
) -> None:
    order = admin.send("POST", "/api/orders", {"items": [{"itemId": lamp["id"], "quantity": 1}]})["order"]
    with visiting(browser, base) as (page, _):
        enter_admin(page, f"order/{order['id']}")
        expect(page.get_by_role("region", name="Customer")).to_contain_text("owner")
        assert "-$0.00" not in page.locator("main").inner_text()
        assert page.evaluate("getComputedStyle(document.querySelector('.timeline')).listStyleType") == "none"
        show(page, "/admin/audit")
        expect(page.get_by_role("table")).not_to_contain_text(re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-"))
