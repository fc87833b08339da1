"""What visitors without an account, or without their password, do in a real browser."""

import re
import time
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.web.browsing import PASSWORD, PHONE, Api, fill_in_address, show, sign_up, visiting


@pytest.fixture
def mug(admin: Api) -> str:
    """The id of a product."""
    return str(admin.send("POST", "/api/products", {"name": "Guest's Mug", "price": 20, "stock": 50})["id"])


def test_a_guest_buys_and_takes_the_order_into_an_account(browser: Browser, base: str, mug: str) -> None:
    with visiting(browser, base, PHONE) as (page, _):
        show(page, f"/product/{mug}")
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_role("dialog").get_by_role("link", name="Check out").click()
        page.get_by_role("heading", name="Check out").wait_for()
        fill_in_address(page)
        page.get_by_role("button", name="Order for $20.00").click()
        page.get_by_role("heading", name=re.compile("^Order ")).wait_for()
        address = page.url
        page.get_by_role("button", name="Pay $20.00").click()
        expect(page.locator(".timeline .done").last).to_contain_text("Paid")
        show(page, "/cart")
        page.get_by_text("Your cart is empty.").wait_for()
        sign_up(page, "former-guest")
        page.goto(address)
        page.get_by_role("button", name="Add it to your orders").click()
        page.get_by_text("The order is in your account.").wait_for()
        expect(page.get_by_role("button", name="Add it to your orders")).to_have_count(0)
        show(page, "/orders")
        expect(page.locator(".order-list li")).to_have_count(1)


def test_a_forgotten_password_is_replaced_by_a_link_in_a_mail(
    browser: Browser, base: str, admin: Api, shop_folder: Path
) -> None:
    admin.send(
        "POST",
        "/api/auth/signup",
        {"username": "forgetful", "password": PASSWORD, "email": "forgetful@shop.example"},
    )
    with visiting(browser, base) as (page, _):
        show(page, "/login")
        page.get_by_role("link", name="Forgot your password?").click()
        page.get_by_label("Username or email").fill("forgetful")
        page.get_by_role("button", name="Send the link").click()
        page.get_by_text("a link is on its way").wait_for()
        link = mailed_link(shop_folder, "forgetful@shop.example", "reset-password")
        show(page, urlsplit(link).path + "#" + urlsplit(link).fragment)
        assert "token" not in page.url
        page.get_by_label("New password").fill("another horse battery")
        page.get_by_role("button", name="Change the password").click()
        page.get_by_role("heading", name="Log in").wait_for()
        page.get_by_label("Username or email").fill("forgetful")
        page.get_by_label("Password").fill("another horse battery")
        page.get_by_role("button", name="Log in").click()
        page.locator("#account-name").get_by_text("forgetful").wait_for()


def mailed_link(folder: Path, recipient: str, path: str) -> str:
    """Wait for the message to the recipient with a link to the path, and return the link."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for file in (folder / "mail").rglob("*.eml"):
            message = message_from_bytes(file.read_bytes(), policy=default)
            body = message.get_body(("plain",))
            if message["To"] and recipient in str(message["To"]) and body is not None:
                found = re.search(rf"\S+/{path}#\S+", body.get_content())
                if found:
                    return found[0]
        time.sleep(0.2)
    pytest.fail("no mail came")
