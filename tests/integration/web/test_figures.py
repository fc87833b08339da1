"""Figures and insights, as an admin reads and uses them."""

import re

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import (
    DESKTOP,
    PHONE,
    Api,
    enter_admin,
    settle,
    show,
    visiting,
)

YEAR = "?from=2020-01-01&to=2030-01-01&granularity=month"


def test_a_chart_is_read_by_pointer_and_by_keys(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, YEAR)
        chart = page.locator(".chart").filter(has_text="Orders over time")
        readout = chart.locator(".readout")
        box = chart.locator("canvas").bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
        expect(readout).to_have_text(re.compile(r"^[A-Z][a-z]+ \d{4}: [\d,]+$"))
        page.mouse.move(0, 0)
        reader = chart.get_by_role("group", name="Orders over time")
        reader.focus()
        reader.press("End")
        expect(readout).to_have_text(re.compile(r"^January 2030: 0$"))
        reader.press("ArrowLeft")
        expect(reader.get_by_role("status")).to_have_text(re.compile(r"^December 2029: 0$"))


def test_an_axis_has_round_ticks_up_to_the_greatest_value(browser: Browser, base: str) -> None:
    cases: list[tuple[list[float], bool, list[float]]] = [
        ([0, 9900], False, [0, 2500, 5000, 7500, 10000]),
        ([3, 1], True, [0, 1, 2, 3]),
        ([0, 0], True, [0, 1]),
        ([-40, 100], False, [-50, 0, 50, 100]),
        ([1], True, [0, 1]),
    ]
    with visiting(browser, base) as (page, _):
        show(page, "/admin/login")
        read = """async ([values, whole]) => {
            const folder = document.querySelector("script[src]").src.replace("admin/main.js", "");
            return (await import(`${folder}common/charts.js`)).ticksOf(values, whole);
        }"""
        for values, whole, ticks in cases:
            assert page.evaluate(read, [values, whole]) == pytest.approx(ticks), values


def test_an_address_with_an_inverted_period_keeps_the_view(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "?from=2026-05-02&to=2026-05-01&granularity=day")
        expect(page.get_by_role("alert").filter(has_text="ends before it begins")).to_be_visible()
        page.get_by_label("From", exact=False).first.fill("2026-04-01")
        page.get_by_role("button", name="Show", exact=True).click()
        page.locator(".figures").wait_for()
        expect(page.locator(".figures")).to_contain_text("Shipping")
        expect(page.locator(".figures")).to_contain_text("Tax")


def test_insights_are_sentences_and_act_after_a_confirmation(browser: Browser, base: str, admin: Api) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "insights")
        expect(page.locator("main")).not_to_contain_text("/api/")
        restock = page.locator(".insight").filter(has_text="Sells out soon").first
        expect(restock).to_contain_text("enter how many: they are added to the stock")
        restock.get_by_role("button", name="Add to the stock").click()
        expect(restock.locator(".note")).not_to_be_empty()
        with page.expect_response(re.compile(r"/api/products/.*/stock")) as answered:
            restock.get_by_label("Units that arrived").fill("12")
            restock.get_by_role("button", name="Add to the stock").click()
        assert answered.value.ok
        expect(restock).to_contain_text("Done")
        other = page.locator(".insight").filter(has=page.get_by_role("button", name="Apply:")).first
        other = page.locator(".insight").filter(has_text=other.locator("p").first.inner_text())
        page.evaluate("window.confirm = (text) => { window.asked = text; return false; }")
        other.get_by_role("button").click()
        assert page.evaluate("window.asked").endswith(".")
        expect(other).not_to_contain_text("Done")
        page.evaluate("window.confirm = () => true")
        with page.expect_response(re.compile("/api/(products|promo-codes)/")) as changed:
            other.get_by_role("button").click()
        assert changed.value.ok
        expect(other).to_contain_text("Done")


def test_the_next_action_removes_a_message(browser: Browser, base: str) -> None:
    with visiting(browser, base, first=True) as (page, _):
        enter_admin(page, "sell-to")
        page.clock.install()
        page.evaluate(
            """async () => {
                const folder = document.querySelector("script[src]").src.replace("admin/main.js", "");
                (await import(`${folder}common/dom.js`)).announce("Something is saved.");
            }"""
        )
        message = page.get_by_text("Something is saved.")
        expect(message).to_be_visible()
        page.clock.run_for(600)
        page.keyboard.press("Tab")
        expect(message).to_have_count(0)


def test_figures_are_accessible_and_panels_of_a_row_end_together(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page)
        faults = []
        for view in ("insights", "items", YEAR):
            show(page, f"/admin/{view}")
            faults += accessibility_faults(page)
        settle(page)
        uneven = """[...document.querySelectorAll(".halves, .charts")].flatMap((row) => {
                const framed = (each) => each.querySelector(":scope > :is(.scroll, .empty)") ?? each;
                const panels = [...row.children].map((each) => framed(each).getBoundingClientRect());
                return panels.filter((panel) => panels.some((other) => Math.abs(panel.left - other.left) > 50
                    && Math.abs(panel.top - other.top) < 20 && Math.abs(panel.bottom - other.bottom) > 1)).length;
            }).filter(Boolean)"""
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            assert page.evaluate(uneven) == []
    assert not faults, "\n".join(faults)
