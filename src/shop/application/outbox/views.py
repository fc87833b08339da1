"""Views of events."""

from datetime import datetime

import msgspec

from shop.application.framework.views import encode
from shop.domain.outbox.event import Event, EventType, SubjectType

_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


class EventSubject(msgspec.Struct, frozen=True):
    """What an event is about."""

    type: SubjectType
    id: str


class EventView(msgspec.Struct, frozen=True, rename="camel"):
    """An event; `data` is its subject as it was right after the change."""

    id: str
    type: EventType
    created_at: datetime
    subject: EventSubject
    data: msgspec.Raw


class EventsView(msgspec.Struct, frozen=True):
    """Events in order; `next` is the cursor after which to continue."""

    items: list[EventView]
    next: str


def event_view(event: Event) -> EventView:
    return EventView(
        id=event.id,
        type=event.type,
        created_at=event.created_at,
        subject=EventSubject(event.type.subject_type, event.subject_id),
        data=_data_of(event),
    )


def _data_of(event: Event) -> msgspec.Raw:
    if event.personal is None:
        return msgspec.Raw(event.data.encode())
    return msgspec.Raw(encode({**_FIELDS(event.data), **_FIELDS(event.personal)}))


class PingView(msgspec.Struct, frozen=True, rename="camel"):
    """The event of a test delivery. It is in no feed; its subject is the webhook."""

    id: str
    type: str
    created_at: datetime
    subject: EventSubject
    data: dict[str, str] = {}
