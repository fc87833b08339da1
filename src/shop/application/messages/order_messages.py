"""Queueing the mails about orders, from the events of orders."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from shop.application.framework.transactions import run_again
from shop.application.messages.queueing import QueueMessage
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.outbox import EventQueries
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.messages.message import Template
from shop.domain.orders.order import Order, OrderStatus
from shop.domain.outbox.event import Event, EventType

READER: Final = "mail"
"""The name under which the position in the events is stored."""
_BATCH: Final = 50
_TEMPLATES: Final = {
    EventType.ORDER_PLACED: Template.ORDER_PLACED,
    EventType.ORDER_PAID: Template.ORDER_PAID,
    EventType.ORDER_REFUNDED: Template.ORDER_REFUNDED,
    EventType.ORDER_CANCELLED: Template.ORDER_CANCELLED,
}


class QueueOrderMessages:
    """The worker: queue a mail for each event of an order that its buyer wants to know about.

    Messages and the position in the events are stored in one transaction: each event leads to one message, whenever a
    process dies. Mail goes to the order's contact, else to the account's address. Guests get a link with a token of its
    own. While mail is off, events are passed over.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        events: EventQueries,
        queue_message: QueueMessage,
        payment_providers: PaymentProviders,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._events = events
        self._queue_message = queue_message
        self._payment_providers = payment_providers

    async def __call__(self) -> None:
        """Handle all visible events."""
        while await self._events.is_behind(READER):
            if not await self._handle_batch():
                return

    @run_again
    async def _handle_batch(self) -> bool:
        """Return whether there were events."""
        async with self._unit_of_work() as work:
            position = await work.events.lock_position(READER)
            found = await work.events.after(position, _BATCH)
            for each in found:
                template = _TEMPLATES.get(each.event.type)
                if template is not None and self._queue_message.is_on:
                    await self._queue(work, template, each.event)
            if found:
                await work.events.save_position(READER, found[-1].position)
        return bool(found)

    async def _queue(self, work: UnitOfWork, template: Template, event: Event) -> None:
        order = await work.orders.lock(event.subject_id)
        if order is None or event.personal is None:
            return  # the person's account is closed
        shown = {**json.loads(event.data), **json.loads(event.personal)}
        owner = order.user_id
        await self._queue_message(
            work,
            template,
            await _recipient(work, shown["contact"]["email"], owner),
            {"order": {**_facts_of(shown), "instructions": self._instructions(order, shown["number"])}},
            user_id=owner,
            order_id=order.id,
            has_order_token=owner is None,
        )

    def _instructions(self, order: Order, number: str) -> str | None:
        """Return how to pay the order, if it can be paid outside the shop."""
        if order.status is not OrderStatus.PENDING:
            return None
        provider = self._payment_providers.of_method(order.payment_method)
        return provider.instructions(number, order.total, order.currency)


async def _recipient(work: UnitOfWork, contact: str | None, owner: str | None) -> str | None:
    if contact is not None or owner is None:
        return contact
    user = await work.users.get(owner)
    return None if user is None else user.email


_Amount = int | float
"""In major units, as the event's JSON spells it."""


class _Line(msgspec.Struct, rename="camel"):
    name: str
    options: dict[str, str]
    quantity: int
    unit_price: _Amount
    line_total: _Amount


class _Shipping(msgspec.Struct):
    name: str
    price: _Amount


class _Order(msgspec.Struct, rename="camel"):
    id: str
    number: str
    items: list[_Line]
    subtotal: _Amount
    discount: _Amount
    shipping: _Shipping | None
    tax: _Amount
    prices_include_tax: bool
    total: _Amount
    refunded_total: _Amount
    currency: str


def _facts_of(order: Mapping[str, Any]) -> dict[str, Any]:
    """Return what templates may show of an order, from its view as an event stores it."""
    shown = msgspec.convert(order, _Order)
    facts = msgspec.structs.asdict(shown)
    del facts["items"]
    return facts | {
        "name": order["contact"]["name"],
        "lines": [msgspec.structs.asdict(line) for line in shown.items],
        "shipping": None if shown.shipping is None else msgspec.structs.asdict(shown.shipping),
    }
