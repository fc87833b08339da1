"""Contract tests: webhooks, and deliveries that several workers share."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.application.outbox.webhook_views import DeliveryView, WebhookView
from shop.contract.order_samples import NOW, a_user, ids, rolled_back
from shop.domain.outbox.delivery import TEST, Delivery
from shop.domain.outbox.schedule import LEASE
from shop.domain.outbox.webhook import Webhook

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)


async def a_webhook(storage: Any, **fields: Any) -> Webhook:
    """Store a new webhook."""
    defaults = {
        "url": "https://shop.example/hooks?é",
        "events": ("order.*",),
        "active": True,
        "description": "ü",
    }
    webhook = Webhook(
        id=ids.new_id(),
        made_by=await a_user(storage.unit_of_work),
        created_at=NOW,
        secret=b"\x00one",
        **{**defaults, **fields},
    )
    async with storage.unit_of_work() as work:
        await work.webhooks.add(webhook)
    return webhook


def a_delivery(webhook: Webhook, at: datetime = NOW, event_type: str = "order.paid") -> Delivery:
    return Delivery.of(ids.new_id(), event_type, webhook.id, at)


async def added(storage: Any, *deliveries: Delivery) -> None:
    async with storage.unit_of_work() as work:
        await work.deliveries.add(deliveries)


async def saved(storage: Any, delivery: Delivery) -> None:
    async with storage.unit_of_work() as work:
        await work.deliveries.lock(delivery.id)
        await work.deliveries.save(delivery)


@retry_on_conflict
async def leased(storage: Any, webhook: Webhook, at: datetime = NOW, limit: int = 10) -> Sequence[Delivery]:
    async with storage.unit_of_work() as work:
        ours: Sequence[Delivery] = await work.deliveries.lease(webhook.id, at, limit)
        return ours


async def stored(storage: Any, delivery: Delivery) -> Delivery | None:
    async with storage.unit_of_work() as work:
        found: Delivery | None = await work.deliveries.lock(delivery.id)
        return found


class TestWebhooks:
    async def test_a_webhook_comes_back_as_stored(self, storage: Any) -> None:
        first = await a_webhook(storage)
        second = await a_webhook(
            storage, events=("stock.low", "*"), active=False, description=None, version=7
        )
        rotated = second.rotate(b"two", NOW)
        async with storage.unit_of_work() as work:
            assert await work.webhooks.lock(second.id) == second
            await work.webhooks.save(rotated)
        async with storage.unit_of_work() as work:
            assert await work.webhooks.get(second.id) == rotated
            assert await work.webhooks.get(ids.new_id()) is None
            assert await work.webhooks.lock("unknown") is None
            assert await work.webhooks.active() == [first]
            assert await work.webhooks.count() == 2
        assert await storage.webhooks.webhook(first.id) == WebhookView.of(first)
        assert await storage.webhooks.webhook(ids.new_id()) is None
        page = await storage.webhooks.page(1, 1)
        assert (page.total, page.items) == (2, [WebhookView.of(first)])
        assert (await storage.webhooks.page(2, 1)).items == [WebhookView.of(rotated)]

    async def test_a_webhook_is_deleted_with_its_deliveries(self, storage: Any) -> None:
        gone, left = await a_webhook(storage), await a_webhook(storage)
        deliveries = [a_delivery(gone), a_delivery(left)]
        await added(storage, *deliveries)
        async with storage.unit_of_work() as work:
            await work.webhooks.lock(gone.id)
            await work.webhooks.delete(gone.id)
        assert await storage.webhooks.webhook(gone.id) is None
        assert [await stored(storage, each) for each in deliveries] == [None, deliveries[1]]


class TestDeliveries:
    async def test_a_delivery_comes_back_as_stored(self, storage: Any) -> None:
        webhook = await a_webhook(storage)
        new = a_delivery(webhook)
        failed = a_delivery(webhook).fail(NOW, "réfusé", 503)
        done = a_delivery(webhook, at=NOW + SECOND).succeed(NOW + SECOND, 204)
        await added(storage, new, failed, done)
        await added(storage)
        assert [await stored(storage, each) for each in (new, failed, done)] == [new, failed, done]
        page = await storage.webhooks.deliveries(webhook.id, 1, 2)
        newest = max(new, failed, key=lambda each: each.id)
        assert (page.total, page.items) == (3, [DeliveryView.of(done), DeliveryView.of(newest)])
        assert (await storage.webhooks.deliveries(ids.new_id(), 1, 2)).total == 0

    async def test_a_delivery_that_exists_is_not_added_again(self, storage: Any) -> None:
        webhook = await a_webhook(storage)
        delivery, other = a_delivery(webhook), a_delivery(webhook)
        await added(storage, delivery)
        sent = delivery.succeed(NOW, 200)
        await saved(storage, sent)
        await added(storage, delivery, other)
        assert await stored(storage, delivery) == sent
        assert await stored(storage, other) == other

    async def test_due_deliveries_are_leased_the_longest_due_first(self, storage: Any) -> None:
        webhook, other = await a_webhook(storage), await a_webhook(storage)
        late, later = a_delivery(webhook, NOW - SECOND), a_delivery(webhook)
        await added(
            storage,
            *(later, late, a_delivery(webhook, NOW + SECOND), a_delivery(other)),
            a_delivery(webhook).succeed(NOW, 200),
        )
        assert await leased(storage, webhook, limit=1) == [late.lease(NOW)]
        assert await leased(storage, webhook) == [later.lease(NOW)]
        assert await leased(storage, webhook) == []

    async def test_a_lease_ends(self, storage: Any) -> None:
        webhook = await a_webhook(storage)
        delivery = a_delivery(webhook)
        await added(storage, delivery)
        await leased(storage, webhook)
        assert await leased(storage, webhook, NOW + LEASE - SECOND) == []
        assert [each.id for each in await leased(storage, webhook, NOW + LEASE)] == [delivery.id]

    async def test_a_rolled_back_delivery_lease_is_not_held(self, storage: Any) -> None:
        webhook = await a_webhook(storage)
        await added(storage, a_delivery(webhook))
        async with rolled_back(storage.unit_of_work) as work:
            assert len(await work.deliveries.lease(webhook.id, NOW, 10)) == 1
        assert len(await leased(storage, webhook)) == 1

    async def test_concurrent_workers_lease_different_deliveries(self, storage: Any) -> None:
        webhook = await a_webhook(storage)
        await added(storage, *(a_delivery(webhook) for _ in range(30)))
        shares = await asyncio.gather(*(leased(storage, webhook, limit=5) for _ in range(8)))
        found = [delivery.id for share in shares for delivery in share]
        assert len(found) == len(set(found))
        left = await leased(storage, webhook, limit=100)
        assert len(found) + len(left) == 30

    async def test_locked_deliveries_are_skipped_without_waiting(self, storage: Any, row_locks: None) -> None:
        webhook = await a_webhook(storage)
        first, second = a_delivery(webhook, NOW - SECOND), a_delivery(webhook)
        await added(storage, first, second)
        async with storage.unit_of_work() as work:
            await work.deliveries.lock(first.id)
            ours = await asyncio.wait_for(leased(storage, webhook), 1)
            assert [each.id for each in ours] == [second.id]

    async def test_due_webhooks_are_those_switched_on(self, storage: Any) -> None:
        webhook, off, idle = [await a_webhook(storage, active=active) for active in (True, False, True)]
        await added(storage, a_delivery(webhook), a_delivery(webhook), a_delivery(off))
        await added(storage, a_delivery(idle, NOW + SECOND), a_delivery(idle).succeed(NOW, 200))
        assert await storage.webhooks.due(NOW) == [webhook.id]
        backlog = await storage.webhooks.backlog(NOW)
        assert (backlog.deliveries, backlog.oldest) == (2, NOW)
        assert await storage.webhooks.due(NOW + SECOND) == [webhook.id, idle.id]
        none = await storage.webhooks.backlog(NOW - SECOND)
        assert (none.deliveries, none.oldest) == (0, None)

    async def test_successes_since_a_moment(self, storage: Any) -> None:
        webhook, other = await a_webhook(storage), await a_webhook(storage)

        async def succeeded(since: datetime) -> bool:
            async with storage.unit_of_work() as work:
                found: bool = await work.deliveries.has_succeeded_since(webhook.id, since)
                return found

        await added(
            storage,
            a_delivery(other).succeed(NOW, 200),
            a_delivery(webhook, event_type=TEST).succeed(NOW, 200),
            a_delivery(webhook).fail(NOW, "no"),
        )
        assert not await succeeded(NOW)
        await added(storage, a_delivery(webhook).succeed(NOW, 200))
        assert await succeeded(NOW)
        assert not await succeeded(NOW + SECOND)

    async def test_old_deliveries_are_purged(self, storage: Any) -> None:
        webhook = await a_webhook(storage)
        deliveries = [a_delivery(webhook, NOW + number * SECOND) for number in range(4)]
        await added(storage, *deliveries)

        async def purge(before: datetime, limit: int) -> int:
            async with storage.unit_of_work() as work:
                purged: int = await work.deliveries.purge(before, limit)
                return purged

        assert [await purge(NOW + 3 * SECOND, 2), await purge(NOW + 3 * SECOND, 2)] == [2, 1]
        assert [await stored(storage, each) is None for each in deliveries] == [True, True, True, False]

    async def test_saved_progress_replaces_earlier_progress(self, storage: Any) -> None:
        webhook = await a_webhook(storage)
        delivery = a_delivery(webhook)
        await added(storage, delivery)
        for progress in (
            delivery.lease(NOW),
            delivery.fail(NOW, "refused", 500),
            delivery.fail(NOW, "refused", 500).succeed(NOW + SECOND, 200),
            replace(delivery, schedule=delivery.succeed(NOW, 200).restart(NOW).schedule),
        ):
            await saved(storage, progress)
            assert await stored(storage, progress) == progress
