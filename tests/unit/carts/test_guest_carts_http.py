"""Carts of guests: buyers who have no account, only a token."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import a_guest, a_name, new_customer, new_product, new_promo_code, refused

pytestmark = pytest.mark.anyio


async def test_a_new_cart_is_empty_and_its_token_is_shown_once(shop: ShopHarness) -> None:
    made = await shop.client.post("/api/carts")
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store"
    body = made.json()
    assert set(body) == {"cart", "cartToken"}
    assert len(body["cartToken"]) == 43
    assert body["cart"]["items"] == []
    shown = await shop.client.get("/api/cart", headers={"Cart-Token": body["cartToken"]})
    assert shown.json() == body["cart"]


async def test_a_guest_can_do_with_the_cart_what_a_customer_can(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    guest, product = await a_guest(shop), await new_product(admin)
    item = {"itemId": product["id"], "quantity": 2}
    added = await guest.post("/api/cart/items", json=item)
    assert (added.status_code, added.json()["total"]) == (200, 25)
    path = f"/api/cart/items/{product['id']}"
    assert (await guest.patch(path, json={"quantity": 3})).json()["total"] == 37.5
    code = await new_promo_code(admin, 10)
    coded = await guest.put("/api/cart/promo-code", json={"promoCode": code})
    assert coded.json()["total"] == 33.75
    assert (await guest.delete("/api/cart/promo-code")).json()["promoCode"] is None
    assert (await guest.delete(path)).json()["items"] == []
    await guest.post("/api/cart/items", json=item)
    assert (await guest.delete("/api/cart")).json()["items"] == []


async def test_a_guests_cart_has_etags(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    guest, product = await a_guest(shop), await new_product(admin)
    etag = (await guest.get("/api/cart")).headers["etag"]
    await guest.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    assert (await guest.delete("/api/cart", headers={"If-Match": etag})).status_code == 412


async def test_guests_do_not_share_a_cart(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    first, second, product = await a_guest(shop), await a_guest(shop), await new_product(admin)
    await first.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
    assert (await second.get("/api/cart")).json()["items"] == []


@pytest.mark.parametrize("token", ["", "x", "Ω".encode(), "x" * 5000])
async def test_an_unknown_token_gets_401(shop: ShopHarness, token: str | bytes) -> None:
    answer = await shop.client.get("/api/cart", headers={"Cart-Token": token})
    refused(answer, 401, "UNKNOWN_CART_TOKEN")


async def test_white_space_around_a_token_does_not_count(shop: ShopHarness) -> None:
    guest = await a_guest(shop)
    padded = {"Cart-Token": f" {guest.headers['cart-token']}\t"}
    assert (await shop.client.get("/api/cart", headers=padded)).status_code == 200


async def test_a_cart_needs_a_login_or_a_token(shop: ShopHarness) -> None:
    refused(await shop.client.get("/api/cart"), 401, "UNAUTHENTICATED")


async def test_with_a_login_the_cart_token_is_ignored(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    guest, ada, product = await a_guest(shop), await new_customer(shop), await new_product(admin)
    token = {"Cart-Token": guest.headers["cart-token"]}
    await ada.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1}, headers=token)
    assert (await guest.get("/api/cart")).json()["items"] == []
    assert (await ada.get("/api/cart", headers={"Cart-Token": "unknown"})).json()["total"] == 12.5
    broken = await shop.client.get("/api/cart", headers={**token, "Authorization": "Bearer broken"})
    refused(broken, 401, "UNAUTHENTICATED")


async def test_a_cart_token_is_no_login(shop: ShopHarness) -> None:
    guest = await a_guest(shop)
    for path in ("/api/auth/me", "/api/orders?page=1", "/api/users/me/addresses"):
        refused(await guest.get(path), 401, "UNAUTHENTICATED")


async def test_idempotency_keys_belong_to_the_cart(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    first, second, product = await a_guest(shop), await a_guest(shop), await new_product(admin)
    item, key = {"itemId": product["id"], "quantity": 1}, {"Idempotency-Key": a_name("key")}
    answers = [
        await guest.post("/api/cart/items", json=item, headers=key) for guest in (first, first, second)
    ]
    assert [answer.headers.get("idempotent-replayed") for answer in answers] == [None, "true", None]
    assert answers[1].content == answers[0].content
    assert answers[2].json()["items"][0]["quantity"] == 1
    other = await first.post("/api/cart/items", json={**item, "quantity": 2}, headers=key)
    refused(other, 422, "IDEMPOTENCY_KEY_REUSED")


async def test_an_idempotency_key_without_a_caller_is_ignored(shop: ShopHarness) -> None:
    key = {"Idempotency-Key": a_name("key")}
    made = [(await shop.client.post("/api/carts", headers=key)).json() for _ in range(2)]
    assert made[0]["cartToken"] != made[1]["cartToken"]


async def test_new_carts_are_limited_per_hour_and_network() -> None:
    async with shop_harness(guest_carts_per_hour=3, trusted_proxies=("127.0.0.1",)) as shop:

        async def new(address: str) -> httpx.Response:
            return await shop.client.post("/api/carts", headers={"X-Forwarded-For": address})

        one, same = "2001:db8::1", "2001:db8::2"
        answers = await asyncio.gather(*(new(address) for address in (one, same, one, same)))
        assert sorted(answer.status_code for answer in answers) == [201, 201, 201, 429]
        refused(await new(one), 429, "TOO_MANY")
        assert 0 < int((await new(one)).headers["retry-after"]) <= 3601
        assert (await new("2001:db8:0:1::1")).status_code == 201
        shop.clock.advance(hours=1)
        assert (await new(one)).status_code == 201


async def test_a_shop_without_guests_refuses_new_carts_only() -> None:
    async with shop_harness(guests=False) as shop:
        refused(await shop.client.post("/api/carts"), 403, "GUESTS_OFF")


async def test_a_shop_without_secret_keys_says_so_before_a_guest_fills_a_cart() -> None:
    async with shop_harness(secret_keys=()) as shop:
        refused(await shop.client.post("/api/carts"), 409, "SECRET_KEYS_MISSING")


async def test_carts_that_no_guest_changes_are_deleted() -> None:
    async with shop_harness(cart_lifetime=timedelta(days=2)) as shop:
        admin = await shop.admin()
        product = await new_product(admin)
        left, used = await a_guest(shop), await a_guest(shop)
        purge = shop.container.carts.purge_guest_carts()
        shop.clock.advance(days=1)
        await used.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
        shop.clock.advance(days=1, seconds=1)
        while await purge():
            pass
        refused(await left.get("/api/cart"), 401, "UNKNOWN_CART_TOKEN")
        refused(
            await left.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1}),
            401,
            "UNKNOWN_CART_TOKEN",
        )
        assert (await used.get("/api/cart")).json()["total"] == 12.5
