"""The docs page of the API, in a real browser: it can be read, searched, and used to buy something."""

import json

from playwright.sync_api import Browser, Page, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import PASSWORD, PHONE, visiting

VIEWS = {
    "start": "Shop API",
    "addCartItem": "Add cart item",
    "listAllOrders": "List all orders",
    "event/order.paid": "order.paid",
}
"""Views by the fragment of their address, with their headings."""


def open_docs(page: Page, view: str = "start") -> None:
    page.goto(f"/schema#{view}")
    page.locator("main:not([aria-busy]) h1").wait_for()


def go_to(page: Page, view: str, title: str) -> None:
    page.evaluate("view => { location.hash = view; }", view)
    expect(page.get_by_role("heading", level=1)).to_have_text(title)


def send(page: Page, status: str) -> str:
    """Send the form; return the answer."""
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".answer-line")).to_contain_text(status)
    return page.get_by_role("region", name="The answer", exact=True).inner_text()


def test_every_view_is_accessible(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        open_docs(page)
        for view, title in VIEWS.items():
            go_to(page, view, title)
            assert accessibility_faults(page) == []
        page.get_by_role("button", name="Log in").click()
        assert accessibility_faults(page) == []


def test_a_product_can_be_bought_with_the_forms_of_the_docs(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        open_docs(page, "signUp")
        page.get_by_label("Body, JSON").fill(json.dumps({"username": "docsreader", "password": PASSWORD}))
        send(page, "201")
        page.get_by_role("button", name="Log in").click()
        page.get_by_label("Username or email address").fill("docsreader")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("dialog").get_by_role("button", name="Log in").click()
        expect(page.get_by_role("button", name="docsreader")).to_be_visible()
        for view, title, status in (
            ("listProducts", "List products", "200"),
            ("getProduct", "Get product", "200"),
        ):
            go_to(page, view, title)
            answer = send(page, status)
        variants = json.loads(answer.removeprefix("Copy"))["variants"]
        go_to(page, "addCartItem", "Add cart item")
        item = json.loads(page.get_by_label("Body, JSON").input_value())
        assert item["itemId"] in {variant["id"] for variant in variants}, "the product that was shown"
        page.get_by_label("Body, JSON").fill(json.dumps({**item, "quantity": 1}))
        send(page, "200")
        go_to(page, "checkout", "Checkout")
        page.get_by_label("Body, JSON").fill("{}")
        send(page, "201")
        go_to(page, "confirmSandboxPayment", "Confirm sandbox payment")
        assert "succeeded" in send(page, "200")
        go_to(page, "getOrder", "Get order")
        assert json.loads(send(page, "200"))["status"] == "paid"


def test_samples_follow_the_form_and_hide_the_token(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        open_docs(page, "setCartItemQuantity")
        page.get_by_label("item_id").fill("it's")
        sample = page.get_by_role("region", name="Sample in curl")
        expect(sample).to_contain_text(f"curl -X PATCH '{base}/api/cart/items/it'\\''s'")
        expect(sample).to_contain_text("-H 'Authorization: Bearer YOUR_TOKEN'")
        page.get_by_role("button", name="JavaScript").click()
        expect(page.get_by_role("region", name="Sample in JavaScript")).to_contain_text("await fetch(")
        page.get_by_role("button", name="Python").click()
        sample = page.get_by_role("region", name="Sample in Python")
        expect(sample).to_contain_text('json={\n      "quantity"')
        page.get_by_label("Body, JSON").fill("{")
        page.get_by_role("button", name="Send").click()
        expect(page.get_by_role("alert").first).to_contain_text("The body is no JSON")


def test_calls_are_found_by_words_and_by_keyboard(browser: Browser, base: str) -> None:
    with visiting(browser, base, PHONE) as (page, _):
        open_docs(page)
        page.get_by_text("Contents").click()
        page.get_by_label("Find a call").fill("refund post")
        links = page.get_by_role("navigation", name="Calls").get_by_role("link")
        expect(links).to_have_text(["POSTRefund order"])
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        expect(page.get_by_role("heading", level=1)).to_have_text("Refund order")
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Shop API")


def test_a_wrong_password_is_reported_and_logging_out_forgets_the_login(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource"]
        open_docs(page)
        for password, expected in (("wrong", "Username or password"), (PASSWORD, "")):
            if not page.get_by_role("dialog").count():
                page.get_by_role("button", name="Log in").click()
            page.get_by_label("Username or email address").fill("owner")
            page.get_by_label("Password").fill(password)
            page.get_by_role("dialog").get_by_role("button", name="Log in").click()
            if expected:
                expect(page.get_by_role("dialog").get_by_role("alert")).not_to_be_empty()
        page.get_by_role("button", name="owner").click()
        page.get_by_role("button", name="Forget this login").click()
        expect(page.get_by_role("button", name="Log in")).to_be_visible()
