"""Events in memory: their positions are assigned at commit, in the order of the commits."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from shop.adapters.memory.catalogue.products import STOCK, VARIANTS, StockLevel
from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.adapters.memory.orders.orders import ORDERS, PlacedOrder
from shop.adapters.memory.promotions.promo_codes import PROMO_CODES, UsedPromoCode
from shop.application.framework.views import encode
from shop.application.ports.outbox import EventWindow, StockChange
from shop.domain.outbox.event import Event, EventType, PositionedEvent, stock_event_type

EVENTS: Final = "events"
_POSITIONS: Final = "event_positions"
_PURGED: Final = "purged"

UNIQUE_KEYS: Final[UniqueKeys] = {EVENTS: {"uq_events_id": lambda row: row.event.id}}


@dataclass(frozen=True, slots=True)
class _Reached:
    """The position that a reader of the events has reached."""

    reader: str
    position: int


class MemoryEvents:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, event: Event) -> None:
        await self._transaction.append(EVENTS, lambda position: PositionedEvent(position, event))

    async def add_stock_events(self, changes: Sequence[StockChange], *, low: int, at: datetime) -> None:
        for change in changes:
            level: StockLevel | None = await self._transaction.get(STOCK, change.item_id)
            variant = await self._transaction.get(VARIANTS, change.item_id)
            if level is None or variant is None:
                continue
            now = level.available
            event_type = stock_event_type(now - change.change, now, low)
            if event_type is None:
                continue
            data = {
                "itemId": change.item_id,
                "productId": change.product_id,
                "sku": variant.variant.sku,
                "stock": now,
            }
            await self.add(
                Event(
                    id=change.event_id,
                    type=event_type,
                    subject_id=change.item_id,
                    created_at=at,
                    data=encode(data).decode(),
                )
            )

    async def add_if_used_up(self, event: Event, promo_code_id: str) -> None:
        used: UsedPromoCode | None = await self._transaction.get(PROMO_CODES, promo_code_id)
        if used is not None and used.promo_code.usage_limit == used.promo_code.times_used:
            await self.add(event)

    async def assign_positions(self, limit: int) -> int:  # noqa: ARG002 (assigned at commit)
        return 0

    async def lock_position(self, reader: str) -> int:
        await self._transaction.lock(_POSITIONS, reader)
        row: _Reached | None = await self._transaction.get(_POSITIONS, reader)
        return 0 if row is None else row.position

    async def save_position(self, reader: str, position: int) -> None:
        await self._transaction.put(_POSITIONS, reader, _Reached(reader, position))

    async def after(self, position: int, limit: int) -> Sequence[PositionedEvent]:
        rows = await self._transaction.scan(EVENTS)
        return sorted((row for row in rows if row.position > position), key=_position_of)[:limit]

    async def get(self, event_ids: Collection[str]) -> Mapping[str, Event]:
        rows: list[PositionedEvent] = await self._transaction.scan(EVENTS)
        return {row.event.id: row.event for row in rows if row.event.id in event_ids}

    async def remove_personal_data(self, user_id: str) -> None:
        orders: list[PlacedOrder] = await self._transaction.scan(ORDERS)
        subjects = {user_id, *(each.order.id for each in orders if each.order.user_id == user_id)}
        rows: list[PositionedEvent] = await self._transaction.scan(EVENTS)
        for row in rows:
            if row.event.subject_id in subjects and row.event.personal is not None:
                without = replace(row, event=replace(row.event, personal=None))
                await self._transaction.put(EVENTS, row.position, without)

    async def purge(self, before: datetime, limit: int) -> int:
        purged = await self.lock_position(_PURGED)
        slowest = await self._slowest_reader()
        old = 0
        for row in await self.after(purged, limit):
            if row.event.created_at >= before or (slowest is not None and row.position > slowest):
                break
            await self._transaction.delete(EVENTS, row.position)
            old, purged = old + 1, row.position
        await self.save_position(_PURGED, purged)
        return old

    async def _slowest_reader(self) -> int | None:
        rows: list[_Reached] = await self._transaction.scan(_POSITIONS)
        return min((row.position for row in rows if row.reader != _PURGED), default=None)


class MemoryEventQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def window(self, after: int | None, types: Collection[EventType], limit: int) -> EventWindow:
        await asyncio.sleep(0)
        purged: _Reached | None = self._store.tables[_POSITIONS].get(_PURGED)
        first = 0 if purged is None else purged.position
        rows: dict[Any, PositionedEvent] = self._store.tables[EVENTS]
        last = max(first, *rows) if rows else first
        reached = first if after is None else after
        found = [row for row in rows.values() if row.position > reached and row.event.type in types]
        return EventWindow(first, last, sorted(found, key=_position_of)[:limit])

    async def has_unpositioned(self) -> bool:
        return False

    async def is_behind(self, reader: str) -> bool:
        await asyncio.sleep(0)
        row: _Reached | None = self._store.tables[_POSITIONS].get(reader)
        rows: dict[Any, PositionedEvent] = self._store.tables[EVENTS]
        return max(rows, default=0) > (0 if row is None else row.position)

    async def backlog(self) -> tuple[int, datetime | None]:
        await asyncio.sleep(0)
        return 0, None


def _position_of(row: PositionedEvent) -> int:
    return row.position
