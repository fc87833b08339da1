"""What staff do with customers in a real browser, and the command palette that leads them everywhere."""

from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import (
    PASSWORD,
    Api,
    enter_admin,
    settle,
    show,
    visiting,
)

_numbers = iter(range(1000))
MISSING = "error: Failed to load resource: the server responded with a status of 404"


@pytest.fixture
def customer(base: str, admin: Api) -> Api:
    """A customer with a name, an address and a paid order."""
    username = f"shopper{next(_numbers)}"
    admin.send("POST", "/api/auth/signup", {"username": username, "password": PASSWORD})
    api = Api(base, username)
    profile = {"displayName": f"Hedy {username.title()}", "email": f"{username}@example.com"}
    api.send("PUT", "/api/users/me", {"profile": profile})
    address = {"name": "Hedy Lamarr", "line1": "1 Wave Street", "city": "Vienna", "country": "AT"}
    api.send("POST", "/api/users/me/addresses", address)
    product = admin.send("POST", "/api/products", {"name": "Customer's Lamp", "price": 25, "stock": 9})
    body = {"items": [{"itemId": product["id"], "quantity": 2}]}
    order = api.send("POST", "/api/orders", body)["order"]
    secret = order["payment"]["clientSecret"]
    api.send("POST", f"/api/sandbox/payments/{secret}/confirm", {"outcome": "succeeded"})
    return api


def name_of(customer: Api) -> str:
    return str(customer.send("GET", "/api/auth/me")["username"])


def order_of(customer: Api) -> dict[str, Any]:
    order: dict[str, Any] = customer.send("GET", "/api/orders?page=1")["items"][0]
    return order


def test_a_customer_s_page_shows_orders_totals_and_addresses(
    browser: Browser, base: str, customer: Api
) -> None:
    username, order = name_of(customer), order_of(customer)
    with visiting(browser, base) as (page, _):
        enter_admin(page, "customers")
        page.get_by_label("Name or email").fill(f"{username}@ex")
        page.keyboard.press("Enter")
        page.get_by_role("link", name=username, exact=True).click()
        page.get_by_role("heading", name=f"Hedy {username.title()}").wait_for()
        expect(page.locator(".figures")).to_contain_text("$50.00")
        expect(page.get_by_role("region", name="Orders", exact=True)).to_contain_text(order["number"])
        expect(page.get_by_role("region", name="Saved addresses")).to_contain_text("1 Wave Street")
        page.get_by_role("link", name=order["number"]).click()
        page.get_by_role("region", name="Customer").get_by_role("link", name=username).click()
        page.wait_for_url(f"**/admin/customer/{username}")


def test_a_concurrent_role_change_is_shown_beside_the_choice(
    browser: Browser, base: str, admin: Api, customer: Api
) -> None:
    username = name_of(customer)
    role = f"pickers{next(_numbers)}"
    admin.send("POST", "/api/admin/roles", {"name": role, "permissions": ["orders:write"]})
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 412"]
        enter_admin(page, f"customer/{username}")
        page.get_by_role("button", name=f"Change role of {username}").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Role").select_option(role)
        expect(dialog).to_contain_text("Orders write")
        admin.send("PATCH", f"/api/users/{username}", {"role": "admin"})
        dialog.get_by_role("button", name="Change the role").click()
        expect(dialog).to_contain_text("the role is admin now")
        expect(dialog.get_by_label("Role")).to_have_value(role)
        dialog.get_by_role("button", name="Change the role").click()
        page.get_by_text(f"{username} has the role {role}").wait_for()
        assert admin.send("GET", f"/api/users/{username}")["role"] == role
        show(page, "/admin/audit?subject=user")
        expect(page.get_by_role("table").get_by_role("link", name=username).first).to_be_visible()


def test_a_disabled_account_is_enabled_again_by_undo_and_a_deleted_one_is_gone(
    browser: Browser, base: str, admin: Api, customer: Api
) -> None:
    username = name_of(customer)
    with visiting(browser, base) as (page, _):
        enter_admin(page, f"customer/{username}")
        page.get_by_role("button", name=f"Disable {username}").click()
        page.get_by_role("dialog").get_by_role("button", name="Disable").click()
        page.get_by_text(f"{username} is disabled").wait_for()
        assert admin.send("GET", f"/api/users/{username}")["active"] is False
        page.get_by_role("button", name="Undo").focus()
        page.keyboard.press("Enter")
        page.get_by_text("Undone.").wait_for()
        page.get_by_role("button", name=f"Disable {username}").wait_for()
        assert admin.send("GET", f"/api/users/{username}")["active"] is True
        page.get_by_role("button", name=f"Delete {username}").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete the account").click()
        page.wait_for_url("**/admin/customers")
        page.get_by_label("Name or email").fill(username)
        page.keyboard.press("Enter")
        page.get_by_text("No accounts match these filters.").wait_for()


def search_palette(page: Page, words: str, option: str) -> None:
    """Type into the open palette and wait for an option."""
    page.get_by_role("combobox", name="Search or go to").fill(words)
    page.get_by_role("option").filter(has_text=option).first.wait_for()


def test_the_palette_finds_views_orders_products_and_customers_by_keyboard_alone(
    browser: Browser, base: str, customer: Api
) -> None:
    username, order = name_of(customer), order_of(customer)
    with visiting(browser, base) as (page, _):
        enter_admin(page)
        for words, option, url in (
            ("refun", "Refunds", "**/admin/refunds"),
            (order["number"][:9], order["number"], f"**/admin/order/{order['id']}"),
            (f"{username}@", username, f"**/admin/customer/{username}"),
        ):
            page.keyboard.press("Control+k")
            search_palette(page, words, option)
            box = page.get_by_role("combobox", name="Search or go to")
            for _ in range(12):
                active = page.locator(f"#{box.get_attribute('aria-activedescendant')}")
                if active.text_content().startswith(option):  # type: ignore[union-attr]
                    break
                page.keyboard.press("ArrowDown")
            page.keyboard.press("Enter")
            page.wait_for_url(url)
            settle(page)
        page.get_by_role("button", name="Search").click()
        search_palette(page, "customer's lam", "Customer's Lamp")
        page.keyboard.press("Escape")
        expect(page.get_by_role("combobox", name="Search or go to")).to_have_count(0)
        expect(page.get_by_role("button", name="Search")).to_be_focused()


def test_the_palette_asks_before_discarding_unsaved_input(browser: Browser, base: str, customer: Api) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, f"order/{order_of(customer)['id']}")
        note = page.get_by_label("New note")
        note.fill("Half a note")
        page.evaluate("window.confirm = (text) => { window.asked = text; return false; }")
        page.keyboard.press("Meta+k")
        search_palette(page, "refunds", "Refunds")
        page.keyboard.press("Enter")
        page.wait_for_function("window.asked?.includes('not saved')")
        expect(note).to_have_value("Half a note")


def test_a_message_does_not_cover_the_field_in_use(browser: Browser, base: str) -> None:
    with visiting(browser, base, {"width": 390, "height": 420}) as (page, _):
        enter_admin(page, "orders")
        page.get_by_label("To", exact=True).focus()
        page.evaluate(
            "import(document.querySelector('script[type=module]').src.replace('admin/main.js', 'common/dom.js'))"
            ".then(({ announce }) => announce('Something is done.', 'done', 60))"
        )
        page.locator("#messages .message").wait_for()
        page.mouse.wheel(0, 150)
        page.wait_for_timeout(300)
        covered = page.evaluate(
            """() => {
                const box = document.querySelector("#messages .message").getBoundingClientRect();
                const overlaps = (it) =>
                    it.top < box.bottom && it.bottom > box.top && it.left < box.right && it.right > box.left;
                return overlaps(document.activeElement.getBoundingClientRect());
            }"""
        )
        assert covered is False


def test_customers_and_the_palette_are_accessible(browser: Browser, base: str, customer: Api) -> None:
    username = name_of(customer)
    with visiting(browser, base) as (page, _):
        enter_admin(page)
        faults = []
        for view in ("customers", f"customer/{username}", "audit"):
            show(page, f"/admin/{view}")
            faults += accessibility_faults(page)
        show(page, f"/admin/customer/{username}")
        page.get_by_role("button", name=f"Change role of {username}").click()
        page.get_by_role("dialog").wait_for()
        faults += accessibility_faults(page)
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
        page.keyboard.press("Control+k")
        search_palette(page, username, username)
        faults += accessibility_faults(page)
    assert not faults, "\n".join(faults)
