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

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, Request

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

_contexts: Final[WeakKeyDictionary[Browser, dict[str, BrowserContext]]] = WeakKeyDictionary()
"""Where the visits to each shop take place, one after another."""

_sessions: Final[dict[tuple[str, str], tuple[list[Any], str]]] = {}
"""The cookies of sessions, and the user as the pages remember it, by the shop's address and the username."""

_under_way: Final[WeakKeyDictionary[Page, set[Request]]] = WeakKeyDictionary()
"""The requests of each page that have not been answered yet."""

Scheme = Literal["light", "dark"]

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
        # Only for /robots.txt, where `log_in` goes: the shop's pages name their icon.
        of_icon = message.location["url"] == f"{self.base}/favicon.ico"
        if message.type in {"error", "warning"} and not of_icon:
            self.found.append(f"{message.type}: {message.text}")

    def _asked(self, url: str) -> None:
        if not url.startswith((self.base, "blob:", "data:")):
            self.found.append(f"asked another host: {url}")

    def unexpected(self) -> list[str]:
        return [trouble for trouble in self.found if not trouble.startswith(tuple(self.expected))]


@contextmanager
def visiting(
    browser: Browser,
    base: str,
    size: dict[str, int] = DESKTOP,
    scheme: Scheme = "light",
    *,
    first: bool = False,
) -> Iterator[tuple[Page, Troubles]]:
    """A page of a new visitor; at the end nothing unexpected may have happened in it.

    The visitor has no cookies and nothing stored, but the shop's scripts are in the browser's cache, unless this is
    the browser's `first` visit.
    """
    troubles = Troubles(base)
    kept = _contexts.setdefault(browser, {})
    context = None if first else kept.pop(base, None)
    context = context or _new_context(browser, base)
    page = context.new_page()
    context.new_cdp_session(page).send(
        "Storage.clearDataForOrigin", {"origin": base, "storageTypes": "local_storage,indexeddb"}
    )
    page.set_viewport_size(size)  # type: ignore[arg-type]
    page.emulate_media(color_scheme=scheme)
    troubles.watch(page)
    watch_requests(page)
    page.on("dialog", lambda dialog: dialog.accept())
    try:
        yield page, troubles
        assert troubles.unexpected() == []
    except BaseException as failure:
        screenshot(page, "failed")
        failure.add_note(f"At {page.url}, a page that complained of {troubles.found}")
        context.close()
        raise
    if first or base in kept:
        context.close()
    else:
        _leave(context)
        kept[base] = context


def _new_context(browser: Browser, base: str) -> BrowserContext:
    context = browser.new_context(base_url=base, accept_downloads=True)
    context.set_default_timeout(15_000)
    context.add_init_script(_WATCH_POLICY)
    return context


def _leave(context: BrowserContext) -> None:
    """Close the visitor's pages, and remove what the browser keeps of the visitor."""
    for each in context.pages:
        each.close()
    context.clear_cookies()
    context.clear_permissions()


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


def register(page: Page, username: str) -> None:
    """Create an account and log in to it, without the forms."""
    page.goto("/robots.txt")
    account = {"username": username, "password": PASSWORD}
    answer = page.context.request.post("/api/auth/signup", data=account)
    assert answer.ok, answer.text()
    log_in(page, username)


def log_in(page: Page, username: str) -> None:
    """Give the page a session, without the form."""
    page.goto("/robots.txt")
    base = page.url.removesuffix("/robots.txt")
    if (base, username) not in _sessions:
        _sessions[base, username] = _new_session(page, base, username)
    cookies, user = _sessions[base, username]
    page.context.add_cookies(cookies)
    page.evaluate("user => localStorage.setItem('shop.user', user)", user)


def _new_session(page: Page, base: str, username: str) -> tuple[list[Any], str]:
    account = {"username": username, "password": PASSWORD}
    answer = page.context.request.post("/session", data=account, headers={"X-Shop-Page": "1"})
    assert answer.ok, answer.text()
    return list(page.context.cookies([f"{base}/api", f"{base}/session"])), json.dumps(answer.json()["user"])


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
    """Show a view of the administration to its owner."""
    log_in(page, "owner")
    show(page, f"/admin/{view}" if view else "/admin")


def enter_admin_by_form(page: Page, username: str) -> None:
    show(page, "/admin/login")
    page.get_by_label("Username or email").fill(username)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def screenshot(page: Page, name: str, *, full: bool = False) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=full)


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
