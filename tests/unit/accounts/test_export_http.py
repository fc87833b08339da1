"""Users get everything that the shop keeps about them."""

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import a_name, buy, new_product, put_into_cart, refused

pytestmark = pytest.mark.anyio


async def test_the_export_has_account_addresses_cart_orders_and_sessions(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    name, product = a_name("ada"), await new_product(admin)
    ada = await shop.customer(name)
    address = {"name": "Ada", "line1": "1 Main St", "city": "London", "country": "GB"}
    await ada.post("/api/users/me/addresses", json=address)
    first, second = await buy(ada, product), await buy(ada, product)
    await put_into_cart(ada, product)
    again = await shop.log_in(name)
    await again.post("/api/auth/logout")
    exported = await ada.get("/api/users/me/export")
    assert exported.status_code == 200
    assert exported.headers["cache-control"] == "no-store"
    body = exported.json()
    assert body["account"] == (await ada.get("/api/auth/me")).json()
    assert [each["line1"] for each in body["addresses"]] == ["1 Main St"]
    assert body["cart"] == (await ada.get("/api/cart")).json()
    assert [each["id"] for each in body["orders"]] == [second["id"], first["id"]]
    assert [each["endedAt"] is None for each in body["sessions"]] == [True, False]
    for secret in (first["payment"]["clientSecret"], "refreshToken", "digest"):
        assert secret not in exported.text


async def test_the_export_has_exactly_the_users_orders() -> None:
    async with shop_harness() as shop:
        shop.container.accounts.export_own_data.add_kwargs(page_size=2)
        ada, bob = await shop.customer("ada"), await shop.customer("bob")
        product = await new_product(await shop.admin())
        orders = [await buy(ada, product) for _ in range(4)]
        await buy(bob, product)
        body = (await ada.get("/api/users/me/export")).json()
        assert [each["id"] for each in body["orders"]] == [order["id"] for order in reversed(orders)]


async def test_the_export_has_the_messages_to_the_user() -> None:
    async with shop_harness() as shop:
        ada = await shop.customer("ada")
        bob = await shop.customer("bob")
        for client, name in ((ada, "ada"), (bob, "bob")):
            await client.put("/api/users/me", json={"profile": {"email": f"{name}@example.com"}})
            await client.post("/api/users/me/verify-email")
        (message,) = (await ada.get("/api/users/me/export")).json()["messages"]
        assert (message["to"], message["template"]) == ("ada@example.com", "verify_email")


async def test_the_export_needs_a_login(shop: ShopHarness) -> None:
    refused(await shop.client.get("/api/users/me/export"), 401, "UNAUTHENTICATED")
