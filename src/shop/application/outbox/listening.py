"""Prints and forwards events as they happen, for developers of a receiver, without a registered webhook."""

from collections.abc import Collection, Sequence
from typing import Final

from shop.application.framework.views import encode
from shop.application.outbox.views import event_view
from shop.application.outbox.webhooks import new_webhook_secret
from shop.application.ports.outbox import EventQueries, OutgoingMessage, SendResult, WebhookSender
from shop.application.ports.system import Clock, Ids
from shop.domain.outbox.event import Event, EventType

_EVENTS_PER_READ: Final = 100


class ListenToEvents:
    """The command line: read new events, and forward them as signed messages. Nothing is stored."""

    def __init__(self, events: EventQueries, sender: WebhookSender, clock: Clock, ids: Ids) -> None:
        self._events = events
        self._sender = sender
        self._clock = clock
        self._ids = ids

    def new_secret(self) -> str:
        """Return a secret that may sign the forwarded messages."""
        return new_webhook_secret(self._ids)

    async def last_position(self) -> int:
        """Return the position of the last visible event: later events are new."""
        return (await self._events.window(None, tuple(EventType), 1)).last

    async def after(self, position: int, types: Collection[EventType]) -> tuple[Sequence[Event], int]:
        """Return the next events of these types after the position, and the position to continue after."""
        window = await self._events.window(position, types, _EVENTS_PER_READ)
        is_full = len(window.events) == _EVENTS_PER_READ
        reached = window.events[-1].position if is_full else window.last
        return [each.event for each in window.events], reached

    async def forward(self, event: Event, url: str, secret: str) -> SendResult:
        """Send the event once, as a webhook would receive it. Its `webhook-id` is the event's id."""
        return await self._sender.send(
            OutgoingMessage(
                url=url,
                message_id=event.id,
                at=self._clock.now(),
                body=encode(event_view(event)),
                secrets=(secret,),
            )
        )
