"""Late and slow payments, and successive attempts."""

import asyncio
from typing import Any

import pytest

from tests.stripe_client import stripe_client
from tests.stripe_shop import STOCK, StripeShop
from tests.unit.shopping import history_of

pytestmark = pytest.mark.anyio


async def test_money_after_a_cancellation_is_refunded_once(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.order()
    await shop.cancel(order)
    await _pay_unknown_intent(shop, order)
    paid = shop.events_of(order, "payment_intent.succeeded")
    assert set(await shop.deliver_concurrently(paid * 5)) == {200}
    await shop.deliver_everything_of(order)
    await shop.work(minutes=2)
    assert history_of(dict(await shop.shown(order))) == ["pending", "cancelled"]
    assert [refund["amount"] for refund in shop.refunds_of(order)] == [2500]
    assert await shop.stock() == STOCK
    await shop.check_settled()


async def test_money_after_expiry_is_refunded_once(shop: StripeShop) -> None:
    order = await shop.order()
    await shop.work(minutes=31)
    assert await shop.status_of(order) == "cancelled"
    await _pay_unknown_intent(shop, order)
    shop.stripe.fail_next("refunds.create", 503, saved=False)
    await shop.deliver_everything_of(order)
    await shop.work(minutes=2)
    await shop.deliver_everything_of(order)
    assert shop.stripe.faults_pending == 0
    assert [refund["amount"] for refund in shop.refunds_of(order)] == [2500]
    assert await shop.stock() == STOCK
    await shop.check_settled()


async def _pay_unknown_intent(shop: StripeShop, order: Any) -> None:
    """Create an intent of the order that the shop does not know, and pay it."""
    async with stripe_client(shop.stripe.url, shop.stripe.secret_key) as client:
        intent = await client.v1.payment_intents.create_async(
            {
                "amount": 2500,
                "currency": "usd",
                "metadata": {"shop_order_id": order["id"], "shop_attempt": "2"},
            }
        )
    shop.stripe.pay(intent.id)


async def test_money_before_the_cancellation_is_refunded_once(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))
    assert (await shop.cancel(order))["status"] == "cancelled"
    for _ in range(2):
        await shop.deliver_everything_of(order)
    assert history_of(dict(await shop.shown(order))) == ["pending", "cancelling", "paid", "cancelled"]
    assert [refund["amount"] for refund in shop.refunds_of(order)] == [2500]
    assert await shop.stock() == STOCK
    await shop.check_settled()


async def test_money_before_expiry_pays_for_the_order(stored_shop: StripeShop) -> None:
    """The worker asks the provider before an order expires, because the webhook may have been lost."""
    shop = stored_shop
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))
    await shop.work(minutes=31)
    assert await shop.status_of(order) == "paid"
    assert await shop.stock() == STOCK - 2
    await shop.check_settled()


async def test_money_during_expiry_pays_for_the_order(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.order()
    hang = shop.stripe.hang_next("payment_intents.cancel")
    sweeping = asyncio.create_task(shop.work(minutes=31))
    await hang.reached()
    shop.stripe.pay(shop.intent_id(order))
    hang.release()
    await sweeping
    await shop.deliver_everything_of(order)
    assert history_of(dict(await shop.shown(order))) == ["pending", "cancelling", "paid"]
    assert await shop.stock() == STOCK - 2
    await shop.check_settled()


@pytest.mark.parametrize("newest_first", [False, True])
async def test_events_of_two_attempts_may_arrive_in_either_order(
    stored_shop: StripeShop, newest_first: bool
) -> None:
    shop = stored_shop
    order = await shop.order()
    first = shop.intent_id(order)
    shop.stripe.decline(first)
    shop.stripe.cancel(first)
    assert (await shop.reopen(order)).status_code == 200
    second = shop.intent_id(order)
    assert second != first
    shop.stripe.pay(second)
    events = shop.events_of(order)
    assert set(await shop.deliver(*(reversed(events) if newest_first else events))) == {200}
    shown = await shop.shown(order)
    assert (shown["status"], shown["payment"]["status"]) == ("paid", "succeeded")
    [of_order] = (await shop.check_settled()).orders.values()
    assert [(each.attempt, each.intent_id, each.status) for each in of_order.payments] == [
        (1, first, "cancelled"),
        (2, second, "succeeded"),
    ]


async def test_events_of_a_cancelled_attempt_do_not_change_the_next_one(shop: StripeShop) -> None:
    order = await shop.order()
    shop.stripe.cancel(shop.intent_id(order))
    assert (await shop.reopen(order)).status_code == 200
    before = await shop.shown(order)
    await shop.deliver_everything_of(order)
    assert await shop.shown(order) == before
    assert before["payment"]["clientSecret"] == shop.intents_of(order)[1]["client_secret"]
    await shop.check_settled()


@pytest.mark.parametrize("succeeded", [True, False])
async def test_a_cancellation_waits_for_a_bank_that_is_processing(
    stored_shop: StripeShop, succeeded: bool
) -> None:
    shop = stored_shop
    order = await shop.order()
    shop.stripe.start_processing(shop.intent_id(order))
    await shop.deliver_everything_of(order)
    assert (await shop.cancel(order))["status"] == "cancelling"
    for _ in range(3):
        await shop.work(days=1)
    assert await shop.status_of(order) == "cancelling"
    assert await shop.stock() == STOCK - 2
    shop.stripe.finish_processing(shop.intent_id(order), succeeded=succeeded)
    await shop.deliver_everything_of(order)
    await shop.work(minutes=2)
    assert await shop.status_of(order) == "cancelled"
    assert await shop.stock() == STOCK
    assert [refund["amount"] for refund in shop.refunds_of(order)] == ([2500] if succeeded else [])
    await shop.check_settled()


async def test_an_order_does_not_expire_while_the_bank_is_processing(shop: StripeShop) -> None:
    order = await shop.order()
    shop.stripe.start_processing(shop.intent_id(order))
    await shop.deliver_everything_of(order)
    for _ in range(4):
        await shop.work(days=1)
    shown = await shop.shown(order)
    assert (shown["status"], shown["payment"]["status"]) == ("pending", "processing")
    shop.stripe.finish_processing(shop.intent_id(order))
    await shop.deliver_everything_of(order)
    assert await shop.status_of(order) == "paid"
    await shop.check_settled()
