"""Rows selected on several pages of a list of the administration."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.web.browsing import Api, enter_admin, settle, visiting

NUMBER = 45


@pytest.fixture(scope="module")
def picked(admin: Api) -> Iterator[list[str]]:
    """The ids of active products on three pages of a list. Each test leaves them active."""
    ids = []
    for number in range(NUMBER):
        body = {"name": f"Picked {number:02d}", "price": 5, "stock": 1}
        ids.append(str(admin.send("POST", "/api/products", body)["id"]))
    yield ids
    for each in ids:
        admin.send("DELETE", f"/api/products/{each}")


def count_active(admin: Api, ids: list[str]) -> int:
    return sum(admin.send("GET", f"/api/products/{each}")["active"] for each in ids)


def test_a_selection_is_kept_while_paging_and_dropped_by_another_filter(
    browser: Browser, base: str, admin: Api, picked: list[str]
) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products?q=Picked&sort=name")
        bar = page.get_by_role("region", name="Selected products")
        for name in ("Picked 00", "Picked 01"):
            page.get_by_label(f"Select {name}").check()
        page.get_by_role("link", name="Next").click()
        page.get_by_text("Page 2 of 3").wait_for()
        expect(bar.get_by_role("status")).to_have_text("2 products selected, 2 of them on other pages")
        page.get_by_label("Select Picked 20").check()
        page.get_by_role("link", name="Previous").click()
        page.get_by_text("Page 1 of 3").wait_for()
        expect(page.get_by_label("Select Picked 00")).to_be_checked()
        expect(bar.get_by_role("status")).to_have_text("3 products selected, 1 of them on other pages")
        page.get_by_label("Select Picked 01").uncheck()
        bar.get_by_role("button", name="Deactivate").click()
        page.get_by_role("dialog").get_by_text("2 products changed.").wait_for()
        page.get_by_role("dialog").get_by_role("button", name="Undo").click()
        page.get_by_role("dialog").get_by_text("2 products as before.").wait_for()
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
        expect(bar).to_be_hidden()
        page.get_by_label("Select Picked 02").check()
        page.get_by_label("Words").fill("Picked 0")
        page.get_by_role("button", name="Show", exact=True).click()
        page.wait_for_url("**q=Picked+0**")
        settle(page)
        expect(bar).to_be_hidden()


def test_all_matching_products_can_be_selected_at_once(
    browser: Browser, base: str, admin: Api, picked: list[str]
) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products?q=Picked&sort=name")
        bar = page.get_by_role("region", name="Selected products")
        page.get_by_label("Select all products on this page").check()
        bar.get_by_role("button", name=f"Select all {NUMBER}").click()
        expect(bar.get_by_role("status")).to_have_text(
            f"{NUMBER} products selected, {NUMBER - 20} of them on other pages"
        )
        expect(bar.get_by_role("button", name="Select all")).to_have_count(0)
        bar.get_by_role("button", name="Deactivate").click()
        page.get_by_role("dialog").get_by_text(f"{NUMBER} products changed.").wait_for()
        assert count_active(admin, picked) == 0
        page.get_by_role("dialog").get_by_role("button", name="Undo").click()
        page.get_by_role("dialog").get_by_text(f"{NUMBER} products as before.").wait_for()
        assert count_active(admin, picked) == NUMBER
