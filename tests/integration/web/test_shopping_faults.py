"""Regressions that shoppers reported, each as a rule."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.web.browsing import (
    PHONE,
    Api,
    fill_in_address,
    register,
    settle,
    show,
    sign_up,
    visiting,
)

NewProduct = Callable[..., dict[str, str]]


@pytest.fixture
def new_product(admin: Api) -> NewProduct:
    """Create a product; its name and other fields are given."""

    def create(name: str, **fields: object) -> dict[str, str]:
        body = {"name": name, "price": 20, "stock": 50, **fields}
        product: dict[str, str] = admin.send("POST", "/api/products", body)
        return product

    return create


def add_to_cart(page: Page, product: dict[str, str]) -> None:
    show(page, f"/product/{product['id']}")
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_text("is in your cart").wait_for()


def test_an_item_chosen_before_signing_up_is_in_the_cart_afterwards(
    browser: Browser, base: str, new_product: NewProduct
) -> None:
    product = new_product("Early Kettle")
    with visiting(browser, base) as (page, _):
        show(page, f"/product/{product['id']}")
        page.get_by_role("button", name="One more: Quantity").click()
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_text("is in your cart").wait_for()
        sign_up(page, "eager")
        show(page, "/cart")
        expect(page.get_by_label("Quantity of Early Kettle", exact=True)).to_have_value("2")


def test_a_price_change_at_the_checkout_shows_the_new_total_and_keeps_the_address(
    browser: Browser, base: str, admin: Api, new_product: NewProduct
) -> None:
    product = new_product("Restless Radio")
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 409"]
        register(page, "patron")
        add_to_cart(page, product)
        show(page, "/checkout")
        fill_in_address(page)
        admin.send("PATCH", f"/api/products/{product['id']}", {"price": 23})
        page.get_by_role("button", name="Order for $20.00").click()
        expect(page.get_by_role("alert")).to_contain_text("changed from $20.00 to $23.00")
        expect(page.locator("aside .totals")).to_contain_text("$23.00")
        expect(page.get_by_label("Street and number")).to_have_value("12 Analytical Row")
        page.get_by_role("button", name="Order for $23.00").click()
        page.get_by_role("heading", name=re.compile("^Order ")).wait_for()


def test_an_unpaid_order_says_until_when_it_is_kept(
    browser: Browser, base: str, new_product: NewProduct
) -> None:
    product = new_product("Unpaid Umbrella")
    with visiting(browser, base) as (page, _):
        register(page, "hesitant")
        add_to_cart(page, product)
        show(page, "/checkout")
        fill_in_address(page)
        page.get_by_role("button", name="Order for").click()
        notice = page.locator(".deadline")
        expect(notice).to_contain_text("Please pay by")
        expect(notice).to_contain_text("the order is cancelled")
        placed = page.locator(".timeline time").first.get_attribute("datetime")
        until = notice.locator("time").get_attribute("datetime")
        minutes = page.evaluate("([a, b]) => (new Date(b) - new Date(a)) / 60000", [placed, until])
        assert minutes == pytest.approx(30, abs=0.1)


def test_pages_fit_a_phone_screen(browser: Browser, base: str, new_product: NewProduct) -> None:
    product = new_product(
        "Wide Wardrobe with a name that is much longer than a phone is wide", price=12999.99, stock=4
    )
    with visiting(browser, base, PHONE) as (page, _):
        register(page, "phoney")
        add_to_cart(page, product)
        show(page, "/cart")
        inside(page, page.get_by_role("button", name=re.compile("^Remove ")).bounding_box())
        show(page, "/checkout")
        fill_in_address(page)
        page.get_by_role("button", name="Order for").click()
        page.get_by_role("heading", name=re.compile("^Order ")).wait_for()
        for view in ("/cart", "/orders", "/products?sorted=price-desc", "/"):
            show(page, view)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), view
            broken = """[...document.querySelectorAll(".price, .amount, .totals dd")]
                .filter((price) => price.getClientRects().length > 1 && getComputedStyle(price).display === "inline")
                .map((price) => price.textContent)"""
            assert page.evaluate(broken) == [], view


def inside(page: Page, box: object) -> None:
    assert isinstance(box, dict)
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= page.evaluate("innerWidth")


def test_back_and_reload_keep_the_scroll_position(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        show(page, "/products")
        page.evaluate("window.scrollTo(0, 900)")
        page.locator(".card a").nth(8).evaluate("(anchor) => anchor.click()")
        page.locator("article.product").wait_for()
        assert page.evaluate("scrollY") == 0
        page.go_back()
        page.locator(".cards").wait_for()
        page.wait_for_function("scrollY === 900")
        page.reload()
        page.locator(".cards").wait_for()
        page.wait_for_function("scrollY === 900")


def test_an_invalid_page_number_shows_the_first_page(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        for number in ("abc", "0", "-1", "1.5", ""):
            show(page, f"/products?page={number}")
            page.get_by_text("Page 1 of").wait_for()
            assert page.locator(".card").count() == 24, number


def test_a_page_after_the_last_one_leads_to_the_last_one(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        show(page, "/products?page=999")
        page.get_by_text("There is no page 999").wait_for()
        page.get_by_role("link", name="Go to the last page").click()
        page.locator(".card").first.wait_for()


def test_a_quantity_is_a_whole_number_and_keeps_the_focus(
    browser: Browser, base: str, new_product: NewProduct
) -> None:
    product = new_product("Counted Cup")
    with visiting(browser, base) as (page, _):
        add_to_cart(page, product)
        show(page, "/cart")
        quantity = page.get_by_label("Quantity of Counted Cup", exact=True)
        quantity.fill("1.5")
        quantity.press("Tab")
        page.get_by_text("enter a whole number from 1 to 999").wait_for()
        expect(quantity).to_have_value("1")
        quantity.fill("3")
        quantity.press("Enter")
        expect(page.locator(".totals")).to_contain_text("$60.00")
        expect(quantity).to_be_focused()
        more = page.get_by_role("button", name="One more: Quantity of Counted Cup")
        more.click()
        expect(page.locator(".totals")).to_contain_text("$80.00")
        expect(more).to_be_focused()


def test_home_states_no_count_that_the_list_contradicts(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        show(page, "/")
        page.get_by_role("link", name=re.compile("^See all products")).click()
        settle(page)
        total = page.locator(".found").inner_text()
        show(page, "/")
        stated = re.findall(r"([\d,]+) products", page.locator("main").inner_text())
        assert all(f"{number} products" == total for number in stated)


def test_an_error_is_announced_once(browser: Browser, base: str, new_product: NewProduct) -> None:
    product = new_product("Single Spoon")
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 400"]
        register(page, "erring")
        add_to_cart(page, product)
        show(page, "/checkout")
        fill_in_address(page)
        page.get_by_label("Email").fill("ada@exa mple")
        page.get_by_label("Email").evaluate(
            "(input) => (input.type = 'text')"
        )  # past the browser's own check
        page.get_by_role("button", name="Order for").click()
        note = page.locator('[data-field="email"] .note')
        expect(page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("Email")).to_be_focused()
        assert note.inner_text()
        expect(page.locator(".problem").last).to_be_hidden()


def test_missing_combinations_are_marked(browser: Browser, base: str, admin: Api) -> None:
    variants = [
        {"options": {"Size": "S", "Colour": "Red"}, "stock": 3, "price": 20},
        {"options": {"Size": "M", "Colour": "Red"}, "stock": 0, "price": 20},
        {"options": {"Size": "M", "Colour": "Blue"}, "stock": 5, "price": 25},
    ]
    body = {"name": "Optional Overall", "price": 20, "options": ["Size", "Colour"], "variants": variants}
    product = admin.send("POST", "/api/products", body)
    with visiting(browser, base) as (page, _):
        show(page, f"/product/{product['id']}")
        expect(page.get_by_label("S", exact=True)).to_be_checked()
        expect(page.get_by_label("M (sold out)")).to_be_visible()
        page.get_by_label("Blue (not available)").check()
        page.get_by_text("This combination is not available").wait_for()
        expect(page.get_by_role("button", name="Add to cart")).to_be_hidden()
        page.get_by_label("M", exact=True).check()
        expect(page.locator("article .price")).to_have_text("$25.00")
        page.get_by_role("button", name="Add to cart").click()
        drawer = page.get_by_role("dialog", name="Your cart")
        expect(drawer).to_contain_text("Size: M, Colour: Blue")
        page.reload()
        expect(page.get_by_label("Blue", exact=True)).to_be_checked()
