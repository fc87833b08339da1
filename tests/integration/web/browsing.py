"""A browser on a real shop, which records all errors in a page."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit
from urllib.request import Request as UrlRequest
from urllib.request import urlopen
from weakref import WeakKeyDictionary

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request

from tests.npm import axe_core

PASSWORD = "correct horse battery"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
SCREENSHOTS = Path(__file__).resolve().parents[3] / "build" / "screenshots"

ADDRESS = {
    "Email": "ada@example.com",
    "Name": "Ada Byron",
    "Street and number": "12 Analytical Row",
    "Postal code": "W1 1AA",
    "City": "London",
    "Country": "GB",
}
"""What a buyer enters at the checkout, by label."""

_under_way: Final[WeakKeyDictionary[Page, set[Request]]] = WeakKeyDictionary()
"""The requests of each page that have not been answered yet."""

Scheme = Literal["light", "dark"]

_AXE_OPTIONS: Final[dict[Scheme, dict[str, Any]]] = {
    "light": {},
    "dark": {"runOnly": ["color-contrast", "link-in-text-block"]},
}
"""By color scheme: the scheme changes nothing but colors, so the rules that judge colors run again."""
_REDRAW: Final = """async () => {
  const drawn = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
  await drawn();
  for (const animation of document.getAnimations())
    if (animation.effect.getComputedTiming().endTime !== Infinity) animation.finish();
  await drawn();
}"""
"""Draws the page after a change, with its transitions at their end."""

_WATCH_POLICY = """
document.addEventListener("securitypolicyviolation", (event) =>
  console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
"""


@dataclass
class Troubles:
    """What a page complained of. `expected` are the beginnings of what it may complain of."""

    base: str
    found: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> None:
        page.on("console", self._said)
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("request", lambda request: self._asked(request.url))

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.found.append(f"{message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, "blob:", "data:")):
            self.found.append(f"asked another host: {url}")

    def unexpected(self) -> list[str]:
        return [trouble for trouble in self.found if not trouble.startswith(tuple(self.expected))]


@contextmanager
def visiting(
    browser: Browser, base: str, size: dict[str, int] = DESKTOP, scheme: Scheme = "light"
) -> Iterator[tuple[Page, Troubles]]:
    """A page of a fresh visitor; at the end nothing unexpected may have happened in it."""
    troubles = Troubles(base)
    context = browser.new_context(base_url=base, viewport=size, color_scheme=scheme, accept_downloads=True)  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    context.add_init_script(_WATCH_POLICY)
    page = context.new_page()
    troubles.watch(page)
    watch_requests(page)
    page.on("dialog", lambda dialog: dialog.accept())
    try:
        yield page, troubles
        assert troubles.unexpected() == []
    except Exception as failure:
        screenshot(page, "failed")
        failure.add_note(f"At {page.url}, a page that complained of {troubles.found}")
        raise
    finally:
        context.close()


def watch_requests(page: Page) -> None:
    """Keep account of the page's requests, for `settle`."""
    under_way = _under_way[page] = set()

    def answered(request: Request) -> None:
        under_way.discard(request)

    page.on("request", lambda request: under_way.update({request}))
    page.on("requestfinished", answered)
    page.on("requestfailed", answered)


def show(page: Page, path: str) -> None:
    """Go to a view of the storefront (`/cart`) or of the administration (`/admin/users`) and wait for it."""
    page.goto(path)
    page.locator(f'main[data-view="{urlsplit(page.url).path}{_query_of(page.url)}"]').wait_for()
    settle(page)


def _query_of(url: str) -> str:
    query = urlsplit(url).query
    return f"?{query}" if query else ""


def settle(page: Page) -> None:
    """Wait until the view is there and the page has waited for no answer for a tenth of a second."""
    quiet, deadline = 0, time.monotonic() + 15
    while quiet < 2:
        assert time.monotonic() < deadline, _under_way[page]
        page.wait_for_timeout(50)
        quiet = 0 if _under_way[page] else quiet + 1
    page.locator("main:not([aria-busy]) h1").wait_for()


def sign_up(page: Page, username: str) -> None:
    show(page, "/signup")
    page.get_by_label("Username").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign up").click()
    page.locator("#account-name").get_by_text(username).wait_for()
    settle(page)


def fill_in_address(page: Page) -> None:
    """Fill in the checkout's form."""
    page.get_by_label("Email").fill(ADDRESS["Email"])
    fill_in_address_of(page.get_by_role("group", name="Shipping address"))


def fill_in_address_of(place: Locator) -> None:
    for label, text in ADDRESS.items():
        if label == "Country":
            place.get_by_label(label).select_option(text)
        elif label != "Email":
            place.get_by_label(label).fill(text)


def enter_admin(page: Page, view: str = "") -> None:
    show(page, "/admin/login")
    page.get_by_label("Username or email").fill("owner")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name="Dashboard").wait_for()
    if view:
        show(page, f"/admin/{view}")


def screenshot(page: Page, name: str, *, full: bool = False) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=full)


def accessibility_faults(page: Page, name: str = "", *, full: bool = False) -> list[str]:
    """Return the violations that axe-core finds, of any impact, and whether the page scrolls sideways, one line each.

    Looks at the view on a phone and on a desktop, light and dark, and leaves the page light and as large as it was.
    `name` is for screenshots.
    """
    size = page.viewport_size
    assert size is not None
    faults = []
    page.evaluate(axe_core().read_text())
    for width, viewport in (("phone", PHONE), ("desktop", DESKTOP)):
        page.set_viewport_size(viewport)  # type: ignore[arg-type]
        for scheme, options in _AXE_OPTIONS.items():
            page.emulate_media(color_scheme=scheme)
            page.evaluate(_REDRAW)
            results: dict[str, Any] = page.evaluate("axe.run", {"resultTypes": ["violations"], **options})
            faults += [
                f"{page.url} {width} {scheme} {violation['id']}: {node['html'][:160]}"
                for violation in results["violations"]
                for node in violation["nodes"]
            ]
            if name:
                screenshot(page, f"{name}-{scheme}-{width}", full=full)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            faults.append(f"{page.url} {width} scrolls sideways")
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="light")
    page.evaluate(_REDRAW)
    return faults


class Api:
    """The shop's API, as somebody with an account."""

    def __init__(self, base: str, username: str) -> None:
        self._base = base
        self._token: str | None = None
        answer = self.send("POST", "/api/auth/login", {"username": username, "password": PASSWORD})
        self._token = answer["accessToken"]

    def send(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json"}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        with urlopen(
            UrlRequest(self._base + path, data=data, headers=headers, method=method), timeout=30
        ) as answer:
            return json.load(answer)
