"""The page of one product in the administration."""

import re
from typing import Any

from playwright.sync_api import Page

from tests.integration.web.browsing import (
    enter_admin,
)
from tests.unit.pictures import a_picture

STALE = "error: Failed to load resource: the server responded with a status of 412"

NAME = re.compile("^Name( \\*)?$")

PRICE = re.compile("^Price( \\*)?$")

REFUSED = "error: Failed to load resource: the server responded with a status of 4"


def open_product(page: Page, product: dict[str, Any]) -> None:
    enter_admin(page, f"product/{product['id']}")


def save(page: Page) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    page.locator(".product-form:not([data-unsaved])").wait_for()


def upload(page: Page, *colours: str) -> None:
    files = [
        {"name": f"{colour}.png", "mimeType": "image/png", "buffer": a_picture(90, 60, colour=colour)}
        for colour in colours
    ]
    page.get_by_label("Upload pictures").set_input_files(files)  # type: ignore[arg-type]
    page.get_by_text("pictures now." if len(colours) > 1 else "picture now.").wait_for()
