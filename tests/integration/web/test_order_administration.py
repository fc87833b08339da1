"""What staff do with orders in a real browser: find them, read everything about them, ship, refund, cancel, note."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import Api, enter_admin, settle, show, visiting

_numbers = iter(range(1000))
CONFLICT = "error: Failed to load resource: the server responded with a status of 409"
NOT_FOUND = "error: Failed to load resource: the server responded with a status of 404"


@pytest.fixture
def shirt(admin: Api) -> dict[str, Any]:
    """A product with the picture of a seeded product, and two variants."""
    [seeded] = admin.send("GET", "/api/products?page=1&limit=1&sort=price")["items"]
    body = {
        "name": "Ordered Shirt",
        "price": 20,
        "imageUrl": seeded["imageUrl"],
        "options": ["Size"],
        "variants": [{"options": {"Size": size}, "stock": 50} for size in ("M", "L")],
    }
    product: dict[str, Any] = admin.send("POST", "/api/products", body)
    return product


def ordered(admin: Api, shirt: dict[str, Any], *, paid: bool = True, **contact: str) -> dict[str, Any]:
    """Place an order of three units in M and one in L."""
    medium, large = shirt["variants"]
    items = [{"itemId": medium["id"], "quantity": 3}, {"itemId": large["id"], "quantity": 1}]
    address = {"name": "Grace Hopper", "line1": "1 Compiler Street", "city": "London", "country": "GB"}
    body = {"items": items, "contact": contact, "shippingAddress": address}
    order: dict[str, Any] = admin.send("POST", "/api/orders", body)["order"]
    if paid:
        path = f"/api/sandbox/payments/{order['payment']['clientSecret']}/confirm"
        admin.send("POST", path, {"outcome": "succeeded"})
    return order


def test_an_order_is_found_by_number_name_and_address_by_keyboard_alone(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    name = f"Wilhelmina{next(_numbers)} Finder"
    order = ordered(admin, shirt, name=name, email="wilhelmina@finder.example")
    with visiting(browser, base) as (page, _):
        enter_admin(page, "orders")
        for words in (order["number"].lower(), name.split(maxsplit=1)[0], "finder wil", "wilhelmina@finder"):
            page.get_by_label("Number, name or email").fill(words)
            page.keyboard.press("Enter")
            page.wait_for_url(re.compile("q="))
            settle(page)
            row = page.get_by_role("row").filter(has_text=order["number"])
            expect(row).to_contain_text(name)
        row.get_by_role("link", name=order["number"]).focus()
        page.keyboard.press("Enter")
        page.get_by_role("heading", name=f"Order {order['number']}").wait_for()


def test_an_order_s_page_shows_everything_about_it(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    order = ordered(admin, shirt, name="Ada Byron", email="ada@example.com", vatId="DE136695976")
    with visiting(browser, base) as (page, _):
        enter_admin(page, f"order/{order['id']}")
        items = page.get_by_role("region", name="Items")
        expect(items).to_contain_text("Size: M")
        expect(items).to_contain_text("3 × $20.00")
        expect(items).to_contain_text("Total$80.00")
        customer = page.get_by_role("region", name="Customer")
        expect(customer.get_by_role("link", name="owner")).to_have_attribute("href", "/admin/customer/owner")
        expect(customer).to_contain_text("Ada Byron")
        expect(page.get_by_role("region", name="Addresses")).to_contain_text("1 Compiler Street")
        expect(page.get_by_role("region", name="Payment")).to_contain_text("Sandbox")
        verified = customer.get_by_label("The VAT id is registered")
        verified.check()
        page.get_by_text("marked as registered").wait_for()
        expect(verified).to_be_checked()
        assert admin.send("GET", f"/api/admin/orders/{order['id']}")["vatIdVerified"] is True
        measure = "panels => panels.map((panel) => panel.getBoundingClientRect().width)"  # at once, as they are redrawn
        assert min(page.locator(".record .panel").evaluate_all(measure)) > 200
        assert "-$0.00" not in page.locator("main").inner_text()


def test_chosen_units_are_refunded_and_leave_a_trace_by_keyboard_alone(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    order = ordered(admin, shirt)
    with visiting(browser, base) as (page, _):
        enter_admin(page, f"order/{order['id']}")
        page.get_by_role("button", name="Refund order").focus()
        page.keyboard.press("Enter")
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Ordered Shirt (M)").fill("2")
        dialog.get_by_label("Reason").fill("Too small")
        dialog.get_by_label("Put the goods back").focus()
        page.keyboard.press("Space")
        dialog.get_by_role("button", name="Refund", exact=True).focus()
        page.keyboard.press("Enter")
        row = page.get_by_role("table", name="Refunds made").get_by_role("row").last
        for text in ("$40.00", "Succeeded", "2 × Ordered Shirt", "Back in stock", "Too small"):
            expect(row).to_contain_text(text)
        expect(page.get_by_role("region", name="Items")).to_contain_text("Refunded-$40.00")
        page.get_by_role("button", name="Refund order").click()
        expect(dialog.get_by_label("Ordered Shirt (M)")).to_have_attribute("max", "1")
        medium = shirt["variants"][0]["id"]
        product = admin.send("GET", f"/api/products/{shirt['id']}")
        assert next(each["stock"] for each in product["variants"] if each["id"] == medium) == 49


def test_typed_input_survives_a_concurrent_change(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    order = ordered(admin, shirt)
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [CONFLICT]
        enter_admin(page, f"order/{order['id']}")
        page.get_by_role("button", name="Cancel order").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("Asked by phone")
        admin.send("PUT", f"/api/admin/orders/{order['id']}", {"status": "shipped"})
        dialog.get_by_role("button", name="Cancel the order").click()
        expect(dialog.get_by_role("alert")).not_to_be_empty()
        expect(dialog.get_by_label("Reason")).to_have_value("Asked by phone")
        page.evaluate("window.confirm = () => false")
        page.keyboard.press("Escape")
        expect(dialog.get_by_label("Reason")).to_have_value("Asked by phone")


def test_a_note_is_added_and_an_unsaved_one_is_not_lost(
    browser: Browser, base: str, admin: Api, shirt: dict[str, Any]
) -> None:
    order = ordered(admin, shirt)
    with visiting(browser, base) as (page, _):
        enter_admin(page, f"order/{order['id']}")
        note = page.get_by_label("New note")
        note.fill("Called twice.\nNobody there.")
        page.evaluate("window.confirm = (text) => { window.asked = text; return false; }")
        page.get_by_role("link", name="Refunds").click()
        assert "not saved" in page.evaluate("window.asked")
        expect(note).to_have_value("Called twice.\nNobody there.")
        page.get_by_role("button", name="Add note").click()
        expect(page.get_by_role("region", name="Notes").get_by_role("listitem")).to_contain_text(
            "Nobody there."
        )
        expect(note).to_have_value("")
        expect(page.get_by_role("region", name="Notes")).to_contain_text("owner")


def test_a_transfer_is_marked_as_paid(browser: Browser, base: str, admin: Api, shirt: dict[str, Any]) -> None:
    order = ordered(admin, shirt, paid=False)

    def as_transfer(route: Route) -> None:
        """Show the order as a shop with bank transfers would."""
        shown = admin.send("GET", f"/api/admin/orders/{order['id']}")
        shown["payment"] = {"provider": "manual", "status": "pending", "instructions": "To DE00 1234"}
        route.fulfill(json=shown)

    with visiting(browser, base) as (page, troubles):
        troubles.expected = [NOT_FOUND]
        page.route(re.compile(f"/api/admin/orders/{order['id']}$"), as_transfer)
        enter_admin(page, f"order/{order['id']}")
        expect(page.get_by_role("region", name="Payment")).to_contain_text("To DE00 1234")
        page.get_by_role("button", name="Mark as paid: order").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reference").fill("Line 7")
        with page.expect_request(re.compile("/mark-paid$")) as asked:
            dialog.get_by_role("button", name="Mark as paid").click()
        assert asked.value.post_data_json == {"reference": "Line 7"}
        # This shop takes no bank transfers, so it refuses, and the dialog stays.
        expect(dialog.get_by_role("alert")).not_to_be_empty()
        expect(dialog.get_by_label("Reference")).to_have_value("Line 7")


def open_refund(page: Page) -> None:
    page.get_by_role("button", name="Refund order").click()
    page.get_by_role("dialog").wait_for()


def test_orders_are_accessible(browser: Browser, base: str, admin: Api, shirt: dict[str, Any]) -> None:
    order = ordered(admin, shirt, name="Ada Byron", email="ada@example.com", vatId="DE136695976")
    admin.send("POST", f"/api/admin/orders/{order['id']}/notes", {"text": "Asked for a gift box."})
    large = shirt["variants"][1]["id"]
    body = {"items": [{"itemId": large, "quantity": 1}], "reason": "Too large"}
    admin.send("POST", f"/api/admin/orders/{order['id']}/refunds", body)
    with visiting(browser, base) as (page, _):
        enter_admin(page, "orders?status=paid")
        page.get_by_role("checkbox", name="Select order").first.check()
        faults = accessibility_faults(page)
        show(page, f"/admin/order/{order['id']}")
        faults += accessibility_faults(page)
        open_refund(page)
        faults += accessibility_faults(page)
    assert not faults, "\n".join(faults)
