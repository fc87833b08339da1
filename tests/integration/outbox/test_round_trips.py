"""Events cost orders no round trip to the database: they travel in packets that are sent anyway."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.storage import SqlStorage
from shop.application.orders.order_view import RecordOrderEvents
from shop.testing import ShopHarness, shop_harness
from tests.instances import a_product, a_promo_code, fill_cart

pytestmark = [pytest.mark.anyio, pytest.mark.mysql]


class CountedConnection(DirectConnection):
    """Counts the packets that all connections send."""

    packets = 0

    async def _send(self, *arguments: Any) -> Any:
        CountedConnection.packets += 1
        return await super()._send(*arguments)


class WithoutEvents(RecordOrderEvents):
    """Records nothing."""

    def __init__(self) -> None:
        pass

    async def placed(self, *_: Any) -> None:
        pass

    async def stock_taken(self, *_: Any) -> None:
        pass

    async def changed(self, *_: Any) -> None:
        pass


@pytest.fixture
async def storage(mysql_url: str) -> AsyncIterator[SqlStorage]:
    opened = SqlStorage(Database(mysql_url, direct=CountedConnection))
    yield opened
    await opened.close()


async def packets_of_a_purchase(storage: SqlStorage, username: str, *, with_events: bool) -> list[int]:
    """Return the number of packets of a checkout with a limited code, and of its payment."""
    async with shop_harness(storage) as shop:
        if not with_events:
            shop.container.payments.order_events.override(WithoutEvents())
        return await _packets(shop, username)


async def _packets(shop: ShopHarness, username: str) -> list[int]:
    admin, ada = await shop.admin(f"{username}-owner"), await shop.customer(username)
    products = [await a_product(admin, 6, name=f"Mug {number}") for number in range(3)]
    code = await a_promo_code(admin, code=f"CODE-{username}", usageLimit=1)
    await fill_cart(ada, *products)
    await ada.put("/api/cart/promo-code", json={"promoCode": code})
    before = CountedConnection.packets
    answer = await ada.post("/api/cart/checkout")
    assert answer.status_code == 201, answer.text
    checked_out = CountedConnection.packets
    await shop.pay(answer.json()["order"])
    return [checked_out - before, CountedConnection.packets - checked_out]


async def test_a_purchase_takes_as_many_round_trips_as_without_events(storage: SqlStorage) -> None:
    # The first payment takes one more round trip: it stores that the provider's webhooks arrive.
    await packets_of_a_purchase(storage, "carl", with_events=False)
    without = await packets_of_a_purchase(storage, "ada", with_events=False)
    assert await packets_of_a_purchase(storage, "bob", with_events=True) == without
    async with storage.unit_of_work() as work:
        await work.events.assign_positions(1_000)
    async with storage.unit_of_work() as work:
        types = [each.event.type.value for each in await work.events.after(0, 1_000)]
    assert types.count("stock.low") == 3
    assert [types.count(each) for each in ("order.placed", "order.paid", "promo_code.exhausted")] == [1, 1, 1]
