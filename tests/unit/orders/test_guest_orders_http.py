"""Guests buy without an account, and access their orders with a token."""

from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.shopping import (
    Json,
    a_guest,
    a_name,
    new_customer,
    new_product,
    new_promo_code,
    new_staff,
    refused,
    stock_of,
)

pytestmark = pytest.mark.anyio

CONTACT = {"email": "guest@example.org"}


async def bought(
    guest: httpx.AsyncClient, product: Json, key: str | None = None, **fields: Any
) -> httpx.Response:
    body = {"items": [{"itemId": product["id"], "quantity": 1}], "contact": CONTACT, **fields}
    return await guest.post("/api/orders", json=body, headers={"Idempotency-Key": key} if key else {})


async def placed(shop: ShopHarness, product: Json, **fields: Any) -> tuple[Json, httpx.AsyncClient]:
    """A new guest's order, and a client with its order token."""
    answer = await bought(await a_guest(shop), product, **fields)
    assert answer.status_code == 201, answer.text
    return answer.json()["order"], await holder(shop, answer.json()["orderToken"])


async def holder(shop: ShopHarness, token: str) -> httpx.AsyncClient:
    return await shop.open_client({"Order-Token": token})


class TestCheckout:
    async def test_a_guest_checks_the_cart_out(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        guest, product = await a_guest(shop), await new_product(admin, stock=5)
        await guest.post("/api/cart/items", json={"itemId": product["id"], "quantity": 2})
        answer = await guest.post("/api/cart/checkout", json={"contact": CONTACT})
        assert answer.status_code == 201
        assert set(answer.json()) == {"order", "orderToken"}
        order = answer.json()["order"]
        assert (order["status"], order["total"]) == ("pending", 25)
        assert order["payment"]["clientSecret"]
        assert (await guest.get("/api/cart")).json()["items"] == []
        assert await stock_of(admin, product) == 3

    @pytest.mark.parametrize("contact", [None, {}, {"name": "Ada"}, {"email": " "}])
    async def test_a_guest_must_leave_an_email_address(
        self, shop: ShopHarness, admin: httpx.AsyncClient, contact: Json | None
    ) -> None:
        guest, product = await a_guest(shop), await new_product(admin)
        details = refused(await bought(guest, product, contact=contact), 400, "VALIDATION_FAILED")
        assert details == {"contact.email": "is required without an account"}

    async def test_a_guest_has_no_saved_addresses(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        answer = await bought(await a_guest(shop), await new_product(admin), addressId=a_name("id"))
        assert "addressId" in refused(answer, 400, "VALIDATION_FAILED")

    async def test_a_customers_answer_has_no_token(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        answer = await bought(await new_customer(shop), await new_product(admin))
        assert set(answer.json()) == {"order"}

    async def test_a_free_order_has_a_token_too(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        code = await new_promo_code(admin, 100)
        order, client = await placed(shop, await new_product(admin), promoCode=code)
        assert order["status"] == "paid"
        assert (await client.get(f"/api/orders/{order['id']}")).json()["status"] == "paid"


class TestReplays:
    async def test_only_a_replay_shows_the_token_again(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        guest, product, key = await a_guest(shop), await new_product(admin, stock=5), a_name("key")
        first = await bought(guest, product, key)
        again = await bought(guest, product, key)
        assert again.headers["idempotent-replayed"] == "true"
        assert again.content == first.content
        assert await stock_of(admin, product) == 4
        token, order = first.json()["orderToken"], first.json()["order"]
        client, path = await holder(shop, token), f"/api/orders/{order['id']}"
        for answer in (
            await client.get(path),
            await client.post(f"{path}/payment"),
            await client.post(f"{path}/cancel"),
        ):
            assert answer.status_code == 200
            assert token not in answer.text

    async def test_the_stored_answer_is_encrypted(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        guest, key = await a_guest(shop), a_name("key")
        token = (await bought(guest, await new_product(admin), key)).json()["orderToken"]
        stored = [
            row.record.answer
            for row in shop.container.storage.store.tables["idempotency_keys"].values()  # type: ignore[attr-defined]
            if row.key == key
        ]
        assert len(stored) == 1
        assert token.encode() not in stored[0]

    async def test_a_request_that_died_is_finished_with_a_token_that_works(
        self, shop: ShopHarness, admin: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        guest, product, key = await a_guest(shop), await new_product(admin, stock=5), a_name("key")

        async def die(*_: object) -> None:
            raise RuntimeError("the process died")

        with monkeypatch.context() as patch:
            patch.setattr(shop.container.payments.open_payment(), "of_new_order", die)
            assert (await bought(guest, product, key)).status_code == 500
        shop.clock.advance(minutes=2)
        finished = await bought(guest, product, key)
        assert finished.status_code == 201
        client = await holder(shop, finished.json()["orderToken"])
        assert (await client.get(f"/api/orders/{finished.json()['order']['id']}")).status_code == 200
        assert await stock_of(admin, product) == 4
        assert (await bought(guest, product, key)).content == finished.content

    async def test_an_answer_that_can_not_be_decrypted_is_gone(self) -> None:
        async with shop_harness() as shop:
            product = await new_product(await shop.admin())
            guest, key = await a_guest(shop), a_name("key")
            await bought(guest, product, key)
            async with shop_harness(storage=shop.container.storage, secret_keys=("x" * 32,)) as later:
                same = await later.open_client(dict(guest.headers))
                refused(await bought(same, product, key), 409, "ANSWER_GONE")
                assert (await later.client.get(f"/api/products/{product['id']}")).json()["stock"] == 9

    async def test_without_secret_keys_an_idempotency_key_is_refused_first(self) -> None:
        async with shop_harness() as shop:
            product = await new_product(await shop.admin())
            guest = await a_guest(shop)
            async with shop_harness(storage=shop.container.storage, secret_keys=()) as later:
                same = await later.open_client(dict(guest.headers))
                refused(await bought(same, product, a_name("key")), 409, "SECRET_KEYS_MISSING")
                assert (await later.client.get(f"/api/products/{product['id']}")).json()["stock"] == 10
                assert (await bought(same, product)).status_code == 201


class TestOrderTokens:
    async def test_the_token_shows_pays_and_cancels_the_order(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        product = await new_product(admin, stock=5)
        order, client = await placed(shop, product)
        path = f"/api/orders/{order['id']}"
        shown = (await client.get(path)).json()
        assert shown == order
        assert (await client.get(path, headers={"If-None-Match": "*"})).status_code == 304
        again = await client.post(f"{path}/payment")
        assert again.json()["order"]["payment"]["clientSecret"] == order["payment"]["clientSecret"]
        cancelled = await client.post(f"{path}/cancel")
        assert cancelled.json()["order"]["status"] == "cancelled"
        assert await stock_of(admin, product) == 5
        history = cancelled.json()["order"]["statusHistory"]
        assert history[-1]["reason"] == "cancelled by the customer"

    async def test_a_paid_order_is_refunded_when_the_guest_cancels(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        order, client = await placed(shop, await new_product(admin))
        await shop.pay(order)
        cancelled = await client.delete(f"/api/orders/{order['id']}")
        assert cancelled.json()["order"]["refundedTotal"] == 12.5

    async def test_requests_with_a_token_take_idempotency_keys(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        order, client = await placed(shop, await new_product(admin))
        for step in ("payment", "cancel"):
            path, key = f"/api/orders/{order['id']}/{step}", {"Idempotency-Key": a_name("key")}
            first, again = [await client.post(path, headers=key) for _ in range(2)]
            assert (first.status_code, again.headers["idempotent-replayed"]) == (200, "true")
            assert again.content == first.content

    @pytest.mark.parametrize("token", ["", "x", "Ω".encode(), "x" * 5000])
    async def test_a_wrong_token_finds_nothing(
        self, shop: ShopHarness, admin: httpx.AsyncClient, token: str | bytes
    ) -> None:
        order, _ = await placed(shop, await new_product(admin))
        path = f"/api/orders/{order['id']}"
        for method, route in (("GET", path), ("DELETE", path), ("POST", f"{path}/payment")):
            refused(
                await shop.client.request(method, route, headers={"Order-Token": token}), 404, "NOT_FOUND"
            )

    async def test_a_login_or_a_token_may_grant_access(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        product, ada = await new_product(admin), await new_customer(shop)
        order, client = await placed(shop, product)
        own = (await bought(ada, product)).json()["order"]
        both = {"Order-Token": client.headers["order-token"]}
        for order_id in (order["id"], own["id"]):
            assert (await ada.get(f"/api/orders/{order_id}", headers=both)).status_code == 200
        refused(await ada.get(f"/api/orders/{order['id']}"), 404, "NOT_FOUND")
        wrong = {"Order-Token": "wrong"}
        assert (await ada.get(f"/api/orders/{own['id']}", headers=wrong)).status_code == 200
        invalid = {**both, "Authorization": "Bearer invalid"}
        assert (await shop.client.get(f"/api/orders/{order['id']}", headers=invalid)).status_code == 200

    async def test_staff_see_guests_orders(self, shop: ShopHarness, admin: httpx.AsyncClient) -> None:
        order, client = await placed(shop, await new_product(admin))
        staff = await new_staff(shop, admin, "orders:read")
        assert (await staff.get(f"/api/admin/orders/{order['id']}")).json()["contact"]["email"] == CONTACT[
            "email"
        ]
        listed = (await staff.get("/api/admin/orders?page=1&limit=100")).json()["items"]
        assert [each["username"] for each in listed if each["id"] == order["id"]] == [None]
        cancelled = await admin.put(f"/api/admin/orders/{order['id']}", json={"status": "cancelled"})
        assert cancelled.json()["status"] == "cancelled"
        assert (await client.get(f"/api/orders/{order['id']}")).json()["status"] == "cancelled"

    async def test_refunds_of_guests_orders_are_listed(
        self, shop: ShopHarness, admin: httpx.AsyncClient
    ) -> None:
        order, _ = await placed(shop, await new_product(admin))
        await shop.pay(order)
        refunded = await admin.post(f"/api/admin/orders/{order['id']}/refunds", json={"amount": 1})
        assert refunded.status_code == 201
        listed = (await admin.get("/api/admin/refunds?page=1&limit=100")).json()["items"]
        assert [each["username"] for each in listed if each["orderId"] == order["id"]] == [None]
