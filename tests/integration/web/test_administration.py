"""What an admin does in a real browser."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.web.browsing import (
    Api,
    enter_admin,
    enter_admin_by_form,
    register,
    settle,
    show,
    visiting,
)


def paid_order(api: Api, product_id: str) -> str:
    """Place and pay for an order. Return its number."""
    body = {"items": [{"itemId": product_id, "quantity": 1}]}
    order = api.send("POST", "/api/orders", body)["order"]
    secret = order["payment"]["clientSecret"]
    api.send("POST", f"/api/sandbox/payments/{secret}/confirm", {"outcome": "succeeded"})
    return str(order["number"])


@pytest.fixture
def lamp(admin: Api) -> dict[str, object]:
    product: dict[str, object] = admin.send(
        "POST", "/api/products", {"name": "Admin's Lamp", "price": 30, "stock": 9}
    )
    return product


def test_an_admin_reads_the_dashboard_and_acts_on_an_insight(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin_by_form(page, "owner")
        page.get_by_role("link", name="Last year").click()
        settle(page)
        expect(page.locator(".chart canvas")).to_have_count(2)
        expect(page.locator(".figures")).to_contain_text("Net revenue")
        show(page, "/admin/insights")
        first = page.locator(".insight").first
        with page.expect_response(re.compile("/api/(products|promo-codes)/")) as answered:
            if first.get_by_label("Units that arrived").count():
                first.get_by_label("Units that arrived").fill("12")
            first.get_by_role("button").click()
        assert answered.value.ok
        expect(first).to_contain_text("Done")


def test_an_admin_ships_and_refunds(browser: Browser, base: str, admin: Api, lamp: dict[str, object]) -> None:
    number = paid_order(admin, str(lamp["id"]))
    with visiting(browser, base) as (page, _):
        enter_admin(page, "orders?status=paid")
        page.get_by_role("button", name=f"Ship order {number}").click()
        page.get_by_text("shipped.").wait_for()
        show(page, "/admin/orders")
        page.get_by_role("link", name=number).click()
        page.get_by_role("button", name=f"Refund order {number}").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Amount").fill("12.5")
        dialog.get_by_label("Reason").fill("A scratch")
        dialog.get_by_role("button", name="Refund", exact=True).click()
        page.get_by_text(f"Order {number} is refunded.").wait_for()
        refunds = page.get_by_role("table", name="Refunds made")
        expect(refunds).to_contain_text("$12.50")
        expect(refunds).to_contain_text("A scratch")
        show(page, "/admin/refunds?status=succeeded")
        row = page.get_by_role("row").filter(has_text=number)
        expect(row).to_contain_text("$12.50")
        expect(row).to_contain_text("A scratch")


def test_a_concurrent_price_change_is_shown_and_resolved(
    browser: Browser, base: str, admin: Api, lamp: dict[str, object]
) -> None:
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 409"]
        enter_admin(page, "products?q=Admin's+Lamp&sort=createdAt&order=desc")
        path = f"/api/products/{lamp['id']}"
        admin.send("PATCH", path, {"price": 31})
        row = page.get_by_role("row").filter(has_text=str(lamp["id"])[-6:])
        price = row.get_by_label("Price of Admin's Lamp", exact=True)
        price.fill("28")
        price.press("Enter")
        expect(row).to_contain_text("it is $31.00 now")
        row.get_by_role("button", name="Save 28").click()
        page.get_by_text("Saved: Price").wait_for()
        assert admin.send("GET", path)["price"] == 28
        admin.send("POST", f"{path}/stock", {"change": 2})
        stock = row.get_by_label("Stock of Admin's Lamp", exact=True)
        stock.fill("5")
        stock.press("Enter")
        expect(row).to_contain_text("it is 11 now")
        row.get_by_role("button", name="Keep theirs").click()
        expect(stock).to_have_value("11")
        assert admin.send("GET", path)["stock"] == 11


def test_inactive_products_are_found_and_reactivated(
    browser: Browser, base: str, admin: Api, lamp: dict[str, object]
) -> None:
    path = f"/api/products/{lamp['id']}"
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 409"]
        enter_admin(page, "products?q=Admin's+Lamp&sort=createdAt&order=desc")
        row = page.get_by_role("row").filter(has_text=str(lamp["id"])[-6:])
        row.get_by_label("Select Admin's Lamp").check()
        page.get_by_role("button", name="Deactivate").click()
        page.get_by_role("dialog").get_by_text("1 product changed.").wait_for()
        page.get_by_role("dialog").get_by_role("button", name="Close").click()
        expect(row).to_have_count(0)
        page.get_by_label("Which").select_option("Switched off")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_role("heading", name="Products switched off")).to_be_visible()
        again = row.get_by_role("button", name="List Admin's Lamp again")
        admin.send("PATCH", path, {"price": 31})
        again.click()
        page.get_by_text("Somebody changed Admin's Lamp meanwhile").wait_for()
        expect(row.get_by_label("Price of Admin's Lamp", exact=True)).to_have_value("31")
        assert admin.send("GET", path)["active"] is False
        again.click()
        page.get_by_text("Admin's Lamp is listed again.").wait_for()
        expect(row).to_have_count(0)
        assert admin.send("GET", path)["active"] is True


def test_later_pages_keep_the_sort_order(browser: Browser, base: str, admin: Api) -> None:
    for number in range(21):
        admin.send("POST", "/api/products", {"name": "Sorted", "price": number, "category": "Sorted"})
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products?category=Sorted&sort=price&order=desc")
        page.get_by_role("link", name="Next").click()
        settle(page)
        expect(page.get_by_label("Price of Sorted", exact=True)).to_have_value("0")


def test_an_export_of_inactive_products_has_no_active_ones(
    browser: Browser, base: str, admin: Api, tmp_path: Path
) -> None:
    for number in range(21):
        terms = {"name": f"Off {number}", "price": 1.5, "active": False}
        admin.send("POST", "/api/products", terms)
    admin.send("POST", "/api/products", {"name": "Still on", "price": 1.5})
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products?shown=off")
        page.get_by_role("link", name="Next").click()
        settle(page)
        expect(page.get_by_role("heading", name="Products switched off")).to_be_visible()
        with page.expect_download() as downloaded:
            page.get_by_role("button", name="Export CSV").click()
        downloaded.value.save_as(tmp_path / "off.csv")
    with (tmp_path / "off.csv").open(encoding="utf-8-sig", newline="") as file:
        names = {row["Product"] for row in csv.DictReader(file)}
    assert names >= {f"Off {number}" for number in range(21)}
    assert "Still on" not in names


def test_users_and_codes_are_managed_and_audited(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        register(page, "grace")
        enter_admin(page, "customers")
        page.get_by_label("Name or email").fill("GRACE")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.get_by_role("link", name="owner", exact=True)).to_have_count(0)
        page.get_by_role("link", name="grace", exact=True).click()
        page.get_by_role("button", name="Change role of grace").click()
        page.get_by_role("dialog").get_by_label("Role").select_option("admin")
        page.get_by_role("dialog").get_by_role("button", name="Change the role").click()
        page.get_by_text("grace has the role admin").wait_for()
        show(page, "/admin/codes")
        page.get_by_role("button", name="New code").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Code").fill("AUTUMN")
        dialog.get_by_label("Worth").fill("15")
        dialog.get_by_role("button", name="Create").click()
        expect(page.get_by_role("table")).to_contain_text("AUTUMN")
        page.get_by_role("button", name="Change AUTUMN").click()
        page.get_by_role("dialog").get_by_label("Uses in all").fill("3")
        page.get_by_role("dialog").get_by_role("button", name="Save").click()
        expect(page.get_by_role("row").filter(has_text="AUTUMN")).to_contain_text("of 3")
        page.get_by_role("button", name="Delete AUTUMN").click()
        page.get_by_text("AUTUMN is deleted").wait_for()
        show(page, "/admin/audit?subject=promo-code")
        expect(page.get_by_role("table")).to_contain_text("Promo code deleted")


def test_an_export_has_every_page_and_no_formulas(
    browser: Browser, base: str, admin: Api, tmp_path: Path
) -> None:
    for number in range(25):
        name = f'=HYPERLINK("evil") {number}'
        admin.send("POST", "/api/products", {"name": name, "price": 1.5, "category": "Exported"})
    with visiting(browser, base) as (page, _):
        enter_admin(page, "products?category=Exported")
        with page.expect_download() as downloaded:
            page.get_by_role("button", name="Export CSV").click()
        downloaded.value.save_as(tmp_path / "products.csv")
    with (tmp_path / "products.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 25
    assert all(row["Product"].startswith("'=HYPERLINK") and row["Price"] == "1.5" for row in rows)
