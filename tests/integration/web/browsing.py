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

_contexts: Final[WeakKeyDictionary[Browser, dict[str, BrowserContext]]] = WeakKeyDictionary()
"""Where the visits to each shop take place, one after another."""

_sessions: Final[dict[tuple[str, str], tuple[list[Any], str]]] = {}
"""The cookies of sessions, and the user as the pages remember it, by the shop's address and the username."""

_under_way: Final[WeakKeyDictionary[Page, set[Request]]] = WeakKeyDictionary()
"""The requests of each page that have not been answered yet."""

Scheme = Literal["light", "dark"]

_COLORS: Final = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""The rules that judge colors."""
_REMEMBER_LOOKS: Final = """() => {
  window.looksOf = (element) => {
    const style = getComputedStyle(element);
    const large = parseFloat(style.fontSize) >= (style.fontWeight >= 700 ? 18.66 : 24);
    return [element.checkVisibility({ visibilityProperty: true, opacityProperty: true }), large, style.opacity,
      style.color, style.backgroundColor, style.backgroundImage, style.textDecorationLine, style.position].join();
  };
  window.looks = new Map([...document.body.querySelectorAll("*")].map((each) => [each, looksOf(each)]));
}"""
"""Remembers of each element what decides how its text and its background are colored."""
_RUN_AXE: Final = """async ([options, amongChanged]) => {
  const changed = amongChanged && [...looks].flatMap(([element, before]) =>
    element.isConnected && looksOf(element) !== before ? [element] : []);
  if (changed && changed.length === 0) return [];
  const results = await axe.run(changed || document, { resultTypes: ["violations"], preload: false, ...options });
  return results.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => [id, html]));
}"""
"""Returns the rules that are violated, and the markup that violates them."""
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


def accessibility_faults(page: Page) -> list[str]:
    """Return the violations that axe-core finds, of any impact, and whether the page scrolls sideways, one line each.

    Every rule judges the view as large as it is and light, and at the other size and dark. Of what looks the same at
    both sizes, colors are judged once in each scheme. Leaves the page light and as large as it was.
    """
    size = page.viewport_size
    assert size is not None
    other = DESKTOP if size["width"] == PHONE["width"] else PHONE
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe_core().read_text())
    faults = _faults_of(page, "light", {})
    page.evaluate(_REMEMBER_LOOKS)
    page.set_viewport_size(other)  # type: ignore[arg-type]
    faults += _faults_of(page, "light", _COLORS, among_changed=True)
    page.emulate_media(color_scheme="dark")
    faults += _faults_of(page, "dark", {})
    page.evaluate(_REMEMBER_LOOKS)
    page.set_viewport_size(size)
    faults += _faults_of(page, "dark", _COLORS, among_changed=True)
    page.emulate_media(color_scheme="light")
    page.evaluate(_REDRAW)
    return faults


def _faults_of(
    page: Page, scheme: Scheme, options: dict[str, Any], *, among_changed: bool = False
) -> list[str]:
    page.evaluate(_REDRAW)
    where = f"{page.url} {page.viewport_size} {scheme}"
    found: list[list[str]] = page.evaluate(_RUN_AXE, [options, among_changed])
    faults = [f"{where} {rule} {html[:160]}" for rule, html in found]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        faults.append(f"{where} scrolls sideways")
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
