"""Safety and accessibility of the pages, in a real browser."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, expect

from tests.integration.web.accessibility import accessibility_faults
from tests.integration.web.browsing import (
    Api,
    enter_admin,
    log_in,
    register,
    settle,
    show,
    sign_up,
    visiting,
)

HOSTILE = '<img src=x onerror="window.broken = true"><script>window.broken = true</script>'


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another origin of the same site, whose page is empty."""

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Elsewhere</title>")

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_markup_in_names_is_shown_as_text(browser: Browser, base: str, admin: Api) -> None:
    fields = {"name": HOSTILE, "category": HOSTILE[:60], "description": HOSTILE, "price": 5, "stock": 5}
    fields |= {"imageUrl": "https://pictures.invalid/x.png"}
    product = admin.send("POST", "/api/products", fields)
    with visiting(browser, base) as (page, troubles):
        troubles.expected = ["asked another host: https://pictures.invalid", "error: Failed to load resource"]
        show(page, f"/product/{product['id']}")
        expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
        show(page, "/products?sorted=createdAt-desc")
        expect(page.locator("main")).to_contain_text("onerror")
        register(page, "mallory")
        show(page, "/account")
        page.get_by_label("Name").fill(HOSTILE)
        page.get_by_role("button", name="Save").click()
        page.get_by_text("Saved.").wait_for()
        enter_admin(page, "users?search=mallory")
        expect(page.get_by_role("table")).to_contain_text("onerror")
        show(page, "/admin/products?sort=createdAt&order=desc")
        expect(page.get_by_role("table")).to_contain_text("onerror")
        assert page.evaluate("window.broken") is None
    admin.send("DELETE", f"/api/products/{product['id']}")


def test_scripts_can_neither_read_the_session_nor_add_markup(browser: Browser, base: str) -> None:
    with visiting(browser, base) as (page, troubles):
        sign_up(page, "secretive")
        assert page.evaluate("document.cookie") == ""
        cookies = {
            cookie["name"]: cookie for cookie in page.context.cookies([f"{base}/api", f"{base}/session"])
        }
        assert {name: cookie["path"] for name, cookie in cookies.items()} == {
            "shop_access": "/api",
            "shop_refresh": "/session",
        }
        assert all(cookie["httpOnly"] and cookie["sameSite"] == "Strict" for cookie in cookies.values())
        kept = page.evaluate("JSON.stringify(localStorage)")
        assert not any(cookie["value"] in kept for cookie in cookies.values())
        troubles.expected = [
            "error: CSP",
            "error: This document requires",
            "error: Refused",
            "error: Executing inline",
        ]
        script = "document.createElement('div').innerHTML = '<b>x</b>'"
        assert "TrustedHTML" in page.evaluate(
            f"(() => {{ try {{ {script} }} catch (e) {{ return String(e) }} }})()"
        )


def test_a_session_outlives_its_access_token_and_ends_with_its_refresh_token(
    browser: Browser, base: str
) -> None:
    with visiting(browser, base) as (page, troubles):
        register(page, "patient")
        troubles.expected = ["error: Failed to load resource: the server responded with a status of 401"]
        page.context.clear_cookies(name="shop_access")
        show(page, "/statistics")  # asks twice at once, and spends the refresh token once
        expect(page.get_by_role("heading", level=1)).to_have_text("Your figures")
        page.context.clear_cookies()
        page.goto("/orders")
        page.get_by_role("heading", name="Log in").wait_for()
        assert page.url.endswith("/login?next=orders")
        expect(page.locator("#account-name")).to_have_text("Log in")


def test_a_page_of_another_origin_cannot_use_the_session(browser: Browser, base: str, elsewhere: str) -> None:
    ask = """async ([url, options]) => {
        try { const answer = await fetch(url, { credentials: "include", ...options }); return answer.status; }
        catch { return "blocked"; }
    }"""
    with visiting(browser, base) as (page, troubles):
        register(page, "careful")
        troubles.expected = ["asked another host", "error: "]
        page.goto(elsewhere)
        header = {"headers": {"X-Shop-Page": "1"}}
        assert page.evaluate(ask, [f"{base}/api/cart", {}]) == "blocked"
        assert page.evaluate(ask, [f"{base}/api/cart", header]) == "blocked"
        assert page.evaluate(ask, [f"{base}/session", {"method": "DELETE", **header}]) == "blocked"
        with page.expect_response(f"{base}/api/cart") as answered:
            page.evaluate(ask, [f"{base}/api/cart", {"mode": "no-cors"}])
        assert answered.value.status == 401
        with page.expect_navigation(url=f"{base}/api/orders") as posted:
            page.evaluate(
                """(url) => { const form = document.createElement("form"); form.method = "post";
                form.action = url; document.body.append(form); form.submit(); }""",
                f"{base}/api/orders",
            )
        assert posted.value.status in {401, 415}
        show(page, "/cart")
        expect(page.get_by_role("heading", level=1)).to_have_text("Cart")


def test_the_storefront_passes_the_accessibility_check(browser: Browser, base: str, admin: Api) -> None:
    product = admin.send("GET", "/api/products?page=1&limit=1&inStock=true&sort=price")["items"][0]
    views = ["", "products", "c/clothing", f"p/{product['slug']}", "login", "signup"]
    with visiting(browser, base) as (page, _):
        faults = []
        for view in views:
            show(page, f"/{view}")
            faults += accessibility_faults(page)
        register(page, "visitor")
        show(page, f"/product/{product['id']}")
        page.get_by_role("button", name="Add to cart").click()
        page.get_by_text("is in your cart").wait_for()
        faults += accessibility_faults(page)
        for view in ("cart", "checkout", "orders", "statistics", "account", "addresses"):
            show(page, f"/{view}")
            faults += accessibility_faults(page)
        show(page, "/checkout")
        for label in ("Name", "Email", "Street and number", "Postal code", "City"):
            page.get_by_label(label).fill("a@example.com")
        page.get_by_label("Country").select_option("GB")
        page.get_by_role("button", name="Order for").click()
        page.get_by_role("button", name="Pay").click()
        page.locator(".timeline .done", has_text="Paid").wait_for()
        settle(page)
        faults += accessibility_faults(page)
        show(page, "/statistics")
        faults += accessibility_faults(page)
    assert not faults, "\n".join(faults)


def test_the_administration_passes_the_accessibility_check(browser: Browser, base: str) -> None:
    """The other views are checked beside the tests of what they do."""
    with visiting(browser, base) as (page, _):
        show(page, "/admin/login")
        faults = accessibility_faults(page)
        enter_admin(page)
        settle(page)
        for view in ("", "orders", "refunds"):
            show(page, f"/admin/{view}")
            faults += accessibility_faults(page)
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("path", ["/", "/admin"])
def test_pages_are_small(browser: Browser, base: str, path: str) -> None:
    """How fast they are is measured by `make bench ARGS=budgets`."""
    with visiting(browser, base, first=True) as (page, _):
        if path == "/admin":
            log_in(page, "owner")
        sizes: list[int] = []
        page.on("requestfinished", lambda request: sizes.append(request.sizes()["responseBodySize"]))
        show(page, path)
        assert len(sizes) > 5
        assert sum(sizes) < 200_000
