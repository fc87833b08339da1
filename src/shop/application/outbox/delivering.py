"""The worker's deliveries to webhooks: queue events for webhooks, and send due deliveries."""

import asyncio
from collections.abc import Iterable, Sequence
from typing import Final

from shop.application.framework.transactions import retry_on_conflict
from shop.application.outbox.attempts import NO_EVENT, NOT_READABLE, Attempt, MakeAttempt, body_of
from shop.application.ports.outbox import EventQueries, WebhookQueries
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.outbox.delivery import Delivery
from shop.domain.outbox.event import Event, EventType, PositionedEvent, readable_types
from shop.domain.outbox.webhook import Webhook

READER: Final = "webhooks"
_EVENTS_PER_BATCH: Final = 200
_MAX_BATCHES: Final = 20
CONCURRENT_PER_WEBHOOK: Final = 5
"""The maximum number of concurrent messages to one webhook, per worker."""


class QueueDeliveries:
    """The worker: create the deliveries of events to the webhooks that subscribe to their types.

    Deliveries and the reader's position are stored in one transaction, so each event is queued once per
    webhook. Events whose subjects the webhook's creator may not read are left out.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, events: EventQueries, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._events = events
        self._clock = clock

    async def __call__(self) -> None:
        """Run one round: one batch after the other until nothing is left, at most _MAX_BATCHES."""
        if not await self._events.is_behind(READER):  # most of the time, and without a lock
            return
        for _ in range(_MAX_BATCHES):
            if await self._queue() < _EVENTS_PER_BATCH:
                return

    @retry_on_conflict
    async def _queue(self) -> int:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            position = await work.events.lock_position(READER)
            events = await work.events.after(position, _EVENTS_PER_BATCH)
            if not events:
                return 0
            wanted = [
                (webhook, await wanted_types(work, webhook)) for webhook in await work.webhooks.active()
            ]
            await work.deliveries.add(
                [
                    Delivery.of(event.id, event.type.value, webhook.id, now)
                    for event in _events_of(events)
                    for webhook, types in wanted
                    if event.type in types and event.created_at >= webhook.created_at
                ]
            )
            await work.events.save_position(READER, events[-1].position)
        return len(events)


class DeliverToWebhooks:
    """The worker: send due deliveries, a few at a time per webhook. No webhook waits for another.

    Deliveries are leased, so that several workers can share them; a dead worker's deliveries are due again when their
    leases end. `finish` waits for messages in progress.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        webhooks: WebhookQueries,
        make_attempt: MakeAttempt,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._webhooks = webhooks
        self._make_attempt = make_attempt
        self._clock = clock
        self._serving: dict[str, asyncio.Task[None]] = {}
        self._is_stopping = False

    async def __call__(self) -> None:
        """Start sending to the webhooks with due deliveries, without waiting for the results.

        Raises an ExceptionGroup of the errors that sending has raised since the last call.
        """
        failures = self._collect()
        if not self._is_stopping:
            for webhook_id in await self._webhooks.due(self._clock.now()):
                if webhook_id not in self._serving:
                    self._serving[webhook_id] = asyncio.create_task(self._serve(webhook_id))
        if failures:
            raise ExceptionGroup("deliveries to webhooks", failures)

    async def finish(self) -> None:
        """Start nothing new, and wait until the messages in progress have been sent and recorded."""
        self._is_stopping = True
        try:
            await asyncio.gather(*self._serving.values(), return_exceptions=True)
        finally:
            self._is_stopping = False
            self._serving.clear()

    async def drain(self) -> None:
        """Send everything that is due, and wait for it."""
        while True:
            await self()
            if not self._serving:
                return
            await asyncio.gather(*self._serving.values(), return_exceptions=True)

    def _collect(self) -> list[Exception]:
        done = {webhook_id: task for webhook_id, task in self._serving.items() if task.done()}
        for webhook_id in done:
            del self._serving[webhook_id]
        errors = [task.exception() for task in done.values() if not task.cancelled()]
        return [error for error in errors if isinstance(error, Exception)]

    async def _serve(self, webhook_id: str) -> None:
        while not self._is_stopping and (attempts := await self._lease(webhook_id)):
            await asyncio.gather(*map(self._make_attempt, attempts))

    @retry_on_conflict
    async def _lease(self, webhook_id: str) -> list[Attempt]:
        async with self._unit_of_work() as work:
            webhook = await work.webhooks.get(webhook_id)
            if webhook is None or not webhook.active:
                return []
            due = await work.deliveries.lease(webhook_id, self._clock.now(), CONCURRENT_PER_WEBHOOK)
            return await attempts_of(work, webhook, due)


async def attempts_of(work: UnitOfWork, webhook: Webhook, leased: Sequence[Delivery]) -> list[Attempt]:
    """Return the attempts at leased deliveries to this webhook."""
    if not leased:
        return []
    events = await work.events.get([delivery.event_id for delivery in leased if not delivery.is_test])
    readable = await readable_by_maker(work, webhook)
    attempts = []
    for delivery in leased:
        event = events.get(delivery.event_id)
        body, obstacle = body_of(delivery, event), None
        if body is None:
            obstacle = NO_EVENT
        elif event is not None and event.type not in readable:
            body, obstacle = None, NOT_READABLE
        attempts.append(Attempt(delivery, webhook, body, obstacle))
    return attempts


async def wanted_types(work: UnitOfWork, webhook: Webhook) -> frozenset[EventType]:
    """Return the event types that the webhook subscribes to and whose subjects its creator may read now."""
    return webhook.types & await readable_by_maker(work, webhook)


async def readable_by_maker(work: UnitOfWork, webhook: Webhook) -> frozenset[EventType]:
    """Return the event types whose subjects the webhook's creator may read now; none if disabled."""
    maker = await work.users.get(webhook.made_by)
    if maker is None or not maker.active or maker.closed_at is not None:
        return frozenset()
    return readable_types(maker.role.permissions)


def _events_of(positioned: Iterable[PositionedEvent]) -> list[Event]:
    return [each.event for each in positioned]
