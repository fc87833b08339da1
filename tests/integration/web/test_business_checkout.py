"""A business of another EU country buys: its VAT id, and the total without tax."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import PASSWORD, Api, show, visiting
from tests.served_shop import run, serving

ADDRESS = {
    "Email": "achats@example.fr",
    "Name": "Ada Byron",
    "Street and number": "1 rue de la Paix",
    "Postal code": "75002",
    "City": "Paris",
}


@pytest.fixture(scope="module")
def german_shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A shop in Germany that sells to businesses of other EU countries without tax."""
    folder = tmp_path_factory.mktemp("german-shop")
    variables = {"SHOP_COUNTRY": "DE", "SHOP_REVERSE_CHARGE": "on"}
    for arguments, given in (
        (("seed", "--tax-rates", "eu"), ""),
        (("create-admin", "owner", "--password-stdin"), PASSWORD),
    ):
        done = run(folder, *arguments, given=given, variables=variables)
        assert done.returncode == 0, done.stderr
    with serving(folder, variables=variables) as (url, _):
        yield url


def test_a_business_with_a_vat_id_pays_no_tax(browser: Browser, german_shop: str) -> None:
    admin = Api(german_shop, "owner")
    product = admin.send("POST", "/api/products", {"name": "Bench", "price": 100, "stock": 9})
    with visiting(browser, german_shop) as (page, troubles):
        troubles.expected.append("error: Failed to load resource")
        show(page, f"/product/{product['id']}")
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_text("is in your cart").wait_for()
        show(page, "/checkout")
        for label, value in ADDRESS.items():
            page.get_by_label(label).fill(value)
        page.get_by_label("Country").select_option("FR")
        page.get_by_text("Buying for a business?").click()
        vat_id = page.get_by_label("VAT id")
        vat_id.fill("FR40303265046")
        page.get_by_role("button", name="Order for $119.00").click()
        expect(vat_id).to_have_attribute("aria-invalid", "true")
        expect(page.locator("[data-field=vatId] .note")).to_contain_text("VAT id")
        expect(vat_id).to_be_focused()
        assert not accessibility_faults(page)

        vat_id.fill("fr 40303265045")
        page.get_by_role("button", name="Order for").click()
        expect(page.get_by_role("alert").filter(has_text="reverse charge")).to_contain_text(
            "from $119.00 to $100.00"
        )
        page.get_by_role("button", name="Order for $100.00").click()
        page.get_by_role("heading", name="Order ").wait_for()
        totals = page.locator(".totals")
        expect(totals).to_contain_text("Reverse charge")
        expect(totals).to_contain_text("$100.00")
    (order,) = admin.send("GET", "/api/admin/orders?page=1")["items"]
    shown = admin.send("GET", f"/api/admin/orders/{order['id']}")
    assert (shown["contact"]["vatId"], shown["tax"], shown["total"]) == ("FR40303265045", 0, 100)
