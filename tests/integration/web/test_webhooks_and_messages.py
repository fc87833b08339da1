"""Webhooks with their deliveries, messages, and the checklist, as an admin uses them."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import (
    PASSWORD,
    Api,
    enter_admin,
    settle,
    show,
    visiting,
)

NOWHERE = "https://hooks.invalid/shop"
INVALID = "error: Failed to load resource: the server responded with a status of 400"


@pytest.fixture(autouse=True)
def _clean_up(admin: Api) -> Iterator[None]:
    yield
    for each in admin.send("GET", "/api/admin/webhooks?page=1&limit=100")["items"]:
        admin.send("DELETE", f"/api/admin/webhooks/{each['id']}")


def test_a_webhook_is_created_tested_and_sent_again(browser: Browser, base: str, admin: Api) -> None:
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [INVALID]
        enter_admin(page, "webhooks")
        page.get_by_role("button", name="New webhook").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Address").fill("http://hooks.invalid/shop")
        dialog.get_by_label("Order: everything").check()
        expect(dialog.get_by_label("Order: paid")).to_be_checked()
        expect(dialog.get_by_label("Order: paid")).to_be_disabled()
        dialog.get_by_label("Stock: out").check()
        dialog.get_by_role("button", name="Create").click()
        expect(dialog.locator('[data-field="url"] .note')).to_contain_text("https")
        dialog.get_by_label("Address").fill(NOWHERE)
        dialog.get_by_role("button", name="Create").click()
        page.get_by_role("heading", name="The webhook's secret").wait_for()
        assert dialog.get_by_label("The secret", exact=True).input_value().startswith("whsec_")
        dialog.get_by_role("button", name="Close").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(NOWHERE)
        made = admin.send("GET", "/api/admin/webhooks?page=1")["items"][0]
        assert made["events"] == ["order.*", "stock.out"]
        page.get_by_role("button", name="Send a test").click()
        page.get_by_text("The test did not arrive: The host can't be found").wait_for()
        settle(page)
        row = page.get_by_role("table").get_by_role("row").nth(1)
        expect(row).to_contain_text("Failed")
        page.get_by_role("button", name="Send again: webhook.test").click()
        page.get_by_text("It is sent again within a moment.").wait_for()


def test_a_webhook_is_changed_gets_a_new_secret_and_is_deleted(
    browser: Browser, base: str, admin: Api
) -> None:
    terms = {"url": NOWHERE, "events": ["*"], "description": "Accounting"}
    made = admin.send("POST", "/api/admin/webhooks", terms)
    with visiting(browser, base) as (page, _):
        enter_admin(page, "webhooks")
        page.get_by_role("link", name=NOWHERE).click()
        settle(page)
        page.get_by_role("button", name="New secret").click()
        dialog = page.get_by_role("dialog")
        assert dialog.get_by_label("The secret", exact=True).input_value() != made["secret"]
        dialog.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Change", exact=True).click()
        dialog.get_by_label("Active").uncheck()
        dialog.get_by_label("Everything", exact=True).uncheck()
        dialog.get_by_label("Product: deleted").check()
        dialog.get_by_role("button", name="Save").click()
        dialog.wait_for(state="detached")
        settle(page)
        expect(page.locator(".details")).to_contain_text("Switched off")
        expect(page.locator(".details")).to_contain_text("Product: deleted")
        page.get_by_role("button", name="Delete", exact=True).click()
        page.get_by_text("The webhook is deleted.").wait_for()
        expect(page.get_by_role("heading", level=1)).to_have_text("Webhooks")


def test_a_message_is_sent_again(browser: Browser, base: str, admin: Api) -> None:
    admin.send(
        "POST",
        "/api/auth/signup",
        {"username": "written-to", "password": PASSWORD, "email": "written-to@example.com"},
    )
    Api(base, "written-to").send("POST", "/api/users/me/verify-email")
    with visiting(browser, base) as (page, _):
        enter_admin(page, "messages")
        row = page.get_by_role("row").filter(has_text="written-to@example.com").first
        expect(row).to_contain_text("Verify email")
        row.get_by_role("button", name="Send again").click()
        page.get_by_text("It is sent again within a moment.").wait_for()


def test_the_checklist_links_to_the_missing_settings(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "settings")
        page.get_by_role("heading", name="Before you open").wait_for()
        entry = page.get_by_role("listitem").filter(has_text="There is no tax rate")
        expect(entry).to_contain_text("Missing")
        expect(page.locator(".checklist")).to_contain_text("no card is charged")
        page.get_by_role("link", name="Open: Tax").click()
        page.get_by_role("heading", name="Tax", exact=True).wait_for()


def test_every_view_of_the_settings_is_accessible(browser: Browser, base: str, admin: Api) -> None:
    terms = {"url": NOWHERE, "events": ["order.*", "stock.low"], "description": "Accounting"}
    webhook = admin.send("POST", "/api/admin/webhooks", terms)
    admin.send("POST", f"/api/admin/webhooks/{webhook['id']}/test")
    role = {"name": "Office", "permissions": ["orders:write", "catalogue:read"]}
    role_id = admin.send("POST", "/api/admin/roles", role)["id"]
    key = {"name": "Scanner", "permissions": ["orders:write"], "expiresAt": "2036-01-01T00:00:00Z"}
    key_id = admin.send("POST", "/api/admin/api-keys", key)["id"]
    views = {
        "settings": None,
        "webhooks": "New webhook",
        f"webhook/{webhook['id']}": "Change",
        "messages": None,
        "roles": "New role",
        "keys": "New key",
        "second-factor": None,
    }
    with visiting(browser, base) as (page, _):
        enter_admin(page)
        faults = []
        for view, opener in views.items():
            show(page, f"/admin/{view}")
            faults += accessibility_faults(page)
            if opener is not None:
                page.get_by_role("button", name=opener, exact=True).click()
                page.get_by_role("dialog").wait_for()
                faults += accessibility_faults(page)
        show(page, "/admin/second-factor")
        page.get_by_label("Your password").fill(PASSWORD)
        page.get_by_role("button", name="Set up an app").click()
        page.get_by_alt_text("QR code with the secret").wait_for()
        faults += accessibility_faults(page)
    admin.send("DELETE", f"/api/admin/roles/{role_id}")
    admin.send("DELETE", f"/api/admin/api-keys/{key_id}")
    assert not faults, "\n".join(faults)
