"""Disputes, from their opening to their end."""

import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from tests.stripe_server import Delivery
from tests.stripe_shop import STOCK, StripeShop
from tests.unit.shopping import refused

pytestmark = pytest.mark.anyio


async def deliver_new(shop: StripeShop, order: Mapping[str, Any], seen: set[str]) -> None:
    """Deliver the webhooks of the order that are not in `seen`, and add them to it."""
    new = [each for each in shop.events_of(order) if each.event_id not in seen]
    assert set(await shop.deliver(*new)) <= {200}
    seen |= {each.event_id for each in new}


async def dispute_of(shop: StripeShop, order: Mapping[str, Any]) -> Any:
    return (await shop.shown(order))["payment"].get("dispute")


async def totals(shop: StripeShop) -> dict[str, float]:
    """Return the totals. Check that they add up in total, per period and per item."""
    dashboard = (await shop.admin.get("/api/admin/dashboard")).json()
    for sums in (dashboard["totals"], *dashboard["series"]):
        gone = sums["discounts"] + sums["refunds"] + sums["disputesLost"]
        assert sums["netRevenue"] == sums["grossRevenue"] - gone
    items = (await shop.admin.get("/api/admin/statistics/items?page=1")).json()["items"]
    for item in items:
        gone = item["discounts"] + item["refunds"] + item["disputesLost"]
        assert item["revenue"] == item["grossRevenue"] - gone
    for name, of_items in (("disputesLost", "disputesLost"), ("netRevenue", "revenue")):
        assert sum(item[of_items] for item in items) == dashboard["totals"][name]
    return {name: dashboard["totals"][name] for name in ("refunds", "disputesLost", "netRevenue")}


async def test_an_order_shows_its_dispute_to_the_end(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    assert "dispute" not in order["payment"]
    seen = {each.event_id for each in shop.events_of(order)}
    made = shop.stripe.dispute(shop.intent_id(order), reason="product_not_received")
    await deliver_new(shop, order, seen)
    opened = {
        "status": "needs_response",
        "amount": 25,
        "reason": "product_not_received",
        "openedAt": "2026-01-05T09:00:00Z",
        "closedAt": None,
    }
    assert await dispute_of(shop, order) == opened
    shop.stripe.update_dispute(made["id"], "under_review")
    await deliver_new(shop, order, seen)
    assert await dispute_of(shop, order) == opened | {"status": "under_review"}
    shop.shop.clock.advance(minutes=20)
    shop.stripe.close_dispute(made["id"], "lost")
    closed = opened | {"status": "lost", "closedAt": "2026-01-05T09:20:00Z"}
    shop.shop.clock.advance(minutes=5)
    await deliver_new(shop, order, seen)
    assert await dispute_of(shop, order) == closed
    shown = (await shop.admin.get(f"/api/orders/{order['id']}")).json()
    assert shown["payment"]["dispute"] == closed
    await shop.check_settled()


async def test_no_refund_while_a_dispute_holds_the_money(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    seen = {each.event_id for each in shop.events_of(order)}
    made = shop.stripe.dispute(shop.intent_id(order))
    await deliver_new(shop, order, seen)
    details = refused(await shop.refund(order, "a key", amount=1), 409, "PAYMENT_DISPUTED")
    assert details["status"] == "needs_response"
    path = f"/api/orders/{order['id']}"
    refused(await shop.ada.post(f"{path}/cancel"), 409, "PAYMENT_DISPUTED")
    put = await shop.admin.put(f"/api/admin/orders/{order['id']}", json={"status": "cancelled"})
    refused(put, 409, "PAYMENT_DISPUTED")
    assert (await shop.admin.get("/api/admin/refunds?page=1")).json()["total"] == 0
    assert await shop.status_of(order) == "paid"
    shop.stripe.close_dispute(made["id"], "won")
    await deliver_new(shop, order, seen)
    assert (await shop.refund(order, "a key", amount=1)).json()["refund"]["status"] == "succeeded"
    assert (await shop.cancel(order))["status"] == "cancelled"
    assert await shop.stock() == STOCK
    await shop.deliver_everything_of(order)
    await shop.check_settled()


async def test_a_refund_that_stripe_refuses_for_a_dispute_says_why(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    shop.stripe.dispute(shop.intent_id(order))
    answer = (await shop.refund(order, amount=1)).json()
    assert answer["refund"]["status"] == "failed"
    assert "disputes" in answer["refund"]["failureReason"]
    [listed] = (await shop.admin.get("/api/admin/refunds?page=1")).json()["items"]
    assert listed["failureReason"] == answer["refund"]["failureReason"]


async def test_a_lost_dispute_reduces_the_revenue(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order, other = await shop.paid_order(), await shop.paid_order()
    seen = {each.event_id for each in shop.events_of(order)}
    made = shop.stripe.dispute(shop.intent_id(order))
    await deliver_new(shop, order, seen)
    assert await totals(shop) == {"refunds": 0, "disputesLost": 0, "netRevenue": 50}
    shop.stripe.close_dispute(made["id"], "lost")
    await deliver_new(shop, order, seen)
    assert await totals(shop) == {"refunds": 0, "disputesLost": 25, "netRevenue": 25}
    refused(await shop.refund(order, amount=1), 409, "REFUND_TOO_LARGE")
    assert await shop.status_of(order) == "paid"
    assert (await shop.cancel(order))["status"] == "cancelled"  # There is no money left to refund.
    assert await shop.stock() == STOCK - 2
    assert (await shop.refund(other)).json()["order"]["status"] == "refunded"
    assert await totals(shop) == {"refunds": 25, "disputesLost": 25, "netRevenue": 0}
    await shop.check_settled()


async def test_a_won_dispute_returns_the_money(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    seen = {each.event_id for each in shop.events_of(order)}
    made = shop.stripe.dispute(shop.intent_id(order))
    shop.stripe.close_dispute(made["id"], "lost")
    await deliver_new(shop, order, seen)
    assert (await totals(shop))["disputesLost"] == 25
    shop.stripe.close_dispute(made["id"], "won")
    await deliver_new(shop, order, seen)
    assert await totals(shop) == {"refunds": 0, "disputesLost": 0, "netRevenue": 25}
    assert (await dispute_of(shop, order))["status"] == "won"
    assert (await shop.refund(order)).json()["order"]["status"] == "refunded"
    await shop.check_settled()


async def test_a_dispute_takes_at_most_the_remaining_amount(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    await shop.refund(order, amount=10)
    seen = {each.event_id for each in shop.events_of(order)}
    made = shop.stripe.dispute(shop.intent_id(order), amount=2500)
    shop.stripe.close_dispute(made["id"], "lost")
    await deliver_new(shop, order, seen)
    assert await totals(shop) == {"refunds": 10, "disputesLost": 15, "netRevenue": 0}
    part = await shop.paid_order()
    seen = {each.event_id for each in shop.events_of(part)}
    made = shop.stripe.dispute(shop.intent_id(part), amount=500)
    shop.stripe.close_dispute(made["id"], "lost")
    await deliver_new(shop, part, seen)
    assert await totals(shop) == {"refunds": 10, "disputesLost": 20, "netRevenue": 20}
    refused(await shop.refund(part, amount=20.01), 409, "REFUND_TOO_LARGE")
    await shop.check_settled()


async def test_an_inquiry_takes_no_money_and_allows_refunds(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    seen = {each.event_id for each in shop.events_of(order)}
    made = shop.stripe.dispute(shop.intent_id(order), inquiry=True)
    await deliver_new(shop, order, seen)
    assert (await dispute_of(shop, order))["status"] == "warning_needs_response"
    assert (await shop.refund(order)).json()["refund"]["status"] == "succeeded"
    shop.stripe.close_dispute(made["id"], "warning_closed")
    await deliver_new(shop, order, seen)
    assert await totals(shop) == {"refunds": 25, "disputesLost": 0, "netRevenue": 0}
    assert (await dispute_of(shop, order))["closedAt"] is not None
    await shop.check_settled()


async def test_the_order_of_the_events_does_not_matter(shop: StripeShop) -> None:
    expected = None
    for number, arrangement in enumerate(itertools.permutations(range(5))):
        if number % 17:
            continue
        order = await shop.paid_order(1)
        seen = {each.event_id for each in shop.events_of(order)}
        made = shop.stripe.dispute(shop.intent_id(order), reason="duplicate")
        shop.stripe.update_dispute(made["id"], "under_review")
        shop.stripe.close_dispute(made["id"], "lost")
        shop.stripe.update_dispute(made["id"], "lost")
        new: list[Delivery] = [each for each in shop.events_of(order) if each.event_id not in seen]
        assert len(new) == 5
        for place in (*arrangement, *arrangement[:2]):
            assert await shop.deliver(new[place]) == [200]
        found = await dispute_of(shop, order)
        assert found["status"] == "lost"
        expected = expected or found
        assert found == expected
    lost = (await totals(shop))["disputesLost"]
    assert lost == 12.5 * len((await shop.admin.get("/api/admin/orders?page=1")).json()["items"])


async def test_events_of_a_dispute_that_never_came_are_fetched(stored_shop: StripeShop) -> None:
    shop = stored_shop
    order = await shop.paid_order()
    made = shop.stripe.dispute(shop.intent_id(order))
    shop.stripe.close_dispute(made["id"], "lost")
    await shop.pass_time(minutes=10)
    await shop.shop.container.payments.replay_missed_events()()
    assert (await dispute_of(shop, order))["status"] == "lost"
    assert (await totals(shop))["disputesLost"] == 25
    await shop.check_settled()
