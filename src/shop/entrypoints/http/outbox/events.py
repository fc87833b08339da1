"""`/api/admin/events`: what happened in the shop, for programs that follow it."""

from datetime import UTC, datetime
from typing import Annotated, Final

import msgspec
from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get
from litestar.params import QueryParameter

from shop.application.framework.views import encode
from shop.application.outbox.feed import CursorGone, ReadEvents
from shop.application.outbox.views import EventSubject, EventsView, EventView
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.outbox.event import TYPE_PATTERNS, EventType, SubjectType, TypesNotReadable
from shop.entrypoints.http.framework.responses import BytesResponse

_DEFAULT_LIMIT: Final = 50
_MAX_CURSOR_LENGTH: Final = 40
_VARIANT: Final = "0199d3a0-1c2e-7d5f-8a4b-3f2e1d0c9b8a"
_EXAMPLE: Final = EventView(
    id="0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11",
    type=EventType.STOCK_LOW,
    created_at=datetime(2026, 3, 14, 9, 26, 53, 589793, UTC),
    subject=EventSubject(SubjectType.VARIANT, _VARIANT),
    data=msgspec.Raw(
        encode({"itemId": _VARIANT, "productId": _VARIANT, "sku": "MUG-BLUE", "stock": 5}),
    ),
)


class EventsController(Controller):
    path = "/api/admin/events"
    tags = ("Administration",)

    @get(
        policy=Permission.SETTINGS_READ,
        errors=(CursorGone, TypesNotReadable),
        response_example=EventsView([_EXAMPLE], "1842"),
    )
    async def list_events(
        self,
        principal: NamedDependency[Principal],
        read_events: NamedDependency[ReadEvents],
        after: Annotated[
            str | None,
            QueryParameter(
                max_length=_MAX_CURSOR_LENGTH,
                description="Only events after this cursor, which is an earlier answer's `next`; the default is "
                "the oldest stored event.",
            ),
        ] = None,
        event_type: Annotated[
            str | None,
            QueryParameter(
                name="type",
                schema_extra={"enum": [*TYPE_PATTERNS]},
                description="Only events of this type, or of a group of types (`order.*`).",
            ),
        ] = None,
        limit: Annotated[
            int, QueryParameter(ge=1, le=100, description="The maximum number of events to return.")
        ] = _DEFAULT_LIMIT,
    ) -> Response[EventsView]:
        """Staff who may read settings: events whose subjects they may read, the oldest first.

        Continue with `next` as `after`, even if there are no events: new events always come after it. Events are kept
        for 90 days unless the shop's owner has changed this.
        Fails with 400 for an unknown type or cursor, 403 for a type whose subjects the caller may not read, 410 when
        events after the cursor were deleted.
        """
        return BytesResponse(encode(await read_events(principal, after, event_type, limit)))
