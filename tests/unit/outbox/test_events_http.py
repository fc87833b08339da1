"""The event feed: which change creates which event, its data, and who may read it."""

import httpx
import pytest

from shop.application.outbox.feed import ReadEvents
from shop.domain.outbox.event import EventType
from shop.testing import PASSWORD, ShopHarness
from tests.unit.outbox.following import FEED, Follower
from tests.unit.outbox.test_reading_events_http import principal_of
from tests.unit.shopping import (
    Json,
    a_name,
    buy,
    cancel,
    check_out,
    exact,
    new_product,
    new_promo_code,
    put_into_cart,
    refused,
)

pytestmark = pytest.mark.anyio


async def shown_to_staff(admin: httpx.AsyncClient, order: Json) -> Json:
    """Return the order as staff see it now."""
    shown = await admin.get(f"/api/admin/orders/{order['id']}")
    assert shown.status_code == 200, shown.text
    return dict(shown.json())


class TestOrders:
    async def test_from_placing_to_refunding(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, follower: Follower
    ) -> None:
        product = await new_product(admin)
        assert await follower.types() == ["product.created"]
        contact = {"name": "Ada", "email": "ada@example.com"}
        order = await buy(ada, product, contact=contact, shippingAddress={"country": "GB"})
        (placed,) = await follower.new()
        assert (placed["type"], placed["subject"]) == ("order.placed", {"type": "order", "id": order["id"]})
        assert placed["data"]["contact"] == {**contact, "phone": None, "vatId": None}
        assert placed["data"]["status"] == "pending"
        assert "clientSecret" not in placed["data"]["payment"]
        now_shown = await shown_to_staff(admin, order)
        assert placed["data"] == {**now_shown, "payment": placed["data"]["payment"]}
        assert placed["data"]["username"] == (await ada.get("/api/auth/me")).json()["username"]
        await shop.pay(order, "failed")
        (failed,) = await follower.new()
        assert (failed["type"], failed["data"]) == (
            "order.payment_failed",
            await shown_to_staff(admin, order),
        )
        await shop.pay(order)
        (paid,) = await follower.new()
        assert (paid["type"], paid["data"]) == ("order.paid", await shown_to_staff(admin, order))
        await admin.post(
            f"/api/admin/orders/{order['id']}/refunds", json={"amount": 1, "reason": "Scratched"}
        )
        (refunded,) = await follower.new()
        assert (refunded["type"], refunded["data"]) == ("order.refunded", await shown_to_staff(admin, order))
        assert refunded["data"]["refundedTotal"] == 1
        assert [each["reason"] for each in refunded["data"]["refunds"]] == ["Scratched"]
        await admin.post(f"/api/admin/orders/{order['id']}/refunds", json={})
        assert await follower.types() == ["order.refunded"]

    async def test_a_cancelled_order(self, admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
        order = await buy(ada, await new_product(admin))
        follower = await Follower.start(admin)
        await cancel(ada, order)
        (cancelled,) = await follower.new()
        assert (cancelled["type"], cancelled["data"]) == (
            "order.cancelled",
            await shown_to_staff(admin, order),
        )

    async def test_a_cancelled_paid_order(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await buy(ada, await new_product(admin))
        await shop.pay(order)
        follower = await Follower.start(admin)
        await cancel(ada, order)
        assert await follower.types() == ["order.cancelled", "order.refunded"]

    async def test_a_free_order_is_paid_immediately(
        self, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        product = await new_product(admin, price=0)
        follower = await Follower.start(admin)
        await buy(ada, product)
        assert await follower.types() == ["order.placed", "order.paid"]

    async def test_a_refused_checkout_leaves_no_event(
        self, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        product = await new_product(admin, stock=1)
        follower = await Follower.start(admin)
        items = [{"itemId": product["id"], "quantity": 2}]
        refused(await ada.post("/api/orders", json={"items": items}), 409, "OUT_OF_STOCK")
        assert await follower.new() == []

    async def test_a_replayed_checkout_has_one_event(
        self, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        product = await new_product(admin)
        follower = await Follower.start(admin)
        await put_into_cart(ada, product)
        for _ in range(2):
            headers = {"Idempotency-Key": "again"}
            assert (await ada.post("/api/cart/checkout", headers=headers)).status_code == 201
        assert await follower.types() == ["order.placed"]


class TestCatalogue:
    async def test_products_have_events(self, admin: httpx.AsyncClient, follower: Follower) -> None:
        product = await new_product(admin, price=12.5)
        path = f"/api/products/{product['id']}"
        (created,) = await follower.new()
        assert (created["type"], created["data"]) == ("product.created", product)
        assert created["subject"] == {"type": "product", "id": product["id"]}
        changed = (await admin.patch(path, json={"price": 10})).json()
        (updated,) = await follower.new()
        assert (updated["type"], updated["data"]) == ("product.updated", changed)
        sizes = {"options": ["Size"], "variants": [{"options": {"Size": "S"}, "price": 9, "stock": 1}]}
        changed = (await admin.put(f"{path}/variants", json=sizes)).json()
        (updated,) = await follower.new()
        assert (updated["type"], updated["data"]) == ("product.updated", changed)
        variant = changed["variants"][0]["id"]
        changed = (await admin.patch(f"{path}/variants/{variant}", json={"price": 8})).json()
        (updated,) = await follower.new()
        assert (updated["type"], updated["data"]) == ("product.updated", changed)
        assert (await admin.delete(path)).status_code == 200
        (deleted,) = await follower.new()
        assert (deleted["type"], deleted["data"]) == ("product.deleted", {"id": product["id"]})

    async def test_amounts_keep_their_digits(self, admin: httpx.AsyncClient, follower: Follower) -> None:
        await new_product(admin, price=12.50)
        (created,) = exact(await admin.get(FEED, params={"after": follower._cursor}))["items"]
        assert created["data"]["price"].digits == "12.50"

    async def test_stock_levels(self, admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
        product = await new_product(admin, stock=7, sku=a_name("SKU"))
        follower = await Follower.start(admin)
        await buy(ada, product)
        assert await follower.types() == ["order.placed"]
        await buy(ada, product)
        _, low = await follower.new()
        subject = {"type": "variant", "id": product["id"]}
        data = {"itemId": product["id"], "productId": product["id"], "sku": product["sku"]}
        assert (low["type"], low["subject"]) == ("stock.low", subject)
        assert low["data"] == {**data, "stock": 5}
        last = await buy(ada, product, 5)
        _, out = await follower.new()
        assert (out["type"], out["data"]) == ("stock.out", {**data, "stock": 0})
        await cancel(ada, last)
        back, cancelled = await follower.new()
        assert (back["type"], back["data"]) == ("stock.back", {**data, "stock": 5})
        assert cancelled["type"] == "order.cancelled"

    async def test_stock_adjusted_by_hand(self, admin: httpx.AsyncClient) -> None:
        product = await new_product(admin, stock=6)
        follower = await Follower.start(admin)
        for change in (-1, -5, 3):
            await admin.post(f"/api/products/{product['id']}/stock", json={"change": change})
        assert await follower.types() == ["stock.low", "stock.out", "stock.back"]


class TestPromoCodes:
    async def test_the_last_use_of_a_code_has_an_event(
        self, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        code, product = await new_promo_code(admin, usageLimit=2), await new_product(admin)
        follower = await Follower.start(admin)
        await buy(ada, product, promoCode=code)
        assert await follower.types() == ["order.placed"]
        await put_into_cart(ada, product)
        order = await check_out(ada, promoCode=code)
        _, exhausted = await follower.new()
        assert exhausted["type"] == "promo_code.exhausted"
        assert exhausted["subject"] == {"type": "promo_code", "id": code}
        assert (exhausted["data"]["timesUsed"], exhausted["data"]["used"]) == (2, True)
        await cancel(ada, order)
        assert await follower.types() == ["order.cancelled"]
        await admin.patch(f"/api/promo-codes/{code}", json={"usageLimit": 1})
        assert await follower.types() == ["promo_code.exhausted"]
        await admin.patch(f"/api/promo-codes/{code}", json={"usageLimit": 1})
        assert await follower.types() == []


class TestCustomers:
    async def test_a_closed_account_takes_its_personal_data_out_of_the_events(
        self, shop: ShopHarness, admin: httpx.AsyncClient, follower: Follower
    ) -> None:
        username = a_name("zoe")
        zoe = await shop.customer(username)
        me = (await zoe.get("/api/auth/me")).json()
        (created,) = await follower.new()
        assert (created["type"], created["data"]) == ("customer.created", me)
        product = await new_product(admin)
        contact = {"name": "Zoë Secret", "email": "zoe.secret@example.com"}
        order = await buy(
            zoe,
            product,
            contact=contact,
            shippingAddress={"line1": "Secret Street"},
            billingAddress={"city": "Secret"},
        )
        assert (await follower.new())[-1]["data"]["contact"]["name"] == "Zoë Secret"
        assert (await zoe.delete("/api/users/me")).status_code == 200
        (deleted,) = await follower.new()
        assert (deleted["type"], deleted["data"]) == ("customer.deleted", {"id": me["id"]})
        pages = await shop.container.storage.events.window(None, list(EventType), 10_000)
        stored = [each.event for each in pages.events]
        assert not [event for event in stored if "ecret" in f"{event.data}{event.personal}"]
        assert not [event for event in stored if username in f"{event.data}{event.personal}"]
        reads = ReadEvents(shop.container.storage.events)
        principal = await principal_of(shop, admin)
        shown = [
            each
            for each in (await reads(principal, None, "order.*", 10_000)).items
            if each.subject.id == order["id"]
        ]
        assert b'"contact":{"name":null,"email":null,"phone":null,"vatId":null}' in bytes(shown[0].data)

    async def test_an_admin_made_at_the_command_line_is_no_customer(
        self, shop: ShopHarness, follower: Follower
    ) -> None:
        await shop.container.accounts.create_admin()(a_name("boss"), PASSWORD)
        assert await follower.new() == []
