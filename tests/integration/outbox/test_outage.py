"""The mail server and the receivers are down for an hour, while orders are paid; then everything arrives once."""

import json
from collections import Counter
from collections.abc import AsyncIterator

import httpx
import pytest

from shop.adapters.memory.storage import MemoryStorage
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio

MINUTES, ROUND_EVERY = 60, 60
WANTED = {
    "https://a.example/hooks": ("order.placed", "order.paid"),
    "https://b.example/hooks": ("order.paid",),
}
"""The events that each webhook asks for."""
SUBJECTS = ("Your order {}", "We have received your payment for order {}")


@pytest.fixture(params=["memory", "sqlite"])
def url(request: pytest.FixtureRequest) -> str | None:
    """The URL of the database; None for a shop in memory."""
    return None if request.param == "memory" else str(request.getfixturevalue("sqlite_url"))


@pytest.fixture
async def storage(url: str | None) -> AsyncIterator[MemoryStorage | SqlStorage]:
    opened = MemoryStorage() if url is None else SqlStorage(Database(url))
    yield opened
    await opened.close()


async def buy(shop: ShopHarness, customer: httpx.AsyncClient, product_id: str) -> tuple[str, str]:
    """Place and pay an order; return its id and number."""
    body = {
        "items": [{"itemId": product_id, "quantity": 1}],
        "contact": {"name": "Ada", "email": "ada@example.com"},
    }
    placed = await customer.post("/api/orders", json=body)
    assert placed.status_code == 201, placed.text
    order = placed.json()["order"]
    paid = await shop.pay(order)
    assert paid.status_code == 200, paid.text
    return order["id"], order["number"]


@pytest.mark.parametrize("number", [60, pytest.param(500, marks=pytest.mark.long)])
@pytest.mark.timeout(600)  # 500 orders and 2,500 messages take long on a busy machine
async def test_everything_is_delivered_once_after_an_outage_of_an_hour(
    storage: MemoryStorage | SqlStorage, number: int
) -> None:
    async with shop_harness(storage) as shop:
        admin, customer = await shop.admin(), await shop.customer()
        for url, types in WANTED.items():
            made = await admin.post("/api/admin/webhooks", json={"url": url, "events": types})
            assert made.status_code == 201, made.text
            shop.webhooks.answers[url] = None
        shop.mail.reachable = False
        product = {"name": "Mug", "price": 12.5, "stock": number}
        product_id = (await admin.post("/api/products", json=product)).json()["id"]
        orders: dict[str, str] = {}
        for minute in range(MINUTES):
            shop.clock.advance(minutes=1)
            for _ in range(number * minute // MINUTES, number * (minute + 1) // MINUTES):
                if len(orders) % 100 == 0:  # an access token expires after some minutes
                    customer = await shop.log_in("ada")
                order_id, shown = await buy(shop, customer, product_id)
                orders[order_id] = shown
            if minute % ROUND_EVERY == ROUND_EVERY - 1:
                await shop.work()
        assert len(orders) == number
        assert shop.webhooks.sent == []
        assert shop.webhooks.attempts != []
        assert shop.mail.sent == []

        shop.webhooks.answers.clear()
        shop.mail.reachable = True
        for hours in (0.1, 0.5, 2):  # messages that failed during the outage wait for their next attempt
            shop.clock.advance(hours=hours)
            await shop.work()
        messages = [(sent.url, json.loads(sent.body)) for sent in shop.webhooks.sent]
        assert Counter((url, body["subject"]["id"], body["type"]) for url, body in messages) == Counter(
            (url, order, event_type)
            for url, types in WANTED.items()
            for order in orders
            for event_type in types
        )
        assert set(Counter(sent.message_id for sent in shop.webhooks.sent).values()) == {1}
        assert Counter(mail.text.subject for mail in shop.mail.sent) == Counter(
            subject.format(number) for number in orders.values() for subject in SUBJECTS
        )
        assert {mail.recipient for mail in shop.mail.sent} == {"ada@example.com"}
        assert set(Counter(mail.message_id for mail in shop.mail.sent).values()) == {1}
        assert (await shop.container.outbox.read_backlog()()).deliveries == 0
        shown = (await (await shop.log_in("owner")).get("/api/admin/webhooks?page=1")).json()["items"]
        assert [webhook["active"] for webhook in shown] == [True, True]
