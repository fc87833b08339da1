"""Reading events: the feed."""

import re
from typing import ClassVar, Final

from shop.application.outbox.views import EventsView, event_view
from shop.application.ports.outbox import EventQueries
from shop.domain.accounts.user import Principal
from shop.domain.errors import Kind, ShopError, ValidationFailed
from shop.domain.outbox.event import ensure_readable, matching_types, readable_types

_CURSOR: Final = re.compile(r"[0-9]{1,18}")


class CursorGone(ShopError):
    """Events after this cursor were deleted, or the shop never gave this cursor out. Start again without a cursor."""

    code: ClassVar[str] = "CURSOR_GONE"
    kind: ClassVar[Kind] = Kind.GONE

    def __init__(self) -> None:
        super().__init__("Events after this cursor are no longer kept: start again without a cursor.")


class ReadEvents:
    """Staff who may read settings: events, in an order in which none appears before one that was already returned.

    Returns only events whose subjects the caller may read. Fails with EVENT_TYPES_NOT_READABLE when `type` asks for
    others, CURSOR_GONE when events after `after` are no longer kept, VALIDATION_FAILED for an unknown `type` or an
    `after` that is no cursor.
    """

    def __init__(self, events: EventQueries) -> None:
        self._events = events

    async def __call__(
        self, principal: Principal, after: str | None, pattern: str | None, limit: int
    ) -> EventsView:
        permissions = principal.role.permissions
        types = readable_types(permissions)
        if pattern is not None:
            types = matching_types([pattern], "type")
            ensure_readable(types, permissions)
        position = None if after is None else _position_of(after)
        window = await self._events.window(position, types, limit)
        if position is not None and not window.first <= position <= window.last:
            raise CursorGone
        # With fewer events than the limit, the window has considered every event up to `last`, of any type.
        is_full = len(window.events) == limit
        reached = window.events[-1].position if is_full else window.last
        return EventsView([event_view(each.event) for each in window.events], str(reached))


def _position_of(cursor: str) -> int:
    if not _CURSOR.fullmatch(cursor):
        raise ValidationFailed({"after": "must be a cursor from an earlier answer's `next`"})
    return int(cursor)
