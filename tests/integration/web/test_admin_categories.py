"""The administration's category tree: moved by dragging and by keyboard, renamed, deleted."""

import re
from typing import Any

from playwright.sync_api import Browser, Locator, Page, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import Api, enter_admin, visiting

REFUSED = "error: Failed to load resource: the server responded with a status of 4"


def create_categories(admin: Api, *names: str, below: str | None = None) -> list[dict[str, Any]]:
    return [dict(admin.send("POST", "/api/categories", {"name": name, "parentId": below})) for name in names]


def row(page: Page, category: dict[str, Any]) -> Locator:
    return page.locator(f'.category-row[data-id="{category["id"]}"]')


def expect_children(page: Page, admin: Api, parent: dict[str, Any], *names: str) -> None:
    """Wait until these stand below the category on the page, and check that the shop agrees."""
    shown = page.locator(
        f'li:has(> .category-row[data-id="{parent["id"]}"]) > ul > li > .category-row strong'
    )
    expect(shown).to_have_text(list(names))
    items = admin.send("GET", "/api/categories")["items"]
    assert [each["name"] for each in items if each["parentId"] == parent["id"]] == list(names)


def test_a_deleted_category_hands_its_products_to_another(browser: Browser, base: str, admin: Api) -> None:
    (heir,) = create_categories(admin, "Heir of deleted")
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        enter_admin(page, "categories")
        page.get_by_role("button", name="New category").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").press_sequentially("heir of DELETED")
        expect(dialog.locator('[data-field="name"] .note')).to_contain_text(
            "“Heir of deleted” exists already"
        )
        dialog.get_by_label("Name").fill("Short-lived")
        expect(dialog.locator('[data-field="name"] .note')).to_have_text("")
        dialog.get_by_label("Slug").fill(heir["slug"])
        dialog.get_by_role("button", name="Create").click()
        expect(dialog.locator('[data-field="slug"] .note')).to_have_text("Is taken.")
        dialog.get_by_label("Slug").fill("short-lived")
        dialog.get_by_role("button", name="Create").click()
        page.get_by_role("button", name="Edit Short-lived").click()
        dialog.get_by_label("Name").fill("Renamed")
        dialog.get_by_label("Slug").fill("renamed-slug")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        (stored,) = [
            each for each in admin.send("GET", "/api/categories")["items"] if each["slug"] == "renamed-slug"
        ]
        assert stored["name"] == "Renamed"
        product = {"name": "Of the deleted", "price": 1, "categoryIds": [stored["id"]], "active": False}
        product = admin.send("POST", "/api/products", product)
        page.get_by_role("button", name="Delete Renamed").click()
        dialog.get_by_role("button", name="Delete").click()
        expect(dialog.locator('[data-field="moveTo"] .note')).to_contain_text("It has 1 product")
        dialog.get_by_label("Move what is in it to").select_option("Heir of deleted")
        dialog.get_by_role("button", name="Delete").click()
        page.get_by_text("Renamed is deleted.").wait_for()
        assert admin.send("GET", f"/api/products/{product['id']}")["category"] == "Heir of deleted"


def test_categories_are_moved_by_keyboard(browser: Browser, base: str, admin: Api) -> None:
    (root,) = create_categories(admin, "Keyboard root")
    one, _, _ = create_categories(admin, "Key one", "Key two", "Key three", below=root["id"])
    with visiting(browser, base) as (page, _):
        enter_admin(page, "categories")
        page.get_by_role("button", name="Move up: Key three").focus()
        page.keyboard.press("Enter")
        expect_children(page, admin, root, "Key one", "Key three", "Key two")
        expect(page.get_by_role("button", name="Move up: Key three")).to_be_focused()
        page.keyboard.press("Alt+ArrowRight")
        expect_children(page, admin, one, "Key three")
        page.keyboard.press("Alt+ArrowLeft")
        expect(page.get_by_role("button", name="Move down: Key three")).to_be_enabled()
        expect_children(page, admin, root, "Key one", "Key three", "Key two")
        page.get_by_role("button", name="Move down: Key three").press("Alt+ArrowDown")
        expect(page.get_by_role("button", name="Move down: Key three")).to_be_disabled()
        expect_children(page, admin, root, "Key one", "Key two", "Key three")


def test_categories_are_moved_by_dragging(browser: Browser, base: str, admin: Api) -> None:
    (root,) = create_categories(admin, "Dragging root")
    one, two, three = create_categories(admin, "Drag one", "Drag two", "Drag three", below=root["id"])
    with visiting(browser, base) as (page, _):
        enter_admin(page, "categories")
        row(page, three).drag_to(row(page, one), target_position={"x": 60, "y": 2})
        expect(page.locator("#messages")).to_contain_text("Drag three moved.")
        expect_children(page, admin, root, "Drag three", "Drag one", "Drag two")
        height = row(page, one).bounding_box()["height"]  # type: ignore[index]
        row(page, two).drag_to(row(page, one), target_position={"x": 60, "y": height / 2})
        expect(page.locator("#messages")).to_contain_text("Drag two moved.")
        expect_children(page, admin, one, "Drag two")


def test_a_forbidden_move_is_explained_in_place(browser: Browser, base: str, admin: Api) -> None:
    deep: list[dict[str, Any]] = []
    for level in range(6):
        deep += create_categories(admin, f"Level {level}", below=deep[-1]["id"] if deep else None)
    (other,) = create_categories(admin, "Too much", below=deep[4]["id"])
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        enter_admin(page, "categories")
        page.get_by_role("button", name="Move into the one above: Too much").click()
        expect(row(page, other).get_by_role("alert")).to_have_text("Categories have at most 6 levels.")
        page.get_by_role("button", name="Edit Too much").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Below").select_option(deep[5]["id"])
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.locator('[data-field="parentId"] .note')).to_have_text(
            "Categories have at most 6 levels."
        )


def test_a_concurrent_rename_of_a_category_keeps_the_typed_input(
    browser: Browser, base: str, admin: Api
) -> None:
    (category,) = create_categories(admin, "Contested")
    with visiting(browser, base) as (page, troubles):
        troubles.expected = [REFUSED]
        enter_admin(page, "categories")
        page.get_by_role("button", name="Edit Contested").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Name").fill("Mine")
        admin.send("PATCH", f"/api/categories/{category['id']}", {"name": "Theirs"})
        dialog.get_by_role("button", name="Save").click()
        expect(dialog.get_by_role("alert")).to_contain_text("it is called “Theirs” now")
        expect(dialog.get_by_label("Name")).to_have_value("Mine")
        dialog.get_by_role("button", name="Save").click()
        expect(dialog).to_have_count(0)
        assert admin.send("GET", f"/api/categories/{category['id']}")["name"] == "Mine"


def test_the_tree_is_accessible_and_fits(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, _):
        enter_admin(page, "categories")
        assert accessibility_faults(page) == []
        page.get_by_role("button", name=re.compile("^Edit ")).first.click()
        assert accessibility_faults(page) == []
