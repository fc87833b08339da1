"""Payments, refunds and events are counted once each, whatever their source, after their commit."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shop.application.payments.settlement import Settlement
from shop.application.ports.unit_of_work import TransactionConflict
from tests.samples_of_metrics import Metrics, metrics_of
from tests.stripe_shop import StripeShop

pytestmark = pytest.mark.anyio

LAG = "shop_payment_event_lag_seconds"


async def read(shop: StripeShop) -> Metrics:
    return await metrics_of(shop.shop.client)


def payments(metrics: Metrics) -> dict[str, float]:
    return metrics.by("outcome", "shop_payments_total", provider="stripe")


def refunds(metrics: Metrics) -> dict[str, float]:
    return metrics.by("outcome", "shop_refunds_total", provider="stripe")


def events(metrics: Metrics, source: str = "webhook") -> dict[str, float]:
    return metrics.by("result", "shop_payment_events_total", provider="stripe", source=source)


async def test_repeated_statements_count_an_outcome_once(shop: StripeShop) -> None:
    order = await shop.order()
    shop.stripe.decline(shop.intent_id(order))
    await shop.deliver_everything_of(order)
    assert payments(await read(shop)) == {"failed": 1}
    shop.stripe.pay(shop.intent_id(order))
    for _ in range(2):
        await shop.deliver_everything_of(order)
    await shop.refund(order)
    for _ in range(2):
        await shop.deliver_everything_of(order)
    unpaid = await shop.order()
    await shop.cancel(unpaid)
    await shop.deliver_everything_of(unpaid)
    await shop.work(minutes=31)
    metrics = await read(shop)
    assert payments(metrics) == {"failed": 1, "succeeded": 1, "cancelled": 1}
    assert refunds(metrics) == {"succeeded": 1}


async def test_outcomes_found_by_the_worker_are_counted(shop: StripeShop) -> None:
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))
    await shop.work(minutes=2)
    assert payments(await read(shop)) == {"succeeded": 1}
    await shop.deliver_everything_of(order)
    metrics = await read(shop)
    assert payments(metrics) == {"succeeded": 1}
    assert events(metrics)["applied"] >= 1


async def test_a_refund_that_fails_is_counted_as_failed(shop: StripeShop) -> None:
    order = await shop.paid_order()
    shop.stripe.dispute(shop.intent_id(order))
    await shop.refund(order)
    assert refunds(await read(shop)) == {"failed": 1}


async def test_a_retried_transaction_counts_once(shop: StripeShop, monkeypatch: pytest.MonkeyPatch) -> None:
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))
    save, runs = Settlement.save, 0

    async def conflicting(settlement: Settlement) -> None:
        nonlocal runs
        runs += 1
        await save(settlement)
        if runs < 3:
            raise TransactionConflict

    monkeypatch.setattr(Settlement, "save", conflicting)
    await shop.deliver_everything_of(order)
    assert runs >= 3
    assert payments(await read(shop)) == {"succeeded": 1}


async def test_rolled_back_outcomes_are_not_counted(
    shop: StripeShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))

    async def fails(_: Any) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(Settlement, "save", fails)
        [paid] = shop.events_of(order, "payment_intent.succeeded")
        assert (await shop.post(paid.payload, paid.signature)).status_code == 500
    metrics = await read(shop)
    assert payments(metrics) == events(metrics) == {}


async def test_concurrent_deliveries_of_one_event_are_applied_once(shop: StripeShop) -> None:
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))
    [paid] = shop.events_of(order, "payment_intent.succeeded")
    assert set(await shop.deliver_concurrently([paid] * 8)) == {200}
    metrics = await read(shop)
    assert payments(metrics) == {"succeeded": 1}
    assert events(metrics) == {"applied": 1, "skipped": 7}
    assert metrics(f"{LAG}_count", source="webhook") == 1


async def test_the_lag_is_from_the_event_to_its_effect(shop: StripeShop) -> None:
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))
    [paid] = shop.events_of(order, "payment_intent.succeeded")
    shop.shop.clock.advance(seconds=90)
    await shop.deliver(paid)
    metrics = await read(shop)
    assert metrics(f"{LAG}_sum", source="webhook") == 90
    assert metrics(f"{LAG}_bucket", source="webhook", le="60.0") == 0
    assert metrics(f"{LAG}_bucket", source="webhook", le="300.0") == 1


async def test_a_missed_event_is_counted_under_the_list_of_events(shop: StripeShop) -> None:
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))
    shop.shop.clock.advance(minutes=4)
    await shop.shop.container.payments.replay_missed_events()()
    metrics = await read(shop)
    assert payments(metrics) == {"succeeded": 1}
    assert events(metrics, "list")["applied"] >= 1
    assert events(metrics) == {}
    assert metrics(f"{LAG}_sum", source="list") >= timedelta(minutes=4).total_seconds()


async def test_calls_of_the_provider_are_timed_and_their_failures_counted(shop: StripeShop) -> None:
    await shop.order()
    shop.stripe.down()
    await shop.order()
    shop.stripe.up()
    shop.stripe.fail_next("payment_intents.create", 400)
    await asyncio.gather(shop.order(), shop.order())
    metrics = await read(shop)
    created = {"operation": "payment_intents.create"}
    assert metrics("shop_payment_provider_call_duration_seconds_count", **created) == 4
    assert metrics("shop_payment_provider_call_failures_total", **created) == 2
