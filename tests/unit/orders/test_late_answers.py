"""Requests that outlast their lease get the answer of the retry that took over."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from shop.testing import START, ShopHarness, shop_harness
from tests.instances import a_product, an_order

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as opened:
        yield opened


class SlowOnce:
    """Replaces a method of the provider; holds back the result of its first call until `may_go_on` is set."""

    def __init__(self, provider: Any, method: str) -> None:
        self._call = getattr(provider, method)
        self._first = True
        self.began, self.may_go_on = asyncio.Event(), asyncio.Event()
        setattr(provider, method, self)

    async def __call__(self, *arguments: Any) -> Any:
        result = await self._call(*arguments)
        if self._first:
            self._first = False
            self.began.set()
            await self.may_go_on.wait()
        return result


@pytest.mark.parametrize("meanwhile", ["paid", "cancelled", "pending"])
async def test_a_checkout_that_outlasts_its_lease_gets_the_answer_of_the_retry(
    shop: ShopHarness, meanwhile: str
) -> None:
    product_id = await a_product(await shop.admin(), stock=5)
    ada = await shop.customer()
    body = {"items": [{"itemId": product_id, "quantity": 1}]}
    key = {"Idempotency-Key": "a key"}
    provider = SlowOnce(shop.payments, "create_intent")
    late = asyncio.create_task(ada.post("/api/orders", json=body, headers=key))
    await provider.began.wait()
    refused = await ada.post("/api/orders", json=body, headers=key)
    assert refused.json()["error"]["code"] == "REQUEST_STILL_RUNNING"
    shop.clock.advance(minutes=1)
    retry = await ada.post("/api/orders", json=body, headers=key)
    order = retry.json()["order"]
    if meanwhile == "paid":
        await shop.pay(order)
    elif meanwhile == "cancelled":
        await ada.post(f"/api/orders/{order['id']}/cancel")
    provider.may_go_on.set()
    assert (await late).content == retry.content
    assert (await ada.post("/api/orders", json=body, headers=key)).content == retry.content
    assert (await ada.get(f"/api/orders/{order['id']}")).json()["status"] == meanwhile


async def test_a_cancellation_that_outlasts_its_lease_gets_the_answer_of_the_retry(shop: ShopHarness) -> None:
    product_id = await a_product(await shop.admin(), stock=5)
    ada = await shop.customer()
    order = await an_order(ada, product_id)
    path, key = f"/api/orders/{order['id']}/cancel", {"Idempotency-Key": "a key"}
    provider = SlowOnce(shop.payments, "cancel_intent")
    late = asyncio.create_task(ada.post(path, headers=key))
    await provider.began.wait()
    shop.clock.advance(minutes=1)
    retry = await ada.post(path, headers=key)
    shop.clock.advance(minutes=1)
    provider.may_go_on.set()
    assert retry.json()["order"]["status"] == "cancelled"
    assert (await late).content == retry.content


async def test_a_stuck_order_does_not_stop_the_others(shop: ShopHarness) -> None:
    product_id = await a_product(await shop.admin(), stock=5)
    ada = await shop.customer()
    orders = [await an_order(ada, product_id) for _ in range(3)]
    cancel = shop.payments.cancel_intent
    [broken, *_] = await shop.payments.intents_of(orders[0]["id"], START)

    async def broken_for_one(intent_id: str) -> Any:
        if intent_id == broken.id:
            raise ZeroDivisionError
        return await cancel(intent_id)

    shop.payments.cancel_intent = broken_for_one  # type: ignore[method-assign]
    shop.clock.advance(minutes=31)
    with pytest.raises(ExceptionGroup):
        await shop.work()
    statuses = [(await ada.get(f"/api/orders/{order['id']}")).json()["status"] for order in orders]
    assert statuses == ["cancelling", "cancelled", "cancelled"]
