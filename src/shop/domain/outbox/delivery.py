"""Deliveries of events to webhooks."""

import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Self

from shop.domain.outbox.schedule import DeliveryStatus, Schedule

ATTEMPT_BUDGET: Final = timedelta(seconds=15)
"""How long one attempt may take, from the DNS lookup to the end of the response."""
TEST: Final = "webhook.test"
"""The type of a test delivery's event. It is not stored and not in the feed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one webhook. Its id is the same at every attempt, so receivers recognise repetitions."""

    id: str
    webhook_id: str
    event_id: str
    event_type: str
    created_at: datetime
    schedule: Schedule
    response_status: int | None = None
    """The status that the receiver answered the last attempt with; None if it did not answer."""

    @classmethod
    def of(cls, event_id: str, event_type: str, webhook_id: str, at: datetime) -> Self:
        """Return the delivery of an event to a webhook. Its id depends only on the event and the webhook."""
        return cls(
            id=delivery_id(event_id, webhook_id),
            webhook_id=webhook_id,
            event_id=event_id,
            event_type=event_type,
            created_at=at,
            schedule=Schedule.begin(at),
        )

    @property
    def is_test(self) -> bool:
        return self.event_type == TEST

    @property
    def is_pending(self) -> bool:
        return self.schedule.status is DeliveryStatus.PENDING

    def lease(self, at: datetime) -> Self:
        return replace(self, schedule=self.schedule.lease(at))

    def restart(self, at: datetime) -> Self:
        """Return the delivery, due again immediately. A pending one keeps its attempts."""
        if self.is_pending:
            return replace(self, schedule=replace(self.schedule, due_at=at))
        return replace(self, schedule=self.schedule.restart(at))

    def succeed(self, at: datetime, response_status: int | None) -> Self:
        return replace(self, schedule=self.schedule.succeed(at), response_status=response_status)

    def fail(self, at: datetime, error: str, response_status: int | None = None) -> Self:
        """Record a failed attempt. A test delivery is not retried."""
        schedule = self.schedule.fail(at, error)
        if self.is_test and schedule.status is DeliveryStatus.PENDING:
            schedule = schedule.give_up(at, error)
        return replace(self, schedule=schedule, response_status=response_status)

    def give_up(self, at: datetime, error: str) -> Self:
        """End the delivery without an attempt."""
        return replace(self, schedule=self.schedule.give_up(at, error), response_status=None)


def delivery_id(event_id: str, webhook_id: str) -> str:
    """Return the id of the delivery of this event to this webhook."""
    return str(uuid.UUID(bytes=sha256(f"{event_id}:{webhook_id}".encode()).digest()[:16], version=5))
