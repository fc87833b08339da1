"""Roles, API keys and the second factor, as staff set them up."""

from collections.abc import Iterator
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.web.browsing import (
    PASSWORD,
    Api,
    enter_admin,
    enter_admin_by_form,
    log_in,
    register,
    settle,
    show,
    visiting,
)

REFUSED = "error: Failed to load resource: the server responded with a status of 401"
CONFLICT = "error: Failed to load resource: the server responded with a status of 409"


@pytest.fixture(autouse=True)
def _clean_up(admin: Api) -> Iterator[None]:
    yield
    for user in admin.send("GET", "/api/users?page=1&limit=100")["items"]:
        if user["role"] not in {"customer", "admin"}:
            admin.send("DELETE", f"/api/users/{user['username']}")
    for resource in ("roles", "api-keys"):
        for each in admin.send("GET", f"/api/admin/{resource}?page=1&limit=100")["items"]:
            admin.send("DELETE", f"/api/admin/{resource}/{each['id']}")


def _status(base: str, path: str, token: str) -> int:
    try:
        with urlopen(
            Request(base + path, headers={"Authorization": f"Bearer {token}"}), timeout=30
        ) as answer:
            return int(answer.status)
    except HTTPError as refusal:
        return refusal.code


def test_a_role_is_created_from_a_grid_and_a_taken_name_is_reported_at_its_field(
    browser: Browser, base: str, admin: Api
) -> None:
    admin.send("POST", "/api/admin/roles", {"name": "Office", "permissions": ["orders:read"]})
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [CONFLICT]
        enter_admin(page, "roles")
        page.get_by_role("button", name="New role").click()
        dialog = page.get_by_role("dialog")
        name = dialog.get_by_role("textbox", name="Name", exact=True)
        name.fill("office")
        dialog.get_by_label("Orders: change").check()
        expect(dialog.get_by_label("Orders: see")).to_be_checked()
        expect(dialog.get_by_label("Orders: see")).to_be_disabled()
        dialog.get_by_label("Catalogue: see").check()
        dialog.get_by_role("button", name="Create").click()
        expect(dialog.locator('[data-field="name"] .note')).to_have_text("Is taken.")
        name.fill("Warehouse")
        dialog.get_by_role("button", name="Create").click()
        dialog.wait_for(state="detached")
        settle(page)
        row = page.get_by_role("row").filter(has_text="Warehouse")
        expect(row).to_contain_text("Catalogue: see · Orders: change")
        page.get_by_role("button", name="Change Warehouse").click()
        dialog.get_by_label("Orders: change").uncheck()
        dialog.get_by_role("button", name="Save").click()
        dialog.wait_for(state="detached")
        settle(page)
        expect(row).to_contain_text("Catalogue: see · Orders: see")
        page.get_by_role("button", name="Delete Warehouse").click()
        page.get_by_text("Warehouse is deleted.").wait_for()


def test_a_key_is_shown_once_and_works_until_it_is_revoked(browser: Browser, base: str, admin: Api) -> None:
    with visiting(browser, base) as (page, _):
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        enter_admin(page, "keys")
        page.get_by_role("button", name="New key").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="Name", exact=True).fill("Scanner")
        dialog.get_by_label("Expires at the end of").fill("2036-01-31")
        dialog.get_by_label("Orders: see").check()
        dialog.get_by_role("button", name="Create").click()
        page.get_by_role("heading", name="The key Scanner").wait_for()
        secret = dialog.get_by_label("The key", exact=True).input_value()
        dialog.get_by_role("button", name="Copy").click()
        dialog.get_by_text("Copied.").wait_for()
        assert page.evaluate("navigator.clipboard.readText()") == secret
        assert _status(base, "/api/admin/orders?page=1", secret) == 200
        dialog.get_by_role("button", name="Close").click()
        row = page.get_by_role("row").filter(has_text="Scanner")
        expect(row).to_contain_text(secret[:8])
        expect(row).to_contain_text("2036")
        assert secret not in page.content()
        page.get_by_role("button", name="Revoke Scanner").click()
        page.get_by_text("Scanner is revoked.").wait_for()
    assert _status(base, "/api/admin/orders?page=1", secret) == 401


def _staff(admin: Api, username: str, *permissions: str) -> None:
    role = {"name": f"Role of {username}", "permissions": [*permissions, "statistics:read"]}
    admin.send("POST", "/api/admin/roles", role)
    admin.send("POST", "/api/auth/signup", {"username": username, "password": PASSWORD})
    admin.send("PATCH", f"/api/users/{username}", {"role": role["name"]})


def _set_up(page: Page) -> tuple[pyotp.TOTP, list[str]]:
    """Set up a second factor on its page; return what makes its codes, and the recovery codes."""
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Set up an app").click()
    picture = page.get_by_alt_text("QR code with the secret")
    picture.wait_for()
    assert picture.evaluate("image => image.decode().then(() => image.naturalWidth > 0)")
    totp = pyotp.TOTP(page.get_by_label("Secret", exact=True).input_value())
    page.get_by_label("Code that the app shows").fill(totp.now())
    page.get_by_role("button", name="Confirm").click()
    page.get_by_role("heading", name="Your recovery codes").wait_for()
    return totp, page.locator(".codes code").all_text_contents()


def test_a_second_factor_is_set_up_asked_for_and_switched_off(
    browser: Browser, base: str, admin: Api
) -> None:
    _staff(admin, "careful-staff")
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        enter_admin_by_form(page, "careful-staff")
        page.get_by_role("heading", name="Dashboard").wait_for()
        show(page, "/admin/second-factor")
        _, codes = _set_up(page)
        assert len(codes) == 10
        with page.expect_download() as saved:
            page.get_by_role("link", name="Save as a file").click()
        assert all(code in saved.value.path().read_text() for code in codes)
        page.get_by_role("button", name="I have kept them").click()
        page.get_by_text("On", exact=True).wait_for()
        page.get_by_role("button", name="Log out").click()
        page.get_by_role("heading", name="Log in").wait_for()
        enter_admin_by_form(page, "careful-staff")
        step = page.get_by_label("Code of your app, or a recovery code")
        step.wait_for()
        expect(step).to_be_focused()
        step.fill("not-a-code")
        step.press("Enter")
        expect(page.locator('[data-field="totpCode"] .note')).to_contain_text("The code is wrong")
        step.fill(codes[0])
        step.press("Enter")
        page.get_by_role("heading", name="Dashboard").wait_for()
        show(page, "/admin/second-factor")
        off = page.get_by_role("form", name="Switch the second factor off")
        off.get_by_label("Your password").fill(PASSWORD)
        off.get_by_label("Code of your app, or a recovery code").fill(codes[1])
        off.get_by_role("button", name="Switch it off").click()
        page.get_by_text("The second factor is off.").wait_for()


def test_a_customer_with_a_second_factor_logs_in_to_the_storefront(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        register(page, "careful-customer")
        path = "/api/users/me/totp"
        headers = "{'Content-Type': 'application/json', 'X-Shop-Page': '1'}"
        options = f"{{method: 'POST', headers: {headers}, body: JSON.stringify(body)}}"
        send = f"async ([path, body]) => (await fetch(path, {options})).json()"
        totp = pyotp.TOTP(page.evaluate(send, [path, {"password": PASSWORD}])["secret"])
        codes = page.evaluate(send, [f"{path}/confirm", {"code": totp.now()}])["recoveryCodes"]
        page.context.clear_cookies()
        show(page, "/login")
        page.get_by_label("Username or email").fill("careful-customer")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Log in").click()
        page.get_by_label("Code of your app, or a recovery code").fill(codes[0])
        page.get_by_role("button", name="Log in").click()
        page.locator("#account-name").get_by_text("careful-customer").wait_for()


def test_staff_who_may_only_read_get_no_buttons_that_change(browser: Browser, base: str, admin: Api) -> None:
    _staff(admin, "reading-staff", "settings:read", "staff:read")
    with visiting(browser, base) as (page, _):
        log_in(page, "reading-staff")
        for view in ("shipping", "taxes", "webhooks", "messages", "roles", "keys"):
            show(page, f"/admin/{view}")
            buttons = page.locator("main").get_by_role("button").filter(has_not_text="Export")
            assert buttons.all_text_contents() == [], view


def test_staff_without_the_required_second_factor_are_led_to_its_page(
    browser: Browser, base: str, admin: Api
) -> None:
    _staff(admin, "hasty-staff")
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 403"]
        error = {"code": "TOTP_SETUP_REQUIRED", "message": "Set up a second factor first.", "details": {}}
        page.route(
            "**/api/admin/statistics/items*", lambda route: route.fulfill(status=403, json={"error": error})
        )
        enter_admin_by_form(page, "hasty-staff")
        page.get_by_role("heading", name="Dashboard").wait_for()
        page.get_by_role("link", name="Sales").click()
        page.get_by_role("heading", name="Second factor").wait_for()
        page.unroute("**/api/admin/statistics/items*")
        _set_up(page)
        page.get_by_role("button", name="I have kept them").click()
        page.get_by_role("heading", name="Sales by product").wait_for()
