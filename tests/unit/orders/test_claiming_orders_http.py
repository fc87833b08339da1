"""Claiming guests' orders, and how many of them may be unpaid."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.orders.test_guest_orders_http import CONTACT, bought, placed
from tests.unit.shopping import (
    a_guest,
    a_name,
    new_customer,
    new_product,
    new_promo_code,
    refused,
    stock_of,
)

pytestmark = pytest.mark.anyio


class TestClaiming:
    async def test_an_order_joins_the_account(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        code = await new_promo_code(admin, perCustomerLimit=1)
        order, client = await placed(shop, await new_product(admin), promoCode=code)
        await shop.pay(order)
        ada = await new_customer(shop)
        body = {"orderToken": client.headers["order-token"]}
        claimed = await ada.post("/api/orders/claim", json=body)
        assert (claimed.status_code, claimed.json()["order"]["id"]) == (200, order["id"])
        assert [each["id"] for each in (await ada.get("/api/orders?page=1")).json()["items"]] == [order["id"]]
        assert (await ada.get("/api/orders/statistics")).json()["spent"] == 11.25
        path = f"/api/orders/{order['id']}"
        assert (await ada.get(path)).json()["status"] == "paid"
        refused(await client.get(path), 404, "NOT_FOUND")
        refused(await client.post(f"{path}/cancel"), 404, "NOT_FOUND")
        details = refused(await ada.get(f"/api/promo-codes/{code}"), 409, "PROMO_CODE_NOT_APPLICABLE")
        assert details["reason"] == "customer_limit"

    async def test_an_order_claimed_before_it_was_paid_is_in_the_accounts_figures(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        order, client = await placed(shop, await new_product(admin))
        ada = await new_customer(shop)
        await ada.post("/api/orders/claim", json={"orderToken": client.headers["order-token"]})
        await shop.pay(order)
        await admin.post(f"/api/admin/orders/{order['id']}/refunds", json={"amount": 2})
        figures = (await ada.get("/api/orders/statistics")).json()
        assert (figures["orders"], figures["spent"], figures["refunded"]) == (1, 12.5, 2)

    async def test_a_second_claim_succeeds_only_for_the_same_account(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        order, client = await placed(shop, await new_product(admin))
        ada, bob = await new_customer(shop), await new_customer(shop)
        body = {"orderToken": f" {client.headers['order-token']} "}
        answers = await asyncio.gather(*(ada.post("/api/orders/claim", json=body) for _ in range(4)))
        assert [(each.status_code, each.json()["order"]["id"]) for each in answers] == [
            (200, order["id"])
        ] * 4
        refused(await bob.post("/api/orders/claim", json=body), 404, "NOT_FOUND")
        refused(await bob.post("/api/orders/claim", json={"orderToken": "unknown"}), 404, "NOT_FOUND")
        refused(await shop.client.post("/api/orders/claim", json=body), 401, "UNAUTHENTICATED")

    async def test_replays_by_the_token_end_with_a_claim(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        order, client = await placed(shop, await new_product(admin))
        path, key = f"/api/orders/{order['id']}/payment", {"Idempotency-Key": a_name("key")}
        assert (await client.post(path, headers=key)).status_code == 200
        ada = await new_customer(shop)
        await ada.post("/api/orders/claim", json={"orderToken": client.headers["order-token"]})
        refused(await client.post(path, headers=key), 404, "NOT_FOUND")


class TestLimits:
    async def test_unpaid_orders_are_limited_per_network_and_email_address(self) -> None:
        async with shop_harness(unpaid_guest_orders=2, trusted_proxies=("127.0.0.1",)) as shop:
            product = await new_product(await shop.admin(), stock=50)

            async def order(address: str, email: str) -> httpx.Response:
                guest = await a_guest(shop)
                guest.headers["X-Forwarded-For"] = address
                return await bought(guest, product, contact={"email": email})

            first = await order("192.0.2.1", "ada@example.org")
            assert (await order("192.0.2.1", "bob@example.org")).status_code == 201
            refused(await order("192.0.2.1", "eve@example.org"), 429, "TOO_MANY")
            assert (await order("192.0.2.2", "Ada@Example.ORG")).status_code == 201
            refused(await order("192.0.2.3", "ADA@example.org"), 429, "TOO_MANY")
            await shop.pay(first.json()["order"])
            assert (await order("192.0.2.3", "ada@example.org")).status_code == 201

    async def test_a_refused_order_changes_nothing(self) -> None:
        async with shop_harness(unpaid_guest_orders=1) as shop:
            admin = await shop.admin()
            product = await new_product(admin, stock=5)
            assert (await bought(await a_guest(shop), product)).status_code == 201
            guest = await a_guest(shop)
            await guest.post("/api/cart/items", json={"itemId": product["id"], "quantity": 1})
            answer = await guest.post("/api/cart/checkout", json={"contact": CONTACT})
            refused(answer, 429, "TOO_MANY")
            assert int(answer.headers["retry-after"]) > 0
            assert await stock_of(admin, product) == 4
            assert len((await guest.get("/api/cart")).json()["items"]) == 1

    async def test_cancelled_and_expired_orders_no_longer_count(self) -> None:
        async with shop_harness(unpaid_guest_orders=1, order_ttl=timedelta(minutes=5)) as shop:
            product = await new_product(await shop.admin())
            order, client = await placed(shop, product)
            await client.post(f"/api/orders/{order['id']}/cancel")
            await placed(shop, product)
            shop.clock.advance(minutes=6)
            await shop.work()
            await placed(shop, product)
            purged = await shop.container.carts.purge_guest_carts()()
            assert purged >= 2, "the sources of the cancelled and of the expired order are deleted"

    async def test_codes_limited_per_customer_know_guests_by_email_address(self) -> None:
        async with shop_harness() as shop:
            admin = await shop.admin()
            product, code = await new_product(admin), await new_promo_code(admin, perCustomerLimit=1)

            async def use(email: str) -> httpx.Response:
                return await bought(await a_guest(shop), product, promoCode=code, contact={"email": email})

            assert (await use("ada@example.org")).status_code == 201
            details = refused(await use("ADA@Example.org"), 409, "PROMO_CODE_NOT_APPLICABLE")
            assert details["reason"] == "customer_limit"
            assert (await use("bob@example.org")).status_code == 201

    async def test_a_shop_without_guests_keeps_their_order_tokens(self) -> None:
        async with shop_harness() as shop:
            product = await new_product(await shop.admin())
            guest = await a_guest(shop)
            order, client = await placed(shop, product)
            async with shop_harness(storage=shop.container.storage, guests=False) as later:
                same, token = [await later.open_client(dict(each.headers)) for each in (guest, client)]
                refused(await bought(same, product), 403, "GUESTS_OFF")
                assert (await same.get("/api/cart")).status_code == 200
                assert (await token.get(f"/api/orders/{order['id']}")).status_code == 200
                assert (await token.post(f"/api/orders/{order['id']}/cancel")).status_code == 200
