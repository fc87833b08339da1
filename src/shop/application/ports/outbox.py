"""Storage of events, webhooks and deliveries; sending deliveries, and counting them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.application.framework.views import Page
from shop.application.outbox.webhook_views import DeliveryView, WebhookView
from shop.domain.outbox.delivery import Delivery
from shop.domain.outbox.event import Event, EventType, PositionedEvent
from shop.domain.outbox.webhook import Webhook


@dataclass(frozen=True, slots=True)
class EventWindow:
    """A range of events in order of their positions.

    `first` is the lowest position that a cursor may have: all events up to it were deleted or never existed. `last` is
    the position up to which every event was considered.
    """

    first: int
    last: int
    events: Sequence[PositionedEvent]


@dataclass(frozen=True, slots=True)
class StockChange:
    """How a variant's stock was changed by this unit of work, and the id of the event if a level was crossed."""

    item_id: str
    product_id: str
    change: int
    event_id: str


class Events(Protocol):
    """The shop's events.

    They commit with the change that they describe and become visible, in order, with their positions.

    An event gets its position from `assign_positions`, after its transaction has committed; a database with
    one writer at a time may assign it in the writer's transaction. Positions only grow: once an event is
    visible, no event with a lower position becomes visible.
    """

    async def add(self, event: Event) -> None:
        """Store an event. One deferred statement: sent with the next that returns a result, or at COMMIT."""

    async def add_stock_events(self, changes: Sequence[StockChange], *, low: int, at: datetime) -> None:
        """Store a `stock.*` event for each of these variants whose stock crossed a level (see `stock_event_type`).

        Call it after the stock was changed in this unit of work, so that the rows are locked. One deferred statement.
        """

    async def add_if_used_up(self, event: Event, promo_code_id: str) -> None:
        """Store the event if the promo code's uses have reached its limit.

        Call it after a use was claimed in this unit of work. One deferred statement.
        """

    async def assign_positions(self, limit: int) -> int:
        """Give at most `limit` committed events their positions, in order of insertion. Return their number.

        Other units of work that assign positions wait until this one ends. Events that are not committed yet are
        skipped without waiting. A storage that assigns positions on writing returns 0.
        """

    async def lock_position(self, reader: str) -> int:
        """Return the position that a reader has reached, *locked*; 0 for a reader that has not stored one."""

    async def save_position(self, reader: str, position: int) -> None:
        """Store the position that a reader has reached, after `lock_position`."""

    async def after(self, position: int, limit: int) -> Sequence[PositionedEvent]:
        """Return at most `limit` visible events after the position, in order."""

    async def get(self, event_ids: Collection[str]) -> Mapping[str, Event]:
        """Return the events with these ids; unknown ids are left out."""

    async def remove_personal_data(self, user_id: str) -> None:
        """Delete the personal data from all events about the customer and the customer's orders."""

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` of the oldest visible events, if created before the moment. Return their number.

        Events that a reader with a stored position has not reached are kept.
        """


@runtime_checkable
class EventQueries(Protocol):
    """Reads of events outside a unit of work."""

    async def window(self, after: int | None, types: Collection[EventType], limit: int) -> EventWindow:
        """Return at most `limit` visible events of these types after the position, in order; None: from the first."""

    async def has_unpositioned(self) -> bool:
        """Return whether there are committed events without a position."""

    async def is_behind(self, reader: str) -> bool:
        """Return whether there are visible events that the reader has not reached."""

    async def backlog(self) -> tuple[int, datetime | None]:
        """Return how many committed events have no position yet, counted up to BACKLOG_LIMIT, and the oldest's time."""


class Webhooks(Protocol):
    """The shop's webhooks, at most MAX_WEBHOOKS."""

    async def add(self, webhook: Webhook) -> None:
        """Store a new webhook."""

    async def count(self) -> int:
        """Return the number of webhooks. Other transactions that count them wait until this one ends."""

    async def get(self, webhook_id: str) -> Webhook | None:
        """Return the webhook, not locked; None if unknown."""

    async def lock(self, webhook_id: str) -> Webhook | None:
        """Return the webhook, *locked*; None if unknown."""

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
        """Return the delivery, *locked*; None if unknown."""

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
    """Counted up to BACKLOG_LIMIT."""
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


@runtime_checkable
class DeliveryObserver(Protocol):
    """Counts deliveries of one kind: of events to webhooks, or of mails to the mail server."""

    def attempted(self, *, succeeded: bool) -> None:
        """Count one attempt."""

    def given_up(self) -> None:
        """Count one delivery that will not be attempted any more."""
