"""The administration's lists and sidebar: filters in the address, selection, inline edits, what staff see."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.web.browsing import (
    PASSWORD,
    PHONE,
    Api,
    enter_admin,
    enter_admin_by_form,
    settle,
    show,
    visiting,
)


@pytest.fixture
def lamp(admin: Api) -> dict[str, object]:
    body = {"name": "Listed Lamp", "price": 30, "stock": 99}
    product: dict[str, object] = admin.send("POST", "/api/products", body)
    return product


def paid_orders(api: Api, product: dict[str, object], number: int) -> list[str]:
    """Place orders and pay for them. Return their order numbers."""
    numbers = []
    for _ in range(number):
        body = {"items": [{"itemId": product["id"], "quantity": 1}]}
        order = api.send("POST", "/api/orders", body)["order"]
        path = f"/api/sandbox/payments/{order['payment']['clientSecret']}/confirm"
        api.send("POST", path, {"outcome": "succeeded"})
        numbers.append(str(order["number"]))
    return numbers


def refuse_to_leave(page: Page) -> None:
    page.evaluate("window.confirm = (text) => { window.asked = text; return false; }")


def test_filters_and_page_are_restored_by_back_and_reload(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "orders")
        page.get_by_label("Status").select_option("delivered")
        page.get_by_role("button", name="Show", exact=True).click()
        page.wait_for_url("**/admin/orders?status=delivered")
        settle(page)
        page.get_by_role("link", name="Next").click()
        page.get_by_text("Page 2 of").wait_for()
        page.reload()
        settle(page)
        expect(page.get_by_label("Status")).to_have_value("delivered")
        expect(page.get_by_text("Page 2 of")).to_be_visible()
        page.get_by_role("row").nth(1).get_by_role("link").first.click()
        page.get_by_role("heading", name="Order ").wait_for()
        page.go_back()
        page.get_by_text("Page 2 of").wait_for()
        expect(page.get_by_label("Status")).to_have_value("delivered")


def test_selected_orders_are_marked_as_shipped_by_keyboard_alone(
    browser: Browser, base: str, admin: Api, lamp: dict[str, object]
) -> None:
    numbers = paid_orders(admin, lamp, 2)
    with visiting(browser, base) as (page, _):
        enter_admin(page, "orders?status=paid")
        for number in numbers:
            page.get_by_role("checkbox", name=f"Select order {number}").focus()
            page.keyboard.press("Space")
        bar = page.get_by_role("region", name="Selected orders")
        expect(bar).to_contain_text("2 orders selected")
        expect(bar.get_by_role("button", name="Mark as delivered")).to_be_disabled()
        bar.get_by_role("button", name="Mark as shipped").focus()
        page.keyboard.press("Enter")
        page.get_by_text("2 orders marked as shipped.").wait_for()
        expect(bar).to_be_hidden()
        for number in numbers:
            expect(page.get_by_role("checkbox", name=f"Select order {number}")).to_have_count(0)


def test_a_refused_bulk_step_says_which_order_and_why(
    browser: Browser, base: str, admin: Api, lamp: dict[str, object]
) -> None:
    first, second = paid_orders(admin, lamp, 2)
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 409"]
        enter_admin(page, "orders?status=paid")
        for number in (first, second):
            page.get_by_role("checkbox", name=f"Select order {number}").check()
        listed = admin.send("GET", "/api/admin/orders?page=1&status=paid")["items"]
        order = next(each for each in listed if each["number"] == first)
        admin.send("POST", f"/api/orders/{order['id']}/cancel")
        page.get_by_role("button", name="Mark as shipped").click()
        dialog = page.get_by_role("dialog", name="1 order not changed")
        expect(dialog).to_contain_text(first)
        expect(dialog).to_contain_text("1 order marked as shipped.")


def test_back_does_not_drop_an_unsaved_edit(browser: Browser, base: str, lamp: dict[str, object]) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "orders")
        show(page, "/admin/audit")
        page.get_by_role("link", name="Products", exact=True).click()
        page.get_by_role("heading", name="Products").wait_for()
        price = page.locator("td input.short").first
        price.fill("77")
        refuse_to_leave(page)
        page.go_back()
        page.wait_for_function("window.asked?.includes('not saved')")
        page.wait_for_url("**/admin/products")
        expect(price).to_have_value("77")
        page.evaluate("window.confirm = () => true")
        page.go_back()
        page.get_by_role("heading", name="Audit").wait_for()


def test_an_unsaved_edit_survives_a_change_in_another_row(
    browser: Browser, base: str, admin: Api, lamp: dict[str, object]
) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products?q=Listed+Lamp")
        row = page.get_by_role("row").filter(has_text=str(lamp["id"])[-6:])
        price = row.get_by_label("Price of Listed Lamp", exact=True)
        price.fill("77")
        page.evaluate("window.dispatchEvent(new CustomEvent('refresh-view'))")
        settle(page)
        expect(price).to_have_value("77")
        admin.send("PATCH", f"/api/products/{lamp['id']}", {"price": 35})
        page.evaluate("window.dispatchEvent(new CustomEvent('refresh-view'))")
        expect(row).to_contain_text("it is 35 now")
        expect(price).to_have_value("77")
        row.get_by_role("button", name="Keep theirs").click()
        expect(price).to_have_value("35")


def test_a_list_that_filters_leave_empty_offers_to_clear_them(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "orders?username=nobody-of-this-name")
        page.get_by_text("No orders match these filters.").wait_for()
        page.get_by_role("link", name="Clear the filters").click()
        page.wait_for_url("**/admin/orders")
        expect(page.get_by_role("table")).to_be_visible()


def test_the_sidebar_opens_and_closes_on_a_phone_by_keyboard(browser: Browser, base: str) -> None:
    with visiting(browser, base, PHONE) as (page, _):
        enter_admin(page, "orders")
        menu = page.get_by_role("navigation", name="Main")
        expect(menu).to_be_hidden()
        page.get_by_role("button", name="Menu").focus()
        page.keyboard.press("Enter")
        expect(menu.get_by_role("link", name="Orders")).to_have_attribute("aria-current", "page")
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(menu).to_be_hidden()
        expect(page.get_by_role("button", name="Menu")).to_be_focused()


def test_staff_see_only_what_their_role_may_read(browser: Browser, base: str, admin: Api) -> None:
    admin.send("POST", "/api/auth/signup", {"username": "packer", "password": PASSWORD})
    admin.send("POST", "/api/admin/roles", {"name": "packers", "permissions": ["orders:read"]})
    admin.send("PATCH", "/api/users/packer", {"role": "packers"})
    with visiting(browser, base) as (page, _):
        enter_admin_by_form(page, "packer")
        page.wait_for_url(re.compile("/admin/orders$"))
        page.get_by_role("heading", name="Orders").wait_for()
        menu = page.get_by_role("navigation", name="Main")
        for hidden in ("Products", "Customers", "Promo codes", "Dashboard", "Audit"):
            expect(menu.get_by_role("link", name=hidden)).to_have_count(0)
        expect(page.get_by_role("checkbox")).to_have_count(0)
