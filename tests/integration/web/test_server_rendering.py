"""Pages that arrive with their content, and how their scripts take over."""

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.web.browsing import DESKTOP, PHONE, Api, settle, show, visiting

PLACES = """() => Object.fromEntries(["h1", ".picture", ".prices", ".description", ".facts", ".card", ".found"]
  .flatMap((each) => [...document.querySelectorAll(each)].map((one, index) => [`${each} ${index}`, one]))
  .map(([name, one]) => [name, one.getBoundingClientRect()])
  .map(([name, { x, y, width }]) => [name, [x, y, width].map(Math.round)]))"""
RENDERED = ("/", "/p/rendered-shirt", "/c/rendered", "/products?page=2")
SHIFTS = """
window.shifted = 0;
new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shifted += entry.value)))
  .observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="module")
def shirt(admin: Api) -> Any:
    """A product with options, a category, a reduced price, and several lines of description."""
    return admin.send(
        "POST",
        "/api/products",
        {
            "name": "Rendered Shirt",
            "category": "Rendered",
            "vendor": "Weaver & Sons",
            "description": "First line.\nSecond line.\n\nLast line.",
            "options": ["Size", "Colour"],
            "attributes": {"Material": "Linen"},
            "variants": [
                {"options": {"Size": "M", "Colour": "Sand"}, "price": 20, "compareAtPrice": 30, "stock": 3},
                {"options": {"Size": "L", "Colour": "Sand"}, "price": 20, "stock": 9},
            ],
        },
    )


def without_scripts(browser: Browser, base: str, size: dict[str, int]) -> list[dict[str, list[int]]]:
    """Return where things stand in the pages as the server sent them."""
    context = browser.new_context(base_url=base, viewport=size, java_script_enabled=False)  # type: ignore[arg-type]
    try:
        page = context.new_page()
        found = []
        for path in RENDERED:
            page.goto(path)
            expect(page.locator("h1")).to_be_visible()
            found.append(places(page))
        return found
    finally:
        context.close()


def places(page: Page) -> dict[str, list[int]]:
    found: dict[str, list[int]] = page.evaluate(PLACES)
    return found


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_hydration_shifts_no_layout(browser: Browser, base: str, shirt: Any, size: dict[str, int]) -> None:
    before = without_scripts(browser, base, size)
    with visiting(browser, base, size, first=True) as (page, _):
        page.add_init_script(SHIFTS)
        for path, known in zip(RENDERED, before, strict=True):
            show(page, path)
            assert places(page) == known, path
            assert page.evaluate("window.shifted") < 0.02, path


def test_a_rendered_page_works_like_one_built_by_scripts(browser: Browser, base: str, shirt: Any) -> None:
    with visiting(browser, base) as (page, _):
        show(page, "/c/rendered")
        page.evaluate("window.sameDocument = true")
        page.get_by_role("link", name="Rendered Shirt").click()
        page.wait_for_url(re.compile("/p/rendered-shirt$"))
        expect(page.locator(".prices .price")).to_have_text("$20.00")
        expect(page.locator("link[rel=canonical]")).to_have_count(0)
        page.get_by_label("L", exact=True).check(force=True)
        page.wait_for_url(re.compile("variant="))
        page.reload()
        settle(page)
        expect(page.get_by_label("L", exact=True)).to_be_checked()
        page.get_by_role("button", name="Add to cart").click()
        expect(page.get_by_role("dialog", name="Your cart")).to_contain_text(
            "Rendered Shirt is in your cart."
        )
        page.keyboard.press("Escape")
        page.get_by_role("navigation", name="Breadcrumbs").get_by_role("link", name="Rendered").click()
        page.wait_for_url(re.compile("/c/rendered$"))
        settle(page)
        page.go_back()
        expect(page.get_by_role("heading", level=1)).to_have_text("Rendered Shirt")


def test_filters_of_a_category_stay_on_its_page(browser: Browser, base: str, shirt: Any) -> None:
    with visiting(browser, base) as (page, _):
        show(page, "/products?category=rendered")
        page.wait_for_url(re.compile("/c/rendered$"))
        page.get_by_label("In stock only").check()
        page.wait_for_url(re.compile(r"/c/rendered\?inStock=true$"))
        settle(page)
        page.reload()
        settle(page)
        expect(page.get_by_label("In stock only")).to_be_checked()
        page.get_by_role("link", name="All", exact=True).click()
        page.wait_for_url(re.compile(r"/products\?inStock=true$"))


def test_an_unknown_address_shows_not_found(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, troubles):
        troubles.expected.append("error: Failed to load resource: the server responded with a status of 404")
        for path in ("/p/never-was", "/c/never-was"):
            show(page, path)
            expect(page.get_by_role("heading", level=1)).to_have_text("This page doesn't exist any more")


def test_reloading_a_rendered_page_keeps_the_scroll_position(browser: Browser, base: str) -> None:
    with visiting(browser, base, PHONE) as (page, _):
        show(page, "/products")
        page.evaluate("window.scrollTo(0, 900)")
        page.reload()
        settle(page)
        assert page.evaluate("Math.round(scrollY)") == 900
