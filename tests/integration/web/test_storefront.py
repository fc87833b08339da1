"""What a visitor does in a real browser."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.web.browsing import (
    ADDRESS,
    PHONE,
    Api,
    fill_in_address,
    fill_in_address_of,
    register,
    settle,
    show,
    sign_up,
    visiting,
)


@pytest.fixture(scope="module")
def mug(admin: Api) -> str:
    """The id of a product that no other test buys; and the code TENOFF."""
    product = admin.send(
        "POST", "/api/products", {"name": "Browser Mug", "price": 20, "stock": 50, "category": "Tested"}
    )
    admin.send("POST", "/api/promo-codes", {"code": "TENOFF", "type": "percent", "value": 10})
    return str(product["id"])


def test_a_visitor_signs_up_buys_with_a_code_and_sees_order_and_charts(
    browser: Browser, base: str, mug: str
) -> None:
    with visiting(browser, base) as (page, _):
        show(page, "/")
        sign_up(page, "ada")
        page.get_by_label("Search products").fill("browser m")
        page.get_by_role("option", name="Browser Mug").click()
        page.get_by_role("button", name="One more: Quantity").click()
        page.get_by_role("button", name="Add to cart").click()
        drawer = page.get_by_role("dialog", name="Your cart")
        expect(drawer).to_contain_text("Browser Mug is in your cart.")
        expect(page.get_by_role("link", name="Cart 2 items")).to_be_attached()
        drawer.get_by_role("link", name="Go to the cart").click()
        page.get_by_text("Have a promo code?").click()
        page.get_by_label("Promo code").fill("tenoff")
        page.get_by_role("button", name="Apply").click()
        expect(page.locator(".totals")).to_contain_text("$36.00")
        page.get_by_role("link", name="Check out").click()
        page.get_by_role("heading", name="Check out").wait_for()
        fill_in_address(page)
        page.get_by_role("button", name="Order for $36.00").click()
        page.get_by_label("What the card does").select_option("failed")
        page.get_by_role("button", name="Pay $36.00").click()
        page.get_by_text("The card was declined. Try again").wait_for()
        page.get_by_label("What the card does").select_option("succeeded")
        page.get_by_role("button", name="Pay $36.00").click()
        expect(page.locator(".timeline .done").last).to_contain_text("Paid")
        expect(page.locator(".timeline .ahead")).to_have_text(["Shipped", "Delivered"])
        expect(page.locator("main")).to_contain_text("12 Analytical Row")
        show(page, "/orders")
        expect(page.locator(".order-list")).to_contain_text("$36.00")
        show(page, "/statistics")
        expect(page.locator(".figures")).to_contain_text("$36.00")
        expect(page.locator(".chart canvas")).to_have_count(2)
        page.get_by_text("Spent by month as a table").click()
        expect(page.locator(".chart").first.get_by_role("table")).to_contain_text("$36.00")


def test_an_order_is_made_and_cancelled_with_the_keyboard_alone(
    browser: Browser, base: str, mug: str
) -> None:
    with visiting(browser, base, PHONE, "dark") as (page, _):
        show(page, "/")
        register(page, "keys")
        show(page, f"/product/{mug}")
        press_on(page, "button", "Add to cart")
        page.get_by_text("is in your cart").wait_for()
        press_on(page, "button", "Close")
        assert page_focus_is(page, "button", "Add to cart")
        press_on(page, "button", "Add to cart")
        page.get_by_text("is in your cart").wait_for()
        press_on(page, "button", "One less: Quantity of Browser Mug")
        expect(page.get_by_role("dialog").locator(".totals")).to_contain_text("$20.00")
        assert page_focus_is(page, "button", "One less: Quantity of Browser Mug")
        press_on(page, "link", "Go to the cart")
        page.get_by_role("heading", name="Cart").wait_for()
        press_on(page, "link", "Check out")
        page.get_by_role("heading", name="Check out").wait_for()
        for label, text in ADDRESS.items():
            tab_to(page, page_focus_is_labelled, label)
            page.keyboard.type("United Kingdom" if label == "Country" else text)
        press_on(page, "button", "Order for $20.00")
        page.get_by_role("heading", name=re.compile("^Order ")).wait_for()
        press_on(page, "button", "Pay $20.00")
        expect(page.locator(".timeline .done").last).to_contain_text("Paid")
        settle(page)
        press_on(page, "button", "Cancel this order")
        expect(page.locator(".timeline .done").last).to_contain_text("Cancelled")


def press_on(page: Page, role: str, name: str) -> None:
    tab_to(page, page_focus_is, role, name)
    page.keyboard.press("Enter")


def tab_to(page: Page, reached: object, *wanted: str) -> None:
    """Press Tab until the focus is there: as often as there is something to get past, no more."""
    assert callable(reached)
    for _ in range(60):
        page.keyboard.press("Tab")
        if reached(page, *wanted):
            return
    pytest.fail(f"the keyboard doesn't reach {wanted}")


def page_focus_is(page: Page, role: str, name: str) -> bool:
    tags = {"button": "BUTTON", "link": "A"}
    tag, text = page.evaluate(
        """[document.activeElement.tagName,
            document.activeElement.ariaLabel ?? document.activeElement.textContent.trim()]"""
    )
    return bool(tag == tags[role] and text == name)


def page_focus_is_labelled(page: Page, label: str) -> bool:
    text = page.evaluate("document.activeElement.labels?.[0]?.textContent ?? ''")
    return str(text).removesuffix(" *") == label


def test_filters_sorting_and_paging_are_in_the_address(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        show(page, "/products")
        page.get_by_label("Sort by").select_option("price-desc")
        page.wait_for_url(re.compile("sorted=price-desc"))
        settle(page)
        page.get_by_label("To", exact=True).fill("100")
        page.get_by_role("button", name="Apply").click()
        page.wait_for_url(re.compile("maxPrice=100"))
        settle(page)
        page.get_by_label("In stock only").check()
        page.wait_for_url(re.compile("inStock=true"))
        settle(page)
        expect(page.get_by_label("In stock only")).to_be_focused()
        amounts = [
            float(text.removeprefix("from ").removeprefix("$").replace(",", ""))
            for text in page.locator(".cards .price").all_inner_texts()
        ]
        assert amounts == sorted(amounts, reverse=True)
        assert amounts[0] <= 100
        page.get_by_role("link", name="Next").click()
        page.get_by_text("Page 2 of").wait_for()
        page.reload()
        page.get_by_text("Page 2 of").wait_for()
        page.go_back()
        page.get_by_text("Page 1 of").wait_for()


def test_options_and_attributes_filter_with_counts(browser: Browser, base: str, admin: Api) -> None:
    for name, sizes, material in (("Scarf", ("S", "M"), "Wool"), ("Shirt", ("M", "L"), "Cotton")):
        variants = [{"options": {"Length": size}, "stock": 3, "price": 20} for size in sizes]
        body = {"name": f"Facet {name}", "price": 20, "category": "Faceted", "options": ["Length"]}
        admin.send(
            "POST", "/api/products", {**body, "variants": variants, "attributes": {"Fabric": material}}
        )
    with visiting(browser, base) as (page, _):
        show(page, "/products?q=facet")
        length = page.get_by_role("group", name="Length")
        expect(length.get_by_label("M 2")).to_be_visible()
        expect(length.get_by_label("L 1")).to_be_visible()
        length.get_by_label("L 1").check()
        expect(page.locator(".card")).to_have_text([re.compile("Facet Shirt")])
        length.get_by_label("S 1").check()
        expect(page.locator(".card")).to_have_count(2)
        page.get_by_role("group", name="Fabric").get_by_label("Wool 1").check()
        expect(page.locator(".card")).to_have_text([re.compile("Facet Scarf")])
        expect(page.get_by_role("group", name="Fabric").get_by_label("Wool 1")).to_be_focused()
        page.go_back()
        expect(page.locator(".card")).to_have_count(2)
        page.get_by_role("link", name="Remove all").click()
        expect(page.locator(".chosen")).to_have_count(0)


def test_empty_refused_and_offline_states_are_shown(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, troubles):
        show(page, "/products?q=nothinglikethis")
        page.get_by_text("Nothing matches").wait_for()
        page.get_by_role("heading", name="Best sellers").wait_for()
        troubles.expected = ["error: Failed to load resource"]  # the browser's own words on what follows
        show(page, "/product/unknown")
        page.get_by_role("heading", name="This page doesn't exist any more").wait_for()
        show(page, "/login")
        page.get_by_label("Username or email").fill("nobody")
        page.get_by_label("Password").fill("wrong password")
        page.get_by_role("button", name="Log in").click()
        expect(page.get_by_role("alert")).not_to_be_empty()
        page.get_by_role("link", name="All products", exact=True).first.click()
        page.get_by_role("heading", name="All products").wait_for()
        page.context.set_offline(True)
        page.get_by_text("You are offline").wait_for()
        page.get_by_role("link", name="Next").click()
        page.get_by_text("can't be reached").wait_for()
        page.context.set_offline(False)
        page.get_by_text("Page 2 of").wait_for()
        expect(page.get_by_text("You are offline")).to_be_hidden()


def test_a_footer_page_is_read_and_left_by_back_and_by_links(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        show(page, "/products")
        page.get_by_role("link", name="Our terms").click()
        page.get_by_role("heading", name="Our terms").wait_for()
        assert page.url.endswith("/pages/terms")
        assert page.locator("main em").inner_text() == "kind"
        page.go_back()
        page.locator(".cards").wait_for()
        page.go_forward()
        page.get_by_role("heading", name="Our terms").wait_for()
        page.get_by_role("link", name="All products").first.click()
        page.locator(".cards").wait_for()
        page.go_back()
        page.get_by_role("heading", name="Our terms").wait_for()


def test_addresses_of_former_versions_lead_to_their_views(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        page.goto("/#/products?sorted=price-asc")
        page.wait_for_url("**/products?sorted=price-asc")
        expect(page.locator(".cards")).to_have_count(1)


def test_addresses_are_saved_changed_and_used_at_the_checkout(browser: Browser, base: str, mug: str) -> None:
    with visiting(browser, base) as (page, _):
        register(page, "settled")
        show(page, "/addresses")
        page.get_by_role("button", name="Add an address").click()
        dialog = page.get_by_role("dialog")
        fill_in_address_of(dialog)
        dialog.get_by_label("Label").fill("Home")
        dialog.get_by_role("button", name="Save").click()
        card = page.locator(".saved .panel")
        expect(card).to_contain_text("12 Analytical Row")
        expect(card).to_contain_text("Default")
        page.get_by_role("button", name="Edit: Home").click()
        page.get_by_role("dialog").get_by_label("City").fill("Leeds")
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        expect(card).to_contain_text("Leeds")
        show(page, f"/product/{mug}")
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_text("is in your cart").wait_for()
        page.get_by_role("dialog").get_by_role("link", name="Check out").click()
        page.get_by_label("Email").fill("settled@example.com")
        expect(page.get_by_label("Street and number")).to_be_hidden()
        page.get_by_role("button", name="Order for").click()
        expect(page.locator("address")).to_contain_text("Leeds")
