"""Queueing the mails that events cause: about orders to buyers, about webhooks to the shop's owner."""

import json
from typing import Final

from shop.application.framework.transactions import retry_on_conflict
from shop.application.messages.order_messages import TEMPLATES, OrderMessages
from shop.application.messages.queueing import QueueMessage
from shop.application.ports.outbox import EventQueries
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.messages.message import Template
from shop.domain.outbox.event import Event, EventType

READER: Final = "mail"
"""The name under which the position in the events is stored."""
_BATCH_SIZE: Final = 50


class QueueEventMessages:
    """The worker: queue a mail to the buyer for each order event that has a template.

    The shop's owner gets a notice about webhooks that were switched off. Messages and the reader's position
    are stored in one transaction: each event causes exactly one message, even if a process dies. While mail
    is off, events are skipped.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        events: EventQueries,
        queue_message: QueueMessage,
        order_messages: OrderMessages,
        *,
        owner_email: str | None,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._events = events
        self._queue_message = queue_message
        self._order_messages = order_messages
        self._owner_email = owner_email

    async def __call__(self) -> None:
        """Handle all visible events."""
        while await self._events.is_behind(READER):
            if not await self._handle_batch():
                return

    @retry_on_conflict
    async def _handle_batch(self) -> bool:
        """Return whether there were events."""
        async with self._unit_of_work() as work:
            position = await work.events.lock_position(READER)
            found = await work.events.after(position, _BATCH_SIZE)
            if self._queue_message.is_on:
                for each in found:
                    await self._queue(work, each.event)
            if found:
                await work.events.save_position(READER, found[-1].position)
        return bool(found)

    async def _queue(self, work: UnitOfWork, event: Event) -> None:
        template = TEMPLATES.get(event.type)
        if template is not None:
            await self._order_messages(work, template, event)
        elif event.type is EventType.WEBHOOK_DISABLED:
            notice = _notice_of(event)
            await self._queue_message(work, Template.OWNER_NOTICE, self._owner_email, notice)


def _notice_of(event: Event) -> dict[str, object]:
    webhook = json.loads(event.data)
    return {
        "headline": "A webhook was switched off",
        "lines": [
            f"Address: {webhook['url']}",
            "It did not accept any event while the shop tried again and again, so the shop stopped trying.",
            "Switch it on again when its receiver works. Events that happened meanwhile are in the events feed.",
        ],
    }
