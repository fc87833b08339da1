"""Concurrent payments, refunds and webhooks, on a storage of each kind."""

import asyncio
from itertools import chain, repeat

import pytest

from shop.domain.orders.order import OrderStatus
from shop.domain.payments.refund import RefundStatus
from tests.instances import outcomes
from tests.stripe_shop import STOCK, StripeShop

pytestmark = pytest.mark.anyio


async def test_webhook_and_client_can_finish_an_order_concurrently(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))
    answers = await asyncio.gather(
        shop.deliver_concurrently(shop.events_of(order)),
        *(shop.reopen(order) for _ in range(4)),
        shop.work(minutes=2),
    )
    assert set(answers[0]) == {200}
    assert outcomes(answers[1:5]).keys() <= {200, "ORDER_NOT_PAYABLE"}
    [of_order] = (await shop.check_settled()).orders.values()
    assert [change.status for change in of_order.history] == [OrderStatus.PENDING, OrderStatus.PAID]
    assert len(shop.intents_of(order)) == 1


async def test_fifty_concurrent_copies_of_an_event_are_applied_once(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))
    [paid] = shop.events_of(order, "payment_intent.succeeded")
    assert await shop.deliver_concurrently([paid] * 50) == [200] * 50
    books = await shop.check_settled()
    [of_order] = books.orders.values()
    assert [change.status for change in of_order.history] == [OrderStatus.PENDING, OrderStatus.PAID]
    assert books.sales[shop.product_id] == 2


async def test_concurrent_events_of_a_refunded_payment_are_applied_once(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.order()
    shop.stripe.decline(shop.intent_id(order))
    shop.stripe.pay(shop.intent_id(order))
    shop.stripe.refund(shop.intent_id(order), 700)
    shop.stripe.refund(shop.intent_id(order))
    events = shop.events_of(order)
    statuses = await shop.deliver_concurrently(chain.from_iterable(repeat(events, 4)))
    assert set(statuses) == {200}
    [of_order] = (await shop.check_settled()).orders.values()
    assert sorted(refund.amount for refund in of_order.refunds) == [700, 1800]
    assert of_order.order.status is OrderStatus.REFUNDED


async def test_twenty_concurrent_partial_refunds_never_exceed_the_payment(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    answers = await asyncio.gather(*(shop.refund(order, amount=3) for _ in range(20)))
    assert outcomes(answers) == {201: 8, "REFUND_TOO_LARGE": 12}
    assert shop.stripe.ledger()[shop.intent_id(order)].refunded == 2400
    shown = await shop.shown(order)
    assert (shown["status"], shown["refundedTotal"]) == ("paid", 24)
    await shop.check_settled()


async def test_concurrent_full_refunds_and_cancellation_refund_once(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    path = f"/api/orders/{order['id']}/cancel"
    answers = await asyncio.gather(
        *(shop.refund(order) for _ in range(4)), *(shop.ada.post(path) for _ in range(4))
    )
    assert outcomes(answers).keys() <= {200, 201, "REFUND_TOO_LARGE", "ORDER_STATUS_CONFLICT"}
    await shop.work(minutes=2)
    [of_order] = (await shop.check_settled()).orders.values()
    assert of_order.order.refunded_total == 2500
    assert of_order.order.status in (OrderStatus.REFUNDED, OrderStatus.CANCELLED)
    assert shop.stripe.ledger()[shop.intent_id(order)].refunded == 2500


async def test_twelve_concurrent_requests_under_one_key_make_one_refund(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    answers = await asyncio.gather(*(shop.refund(order, "a key", amount=5) for _ in range(12)))
    assert outcomes(answers).keys() <= {201, "REQUEST_STILL_RUNNING"}
    again = await shop.refund(order, "a key", amount=5)
    assert again.headers["idempotent-replayed"] == "true"
    assert {each.content for each in answers if each.status_code == 201} <= {again.content}
    assert shop.stripe.ledger()[shop.intent_id(order)].refunded == 500
    assert (await shop.refund(order, "a key", amount=6)).status_code == 422
    await shop.check_settled()


async def test_goods_are_restocked_once(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    one = [{"itemId": shop.product_id, "quantity": 1}]
    answers = await asyncio.gather(*(shop.refund(order, amount=1, items=one, restock=True) for _ in range(6)))
    assert outcomes(answers) == {201: 2, "ITEMS_NOT_REFUNDABLE": 4}
    assert await shop.stock() == STOCK
    await shop.deliver_everything_of(order)
    await shop.cancel(order)
    assert await shop.status_of(order) == "cancelled"
    assert await shop.stock() == STOCK
    await shop.check_settled()


async def test_money_that_arrives_during_a_cancellation_is_refunded(stored_shop: StripeShop) -> None:
    """The customer pays while the shop waits for Stripe to cancel the intent. The webhook arrives at once."""
    shop = stored_shop
    order = await shop.order()
    hang = shop.stripe.hang_next("payment_intents.cancel")
    cancelling = asyncio.create_task(shop.cancel(order))
    await hang.reached()
    shop.stripe.pay(shop.intent_id(order))
    hang.release()
    await asyncio.gather(cancelling, shop.deliver_concurrently(shop.events_of(order)))
    await shop.work(minutes=2)
    assert await shop.status_of(order) == "cancelled"
    [of_order] = (await shop.check_settled()).orders.values()
    assert [refund.status for refund in of_order.refunds] == [RefundStatus.SUCCEEDED]
    assert await shop.stock() == STOCK
