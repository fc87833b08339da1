"""The mails about orders."""

import json
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from shop.application.messages.queueing import QueueMessage
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.messages.message import Template
from shop.domain.orders.order import Order, OrderStatus
from shop.domain.outbox.event import Event, EventType

TEMPLATES: Final = {
    EventType.ORDER_PLACED: Template.ORDER_PLACED,
    EventType.ORDER_PAID: Template.ORDER_PAID,
    EventType.ORDER_REFUNDED: Template.ORDER_REFUNDED,
    EventType.ORDER_CANCELLED: Template.ORDER_CANCELLED,
}


class OrderMessages:
    """Queues the mail about an event of an order.

    Mail goes to the order's contact, else to the account's address. Each message to a guest has its own token.
    """

    def __init__(self, queue_message: QueueMessage, payment_providers: PaymentProviders) -> None:
        self._queue_message = queue_message
        self._payment_providers = payment_providers

    async def __call__(self, work: UnitOfWork, template: Template, event: Event) -> None:
        """Queue the mail in this transaction, unless the buyer's account is closed or no address is known."""
        order = await work.orders.lock(event.subject_id)
        if order is None or event.personal is None:
            return
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
