"""The feed of events: which change makes which event, what it shows, and who may read it."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shop.application.outbox.feed import ReadEvents
from shop.domain.outbox.event import EventType
from shop.testing import PASSWORD, ShopHarness, shop_harness
from tests.unit.shopping import (
    Json,
    a_name,
    buy,
    cancel,
    check_out,
    exact,
    new_api_key,
    new_product,
    new_promo_code,
    new_staff,
    order_of,
    put_into_cart,
    refused,
)

pytestmark = pytest.mark.anyio

FEED = "/api/admin/events"


async def feed(client: httpx.AsyncClient, **parameters: Any) -> Json:
    answer = await client.get(FEED, params=parameters)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


class Follower:
    """Reads the events that come after its creation."""

    def __init__(self, client: httpx.AsyncClient, cursor: str) -> None:
        self._client = client
        self._cursor = cursor

    @classmethod
    async def start(cls, client: httpx.AsyncClient) -> "Follower":
        cursor = ""
        while True:
            page = await feed(client, limit=100, **({"after": cursor} if cursor else {}))
            cursor = page["next"]
            if not page["items"]:
                return cls(client, cursor)

    async def new(self) -> list[Json]:
        page = await feed(self._client, after=self._cursor)
        self._cursor = page["next"]
        return list(page["items"])

    async def types(self) -> list[str]:
        return [event["type"] for event in await self.new()]


@pytest.fixture
async def follower(admin: httpx.AsyncClient) -> Follower:
    return await Follower.start(admin)


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
        await shop.pay(order, "failed")
        (failed,) = await follower.new()
        assert (failed["type"], failed["data"]) == ("order.payment_failed", await order_of(admin, order))
        await shop.pay(order)
        (paid,) = await follower.new()
        assert (paid["type"], paid["data"]) == ("order.paid", await order_of(admin, order))
        await admin.post(f"/api/admin/orders/{order['id']}/refunds", json={"amount": 1})
        (refunded,) = await follower.new()
        assert (refunded["type"], refunded["data"]) == ("order.refunded", await order_of(admin, order))
        assert refunded["data"]["refundedTotal"] == 1
        await admin.post(f"/api/admin/orders/{order['id']}/refunds", json={})
        assert await follower.types() == ["order.refunded"]

    async def test_a_cancelled_order(self, admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
        order = await buy(ada, await new_product(admin))
        follower = await Follower.start(admin)
        await cancel(ada, order)
        (cancelled,) = await follower.new()
        assert (cancelled["type"], cancelled["data"]) == ("order.cancelled", await order_of(admin, order))

    async def test_a_cancelled_paid_order(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient
    ) -> None:
        order = await buy(ada, await new_product(admin))
        await shop.pay(order)
        follower = await Follower.start(admin)
        await cancel(ada, order)
        assert await follower.types() == ["order.cancelled", "order.refunded"]

    async def test_an_order_that_costs_nothing_is_paid_at_once(
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
    async def test_products(self, admin: httpx.AsyncClient, follower: Follower) -> None:
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
    async def test_the_last_use(self, admin: httpx.AsyncClient, ada: httpx.AsyncClient) -> None:
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


async def principal_of(shop: ShopHarness, client: httpx.AsyncClient) -> Any:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    return await shop.container.accounts.authenticate()(token)


class TestReading:
    async def test_pages_follow_each_other(self, admin: httpx.AsyncClient, follower: Follower) -> None:
        names = [(await new_product(admin, name=f"Mug {number}"))["id"] for number in range(5)]
        seen, cursor = [], follower._cursor
        for _ in range(4):
            page = await feed(admin, after=cursor, limit=2)
            seen += [event["subject"]["id"] for event in page["items"]]
            cursor = page["next"]
        assert seen == names
        assert (await feed(admin, after=cursor))["next"] == cursor

    async def test_types_are_filtered_by_name_and_by_group(
        self, admin: httpx.AsyncClient, ada: httpx.AsyncClient, follower: Follower
    ) -> None:
        await buy(ada, await new_product(admin, stock=6))
        for wanted, expected in (
            ("order.*", ["order.placed"]),
            ("order.placed", ["order.placed"]),
            ("order.paid", []),
            ("stock.*", ["stock.low"]),
            ("*", ["product.created", "order.placed", "stock.low"]),
        ):
            page = await feed(admin, after=follower._cursor, type=wanted)
            assert [event["type"] for event in page["items"]] == expected
        assert (await feed(admin, after=page["next"], type="order.paid"))["items"] == []

    @pytest.mark.parametrize(
        "wanted", ["order", "order.", "*.placed", "orders.*", "ORDER.*", "", "order.placed,"]
    )
    async def test_unknown_types_are_refused(self, admin: httpx.AsyncClient, wanted: str) -> None:
        details = refused(await admin.get(FEED, params={"type": wanted}), 400, "VALIDATION_FAILED")
        assert details.keys() == {"type"}

    @pytest.mark.parametrize("cursor", ["-1", "x", "", "1.0", "9" * 19, "0x1", "\u0661"])
    async def test_what_is_no_cursor_is_refused(self, admin: httpx.AsyncClient, cursor: str) -> None:
        details = refused(await admin.get(FEED, params={"after": cursor}), 400, "VALIDATION_FAILED")
        assert details.keys() == {"after"}

    async def test_callers_see_what_they_may_read(
        self, shop: ShopHarness, admin: httpx.AsyncClient, ada: httpx.AsyncClient, follower: Follower
    ) -> None:
        clerk = await new_staff(shop, admin, "settings:read", "catalogue:write")
        key = await new_api_key(shop, admin, "settings:read", "orders:read")
        await follower.new()
        cursor = follower._cursor
        await buy(ada, await new_product(admin))
        assert [each["type"] for each in (await feed(clerk, after=cursor))["items"]] == ["product.created"]
        assert [each["type"] for each in (await feed(key, after=cursor))["items"]] == ["order.placed"]
        details = refused(
            await clerk.get(FEED, params={"type": "customer.*"}), 403, "EVENT_TYPES_NOT_READABLE"
        )
        assert details["types"] == ["customer.created", "customer.deleted"]
        refused(await clerk.get(FEED, params={"type": "*"}), 403, "EVENT_TYPES_NOT_READABLE")
        orders_only = await new_staff(shop, admin, "orders:write")
        refused(await orders_only.get(FEED), 403, "FORBIDDEN")


async def test_a_cursor_older_than_the_events_is_gone() -> None:
    async with shop_harness(event_lifetime=timedelta(days=2)) as shop:
        admin = await shop.admin()
        start = (await feed(admin))["next"]
        await new_product(admin)
        first = (await feed(admin))["next"]
        shop.clock.advance(days=2, seconds=1)
        admin = await shop.log_in("owner")
        await new_product(admin)
        await shop.work()
        refused(await admin.get(FEED, params={"after": start}), 410, "CURSOR_GONE")
        assert len((await feed(admin, after=first))["items"]) == 1
        page = await feed(admin)
        assert len(page["items"]) == 1
        refused(await admin.get(FEED, params={"after": str(int(page["next"]) + 1)}), 410, "CURSOR_GONE")
