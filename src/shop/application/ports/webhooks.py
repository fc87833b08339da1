"""Storage of webhooks and of their deliveries, and sending."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.application.framework.views import Page
from shop.application.outbox.webhook_views import DeliveryView, WebhookView
from shop.domain.outbox.delivery import Delivery
from shop.domain.outbox.webhook import Webhook


class Webhooks(Protocol):
    """Webhooks."""

    async def add(self, webhook: Webhook) -> None:
        """Store a new webhook."""

    async def count(self) -> int:
        """Return the number of webhooks. Other transactions that count them wait until this one ends."""

    async def get(self, webhook_id: str) -> Webhook | None:
        """Return the webhook, not locked; None if unknown."""

    async def lock(self, webhook_id: str) -> Webhook | None:
        """Return the webhook, locked; None if unknown."""

    async def active(self) -> Sequence[Webhook]:
        """Return all webhooks that are switched on."""

    async def save(self, webhook: Webhook) -> None:
        """Store the changes to a locked webhook."""

    async def delete(self, webhook_id: str) -> None:
        """Delete the locked webhook with all its deliveries."""


class Deliveries(Protocol):
    """Deliveries of events to webhooks."""

    async def add(self, deliveries: Sequence[Delivery]) -> None:
        """Store new deliveries; those that exist stay as they are. One statement."""

    async def lease(self, webhook_id: str, at: datetime, limit: int) -> Sequence[Delivery]:
        """Lease at most `limit` of the webhook's due deliveries, the longest due first, and return them leased.

        Deliveries that another transaction has locked are skipped without waiting.
        """

    async def lock(self, delivery_id: str) -> Delivery | None:
        """Return the delivery, locked; None if unknown."""

    async def save(self, delivery: Delivery) -> None:
        """Store the progress of a locked delivery."""

    async def has_succeeded_since(self, webhook_id: str, moment: datetime) -> bool:
        """Return whether a delivery to the webhook succeeded at the moment or later. Tests don't count."""

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` deliveries that were created before the moment. Return their number."""


@dataclass(frozen=True, slots=True)
class DeliveryBacklog:
    """Due deliveries to webhooks that are switched on."""

    deliveries: int
    """Counted up to 1,000."""
    oldest: datetime | None
    """Since when the oldest of them is due."""


@runtime_checkable
class WebhookQueries(Protocol):
    """Reads of webhooks and deliveries outside a unit of work."""

    async def page(self, page: int, limit: int) -> Page[WebhookView]:
        """Return one page of the webhooks, oldest first, and their total number."""

    async def webhook(self, webhook_id: str) -> WebhookView | None:
        """Return one webhook; None if unknown."""

    async def deliveries(self, webhook_id: str, page: int, limit: int) -> Page[DeliveryView]:
        """Return one page of the webhook's deliveries, newest first (ties by id, descending), and their number."""

    async def due(self, at: datetime) -> Sequence[str]:
        """Return the ids of the webhooks that are switched on and have due deliveries."""

    async def backlog(self, at: datetime) -> DeliveryBacklog:
        """Return the due deliveries."""


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One attempt at a delivery. The body is signed with each of the secrets."""

    url: str
    message_id: str
    at: datetime
    body: bytes
    secrets: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SendResult:
    """The result of an attempt; `error` is None if the receiver accepted the message."""

    error: str | None
    response_status: int | None = None


@runtime_checkable
class WebhookSender(Protocol):
    """Sends signed messages to URLs that users have entered."""

    async def send(self, message: OutgoingMessage) -> SendResult:
        """Send the message, within 15 seconds. Never raises: every failure is a result.

        Connects to public addresses only, unless private ones are allowed, and follows no redirects.
        """
