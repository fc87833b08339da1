"""Refunds by the shop and in Stripe's dashboard, and their results at the banks."""

from contextlib import suppress
from typing import Any

import pytest

from shop.domain.errors import Unavailable
from shop.domain.payments.payment import PaymentRejected
from tests.stripe_shop import STOCK, StripeShop
from tests.unit.shopping import history_of, refused

pytestmark = pytest.mark.anyio


async def test_refunds_made_in_stripes_dashboard_show_up(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    shop.stripe.refund(shop.intent_id(order), 700)
    await shop.deliver_everything_of(order)
    shown = await shop.shown(order)
    assert (shown["status"], shown["refundedTotal"]) == ("paid", 7)
    refused(await shop.refund(order, amount=18.01), 409, "REFUND_TOO_LARGE")
    shop.stripe.refund(shop.intent_id(order))
    await shop.deliver_everything_of(order)
    shown = await shop.shown(order)
    assert (shown["status"], shown["refundedTotal"]) == ("refunded", 25)
    assert await shop.stock() == STOCK - 2
    listed = (await shop.admin.get("/api/admin/refunds?page=1")).json()["items"]
    assert [(each["orderId"], each["amount"], each["reason"]) for each in listed] == [
        (order["id"], amount, "made at the payment provider") for amount in (18, 7)
    ]
    await shop.check_settled()


async def test_a_pending_refund_from_the_dashboard_is_not_made_again(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    shop.stripe.refund_next("pending")
    made = shop.stripe.refund(shop.intent_id(order), 700)
    await shop.deliver_everything_of(order)
    await shop.work(minutes=2)
    assert (await shop.shown(order))["refundedTotal"] == 0
    shop.stripe.finish_refund(made["id"])
    await shop.work(minutes=2)
    assert (await shop.shown(order))["refundedTotal"] == 7
    assert [refund["id"] for refund in shop.refunds_of(order)] == [made["id"]]
    await shop.check_settled()


async def test_a_refund_that_the_bank_refuses_can_be_made_again(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    shop.stripe.refund_next("pending")
    answer = await shop.refund(order, amount=25, restock=True)
    assert (answer.status_code, answer.json()["refund"]["status"]) == (201, "pending")
    refused(await shop.refund(order, amount=1), 409, "REFUND_TOO_LARGE")
    [refund] = shop.refunds_of(order)
    shop.stripe.finish_refund(refund["id"], failure="expired_or_canceled_card")
    await shop.deliver_everything_of(order)
    shown = await shop.shown(order)
    assert (shown["status"], shown["refundedTotal"]) == ("paid", 0)
    assert await shop.stock() == STOCK - 2
    assert (await shop.refund(order, restock=True)).json()["refund"]["status"] == "succeeded"
    assert await shop.status_of(order) == "refunded"
    assert await shop.stock() == STOCK
    await shop.check_settled()


async def test_a_cancellation_whose_refund_the_bank_refuses_leaves_the_order_paid(
    stored_shop: StripeShop,
) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    shop.stripe.refund_next("pending")
    assert (await shop.cancel(order))["status"] == "cancelling"
    [refund] = shop.refunds_of(order)
    shop.stripe.finish_refund(refund["id"], failure="lost_or_stolen_card")
    await shop.deliver_everything_of(order)
    assert history_of(dict(await shop.shown(order))) == ["pending", "paid", "cancelling", "paid"]
    assert await shop.stock() == STOCK - 2
    await shop.check_settled()


async def figures(shop: StripeShop) -> dict[str, float]:
    totals: dict[str, float] = (await shop.admin.get("/api/admin/dashboard")).json()["totals"]
    assert totals["netRevenue"] == totals["grossRevenue"] - totals["discounts"] - totals["refunds"]
    return {name: totals[name] for name in ("orders", "grossRevenue", "refunds", "netRevenue")}


@pytest.mark.parametrize("step", ["paid", "shipped", "delivered"])
async def test_a_refund_that_fails_after_it_had_succeeded_is_taken_back(
    stored_shop: StripeShop, step: str
) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    for status in ("shipped", "delivered")[: ("paid", "shipped", "delivered").index(step)]:
        await shop.admin.put(f"/api/admin/orders/{order['id']}", json={"status": status})
    assert (await shop.refund(order, amount=10)).status_code == 201
    assert (await shop.refund(order, restock=True)).json()["order"]["status"] == "refunded"
    first, second = shop.refunds_of(order)
    shop.stripe.finish_refund(second["id"], failure="unknown")
    await shop.deliver_everything_of(order)
    shown = await shop.shown(order)
    assert (shown["status"], shown["refundedTotal"]) == (step, 10)
    assert history_of(dict(shown))[-2:] == ["refunded", step]
    assert shown["statusHistory"][-1]["reason"] == "the refund failed"
    assert await figures(shop) == {"orders": 1, "grossRevenue": 25, "refunds": 10, "netRevenue": 15}
    assert await shop.stock() == STOCK, "the restocked goods stay in stock"
    shop.stripe.finish_refund(first["id"], failure="unknown")
    await shop.deliver_everything_of(order)
    assert await figures(shop) == {"orders": 1, "grossRevenue": 25, "refunds": 0, "netRevenue": 25}
    await shop.check_settled()


async def test_a_refund_that_failed_late_can_be_repeated_in_stripes_dashboard(
    stored_shop: StripeShop,
) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    await shop.refund(order)
    [refund] = shop.refunds_of(order)
    shop.stripe.finish_refund(refund["id"], failure="unknown")
    shop.stripe.refund(shop.intent_id(order))
    await shop.deliver_everything_of(order)
    shown = await shop.shown(order)
    assert (shown["status"], shown["refundedTotal"]) == ("refunded", 25)
    assert await figures(shop) == {"orders": 1, "grossRevenue": 25, "refunds": 25, "netRevenue": 0}
    await shop.check_settled()


async def test_a_refund_that_failed_late_can_be_repeated_by_the_shop(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    await shop.refund(order)
    [refund] = shop.refunds_of(order)
    shop.stripe.finish_refund(refund["id"], failure="unknown")
    await shop.deliver_everything_of(order)
    answer = (await shop.refund(order)).json()
    assert (answer["refund"]["status"], answer["order"]["status"]) == ("succeeded", "refunded")
    for _ in range(2):
        await shop.deliver_everything_of(order)
    assert await shop.status_of(order) == "refunded"
    await shop.check_settled()


async def test_a_cancelled_order_whose_refund_fails_later_can_be_refunded_again(
    stored_shop: StripeShop,
) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    assert (await shop.cancel(order))["status"] == "cancelled"
    [refund] = shop.refunds_of(order)
    shop.stripe.finish_refund(refund["id"], failure="unknown")
    await shop.deliver_everything_of(order)
    shown = await shop.shown(order)
    assert (shown["status"], shown["refundedTotal"]) == ("cancelled", 0)
    assert await figures(shop) == {"orders": 1, "grossRevenue": 25, "refunds": 0, "netRevenue": 25}
    answer = (await shop.refund(order, restock=True)).json()
    assert (answer["refund"]["status"], answer["order"]["status"]) == ("succeeded", "cancelled")
    assert (await figures(shop))["netRevenue"] == 0
    assert await shop.stock() == STOCK, "the cancellation had returned the goods to stock"
    refused(await shop.refund(order), 409, "ORDER_STATUS_CONFLICT")
    await shop.check_settled()


async def test_a_refund_that_stripe_made_counts_although_the_shop_recorded_it_as_refused(
    stored_shop: StripeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    provider = shop.shop.container.payments.stripe_payments()
    refund = provider.refund

    async def refund_and_refuse(*arguments: Any) -> Any:
        await refund(*arguments)
        raise PaymentRejected("The payment provider refuses the request.")

    monkeypatch.setattr(provider, "refund", refund_and_refuse)
    assert (await shop.refund(order, amount=10)).json()["refund"]["status"] == "failed"
    await shop.deliver_everything_of(order)
    assert (await shop.shown(order))["refundedTotal"] == 10
    await shop.check_settled()


async def test_a_slow_refund_restocks_once(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    shop.stripe.refund_next("pending")
    one = [{"itemId": shop.product_id, "quantity": 1}]
    await shop.refund(order, items=one, restock=True)
    assert await shop.stock() == STOCK - 2
    [refund] = shop.refunds_of(order)
    shop.stripe.finish_refund(refund["id"])
    for _ in range(2):
        await shop.deliver_everything_of(order)
        await shop.work(minutes=2)
    assert await shop.stock() == STOCK - 1
    assert (await shop.refund(order, restock=True)).status_code == 201
    assert await shop.stock() == STOCK
    await shop.check_settled()


@pytest.mark.parametrize("fault", ["down", "drop", "overloaded"])
async def test_a_refund_that_stripe_does_not_answer_is_sent_by_the_worker(
    stored_shop: StripeShop, fault: str
) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    if fault == "down":
        shop.stripe.down()
    elif fault == "drop":
        shop.stripe.drop_next("refunds.create", times=2)
    else:
        shop.stripe.fail_next("refunds.create", 503, saved=False)
    answer = await shop.refund(order, "a key", amount=10)
    assert (answer.status_code, answer.json()["refund"]["status"]) == (201, "pending")
    shop.stripe.up()
    await shop.work(minutes=2)
    assert (await shop.shown(order))["refundedTotal"] == 10
    assert [refund["amount"] for refund in shop.refunds_of(order)] == [1000]
    assert (await shop.refund(order, "a key", amount=10)).content == answer.content
    await shop.check_settled()


@pytest.mark.parametrize("after_effect", [False, True])
async def test_a_refund_succeeds_once_stripe_forgets_its_saved_failure(
    shop: StripeShop, after_effect: bool
) -> None:
    order = await shop.paid_order()
    shop.stripe.fail_next("refunds.create", 500, after_effect=after_effect)
    assert (await shop.refund(order, amount=10)).json()["refund"]["status"] == "pending"
    for _ in range(5):
        with suppress(Unavailable):  # While Stripe repeats the saved failure.
            await shop.work(hours=6)
    assert (await shop.shown(order))["refundedTotal"] == 10
    assert [refund["amount"] for refund in shop.refunds_of(order)] == [1000]
    await shop.check_settled()
