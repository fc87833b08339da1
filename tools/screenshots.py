"""Screenshots of every view of the storefront and the administration, at 390 and 1280 pixels, in `build/screenshots/`.

    python -m tools.screenshots          all of them
    python -m tools.screenshots --docs   and the pictures of the README and the docs, from six of them

The shop has the samples, seeded products and orders, an owner, and a customer who has ordered. The administration's
views are those that its navigation leads to.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.chromium import chromium
from tests.integration.web.browsing import (
    PASSWORD,
    enter_admin,
    fill_in_address,
    settle,
    sign_up,
    watch_requests,
)
from tests.served_shop import environment, serving

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "build" / "screenshots"
DOCS: Final = ROOT / "docs" / "images"
WIDTHS: Final = (390, 1280)
_HEIGHTS: Final = {390: 844, 1280: 860}
_MUG: Final = "/p/stoneware-mug-350-ml"
_JACKET: Final = "/p/rain-jacket-unisex"
STOREFRONT: Final = {
    "home": "/",
    "products": "/products",
    "category": "/c/clothing",
    "search": "/products?q=lamp",
    "nothing-found": "/products?q=xyzzy",
    "product": _JACKET,
    "signup": "/signup",
    "login": "/login",
    "reset-password": "/reset-password",
    "not-found": "/p/no-such-product",
}
"""The paths of the views that visitors see, by name."""
PERSONAL: Final = {
    "orders": "/orders",
    "account": "/account",
    "addresses": "/addresses",
    "statistics": "/statistics",
}
"""The paths of the views that only customers see, by name."""
IN_THE_DOCS: Final = {
    "home-1280": "home",
    "product-1280": "product",
    "checkout-1280": "checkout",
    "order-1280": "order",
    "admin-dashboard-1280": "admin-dashboard",
    "admin-product-1280": "admin-product",
}
_COLOURS: Final = 256


def main() -> None:
    parser = argparse.ArgumentParser(description="Take screenshots of every view.")
    parser.add_argument("--docs", action="store_true", help="replace the pictures of the docs too")
    given = parser.parse_args()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with _open_shop() as base, _browser() as browser:
        for width in WIDTHS:
            size = {"width": width, "height": _HEIGHTS[width]}
            with _context(browser, base, size) as context:
                _storefront(_watched(context), width)
            with _context(browser, base, size) as context:
                _administration(_watched(context), width)
    if given.docs:
        for name, target in IN_THE_DOCS.items():
            picture = Image.open(FOLDER / f"{name}.png").convert("RGB")
            small = picture.quantize(_COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
            small.save(DOCS / f"{target}.png", optimize=True)


def _watched(context: BrowserContext) -> Page:
    page = context.new_page()
    watch_requests(page)
    return page


def _storefront(page: Page, width: int) -> None:
    for name, path in STOREFRONT.items():
        _show(page, path)
        _take(page, f"{name}-{width}")
    for path in (_MUG, _JACKET):
        _show(page, path)
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_role("dialog").get_by_text("is in your cart").wait_for()
    _take(page, f"cart-drawer-{width}")
    page.get_by_role("link", name="Go to the cart").click()
    settle(page)
    _take(page, f"cart-{width}")
    sign_up(page, f"ada{width}")
    _show(page, "/checkout")
    fill_in_address(page)
    page.evaluate("document.activeElement.blur(); window.scrollTo(0, 0)")
    _take(page, f"checkout-{width}")
    page.get_by_role("button", name=re.compile("^Order for")).click()
    pay = page.get_by_role("button", name=re.compile("^Pay "))
    pay.wait_for()
    _take(page, f"order-unpaid-{width}")
    pay.click()
    page.locator(".timeline .done", has_text="Paid").wait_for()
    page.evaluate("document.querySelector('#messages').replaceChildren()")
    _take(page, f"order-{width}")
    for name, path in PERSONAL.items():
        _show(page, path)
        _take(page, f"{name}-{width}")


def _administration(page: Page, width: int) -> None:
    page.goto("/admin/login")
    settle(page)
    _take(page, f"admin-login-{width}")
    enter_admin(page)
    settle(page)
    links = page.locator("#menu a[href^='/admin']")
    paths = dict.fromkeys(links.evaluate_all("all => all.map((each) => each.getAttribute('href'))"))
    for path in paths:
        _show(page, path)
        name = path.removeprefix("/admin").strip("/").replace("/", "-") or "dashboard"
        _take(page, f"admin-{re.sub('[^a-z0-9-]+', '-', name)}-{width}")
    for name, listed in (("product", "products"), ("order", "orders"), ("customer", "customers")):
        if f"/admin/{listed}" not in paths:
            continue
        _show(page, f"/admin/{listed}")
        first = page.locator(f"main a[href^='/admin/{listed}/'], main a[href^='/admin/{name}/']").locator(
            "nth=-1"
        )
        if first.count():
            _show(page, first.get_attribute("href") or "")
            _take(page, f"admin-{name}-{width}")


def _show(page: Page, path: str) -> None:
    page.goto(path)
    settle(page)
    page.locator("main[data-view]").wait_for()


def _take(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    page.screenshot(path=FOLDER / f"{name}.png", animations="disabled")


@contextmanager
def _open_shop() -> Iterator[str]:
    with tempfile.TemporaryDirectory() as directory:
        folder = Path(directory)
        for arguments, given in (
            (("migrate",), ""),
            (("seed", "--products", "60", "--customers", "40", "--orders", "900"), ""),
            (("create-admin", "owner", "--password-stdin"), PASSWORD),
        ):
            command = [sys.executable, "-m", "shop", *arguments]
            subprocess.run(
                command,
                cwd=folder,
                env=environment(),
                input=given,
                text=True,
                check=True,
                capture_output=True,
            )
        with serving(folder, variables={"SHOP_NAME": "Larkspur"}) as (base, _):
            yield base


@contextmanager
def _browser() -> Iterator[Browser]:
    found = chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.program,
            env={**os.environ, **found.environment},
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        yield browser
        browser.close()


@contextmanager
def _context(browser: Browser, base: str, size: dict[str, int]) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=base, viewport=size, color_scheme="light")  # type: ignore[arg-type]
    context.set_default_timeout(30_000)
    context.on("dialog", lambda dialog: dialog.accept())
    yield context
    context.close()


if __name__ == "__main__":
    main()
