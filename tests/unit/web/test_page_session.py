"""The pages' session: tokens in cookies that only the shop's own pages can use."""

from datetime import timedelta
from http.cookies import SimpleCookie

import httpx
import pytest

from shop.testing import BASE_URL, PASSWORD, ShopHarness, shop_harness
from tests.unit.shopping import a_name, new_product, refused

pytestmark = pytest.mark.anyio

PAGE = {"X-Shop-Page": "1", "Sec-Fetch-Site": "same-origin", "Origin": BASE_URL}
STRANGERS = [
    pytest.param({}, id="without the header"),
    pytest.param({**PAGE, "Sec-Fetch-Site": "cross-site"}, id="of another site"),
    pytest.param({**PAGE, "Sec-Fetch-Site": "same-site"}, id="of another origin of the site"),
    pytest.param({**PAGE, "Sec-Fetch-Site": "none"}, id="typed in"),
    pytest.param({"X-Shop-Page": "1", "Origin": "https://evil.example"}, id="of an old browser elsewhere"),
    pytest.param({"X-Shop-Page": "1", "Origin": "null"}, id="of a sandboxed frame"),
]


def cookies_of(answer: httpx.Response) -> SimpleCookie:
    cookies = SimpleCookie()
    for header in answer.headers.get_list("set-cookie"):
        cookies.load(header)
    return cookies


async def opened(shop: ShopHarness, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
    """A browser's client that is logged in as somebody new; it keeps cookies as a browser does."""
    username = a_name("visitor")
    await shop.customer(username)
    client = await shop.open_client(PAGE | (headers or {}))
    answer = await client.post("/session", json={"username": username, "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    assert answer.json()["user"]["username"] == username
    return client


async def test_a_session_answers_with_no_token_and_sets_guarded_cookies(shop: ShopHarness) -> None:
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
        assert not cookie["secure"]  # this request came by http
        assert cookie.value not in answer.text


async def test_a_session_speaks_for_its_user(shop: ShopHarness) -> None:
    client = await opened(shop)
    assert (await client.get("/api/cart")).status_code == 200
    assert (await client.get("/api/users?page=1")).status_code == 403


async def test_a_session_names_the_permissions_of_its_user(shop: ShopHarness) -> None:
    client = await opened(shop)
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


async def test_staff_see_inactive_variants_though_the_answer_to_visitors_is_cached(shop: ShopHarness) -> None:
    admin = await shop.admin(a_name("owner"))
    sizes = [{"options": {"Size": size}, "active": size == "M"} for size in "ML"]
    body = {"name": "Shirt", "price": 12.5, "options": ["Size"], "variants": sizes}
    product = (await admin.post("/api/products", json=body)).json()
    client = await opened(shop)
    username = (await client.put("/session")).json()["user"]["username"]
    await admin.patch(f"/api/users/{username}", json={"role": "admin"})
    await client.post("/session", json={"username": username, "password": PASSWORD})
    for address in (f"/api/products/{product['id']}", f"/api/products/by-slug/{product['slug']}"):
        shown = [(await each.get(address)).json() for each in (shop.client, client, shop.client)]
        assert [len(each["variants"]) for each in shown] == [1, 2, 1]


async def test_a_session_goes_before_a_bad_order_token(shop: ShopHarness) -> None:
    product = await new_product(await shop.admin(a_name("owner")))
    client = await opened(shop)
    order = (
        await client.post("/api/orders", json={"items": [{"itemId": product["id"], "quantity": 1}]})
    ).json()
    shown = await client.get(
        f"/api/orders/{order['order']['id']}", headers={"Order-Token": "of an older order"}
    )
    assert (shown.status_code, shown.json().get("id")) == (200, order["order"]["id"])


async def test_a_wrong_password_gets_the_usual_error(shop: ShopHarness) -> None:
    client = await shop.open_client(PAGE)
    answer = await client.post("/session", json={"username": "nobody-here", "password": PASSWORD})
    refused(answer, 401, "WRONG_CREDENTIALS")
    assert not cookies_of(answer)


@pytest.mark.parametrize("headers", STRANGERS)
async def test_requests_from_other_pages_cannot_use_a_session(
    shop: ShopHarness, headers: dict[str, str]
) -> None:
    client = await opened(shop)
    stranger = await shop.open_client(headers)
    stranger.cookies = client.cookies
    refused(await stranger.get("/api/cart"), 401, "UNAUTHENTICATED")
    refused(await stranger.post("/session", json={"username": "ada", "password": PASSWORD}), 403, "FORBIDDEN")
    refused(await stranger.put("/session"), 403, "FORBIDDEN")
    refused(await stranger.delete("/session"), 403, "FORBIDDEN")
    assert (await client.get("/api/cart")).status_code == 200


async def test_an_old_browser_is_known_by_the_host_of_its_origin(shop: ShopHarness) -> None:
    client = await opened(shop)
    old = await shop.open_client({"X-Shop-Page": "1", "Origin": BASE_URL})
    old.cookies = client.cookies
    assert (await old.get("/api/cart")).status_code == 200


async def test_a_bearer_token_takes_precedence_over_the_cookie(shop: ShopHarness) -> None:
    client = await opened(shop)
    answer = await client.get("/api/cart", headers={"Authorization": "Bearer nonsense"})
    refused(answer, 401, "UNAUTHENTICATED")


async def test_a_session_is_renewed_and_its_old_tokens_are_spent(shop: ShopHarness) -> None:
    client = await opened(shop)
    before = dict(client.cookies)
    answer = await client.put("/session")
    assert answer.json()["user"] is not None
    assert all(client.cookies[name] != value for name, value in before.items())
    assert (await client.get("/api/cart")).status_code == 200


async def test_a_session_outlives_its_access_token() -> None:
    async with shop_harness(access_token_ttl=timedelta(minutes=5)) as shop:
        client = await opened(shop)
        shop.clock.advance(minutes=6)
        refused(await client.get("/api/cart"), 401, "UNAUTHENTICATED")
        await client.put("/session")
        assert (await client.get("/api/cart")).status_code == 200


async def test_an_ended_session_gets_401(shop: ShopHarness) -> None:
    client = await shop.open_client(PAGE)
    client.cookies.set("shop_refresh", "unknown", path="/session")
    for answer in (await client.put("/session"), await client.delete("/session")):
        assert answer.json() == {"user": None}
        assert {name: cookie["max-age"] for name, cookie in cookies_of(answer).items()} == {
            "shop_access": "0",
            "shop_refresh": "0",
        }


async def test_logging_out_ends_the_tokens_too(shop: ShopHarness) -> None:
    client = await opened(shop)
    access = client.cookies["shop_access"]
    assert (await client.delete("/session")).json() == {"user": None}
    assert not dict(client.cookies)
    answer = await shop.client.get("/api/cart", headers={"Authorization": f"Bearer {access}"})
    refused(answer, 401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("proxies", "protocol", "secure"),
    [(("127.0.0.1",), "https", True), (("127.0.0.1",), "https, http", False), ((), "https", False)],
)
async def test_cookies_are_secure_when_a_trusted_proxy_was_asked_by_https(
    proxies: tuple[str, ...], protocol: str, *, secure: bool
) -> None:
    async with shop_harness(trusted_proxies=proxies) as shop:
        await shop.customer("proxied")
        client = await shop.open_client(PAGE | {"X-Forwarded-Proto": protocol})
        answer = await client.post("/session", json={"username": "proxied", "password": PASSWORD})
        assert all(bool(cookie["secure"]) is secure for cookie in cookies_of(answer).values())
