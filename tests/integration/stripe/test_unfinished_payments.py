"""Payments whose creation was interrupted: the order stands, and at most one intent can be paid."""

import asyncio
import time

import pytest

from shop.domain.orders.order import OrderStatus
from tests.instances import a_product, a_promo_code, fill_cart
from tests.stripe_shop import STOCK, StripeShop
from tests.unit.shopping import refused

pytestmark = pytest.mark.anyio


def payable(shop: StripeShop) -> list[str]:
    """Return the ids of the intents that can still be paid."""
    final = ("canceled", "succeeded")
    return [each["id"] for each in shop.stripe.intents.values() if each["status"] not in final]


async def test_a_payment_before_the_intent_is_stored_is_applied(stored_shop: StripeShop) -> None:
    """Stripe has created the intent, but the shop still waits for the answer."""
    shop = stored_shop
    hang = shop.stripe.hang_next("payment_intents.create", after_effect=True)
    placing = asyncio.create_task(shop.order())
    await hang.reached()
    [intent] = shop.stripe.intents.values()
    order = {"id": intent["metadata"]["shop_order_id"]}
    shop.stripe.pay(intent["id"])
    assert set(await shop.deliver_concurrently(shop.stripe.deliveries(of=intent["id"]))) == {200}
    assert await shop.status_of(order) == "paid"
    hang.release()
    assert (await placing)["status"] == "paid"
    [of_order] = (await shop.check_settled()).orders.values()
    assert [change.status for change in of_order.history] == [OrderStatus.PENDING, OrderStatus.PAID]
    assert len(of_order.payments) == 1


@pytest.mark.usefixtures("impatient")
async def test_an_intent_created_after_the_timeout_is_found(stored_shop: StripeShop) -> None:
    shop = stored_shop
    hang = shop.stripe.hang_next("payment_intents.create", after_effect=True)
    order = await shop.order()
    assert order["payment"] == {"provider": "stripe", "status": "unavailable"}
    refused(await shop.reopen(order), 503, "PAYMENT_PROVIDER_UNAVAILABLE")
    hang.release()
    await _finished(shop)
    reopened = (await shop.reopen(order)).json()["order"]
    [intent] = shop.intents_of(order)
    assert reopened["payment"]["clientSecret"] == intent["client_secret"]
    shop.stripe.pay(intent["id"])
    await shop.deliver_everything_of(order)
    assert await shop.status_of(order) == "paid"
    await shop.check_settled()


async def _finished(shop: StripeShop) -> None:
    """Return once Stripe has finished the request that hung, which was the first."""
    while shop.stripe.requests[0].status is None:
        await shop.shop.container.payments.stripe_payments().intent("pi_unknown")


@pytest.mark.usefixtures("impatient")
async def test_the_worker_finishes_after_a_late_stripe_response(shop: StripeShop) -> None:
    hang = shop.stripe.hang_next("payment_intents.create", after_effect=True)
    order = await shop.order()
    hang.release()
    await _finished(shop)
    await shop.work(minutes=2)
    [intent] = shop.intents_of(order)
    assert (await shop.shown(order))["payment"]["clientSecret"] == intent["client_secret"]
    await shop.check_settled()


async def test_an_intent_whose_response_was_lost_is_found(shop: StripeShop) -> None:
    shop.stripe.drop_next("payment_intents.create", times=2)
    order = await shop.order()
    assert order["payment"]["status"] == "unavailable"
    await shop.work(minutes=2)
    [intent] = shop.intents_of(order)
    assert (await shop.shown(order))["payment"]["clientSecret"] == intent["client_secret"]
    await shop.check_settled()


async def test_an_intent_is_found_although_stripe_replays_a_failure(stored_shop: StripeShop) -> None:
    shop = stored_shop
    shop.stripe.fail_next("payment_intents.create", 500, after_effect=True)
    order = await shop.order()
    [intent] = shop.intents_of(order)
    assert order["payment"]["clientSecret"] == intent["client_secret"]
    assert payable(shop) == [intent["id"]]
    await shop.check_settled()


async def test_a_replayed_stripe_failure_without_intent_starts_a_new_attempt(stored_shop: StripeShop) -> None:
    shop = stored_shop
    shop.stripe.fail_next("payment_intents.create", 500)
    order = await shop.order()
    [intent] = shop.intents_of(order)
    assert intent["metadata"]["shop_attempt"] == "2"
    assert order["payment"]["clientSecret"] == intent["client_secret"]
    await shop.check_settled()


@pytest.mark.parametrize("after_effect", [False, True])
async def test_stripe_failures_never_leave_two_payable_intents(shop: StripeShop, after_effect: bool) -> None:
    """Every kind of failure, one after the other, for one order."""
    fail, drop = shop.stripe.fail_next, shop.stripe.drop_next
    fail("payment_intents.create", 500, after_effect=after_effect)
    fail("payment_intents.list", 503, saved=False)
    order = await shop.order()
    drop("payment_intents.create", after_effect=after_effect, times=2)
    assert (await shop.reopen(order)).status_code == 503
    fail("payment_intents.create", 503, saved=False, after_effect=False)
    assert (await shop.reopen(order)).status_code == 503
    await shop.reopen(order)
    await shop.work(minutes=2)
    assert shop.stripe.faults_pending == 0
    assert len(payable(shop)) == 1
    shop.stripe.pay(payable(shop)[0])
    await shop.deliver_everything_of(order)
    assert await shop.status_of(order) == "paid"
    await shop.check_settled()


async def test_stripe_is_down_at_checkout_and_the_worker_makes_the_order_payable(
    stored_shop: StripeShop,
) -> None:
    shop = stored_shop
    await fill_cart(shop.ada, shop.product_id, quantity=2)
    shop.stripe.down()
    started = time.perf_counter()
    answer = await shop.ada.post("/api/cart/checkout")
    took = time.perf_counter() - started
    order = answer.json()["order"]
    assert (answer.status_code, order["status"]) == (201, "pending")
    assert order["payment"] == {"provider": "stripe", "status": "unavailable"}
    assert (
        took < shop.shop.container.payments.payment_providers().offered(None).time_budget.total_seconds() + 1
    )
    shop.stripe.up()
    await shop.work(minutes=2)
    payment = (await shop.shown(order))["payment"]
    assert payment["clientSecret"] == shop.intents_of(order)[0]["client_secret"]
    shop.stripe.pay(shop.intent_id(order))
    await shop.deliver_everything_of(order)
    assert await shop.status_of(order) == "paid"
    await shop.check_settled()


async def test_a_total_below_stripes_minimum_leaves_everything_as_it_was(stored_shop: StripeShop) -> None:
    shop = stored_shop
    cheap = await a_product(shop.admin, stock=5, price=0.6, name="Sticker")
    code = await a_promo_code(shop.admin, value=50)
    await fill_cart(shop.ada, cheap)
    cart = (await shop.ada.put("/api/cart/promo-code", json={"promoCode": code})).json()
    assert cart["promoCode"] == code
    for _ in range(2):
        details = refused(await shop.ada.post("/api/cart/checkout"), 409, "TOTAL_NOT_PAYABLE")
        assert details == {"total": 0.3, "least": 0.5, "currency": "USD"}
    assert shop.stripe.requests == []
    assert (await shop.ada.get("/api/cart")).json() == cart
    assert (await shop.admin.get(f"/api/products/{cheap}")).json()["stock"] == 5
    books = await shop.check_settled()
    assert books.orders == {}
    assert [each.times_used for each in books.promo_codes] == [0]


async def test_events_that_never_came_are_fetched(stored_shop: StripeShop) -> None:
    shop = stored_shop
    paid, refunded, disputed = await shop.order(), await shop.paid_order(), await shop.paid_order()
    shop.stripe.pay(shop.intent_id(paid))
    shop.stripe.refund(shop.intent_id(refunded), 500)
    shop.stripe.dispute(shop.intent_id(disputed))
    await shop.pass_time(minutes=10)
    await shop.shop.container.payments.replay_missed_events()()
    assert await shop.status_of(paid) == "paid"
    assert (await shop.shown(refunded))["refundedTotal"] == 5
    books = await shop.check_settled()
    assert books.orders[disputed["id"]].order.disputed_at is not None
    assert await shop.stock() == STOCK - 6
