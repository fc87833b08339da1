"""Recording events, in the transaction of the change."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from shop.application.accounts.views import ProfileView, UserView
from shop.application.addresses import AddressView
from shop.application.framework.views import encode
from shop.application.orders.views import AdminOrderView, ContactView
from shop.application.ports.outbox import StockChange
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.address import Address
from shop.domain.outbox.event import Event, EventType

_WITHOUT_PERSONAL_DATA: Final[Mapping[type[msgspec.Struct], Mapping[str, Any]]] = {
    AdminOrderView: {
        "username": None,
        "contact": ContactView(None, None, None, None),
        "shipping_address": AddressView.of(Address()),
        "billing_address": None,
    },
    UserView: {"username": "", "profile": ProfileView(None, None, email_verified=False)},
}
"""For each view with personal data: its fields, and their values after the person's account is closed."""
_NAMES: Final[Mapping[type[msgspec.Struct], Mapping[str, str]]] = {
    view: {field.name: field.encode_name for field in msgspec.structs.fields(view) if field.name in personal}
    for view, personal in _WITHOUT_PERSONAL_DATA.items()
}
"""For each view with personal data: the names of these fields in JSON."""


class _Deleted(msgspec.Struct, frozen=True):
    id: str


class RecordEvents:
    """Stores events. An event is committed if and only if the change that it describes is.

    Call it while the subject is locked, so that the events of one subject are in the order of its changes.
    """

    def __init__(self, clock: Clock, ids: Ids, low_stock: int) -> None:
        self._clock = clock
        self._ids = ids
        self._low_stock = low_stock

    async def __call__(
        self, work: UnitOfWork, event_type: EventType, subject_id: str, view: msgspec.Struct
    ) -> None:
        """Store an event whose data is `view`: the subject as administrators see it right after the change.

        The view must contain no secrets.
        """
        await work.events.add(self.event(event_type, subject_id, view))

    async def deletion(self, work: UnitOfWork, event_type: EventType, subject_id: str) -> None:
        """Store the event of a subject that no longer exists."""
        await self(work, event_type, subject_id, _Deleted(subject_id))

    async def stock(self, work: UnitOfWork, changes: Iterable[tuple[str, str, int]]) -> None:
        """Store the events of stock levels that were crossed: call it after the stock was changed.

        `changes` are variant id, product id, and the units added (negative: taken).
        """
        new_id = self._ids.new_id
        stock_changes = [StockChange(*change, event_id=new_id()) for change in changes]
        if stock_changes:
            await work.events.add_stock_events(stock_changes, low=self._low_stock, at=self._clock.now())

    def event(self, event_type: EventType, subject_id: str, view: msgspec.Struct) -> Event:
        """Return a new event without storing it."""
        replaced = _WITHOUT_PERSONAL_DATA.get(type(view), {})
        names = _NAMES.get(type(view), {})
        personal = {name: getattr(view, field) for field, name in names.items()}
        public = msgspec.structs.replace(view, **replaced) if replaced else view
        return Event(
            id=self._ids.new_id(),
            type=event_type,
            subject_id=subject_id,
            created_at=self._clock.now(),
            data=encode(public).decode(),
            personal=encode(personal).decode() if personal else None,
        )
