"""Storage of events and of their readers' positions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.domain.outbox.event import Event, EventType, PositionedEvent


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
    """Events. They commit with the change that they describe and become visible, in order, with their positions.

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
        """Return the position that a reader has reached, locked; 0 for a reader that has not stored one."""

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
        """Return how many committed events have no position yet, counted up to 1,000, and the oldest's time."""
