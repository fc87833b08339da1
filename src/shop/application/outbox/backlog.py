"""The outbox's overdue work."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from shop.application.ports.messages import MessageQueries
from shop.application.ports.outbox import EventQueries, WebhookQueries
from shop.application.ports.system import Clock


@dataclass(frozen=True, slots=True)
class OutboxBacklog:
    """How long the oldest event has been waiting for its position, due deliveries, and queued mails."""

    events_wait: timedelta
    deliveries: int
    """Counted up to BACKLOG_LIMIT."""
    overdue: timedelta
    """For how long the oldest delivery has been due."""
    mails: int
    """Queued mails, counted up to BACKLOG_LIMIT."""
    oldest_mail: timedelta
    """For how long the oldest of them has been queued."""
    mails_overdue: timedelta
    """For how long the oldest attempt at a mail has been due."""


class ReadOutboxBacklog:
    """The worker, for its metrics: read the overdue work of the whole shop."""

    def __init__(
        self, events: EventQueries, webhooks: WebhookQueries, messages: MessageQueries, clock: Clock
    ) -> None:
        self._events = events
        self._webhooks = webhooks
        self._messages = messages
        self._clock = clock

    async def __call__(self) -> OutboxBacklog:
        now = self._clock.now()

        def since(moment: datetime | None) -> timedelta:
            return timedelta(0) if moment is None else max(now - moment, timedelta(0))

        _, oldest = await self._events.backlog()
        due = await self._webhooks.backlog(now)
        mails = await self._messages.backlog()
        return OutboxBacklog(
            events_wait=since(oldest),
            deliveries=due.deliveries,
            overdue=since(due.oldest),
            mails=mails.messages,
            oldest_mail=since(mails.oldest),
            mails_overdue=since(mails.first_due),
        )
