"""The checkout's shipping options and taxes, as the buyer sees them change."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import Api, register, show, visiting


@pytest.fixture
def shipping(admin: Api) -> Iterator[None]:
    """A shop that ships to Germany by two methods, and taxes what goes there; afterwards all as before."""
    zone = admin.send("POST", "/api/admin/shipping-zones", {"name": "Germany", "countries": ["DE"]})
    methods = [
        admin.send(
            "POST",
            "/api/admin/shipping-methods",
            {"zoneId": zone["id"], "name": name, "rates": [{"price": price}], "deliveryDays": days},
        )
        for name, price, days in (
            ("Parcel", 4.5, {"min": 2, "max": 4}),
            ("Express", 12, {"min": 1, "max": 1}),
        )
    ]
    rate = admin.send("POST", "/api/admin/tax-rates", {"name": "VAT", "country": "DE", "rate": 19})
    yield
    admin.send("DELETE", f"/api/admin/tax-rates/{rate['id']}")
    for method in methods:
        admin.send("DELETE", f"/api/admin/shipping-methods/{method['id']}")
    admin.send("DELETE", f"/api/admin/shipping-zones/{zone['id']}")


@pytest.mark.usefixtures("shipping")
def test_the_totals_follow_address_and_shipping(browser: Browser, base: str, admin: Api) -> None:
    product = admin.send("POST", "/api/products", {"name": "Shipped Chair", "price": 100, "stock": 9})
    with visiting(browser, base) as (page, _):
        register(page, "shipped")
        show(page, f"/product/{product['id']}")
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_text("is in your cart").wait_for()
        show(page, "/checkout")
        page.get_by_label("Email").fill("shipped@example.com")
        step = page.get_by_role("group", name="Shipping", exact=True)
        expect(step).to_contain_text("Choose your country")
        for label in ("Name", "Street and number", "Postal code", "City"):
            page.get_by_label(label).fill("10115")
        page.get_by_label("Country").select_option("FR")
        expect(step).to_contain_text("We don't ship to this address.")
        page.get_by_label("Country").select_option("DE")
        expect(step.get_by_label("Parcel")).to_be_checked()
        expect(step).to_contain_text("2 to 4 days")
        totals = page.locator("aside .totals")
        expect(totals).to_contain_text("Shipping: Parcel")
        expect(totals).to_contain_text("VAT (19 %)")
        expect(page.get_by_role("button", name="Order for $124.36")).to_be_visible()
        step.get_by_label("Express").check()
        expect(page.get_by_role("button", name="Order for $133.28")).to_be_visible()
        assert not accessibility_faults(page)
        page.get_by_role("button", name="Order for $133.28").click()
        page.get_by_role("heading", name="Order ").wait_for()
        expect(page.locator(".totals")).to_contain_text("Shipping: Express")
        expect(page.locator(".totals")).to_contain_text("$133.28")
