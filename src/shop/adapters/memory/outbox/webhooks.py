"""Webhooks and their deliveries in memory."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from shop.adapters.memory.framework.store import Store, Transaction
from shop.application.framework.views import Page
from shop.application.outbox.webhook_views import DeliveryView, WebhookView
from shop.application.ports.outbox import DeliveryBacklog
from shop.application.ports.system import BACKLOG_LIMIT
from shop.domain.outbox.delivery import Delivery
from shop.domain.outbox.schedule import DeliveryStatus
from shop.domain.outbox.webhook import Webhook

_WEBHOOKS: Final = "webhooks"
_DELIVERIES: Final = "webhook_deliveries"


class MemoryWebhooks:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, webhook: Webhook) -> None:
        await self._transaction.put(_WEBHOOKS, webhook.id, webhook)

    async def count(self) -> int:
        await self._transaction.lock(_WEBHOOKS, "count")
        return len(await self._transaction.scan(_WEBHOOKS))

    async def get(self, webhook_id: str) -> Webhook | None:
        webhook: Webhook | None = await self._transaction.get(_WEBHOOKS, webhook_id)
        return webhook

    async def lock(self, webhook_id: str) -> Webhook | None:
        await self._transaction.lock(_WEBHOOKS, webhook_id)
        return await self.get(webhook_id)

    async def active(self) -> Sequence[Webhook]:
        webhooks: list[Webhook] = await self._transaction.scan(_WEBHOOKS)
        return sorted((webhook for webhook in webhooks if webhook.active), key=lambda each: each.id)

    async def save(self, webhook: Webhook) -> None:
        await self._transaction.put(_WEBHOOKS, webhook.id, webhook)

    async def delete(self, webhook_id: str) -> None:
        deliveries: list[Delivery] = await self._transaction.scan(_DELIVERIES)
        for delivery in deliveries:
            if delivery.webhook_id == webhook_id:
                await self._transaction.delete(_DELIVERIES, delivery.id)
        await self._transaction.delete(_WEBHOOKS, webhook_id)


class MemoryDeliveries:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, new: Sequence[Delivery]) -> None:
        for delivery in sorted(new, key=lambda each: each.id):
            await self._transaction.insert(_DELIVERIES, delivery.id, delivery)

    async def lease(self, webhook_id: str, at: datetime, limit: int) -> Sequence[Delivery]:
        deliveries: list[Delivery] = await self._transaction.scan(_DELIVERIES)
        due = sorted(_due([each for each in deliveries if each.webhook_id == webhook_id], at))
        leased: list[Delivery] = []
        for _, delivery_id in due:
            if len(leased) == limit or not await self._transaction.try_lock(_DELIVERIES, delivery_id):
                continue
            delivery: Delivery | None = await self._transaction.get(_DELIVERIES, delivery_id)
            if delivery is not None and _due([delivery], at):
                leased.append(delivery.lease(at))
                await self._transaction.put(_DELIVERIES, delivery_id, leased[-1])
        return leased

    async def lock(self, delivery_id: str) -> Delivery | None:
        await self._transaction.lock(_DELIVERIES, delivery_id)
        delivery: Delivery | None = await self._transaction.get(_DELIVERIES, delivery_id)
        return delivery

    async def save(self, delivery: Delivery) -> None:
        await self._transaction.put(_DELIVERIES, delivery.id, delivery)

    async def has_succeeded_since(self, webhook_id: str, moment: datetime) -> bool:
        deliveries: list[Delivery] = await self._transaction.scan(_DELIVERIES)
        return any(
            each.webhook_id == webhook_id
            and each.schedule.status is DeliveryStatus.SUCCEEDED
            and each.schedule.finished_at is not None
            and each.schedule.finished_at >= moment
            and not each.is_test
            for each in deliveries
        )

    async def purge(self, before: datetime, limit: int) -> int:
        deliveries: list[Delivery] = await self._transaction.scan(_DELIVERIES)
        old = sorted((each.created_at, each.id) for each in deliveries if each.created_at < before)[:limit]
        for _, delivery_id in old:
            await self._transaction.delete(_DELIVERIES, delivery_id)
        return len(old)


class MemoryWebhookQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, page: int, limit: int) -> Page[WebhookView]:
        await asyncio.sleep(0)
        found = sorted(self._webhooks().values(), key=lambda webhook: webhook.id)
        shown = found[(page - 1) * limit : page * limit]
        return Page(page, limit, len(found), [WebhookView.of(webhook) for webhook in shown])

    async def webhook(self, webhook_id: str) -> WebhookView | None:
        await asyncio.sleep(0)
        found = self._webhooks().get(webhook_id)
        return None if found is None else WebhookView.of(found)

    async def deliveries(self, webhook_id: str, page: int, limit: int) -> Page[DeliveryView]:
        await asyncio.sleep(0)
        found = [each for each in self._deliveries() if each.webhook_id == webhook_id]
        found.sort(key=lambda each: (each.created_at, each.id), reverse=True)
        shown = found[(page - 1) * limit : page * limit]
        return Page(page, limit, len(found), [DeliveryView.of(delivery) for delivery in shown])

    async def due(self, at: datetime) -> Sequence[str]:
        await asyncio.sleep(0)
        return sorted({each.webhook_id for each in self._due_to_active(at)})

    async def backlog(self, at: datetime) -> DeliveryBacklog:
        await asyncio.sleep(0)
        due = [due_at for due_at, _ in _due(self._due_to_active(at), at)]
        return DeliveryBacklog(min(len(due), BACKLOG_LIMIT), min(due, default=None))

    def _due_to_active(self, at: datetime) -> list[Delivery]:
        active = {webhook.id for webhook in self._webhooks().values() if webhook.active}
        return [each for each in self._deliveries() if each.webhook_id in active and _due([each], at)]

    def _webhooks(self) -> dict[Any, Webhook]:
        return self._store.tables[_WEBHOOKS]

    def _deliveries(self) -> list[Delivery]:
        return list(self._store.tables[_DELIVERIES].values())


def _due(deliveries: Sequence[Delivery], at: datetime) -> list[tuple[datetime, str]]:
    """Return the due time and the id of each delivery that is due."""
    return [
        (each.schedule.due_at, each.id)
        for each in deliveries
        if each.schedule.due_at is not None and each.schedule.due_at <= at
    ]
