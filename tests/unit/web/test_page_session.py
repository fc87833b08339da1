"""The pages' session: tokens in cookies that only the shop's own pages can use."""

from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pytest

from shop.testing import BASE_URL, PASSWORD, ShopHarness, shop_harness
from tests.unit.shopping import a_name, new_product, refused

pytestmark = pytest.mark.anyio

PAGE = {"X-Shop-Page": "1", "Sec-Fetch-Site": "same-origin", "Origin": BASE_URL}
FOREIGN_REQUESTS = [
    pytest.param({}, id="no page header"),
    pytest.param({**PAGE, "Sec-Fetch-Site": "cross-site"}, id="other site"),
    pytest.param({**PAGE, "Sec-Fetch-Site": "same-site"}, id="other origin of the same site"),
    pytest.param({**PAGE, "Sec-Fetch-Site": "none"}, id="typed address"),
    pytest.param(
        {"X-Shop-Page": "1", "Origin": "https://evil.example"}, id="other origin, no Sec-Fetch-Site"
    ),
    pytest.param({"X-Shop-Page": "1", "Origin": "null"}, id="sandboxed frame"),
]


def cookies_of(answer: httpx.Response) -> SimpleCookie:
    cookies = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        cookies.load(header)
    return cookies


async def logged_in(shop: ShopHarness, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    """Return the client of a page that is logged in as a new customer; it keeps cookies as a browser does."""
    username = a_name("visitor")
    await shop.customer(username)
    client = await shop.open_client(PAGE | (headers or {}))
    answer = await client.post("/session", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"]["username"] == username
    return client


async def test_logging_in_returns_no_token_and_sets_http_only_cookies(shop: ShopHarness) -> None:
    await shop.customer("cookie-reader")
    client = await shop.open_client(PAGE)
    answer = await client.post("/session", json={"username": "cookie-reader", "password": PASSWORD})
    assert answer.json().keys() == {"user"}
    assert answer.headers["cache-control"] == "no-store"
    cookies = cookies_of(answer)
    assert {name: cookie["path"] for name, cookie in cookies.items()} == {
        "shop_access": "/api",
        "shop_refresh": "/session",
    }
    for cookie in cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Strict"
        assert not cookie["secure"]  # this request came over HTTP
        assert cookie.value not in answer.text


async def test_a_session_authenticates_its_user(shop: ShopHarness) -> None:
    client = await logged_in(shop)
    assert (await client.get("/api/cart")).status_code == 200
    assert (await client.get("/api/users?page=1")).status_code == 403


async def test_a_renewed_session_lists_the_current_permissions_of_its_user(shop: ShopHarness) -> None:
    client = await logged_in(shop)
    assert (await client.put("/session")).json()["user"]["permissions"] == []
    admin = await shop.admin(a_name("owner"))
    role = {"name": a_name("packers"), "permissions": ["orders:write"]}
    assert (await admin.post("/api/admin/roles", json=role)).status_code == 201
    username = (await client.put("/session")).json()["user"]["username"]
    await admin.patch(f"/api/users/{username}", json={"role": role["name"]})
    user = (await client.put("/session")).json()["user"]
    assert user["role"] == role["name"]
    assert user["permissions"] == ["orders:read", "orders:write"]
    assert user["mustSetUpSecondFactor"] is False


async def test_staff_see_inactive_variants_even_if_the_visitors_response_is_cached(shop: ShopHarness) -> None:
    admin = await shop.admin(a_name("owner"))
    sizes = [{"options": {"Size": size}, "active": size == "M"} for size in "ML"]
    body = {"name": "Shirt", "price": 12.5, "options": ["Size"], "variants": sizes}
    product = (await admin.post("/api/products", json=body)).json()
    client = await logged_in(shop)
    username = (await client.put("/session")).json()["user"]["username"]
    await admin.patch(f"/api/users/{username}", json={"role": "admin"})
    await client.post("/session", json={"username": username, "password": PASSWORD})
    for address in (f"/api/products/{product['id']}", f"/api/products/by-slug/{product['slug']}"):
        shown = [(await each.get(address)).json() for each in (shop.client, client, shop.client)]
        assert [len(each["variants"]) for each in shown] == [1, 2, 1]


async def test_a_session_takes_precedence_over_an_invalid_order_token(shop: ShopHarness) -> None:
    product = await new_product(await shop.admin(a_name("owner")))
    client = await logged_in(shop)
    order = (
        await client.post("/api/orders", json={"items": [{"itemId": product["id"], "quantity": 1}]})
    ).json()
    shown = await client.get(
        f"/api/orders/{order['order']['id']}", headers={"Order-Token": "of an older order"}
    )
    assert (shown.status_code, shown.json().get("id")) == (200, order["order"]["id"])


async def test_wrong_credentials_get_401_and_no_cookies(shop: ShopHarness) -> None:
    client = await shop.open_client(PAGE)
    username = a_name("visitor")
    await shop.customer(username)
    for credentials in (
        {"username": "unknown-user", "password": PASSWORD},
        {"username": username, "password": f"not {PASSWORD}"},
    ):
        answer = await client.post("/session", json=credentials)
        refused(answer, 401, "WRONG_CREDENTIALS")
        assert not cookies_of(answer)


@pytest.mark.parametrize("headers", FOREIGN_REQUESTS)
async def test_requests_from_other_pages_cannot_use_a_session(
    shop: ShopHarness, headers: dict[str, str]
) -> None:
    client = await logged_in(shop)
    stranger = await shop.open_client(headers)
    stranger.cookies = client.cookies
    refused(await stranger.get("/api/cart"), 401, "UNAUTHENTICATED")
    refused(await stranger.post("/session", json={"username": "ada", "password": PASSWORD}), 403, "FORBIDDEN")
    refused(await stranger.put("/session"), 403, "FORBIDDEN")
    refused(await stranger.delete("/session"), 403, "FORBIDDEN")
    assert (await client.get("/api/cart")).status_code == 200


async def test_a_page_without_sec_fetch_site_is_accepted_by_its_origin(shop: ShopHarness) -> None:
    client = await logged_in(shop)
    old = await shop.open_client({"X-Shop-Page": "1", "Origin": BASE_URL})
    old.cookies = client.cookies
    assert (await old.get("/api/cart")).status_code == 200


async def test_a_bearer_token_takes_precedence_over_the_cookie(shop: ShopHarness) -> None:
    client = await logged_in(shop)
    answer = await client.get("/api/cart", headers={"Authorization": "Bearer nonsense"})
    refused(answer, 401, "UNAUTHENTICATED")


async def test_reusing_the_refresh_token_of_a_renewed_session_revokes_it(shop: ShopHarness) -> None:
    client = await logged_in(shop)
    before = dict(client.cookies)
    answer = await client.put("/session")
    assert answer.json()["user"] is not None
    assert before.keys() == {"shop_access", "shop_refresh"}
    assert all(client.cookies[name] != value for name, value in before.items())
    assert (await client.get("/api/cart")).status_code == 200
    shop.clock.advance(seconds=31)  # past the grace period for reuse
    thief = await shop.open_client(PAGE)
    thief.cookies.set("shop_refresh", before["shop_refresh"], path="/session")
    assert (await thief.put("/session")).json() == {"user": None}
    refused(await client.get("/api/cart"), 401, "UNAUTHENTICATED")


async def test_a_session_outlives_its_access_token() -> None:
    async with shop_harness(access_token_ttl=timedelta(minutes=5)) as shop:
        client = await logged_in(shop)
        shop.clock.advance(minutes=6)
        refused(await client.get("/api/cart"), 401, "UNAUTHENTICATED")
        await client.put("/session")
        assert (await client.get("/api/cart")).status_code == 200


async def test_an_unknown_refresh_token_gets_no_user_and_expires_the_cookies(shop: ShopHarness) -> None:
    client = await shop.open_client(PAGE)
    client.cookies.set("shop_refresh", "unknown", path="/session")
    for answer in (await client.put("/session"), await client.delete("/session")):
        assert answer.json() == {"user": None}
        assert {name: cookie["max-age"] for name, cookie in cookies_of(answer).items()} == {
            "shop_access": "0",
            "shop_refresh": "0",
        }


async def test_logging_out_revokes_the_access_token(shop: ShopHarness) -> None:
    client = await logged_in(shop)
    access = client.cookies["shop_access"]
    assert (await client.delete("/session")).json() == {"user": None}
    assert not dict(client.cookies)
    answer = await shop.client.get("/api/cart", headers={"Authorization": f"Bearer {access}"})
    refused(answer, 401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("proxies", "protocol", "secure"),
    [(("127.0.0.1",), "https", True), (("127.0.0.1",), "https, http", False), ((), "https", False)],
)
async def test_cookies_are_secure_if_a_trusted_proxy_was_reached_over_https(
    proxies: tuple[str, ...], protocol: str, *, secure: bool
) -> None:
    async with shop_harness(trusted_proxies=proxies) as shop:
        await shop.customer("proxied")
        client = await shop.open_client(PAGE | {"X-Forwarded-Proto": protocol})
        answer = await client.post("/session", json={"username": "proxied", "password": PASSWORD})
        assert [bool(cookie["secure"]) for cookie in cookies_of(answer).values()] == [secure, secure]
