"""Listening to events: they are read in pages, by type."""

import pytest

from shop.domain.outbox.event import EventType
from shop.testing import shop_harness
from tests.unit.shopping import Json

pytestmark = pytest.mark.anyio


async def test_each_event_after_the_start_is_read_once() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()

        async def make_product(number: int) -> Json:
            made = await admin.post("/api/products", json={"name": f"Mug {number}", "price": 1, "stock": 1})
            product: Json = made.json()
            return product

        await make_product(0)
        events = shop.container.outbox.listen_to_events()
        position = await events.last_position()
        assert await events.after(position, tuple(EventType)) == ([], position)
        made = [(await make_product(number))["id"] for number in range(1, 103)]
        await shop.customer("ada")
        first, position = await events.after(position, [EventType.PRODUCT_CREATED])
        second, position = await events.after(position, [EventType.PRODUCT_CREATED])
        assert [len(first), len(second)] == [100, 2]
        assert [event.subject_id for event in [*first, *second]] == made
        assert await events.after(position, tuple(EventType)) == ([], position), "other types are skipped"
