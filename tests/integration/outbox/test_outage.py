"""Every receiver is down for an hour in which 500 orders are placed and paid; then everything arrives, each id once."""

import json
from collections import Counter

import pytest

from shop.domain.outbox.event import Event, EventType
from shop.testing import shop_harness
from tests.unit.shopping import Json

pytestmark = pytest.mark.anyio

ORDERS, MINUTES = 500, 60
TYPES = (EventType.ORDER_PLACED, EventType.ORDER_PAID)


async def test_everything_is_delivered_after_an_outage_of_an_hour() -> None:
    async with shop_harness() as shop:
        admin = await shop.admin()
        made = await admin.post(
            "/api/admin/webhooks", json={"url": "https://a.example/hooks", "events": ["order.*"]}
        )
        webhook: Json = made.json()
        shop.webhooks.answers[webhook["url"]] = None
        storage, ids = shop.container.storage, shop.container.outbox.ids()
        orders: list[str] = []
        for minute in range(MINUTES):
            shop.clock.advance(minutes=1)
            async with storage.unit_of_work() as work:
                for _ in range(ORDERS * minute // MINUTES, ORDERS * (minute + 1) // MINUTES):
                    orders.append(ids.new_id())
                    for event_type in TYPES:
                        await work.events.add(
                            Event(
                                id=ids.new_id(),
                                type=event_type,
                                subject_id=orders[-1],
                                created_at=shop.clock.now(),
                                data="{}",
                            )
                        )
            if minute % 10 == 9:
                await shop.work()
        assert len(orders) == ORDERS
        assert shop.webhooks.sent == []
        shop.webhooks.answers[webhook["url"]] = 200
        for pause_hours in (0.1, 0.5, 2, 5):
            shop.clock.advance(hours=pause_hours)
            await shop.work()
        bodies = [json.loads(message.body) for message in shop.webhooks.sent]
        arrived = Counter((body["subject"]["id"], body["type"]) for body in bodies)
        assert arrived == Counter((order, event_type.value) for order in orders for event_type in TYPES)
        assert set(Counter(message.message_id for message in shop.webhooks.sent).values()) == {1}
        assert (await storage.webhooks.backlog(shop.clock.now())).deliveries == 0
        shown = await storage.webhooks.webhook(webhook["id"])
        assert shown is not None
        assert shown.active
