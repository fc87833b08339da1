"""Events in SQL.

On MySQL, `assign_positions` numbers committed events while it holds the lock on the row `assigned`. SQLite has
one writer at a time: its order of insertion is the order of commits, so the writer itself makes the number of
an event its position.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Row, bindparam, delete, func, insert, select, update

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.orders.tables import order_states
from shop.adapters.sql.outbox.conditional_events import (
    ADD_IF_USED_UP,
    adding_stock_events,
)
from shop.adapters.sql.outbox.tables import event_positions, events
from shop.application.ports.outbox import EventWindow, StockChange
from shop.application.ports.system import BACKLOG_LIMIT
from shop.domain.outbox.event import Event, EventType, PositionedEvent

ASSIGNED: Final = "assigned"
PURGED: Final = "purged"
_NOT_READERS: Final = (ASSIGNED, PURGED)
_BATCH_SIZE: Final = 500

_ADD: Final = insert(events).inline()
_NUMBER_TO_POSITION: Final = (
    update(events).where(events.c.position.is_(None)).values(position=events.c.number)
)
_UNPOSITIONED: Final = (
    select(events.c.number)
    .where(events.c.position.is_(None))
    .order_by(events.c.number)
    .limit(bindparam("most", type_=Integer))
)
_ASSIGN: Final = (
    update(events)
    .where(events.c.number == bindparam("event_number"))
    .values(position=bindparam("new_position"))
)
_BACKLOG: Final = select(events.c.created_at).where(events.c.position.is_(None)).limit(BACKLOG_LIMIT)
_LOCK_POSITION: Final = (
    select(event_positions.c.position)
    .where(event_positions.c.reader == bindparam("of_reader"))
    .with_for_update()
)
_POSITION: Final = select(event_positions.c.position).where(
    event_positions.c.reader == bindparam("of_reader")
)
_ADD_POSITION: Final = {
    "mysql": insert(event_positions).prefix_with("IGNORE"),
    "sqlite": insert(event_positions).prefix_with("OR IGNORE"),
}
_SAVE_POSITION: Final = (
    update(event_positions)
    .where(event_positions.c.reader == bindparam("of_reader"))
    .values(position=bindparam("reached"))
)
_SLOWEST_READER: Final = select(func.min(event_positions.c.position)).where(
    event_positions.c.reader.not_in(_NOT_READERS)
)
_LAST: Final = select(func.max(events.c.position))
_AFTER: Final = (
    select(events)
    .where(events.c.position > bindparam("reached"))
    .order_by(events.c.position)
    .limit(bindparam("most", type_=Integer))
)
_OF_TYPES: Final = _AFTER.where(
    events.c.type.in_(bindparam("types", expanding=True)), events.c.position <= bindparam("last")
)
_BY_ID: Final = select(events).where(events.c.id.in_(bindparam("event_ids", expanding=True)))
_OLDEST: Final = (
    select(events.c.position, events.c.created_at)
    .where(events.c.position > bindparam("reached"))
    .order_by(events.c.position)
    .limit(bindparam("most", type_=Integer))
)
_DELETE: Final = delete(events).where(
    events.c.position > bindparam("reached"), events.c.position <= bindparam("last")
)
_ORDERS_OF: Final = select(order_states.c.order_id).where(order_states.c.user_id == bindparam("owner_id"))
_REMOVE_PERSONAL: Final = (
    update(events)
    .where(events.c.subject_id.in_(bindparam("subject_ids", expanding=True)), events.c.personal.is_not(None))
    .values(personal=None)
)


class SqlEvents:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name

    async def add(self, event: Event) -> None:
        await self._connection.defer(_ADD, row_of(event))
        await self._position_on_sqlite()

    async def add_stock_events(self, changes: Sequence[StockChange], *, low: int, at: datetime) -> None:
        if changes:
            statement = adding_stock_events(len(changes))
            await self._connection.defer(statement, _stock_event_parameters(changes, low, at))
            await self._position_on_sqlite()

    async def add_if_used_up(self, event: Event, promo_code_id: str) -> None:
        new = {f"new_{name}": value for name, value in row_of(event).items() if name != "personal"}
        await self._connection.defer(ADD_IF_USED_UP, {**new, "promo_code_id": promo_code_id})
        await self._position_on_sqlite()

    async def assign_positions(self, limit: int) -> int:
        if self._dialect == "sqlite":
            return 0
        last = await self.lock_position(ASSIGNED)
        # Reads events committed before this statement. The lock keeps other processes from assigning positions.
        numbers = list(await self._connection.scalars(_UNPOSITIONED, {"most": limit}))
        for position, number in enumerate(numbers, start=last + 1):
            await self._connection.defer(_ASSIGN, {"event_number": number, "new_position": position})
        if numbers:
            await self.save_position(ASSIGNED, last + len(numbers))
        return len(numbers)

    async def lock_position(self, reader: str) -> int:
        position: int | None = await self._connection.scalar(_LOCK_POSITION, {"of_reader": reader})
        if position is None:
            await self._connection.defer(_ADD_POSITION[self._dialect], {"reader": reader, "position": 0})
            position = await self._connection.scalar(_LOCK_POSITION, {"of_reader": reader})
        assert position is not None
        return position

    async def save_position(self, reader: str, position: int) -> None:
        await self._connection.defer(_SAVE_POSITION, {"of_reader": reader, "reached": position})

    async def after(self, position: int, limit: int) -> Sequence[PositionedEvent]:
        rows = await self._connection.execute(_AFTER, {"reached": position, "most": limit})
        return [_positioned(row) for row in rows]

    async def get(self, event_ids: Collection[str]) -> Mapping[str, Event]:
        if not event_ids:
            return {}
        rows = await self._connection.execute(_BY_ID, {"event_ids": list(event_ids)})
        return {row.id: event_of(row) for row in rows}

    async def remove_personal_data(self, user_id: str) -> None:
        order_ids = list(await self._connection.scalars(_ORDERS_OF, {"owner_id": user_id}))
        subjects = [user_id, *order_ids]
        for start in range(0, len(subjects), _BATCH_SIZE):
            batch = subjects[start : start + _BATCH_SIZE]
            await self._connection.defer(_REMOVE_PERSONAL, {"subject_ids": batch})

    async def purge(self, before: datetime, limit: int) -> int:
        purged = await self.lock_position(PURGED)
        slowest: int | None = await self._connection.scalar(_SLOWEST_READER)
        rows = await self._connection.execute(_OLDEST, {"reached": purged, "most": limit})
        old = 0
        last = purged
        for row in rows:
            if row.created_at >= before or (slowest is not None and row.position > slowest):
                break
            old, last = old + 1, row.position
        if old:
            await self._connection.defer(_DELETE, {"reached": purged, "last": last})
            await self.save_position(PURGED, last)
        return old

    async def _position_on_sqlite(self) -> None:
        if self._dialect == "sqlite":
            await self._connection.defer(_NUMBER_TO_POSITION)


class SqlEventQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def window(self, after: int | None, types: Collection[EventType], limit: int) -> EventWindow:
        # One snapshot: the purge must not delete events between the statements.
        async with self._database.snapshot() as connection:
            first: int = await connection.scalar(_POSITION, {"of_reader": PURGED}) or 0
            last = max(first, await connection.scalar(_LAST) or 0)
            values = {"reached": first if after is None else after, "last": last, "most": limit}
            rows = await connection.execute(_OF_TYPES, {**values, "types": [each.value for each in types]})
            return EventWindow(first, last, [_positioned(row) for row in rows])

    async def has_unpositioned(self) -> bool:
        async with self._database.reading() as connection:
            return await connection.scalar(_UNPOSITIONED, {"most": 1}) is not None

    async def is_behind(self, reader: str) -> bool:
        async with self._database.reading() as connection:
            reached: int = await connection.scalar(_POSITION, {"of_reader": reader}) or 0
            return (await connection.scalar(_LAST) or 0) > reached

    async def backlog(self) -> tuple[int, datetime | None]:
        async with self._database.reading() as connection:
            waiting = list(await connection.scalars(_BACKLOG))
        return len(waiting), min(waiting, default=None)


def _stock_event_parameters(changes: Sequence[StockChange], low: int, at: datetime) -> dict[str, Any]:
    """Return the values of `adding_stock_events`."""
    values: dict[str, Any] = {"low": low, "new_created_at": at}
    for number, change in enumerate(changes):
        values[f"item{number}"] = change.item_id
        values[f"item_text{number}"] = change.item_id
        values[f"product_text{number}"] = change.product_id
        values[f"event{number}"] = change.event_id
        values[f"change{number}"] = change.change
    return values


def row_of(event: Event) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": event.type.value,
        "subject_id": event.subject_id,
        "created_at": event.created_at,
        "data": event.data,
        "personal": event.personal,
    }


def event_of(row: Row[Any]) -> Event:
    """Return the event in a row with all columns of `events`."""
    return Event(
        id=row.id,
        type=EventType(row.type),
        subject_id=row.subject_id,
        created_at=row.created_at,
        data=row.data,
        personal=row.personal,
    )


def _positioned(row: Row[Any]) -> PositionedEvent:
    return PositionedEvent(row.position, event_of(row))
