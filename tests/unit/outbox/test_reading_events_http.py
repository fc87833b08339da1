"""Reading the feed of events."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shop.testing import ShopHarness, shop_harness
from tests.unit.outbox.following import FEED, Follower, feed
from tests.unit.shopping import (
    buy,
    new_api_key,
    new_product,
    new_staff,
    refused,
)

pytestmark = pytest.mark.anyio


async def principal_of(shop: ShopHarness, client: httpx.AsyncClient) -> Any:
    token = client.headers["Authorization"].removeprefix("Bearer ")
    return await shop.container.accounts.authenticate()(token)


class TestReading:
    async def test_pages_are_consecutive(self, admin: httpx.AsyncClient, follower: Follower) -> None:
        product_ids = [(await new_product(admin, name=f"Mug {number}"))["id"] for number in range(5)]
        seen, cursor = [], follower._cursor
        for _ in range(4):
            page = await feed(admin, after=cursor, limit=2)
            seen += [event["subject"]["id"] for event in page["items"]]
            cursor = page["next"]
        assert seen == product_ids
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
    async def test_an_invalid_cursor_is_refused(self, admin: httpx.AsyncClient, cursor: str) -> None:
        details = refused(await admin.get(FEED, params={"after": cursor}), 400, "VALIDATION_FAILED")
        assert details.keys() == {"after"}

    async def test_callers_see_only_the_events_that_they_may_read(
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
