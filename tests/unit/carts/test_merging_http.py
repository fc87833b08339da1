"""A guest logs in: the guest's cart is merged into the account's, once."""

import asyncio
from typing import Any

import httpx
import pytest

from shop.domain.errors import Unavailable
from shop.testing import PASSWORD, ShopHarness
from tests.unit.shopping import Json, a_guest, a_name, new_product, new_promo_code, refused

pytestmark = pytest.mark.anyio


async def add(client: httpx.AsyncClient, product: Json, quantity: int = 1) -> None:
    body = {"itemId": product["id"], "quantity": quantity}
    (await client.post("/api/cart/items", json=body)).raise_for_status()


async def log_in(shop: ShopHarness, username: str, guest: httpx.AsyncClient | None = None) -> Json:
    body = {"username": username, "password": PASSWORD}
    if guest is not None:
        body["cartToken"] = guest.headers["cart-token"]
    answer = await shop.client.post("/api/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def cart_of(client: httpx.AsyncClient) -> Json:
    return dict((await client.get("/api/cart")).json())


def quantities(cart: Json) -> dict[str, int]:
    return {item["itemId"]: item["quantity"] for item in cart["items"]}


@pytest.fixture
async def name() -> str:
    return a_name("ada")


@pytest.fixture
async def ada(shop: ShopHarness, name: str) -> httpx.AsyncClient:
    return await shop.customer(name)


async def test_a_login_merges_the_guests_lines(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, name: str
) -> None:
    mug, pen = await new_product(admin), await new_product(admin)
    guest = await a_guest(shop)
    await add(ada, mug, 2)
    await add(guest, mug, 3)
    await add(guest, pen)
    assert (await log_in(shop, name, guest))["cart"] == {"merged": True, "adjusted": []}
    assert quantities(await cart_of(ada)) == {mug["id"]: 5, pen["id"]: 1}
    refused(await guest.get("/api/cart"), 401, "UNKNOWN_CART_TOKEN")


async def test_a_cart_is_merged_once(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, name: str
) -> None:
    mug, guest = await new_product(admin), await a_guest(shop)
    await add(guest, mug, 2)
    logins = await asyncio.gather(*(log_in(shop, name, guest) for _ in range(6)))
    assert sum("cart" in login for login in logins) == 1
    assert "cart" not in await log_in(shop, name, guest)
    assert quantities(await cart_of(ada)) == {mug["id"]: 2}


async def test_sign_up_and_refresh_merge_too(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    mug, first, second = await new_product(admin), await a_guest(shop), await a_guest(shop)
    await add(first, mug)
    await add(second, mug)
    username = a_name("new")
    body = {"username": username, "password": PASSWORD, "cartToken": first.headers["cart-token"]}
    signed_up = await shop.client.post("/api/auth/signup", json=body)
    assert signed_up.json()["cart"] == {"merged": True, "adjusted": []}
    login = await log_in(shop, username)
    refreshed = await shop.client.post(
        "/api/auth/refresh",
        json={"refreshToken": login["refreshToken"], "cartToken": second.headers["cart-token"]},
    )
    assert refreshed.json()["cart"] == {"merged": True, "adjusted": []}
    client = await shop.open_client({"Authorization": f"Bearer {refreshed.json()['accessToken']}"})
    assert quantities(await cart_of(client)) == {mug["id"]: 2}


async def test_quantities_are_capped_at_the_stock_and_999(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, name: str
) -> None:
    few, many = await new_product(admin, stock=5), await new_product(admin, stock=5000)
    gone = await new_product(admin)
    guest = await a_guest(shop)
    for client in (ada, guest):
        await add(client, few, 3)
        await add(client, many, 600)
    await add(guest, gone, 2)
    await admin.delete(f"/api/products/{gone['id']}")
    merged = (await log_in(shop, name, guest))["cart"]
    assert merged["adjusted"] == [
        {"itemId": few["id"], "wanted": 6, "got": 5},
        {"itemId": many["id"], "wanted": 1200, "got": 999},
        {"itemId": gone["id"], "wanted": 2, "got": 0},
    ]
    assert quantities(await cart_of(ada)) == {few["id"]: 5, many["id"]: 999}


async def test_a_sold_out_line_is_dropped(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, name: str
) -> None:
    mug, guest = await new_product(admin, stock=5), await a_guest(shop)
    await add(ada, mug)
    await add(guest, mug)
    await admin.post(f"/api/products/{mug['id']}/stock", json={"change": -5})
    merged = (await log_in(shop, name, guest))["cart"]
    assert merged["adjusted"] == [{"itemId": mug["id"], "wanted": 2, "got": 0}]
    assert quantities(await cart_of(ada)) == {}


async def test_the_accounts_promo_code_wins(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, name: str
) -> None:
    first, second = await new_promo_code(admin), await new_promo_code(admin)
    for code in (first, second):
        guest = await a_guest(shop)
        await guest.put("/api/cart/promo-code", json={"promoCode": code})
        await log_in(shop, name, guest)
        assert (await cart_of(ada))["promoCode"] == first


@pytest.mark.parametrize("token", ["unknown", "", "x" * 512])
async def test_unknown_tokens_are_ignored(
    shop: ShopHarness, ada: httpx.AsyncClient, name: str, token: str
) -> None:
    body = {"username": name, "password": PASSWORD, "cartToken": token}
    answer = await shop.client.post("/api/auth/login", json=body)
    assert answer.status_code == 200
    assert "cart" not in answer.json()


async def test_a_wrong_password_merges_nothing(
    shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, name: str
) -> None:
    mug, guest = await new_product(admin), await a_guest(shop)
    await add(guest, mug)
    body = {"username": name, "password": "wrong-password", "cartToken": guest.headers["cart-token"]}
    assert (await shop.client.post("/api/auth/login", json=body)).status_code == 401
    assert quantities(await cart_of(guest)) == {mug["id"]: 1}
    assert quantities(await cart_of(ada)) == {}


async def test_a_failed_merge_keeps_login_and_token_valid(
    shop: ShopHarness,
    admin: httpx.AsyncClient,
    ada: httpx.AsyncClient,
    name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    mug, guest = await new_product(admin), await a_guest(shop)
    await add(guest, mug)

    async def fail(*_: Any) -> None:
        raise Unavailable("the database went away")

    with monkeypatch.context() as patch:
        patch.setattr(shop.container.carts.merge_carts(), "_merge", fail)
        login = await log_in(shop, name, guest)
    assert "cart" not in login
    assert login["accessToken"]
    assert quantities(await cart_of(guest)) == {mug["id"]: 1}
    assert (await log_in(shop, name, guest))["cart"]["merged"] is True
    assert quantities(await cart_of(ada)) == {mug["id"]: 1}
