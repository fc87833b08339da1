"""Shipping and tax, as an admin sets them up."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import Api, enter_admin, settle, show, visiting

RESOURCES = ("shipping-methods", "shipping-zones", "tax-rates")
CONFLICT = "error: Failed to load resource: the server responded with a status of 409"
INVALID = "error: Failed to load resource: the server responded with a status of 400"


@pytest.fixture(autouse=True)
def _clean_up(admin: Api) -> Iterator[None]:
    """The shop is shared: afterwards it ships and taxes nothing."""
    yield
    for resource in RESOURCES:
        for each in admin.send("GET", f"/api/admin/{resource}?page=1&limit=100")["items"]:
            admin.send("DELETE", f"/api/admin/{resource}/{each['id']}")


def _zone(admin: Api, country: str = "DE", name: str = "Germany") -> dict[str, str]:
    zone: dict[str, str] = admin.send(
        "POST", "/api/admin/shipping-zones", {"name": name, "countries": [country]}
    )
    return zone


def _items(admin: Api, resource: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = admin.send("GET", f"/api/admin/{resource}?page=1&limit=100")["items"]
    return items


def test_a_country_is_set_up_on_one_page_by_keyboard_alone(browser: Browser, base: str, admin: Api) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "sell-to")
        page.get_by_label("Country").focus()
        page.keyboard.type("Germ")
        expect(page.get_by_label("Country")).to_have_value("DE")
        for text in ("\t", "\t19", "\t", "\t4.90", "\t50", "\t2", "\t4"):
            if text[0] == "\t":
                page.keyboard.press("Tab")
            page.keyboard.type(text[1:])
        page.keyboard.press("Enter")
        page.get_by_text("You sell to Germany now.").wait_for()
        settle(page)
        panel = page.get_by_role("region", name="Germany", exact=True)
        expect(panel).to_contain_text("$4.90 · below $50.00")
        expect(panel).to_contain_text("Free · from $50.00")
        expect(panel).to_contain_text("2 to 4 days")
    assert [(rate["country"], rate["name"], rate["rate"]) for rate in _items(admin, "tax-rates")] == [
        ("DE", "VAT", 19)
    ]


def test_missing_input_can_be_completed_after_an_error(browser: Browser, base: str, admin: Api) -> None:
    admin.send("POST", "/api/admin/tax-rates", {"name": "MwSt", "country": "DE", "rate": 19})
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [INVALID]
        enter_admin(page, "sell-to")
        page.get_by_label("Country").select_option("Germany")
        expect(page.get_by_text("It is taxed at 19 % (MwSt).")).to_be_visible()
        expect(page.get_by_text("first shipping method")).to_be_visible()
        page.get_by_label("Rate in per cent").fill("7")
        page.get_by_label("Price (USD)").fill("4.90")
        page.get_by_role("button", name="Sell there").click()
        note = page.locator('[data-field="taxRate"] .note')
        expect(note).to_contain_text("There is a rate of 19 % already")
        assert _items(admin, "shipping-zones") == []
        page.get_by_label("Rate in per cent").fill("19")
        page.get_by_label("Price (USD)").fill("4.999")
        page.get_by_role("button", name="Sell there").click()
        expect(page.locator('[data-field="price"] .note')).not_to_be_empty()
        page.get_by_label("Price (USD)").fill("4.90")
        page.get_by_role("button", name="Sell there").click()
        page.get_by_text("You sell to Germany now.").wait_for()
    assert len(_items(admin, "shipping-zones")) == len(_items(admin, "shipping-methods")) == 1


def test_overlapping_zones_are_reported_at_the_countries_field(
    browser: Browser, base: str, admin: Api
) -> None:
    _zone(admin)
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [CONFLICT]
        enter_admin(page, "shipping")
        page.get_by_role("button", name="New zone").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="Name", exact=True).fill("Middle Europe")
        search = dialog.get_by_label("Search: Countries")
        for country in ("german", "österr", "austria"):
            search.fill(country)
            search.press("Enter")
        expect(dialog).to_contain_text("Chosen: Austria, Germany.")
        dialog.get_by_role("button", name="Create").click()
        note = dialog.locator('[data-field="countries"] .note')
        expect(note).to_contain_text("The zone Germany is just as specific")
        assert dialog.get_by_text("just as specific").count() == 1
        search.fill("")
        dialog.get_by_label("Germany", exact=True).uncheck()
        dialog.get_by_role("button", name="Create").click()
        page.get_by_text("Middle Europe is there.").wait_for()
    assert [zone["countries"] for zone in _items(admin, "shipping-zones")] == [["DE"], ["AT"]]


def test_a_method_with_rates_by_weight_is_created_changed_and_deleted(
    browser: Browser, base: str, admin: Api
) -> None:
    _zone(admin)
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [INVALID]
        enter_admin(page, "shipping")
        page.get_by_role("button", name="New method: Germany").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_role("textbox", name="Name", exact=True).fill("Parcel")
        dialog.get_by_label("Price (USD)").fill("5")
        dialog.get_by_label("Grams below").fill("2000")
        dialog.get_by_role("button", name="Add a rate").click()
        second = dialog.get_by_role("group", name="Rate 2")
        second.get_by_label("Price (USD)").fill("9")
        second.get_by_label("Grams from").fill("2000")
        second.get_by_label("Grams below").fill("1000")
        dialog.get_by_role("button", name="Create").click()
        expect(second.locator(".note").filter(has_text=".")).to_have_count(1)
        second.get_by_label("Grams below").fill("")
        dialog.get_by_role("button", name="Create").click()
        dialog.wait_for(state="detached")
        settle(page)
        expect(page.get_by_role("table")).to_contain_text("$9.00 · from 2,000 g")
        page.get_by_role("button", name="Change Parcel").click()
        dialog.get_by_role("button", name="Remove rate 1").click()
        dialog.get_by_label("Offered to buyers").uncheck()
        dialog.get_by_role("button", name="Save").click()
        dialog.wait_for(state="detached")
        method = _items(admin, "shipping-methods")[0]
        assert (method["active"], method["rates"]) == (
            False,
            [{"price": 9, "minSubtotal": None, "maxSubtotal": None, "minWeight": 2000, "maxWeight": None}],
        )
        page.get_by_role("button", name="Delete Parcel").click()
        page.get_by_text("Parcel is deleted.").wait_for()


@pytest.mark.parametrize("resource", ["zone", "rate"])
def test_a_concurrent_change_is_reported_and_the_typed_input_stays(
    browser: Browser, base: str, admin: Api, resource: str
) -> None:
    if resource == "zone":
        path, view, button = f"/api/admin/shipping-zones/{_zone(admin)['id']}", "shipping", "Change: Germany"
    else:
        rate = admin.send("POST", "/api/admin/tax-rates", {"name": "VAT", "country": "DE", "rate": 19})
        path, view, button = f"/api/admin/tax-rates/{rate['id']}", "taxes", "Change VAT"
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 412"]
        enter_admin(page, view)
        page.get_by_role("button", name=button).click()
        dialog = page.get_by_role("dialog")
        name = dialog.get_by_role("textbox", name="Name", exact=True)
        name.fill("Mine")
        admin.send("PATCH", path, {"name": "Theirs"})
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("alert")).to_contain_text("it is “Theirs” now")
        expect(name).to_have_value("Mine")
        dialog.get_by_role("button", name="Save").click()
        dialog.wait_for(state="detached")
    assert admin.send("GET", path)["name"] == "Mine"


def test_a_zone_with_methods_is_not_deleted(browser: Browser, base: str, admin: Api) -> None:
    zone = _zone(admin)
    admin.send(
        "POST",
        "/api/admin/shipping-methods",
        {"zoneId": zone["id"], "name": "Post", "rates": [{"price": 1}], "active": False},
    )
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [CONFLICT]
        enter_admin(page, "shipping")
        page.get_by_role("button", name="Delete: Germany").click()
        page.get_by_text("The zone has shipping methods").wait_for()
        expect(page.get_by_text("No method is active")).to_be_visible()
        page.get_by_role("button", name="Delete Post").click()
        page.get_by_text("Post is deleted.").wait_for()
        page.get_by_role("button", name="Delete: Germany").click()
        page.get_by_text("Nothing is set up").wait_for()


def test_a_second_rate_for_a_country_is_refused_at_the_country(
    browser: Browser, base: str, admin: Api
) -> None:
    admin.send("POST", "/api/admin/tax-rates", {"name": "VAT", "country": "DE", "rate": 19})
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [CONFLICT]
        enter_admin(page, "taxes")
        page.get_by_role("button", name="New tax rate").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Country").select_option("DE")
        dialog.get_by_label("Rate in per cent").fill("7")
        dialog.get_by_role("button", name="Create").click()
        expect(dialog.locator('[data-field="country"] .note')).to_contain_text("have a rate already")
        dialog.get_by_label("Tax class").fill("reduced")
        dialog.get_by_role("button", name="Create").click()
        dialog.wait_for(state="detached")
        settle(page)
        expect(page.get_by_role("row").filter(has_text="reduced")).to_contain_text("7 %")


def _faults_of(page: Page, view: str, opener: str | None) -> list[str]:
    show(page, f"/admin/{view}")
    faults = accessibility_faults(page)
    if opener is not None:
        page.get_by_role("button", name=opener).first.click()
        page.get_by_role("dialog").wait_for()
        faults += accessibility_faults(page)
        page.keyboard.press("Escape")
    return faults


def test_every_view_is_accessible(browser: Browser, base: str, admin: Api) -> None:
    zone = _zone(admin)
    rates = [{"price": 4.9, "maxSubtotal": 50}, {"price": 0, "minSubtotal": 50}]
    method = {"zoneId": zone["id"], "name": "Post", "rates": rates, "deliveryDays": {"min": 1, "max": 3}}
    admin.send("POST", "/api/admin/shipping-methods", method)
    admin.send("POST", "/api/admin/tax-rates", {"name": "VAT", "country": "DE", "rate": 19})
    with visiting(browser, base) as (page, _):
        enter_admin(page)
        faults = []
        for view, opener in (
            ("shipping", "New zone"),
            ("shipping", "New method"),
            ("sell-to", None),
            ("taxes", "New tax rate"),
        ):
            faults += _faults_of(page, view, opener)
    assert not faults, "\n".join(faults)
