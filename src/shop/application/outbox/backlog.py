"""What of the outbox is late."""

from dataclasses import dataclass
from datetime import timedelta

from shop.application.ports.outbox import EventQueries
from shop.application.ports.system import Clock
from shop.application.ports.webhooks import WebhookQueries


@dataclass(frozen=True, slots=True)
class OutboxBacklog:
    """How long the oldest event has been waiting for its position, and the deliveries that are due."""

    events_wait: timedelta
    deliveries: int
    """Counted up to 1,000."""
    overdue: timedelta
    """For how long the oldest delivery has been due."""


class ReadOutboxBacklog:
    """The worker, for its metrics: read what is late, of the whole shop."""

    def __init__(self, events: EventQueries, webhooks: WebhookQueries, clock: Clock) -> None:
        self._events = events
        self._webhooks = webhooks
        self._clock = clock

    async def __call__(self) -> OutboxBacklog:
        now = self._clock.now()
        _, oldest = await self._events.backlog()
        due = await self._webhooks.backlog(now)
        nothing = timedelta(0)
        return OutboxBacklog(
            events_wait=nothing if oldest is None else max(now - oldest, nothing),
            deliveries=due.deliveries,
            overdue=nothing if due.oldest is None else now - due.oldest,
        )
