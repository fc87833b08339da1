"""`POST /api/webhooks/stripe`: which requests are accepted, and what an event may change."""

import json
from dataclasses import replace
from typing import Any

import pytest

from shop.application.framework.marks import webhook_mark
from shop.settings import Payments
from shop.testing import ManualClock, shop_harness
from tests.stripe_server import Delivery, stripe_server
from tests.stripe_server.webhooks import signature
from tests.stripe_shop import WEBHOOKS, StripeShop, stripe_shop
from tests.unit.shopping import refused

pytestmark = pytest.mark.anyio


async def an_unreported_payment(shop: StripeShop) -> tuple[Any, Delivery]:
    """Return an order that is paid at Stripe, which the shop does not know yet, and the event that reports it."""
    order = await shop.order()
    shop.stripe.pay(shop.intent_id(order))
    [paid] = shop.events_of(order, "payment_intent.succeeded")
    return order, paid


async def test_an_event_marks_its_order_as_paid(shop: StripeShop) -> None:
    order, paid = await an_unreported_payment(shop)
    answer = await shop.post(paid.payload, paid.signature)
    assert (answer.status_code, answer.json()) == (200, {"received": True})
    assert await shop.status_of(order) == "paid"
    await shop.check_settled()


async def test_a_verified_webhook_is_noted_for_the_checklist(shop: StripeShop) -> None:
    async def received_at() -> Any:
        async with shop.shop.container.storage.unit_of_work() as work:
            return await work.worker_tasks.reached(webhook_mark("stripe"))

    _, paid = await an_unreported_payment(shop)
    forged = signature(paid.payload, ["whsec_guessed"], shop.shop.clock.now())
    refused(await shop.post(paid.payload, forged), 400, "WEBHOOK_REJECTED")
    assert await received_at() is None
    await shop.post(paid.payload, paid.signature)
    assert await received_at() == shop.shop.clock.now()


async def test_a_repeated_webhook_changes_nothing(shop: StripeShop) -> None:
    order, paid = await an_unreported_payment(shop)
    assert await shop.deliver(paid) == [200]
    before = await shop.shown(order)
    assert await shop.deliver(paid, paid) == [200, 200]
    assert await shop.shown(order) == before
    await shop.check_settled()


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "t=,v1=",
        "t=1",
        "v1=00",
        "nonsense",
        "t=1,t=1,v1=00",
        "t=-5,v1=00",
        "t=9999999999999999,v1=00",
        "t=\u00b2,v1=00",
        "t=1,v0=00",
    ],
)
async def test_an_invalid_signature_is_refused(shop: StripeShop, header: str | None) -> None:
    order, paid = await an_unreported_payment(shop)
    headers = {"Content-Type": "application/json"}
    if header is not None:
        headers["Stripe-Signature"] = header.encode("latin-1")  # type: ignore[assignment]
    answer = await shop.shop.client.post(WEBHOOKS, content=paid.payload, headers=headers)
    refused(answer, 400, "WEBHOOK_REJECTED")
    assert await shop.status_of(order) == "pending"


async def test_a_signature_with_another_secret_is_refused(shop: StripeShop) -> None:
    order, paid = await an_unreported_payment(shop)
    forged = signature(paid.payload, ["whsec_guessed"], shop.shop.clock.now())
    refused(await shop.post(paid.payload, forged), 400, "WEBHOOK_REJECTED")
    assert await shop.status_of(order) == "pending"


async def test_a_signature_of_another_scheme_is_refused(shop: StripeShop) -> None:
    _, paid = await an_unreported_payment(shop)
    refused(await shop.post(paid.payload, paid.signature.replace("v1=", "v2=")), 400, "WEBHOOK_REJECTED")


@pytest.mark.parametrize(("seconds", "status"), [(-301, 400), (-300, 200), (0, 200), (300, 200), (301, 400)])
async def test_signatures_are_good_for_five_minutes(shop: StripeShop, seconds: int, status: int) -> None:
    order, paid = await an_unreported_payment(shop)
    shop.shop.clock.advance(seconds=seconds)
    assert await shop.deliver(paid) == [status]
    assert await shop.status_of(order) == ("paid" if status == 200 else "pending")


async def test_every_byte_of_the_body_is_signed(shop: StripeShop) -> None:
    order, paid = await an_unreported_payment(shop)
    for position in range(0, len(paid.payload), 37):
        changed = bytearray(paid.payload)
        changed[position] ^= 1
        refused(await shop.post(bytes(changed), paid.signature), 400, "WEBHOOK_REJECTED")
    for other in (paid.payload + b"\n", paid.payload[:-1], json.dumps(json.loads(paid.payload)).encode()):
        refused(await shop.post(other, paid.signature), 400, "WEBHOOK_REJECTED")
    assert await shop.status_of(order) == "pending"
    assert await shop.deliver(paid) == [200]


async def test_a_signed_invalid_body_is_refused(shop: StripeShop) -> None:
    for body in (b"", b"null", b"{}", b"not json"):
        refused(await shop.post(body, shop.stripe.sign(body)), 400, "WEBHOOK_REJECTED")


async def test_secrets_can_be_changed_without_a_gap() -> None:
    clock = ManualClock()
    with stripe_server(clock=clock) as stripe:
        old = stripe.webhook_secret
        new = stripe.roll_webhook_secret()
        settings: dict[str, Any] = {
            "payments": Payments.STRIPE,
            "stripe_api_base": stripe.url,
            "stripe_secret_key": stripe.secret_key,
        }
        for known, accepted in (
            ((old,), {"both": 200, "new": 400, "old": 200}),
            ((old, new), {"both": 200, "new": 200, "old": 200}),
            ((new,), {"both": 200, "new": 200, "old": 400}),
        ):
            async with shop_harness(clock=clock, stripe_webhook_secrets=known, **settings) as shop:
                body = b'{"id": "evt_1", "type": "customer.created", "data": {"object": {}}}'
                for by, secrets in {"both": [new, old], "new": [new], "old": [old]}.items():
                    header = {"Stripe-Signature": signature(body, secrets, clock.now(), livemode=False)}
                    answer = await shop.client.post(WEBHOOKS, content=body, headers=header)
                    assert answer.status_code == accepted[by], (known, by)


@pytest.mark.parametrize("event_is_live", [False, True])
async def test_an_event_of_the_other_mode_is_ignored(event_is_live: bool) -> None:
    key = "sk_test_of_a_shop" if event_is_live else "sk_live_of_a_shop"
    async with stripe_shop(stripe_secret_key=key) as shop:
        order = await shop.order()
        body = json.dumps(
            {
                "id": "evt_1",
                "type": "payment_intent.succeeded",
                "livemode": event_is_live,
                "data": {"object": {"id": "pi_1", "metadata": {"order_id": order["id"]}}},
            }
        ).encode()
        asked = len(shop.stripe.requests)
        assert (await shop.post(body, shop.stripe.sign(body))).status_code == 200
        assert len(shop.stripe.requests) == asked
        assert await shop.status_of(order) == "pending"


async def test_irrelevant_events_are_accepted_and_ignored(shop: StripeShop) -> None:
    order, _ = await an_unreported_payment(shop)
    for kind in ("payment_intent.created", "charge.succeeded", "customer.deleted", "of.later.versions"):
        subject = {"id": shop.intent_id(order), "object": "payment_intent"}
        body = json.dumps({"id": f"evt_{kind}", "type": kind, "data": {"object": subject}}).encode()
        assert (await shop.post(body, shop.stripe.sign(body))).status_code == 200
    assert await shop.status_of(order) == "pending"


async def test_payments_that_are_not_the_shops_are_accepted(shop: StripeShop) -> None:
    account = shop.shop.container.payments.stripe_payments()._connection.services.payment_intents
    foreign = [
        await account.create_async({"amount": 900, "currency": "usd"}),
        await account.create_async({"amount": 900, "currency": "usd", "metadata": {"order_id": "unknown"}}),
    ]
    for intent in foreign:
        shop.stripe.pay(intent.id)
        shop.stripe.refund(intent.id, 100)
        deliveries = shop.stripe.deliveries(of=intent.id)
        assert set(await shop.deliver(*deliveries)) == {200}
    body = json.dumps(
        {"id": "evt_1", "type": "payment_intent.succeeded", "data": {"object": {"id": "pi_unknown"}}}
    ).encode()
    assert (await shop.post(body, shop.stripe.sign(body))).status_code == 200


@pytest.mark.parametrize("wrong", [{"amount_received": 2499}, {"amount_received": 2501}, {"currency": "eur"}])
async def test_a_wrong_amount_or_currency_is_not_applied(shop: StripeShop, wrong: dict[str, Any]) -> None:
    order, paid = await an_unreported_payment(shop)
    intent_id = shop.intent_id(order)
    shop.stripe.falsify(intent_id, **wrong)
    before = await shop.shown(order)
    answer = await shop.post(paid.payload, paid.signature)
    refused(answer, 503, "PAYMENT_MISMATCH")
    assert await shop.shown(order) == before
    assert await shop.stock() == 98
    shop.stripe.falsify(intent_id, amount_received=2500, currency="usd")
    assert await shop.deliver(paid) == [200]
    assert await shop.status_of(order) == "paid"
    await shop.check_settled()


async def test_the_events_body_is_not_trusted(shop: StripeShop) -> None:
    order = await shop.order()
    body = json.dumps(
        {
            "id": "evt_1",
            "type": "payment_intent.succeeded",
            "data": {"object": {"id": shop.intent_id(order), "status": "succeeded", "amount": 2500}},
        }
    ).encode()
    assert (await shop.post(body, shop.stripe.sign(body))).status_code == 200
    assert await shop.status_of(order) == "pending"


@pytest.mark.parametrize("operation", ["payment_intents.retrieve", "refunds.list"])
async def test_an_event_during_a_stripe_outage_is_retried(shop: StripeShop, operation: str) -> None:
    order, paid = await an_unreported_payment(shop)
    assert await shop.deliver(paid) == [200]
    shop.stripe.refund(shop.intent_id(order), 500)
    [refund] = shop.events_of(order, "charge.refunded")
    before = await shop.shown(order)
    shop.stripe.fail_next(operation, 503, saved=False)
    answer = await shop.post(refund.payload, refund.signature)
    refused(answer, 503, "PAYMENT_PROVIDER_UNAVAILABLE")
    assert int(answer.headers["retry-after"]) > 0
    assert await shop.shown(order) == before
    assert await shop.deliver(refund) == [200]
    assert (await shop.shown(order))["refundedTotal"] == 5
    await shop.check_settled()


async def test_an_event_is_recorded_with_its_effect_or_not_at_all(stored_shop: StripeShop) -> None:
    """A mismatch is found after the event's id was written: the id must be rolled back."""
    shop = stored_shop
    order, paid = await an_unreported_payment(shop)
    intent_id = shop.intent_id(order)

    async def is_recorded() -> bool:
        async with shop.shop.container.storage.unit_of_work() as work:
            return await work.payments.applied_events([paid.event_id]) == {paid.event_id}

    shop.stripe.falsify(intent_id, amount_received=1)
    assert await shop.deliver(paid) == [503]
    assert not await is_recorded()
    shop.stripe.falsify(intent_id, amount_received=2500)
    assert await shop.deliver(paid) == [200]
    assert await is_recorded()
    assert await shop.status_of(order) == "paid"


async def test_an_old_event_is_accepted_with_a_new_signature(shop: StripeShop) -> None:
    """Stripe retries for three days, each time with a new timestamp and signature."""
    order, paid = await an_unreported_payment(shop)
    shop.shop.clock.advance(minutes=20)
    assert await shop.deliver(paid) == [400]
    [again] = shop.events_of(order, "payment_intent.succeeded")
    assert again.payload == paid.payload
    assert replace(again, signature="") == replace(paid, signature="")
    assert await shop.deliver(again) == [200]
    assert await shop.status_of(order) == "paid"
