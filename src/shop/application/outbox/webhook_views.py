"""Views of webhooks and deliveries."""

from datetime import datetime
from typing import Self

import msgspec

from shop.domain.outbox.delivery import Delivery
from shop.domain.outbox.schedule import DeliveryStatus
from shop.domain.outbox.webhook import Webhook


class WebhookView(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A webhook, without its secret."""

    id: str
    url: str
    events: list[str]
    active: bool
    description: str | None
    created_at: datetime
    version: int

    @classmethod
    def of(cls, webhook: Webhook) -> Self:
        return cls(
            id=webhook.id,
            url=webhook.url,
            events=list(webhook.events),
            active=webhook.active,
            description=webhook.description,
            created_at=webhook.created_at,
            version=webhook.version,
        )


class WebhookWithSecretView(WebhookView, frozen=True, rename="camel", kw_only=True):
    """A webhook with a new secret, which is not shown again."""

    secret: str


class DeliveryView(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """A delivery of an event to a webhook; `due_at` is the time of the next attempt."""

    id: str
    event_id: str
    event_type: str
    status: DeliveryStatus
    attempts: int
    response_status: int | None
    error: str | None
    created_at: datetime
    due_at: datetime | None
    finished_at: datetime | None

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        schedule = delivery.schedule
        return cls(
            id=delivery.id,
            event_id=delivery.event_id,
            event_type=delivery.event_type,
            status=schedule.status,
            attempts=schedule.attempts,
            response_status=delivery.response_status,
            error=schedule.error,
            created_at=delivery.created_at,
            due_at=schedule.due_at,
            finished_at=schedule.finished_at,
        )
