"""Contract tests: events commit with their changes, and become visible in one order that never changes."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.order_samples import (
    NOW,
    an_order,
    ids,
    rolled_back,
)
from shop.domain.outbox.event import Event, EventType

pytestmark = pytest.mark.anyio

WRITERS = 16


def an_event(event_type: EventType = EventType.ORDER_PAID, **fields: Any) -> Event:
    defaults = {
        "subject_id": ids.new_id(),
        "created_at": NOW,
        "data": '{"total":12.50,"name":"Zoë 🎉 \\" \\\\"}',
    }
    return Event(id=ids.new_id(), type=event_type, **{**defaults, **fields})


async def stored(storage: Any, *events: Event) -> None:
    async with storage.unit_of_work() as work:
        for event in events:
            await work.events.add(event)


async def sequenced(storage: Any) -> None:
    """Give every committed event its position."""

    @retry_on_conflict
    async def assign() -> int:
        async with storage.unit_of_work() as work:
            assigned: int = await work.events.assign_positions(7)
            return assigned

    while await assign():
        pass


async def visible(storage: Any, after: int | None = None, limit: int = 1_000) -> list[Event]:
    window = await storage.events.window(after, list(EventType), limit)
    positions = [each.position for each in window.events]
    assert positions == sorted(set(positions))
    assert not positions or window.first < positions[0] <= positions[-1] <= window.last
    return [each.event for each in window.events]


async def types_stored(storage: Any) -> list[tuple[EventType, str, Any]]:
    await sequenced(storage)
    return [(event.type, event.subject_id, json.loads(event.data)) for event in await visible(storage)]


class _Traffic:
    """Writers, sequencers and readers of one storage."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage
        self.written: list[str] = []
        self.is_over = False

    async def write(self, number: int) -> None:
        """Run six transactions with one to three events each; every fourth is rolled back."""
        for turn in range(6):
            events = [an_event(subject_id=f"{number}-{turn}-{place}") for place in range(1 + turn % 3)]
            if (number + turn) % 4 == 0:
                await self._write(events, fails=True)
            else:
                await self._write(events, fails=False)
                self.written.extend(event.id for event in events)

    @retry_on_conflict
    async def _write(self, events: Sequence[Event], *, fails: bool) -> None:
        unit_of_work = self._storage.unit_of_work
        async with rolled_back(unit_of_work) if fails else unit_of_work() as work:
            for event in events:
                await work.events.add(event)
                await asyncio.sleep(0)

    async def sequence(self, number: int) -> None:
        """Assign positions until the traffic is over; every third transaction dies before it commits."""
        turn = number
        while not self.is_over:
            turn += 1
            await self._sequence(dies=turn % 3 == 0)
            await asyncio.sleep(0.001)

    @retry_on_conflict
    async def _sequence(self, *, dies: bool) -> None:
        unit_of_work = self._storage.unit_of_work
        async with rolled_back(unit_of_work) if dies else unit_of_work() as work:
            await work.events.assign_positions(5)

    async def follow(self) -> list[Event]:
        """Read on from the last position until the traffic is over and nothing is left."""
        seen: list[Event] = []
        cursor = None
        while True:
            was_over = self.is_over
            window = await self._storage.events.window(cursor, list(EventType), 4)
            if was_over and not window.events:
                return seen
            seen.extend(each.event for each in window.events)
            cursor = window.events[-1].position if window.events else cursor
            await asyncio.sleep(0.001)


class TestStoring:
    async def test_events_come_back_as_stored_in_order(self, storage: Any) -> None:
        plain = an_event()
        personal = an_event(EventType.CUSTOMER_CREATED, personal='{"username":"Zoë"}')
        await stored(storage, plain, personal)
        await sequenced(storage)
        assert await visible(storage) == [plain, personal]
        async with storage.unit_of_work() as work:
            events = await work.events.get([personal.id, ids.new_id()])
            assert events == {personal.id: personal}
            assert await work.events.get([]) == {}
            first, second = await work.events.after(0, 10)
            assert (first.event, second.event) == (plain, personal)
            assert [each.event for each in await work.events.after(first.position, 1)] == [personal]

    async def test_a_rolled_back_event_is_not_stored(self, storage: Any) -> None:
        kept = an_event()
        async with rolled_back(storage.unit_of_work) as work:
            await work.events.add(an_event())
        await stored(storage, kept)
        await sequenced(storage)
        assert await visible(storage) == [kept]

    async def test_a_window_has_the_wanted_types_only(self, storage: Any) -> None:
        events = [an_event(), an_event(EventType.STOCK_LOW), an_event()]
        await stored(storage, *events)
        await sequenced(storage)
        window = await storage.events.window(None, [EventType.ORDER_PAID], 10)
        assert [each.event for each in window.events] == [events[0], events[2]]
        assert window.first == 0
        nothing = await storage.events.window(None, [EventType.WEBHOOK_DISABLED], 10)
        assert (nothing.events, nothing.last) == ([], window.last)
        assert await visible(storage, window.last) == []
        one = await storage.events.window(window.events[0].position, list(EventType), 1)
        assert [each.event for each in one.events] == [events[1]]


class TestPositions:
    async def test_nothing_appears_behind_a_cursor_while_sixteen_writers_commit(self, storage: Any) -> None:
        """Readers follow the feed while writers commit and roll back, and while sequencers die half-way."""
        traffic = _Traffic(storage)
        following = [asyncio.create_task(traffic.follow()) for _ in range(2)]
        sequencing = [asyncio.create_task(traffic.sequence(number)) for number in range(2)]
        await asyncio.gather(*(traffic.write(number) for number in range(WRITERS)))
        await sequenced(storage)
        traffic.is_over = True
        await asyncio.gather(*sequencing)
        for seen in await asyncio.gather(*following):
            assert sorted(event.id for event in seen) == sorted(traffic.written)
            assert seen == await visible(storage)

    async def test_events_of_one_transaction_stay_in_order(self, storage: Any) -> None:
        events = [an_event() for _ in range(20)]
        await stored(storage, *events)
        await sequenced(storage)
        assert await visible(storage) == events

    async def test_events_of_one_subject_are_in_the_order_of_its_changes(self, storage: Any) -> None:
        order = await an_order(storage.unit_of_work)
        done: list[str] = []

        @retry_on_conflict
        async def change() -> None:
            async with storage.unit_of_work() as work:
                await work.orders.lock(order.id)
                await asyncio.sleep(0.001)
                event = an_event(subject_id=order.id)
                await work.events.add(event)
                await work.orders.save(order)
            done.append(event.id)

        await asyncio.gather(*(change() for _ in range(8)), sequenced(storage))
        await sequenced(storage)
        assert [event.id for event in await visible(storage)] == done

    async def test_events_that_are_not_committed_are_skipped_without_waiting(
        self, storage: Any, row_locks: None
    ) -> None:
        late, early = an_event(), an_event()
        async with storage.unit_of_work() as work:
            await work.events.add(late)
            await work.events.after(0, 1)  # a read sends the deferred insert
            await stored(storage, early)
            await asyncio.wait_for(sequenced(storage), 1)
            assert await visible(storage) == [early]
        await sequenced(storage)
        assert await visible(storage) == [early, late]

    async def test_a_reader_keeps_its_position(self, storage: Any) -> None:
        async def move(to: int) -> int:
            async with storage.unit_of_work() as work:
                reached: int = await work.events.lock_position("mail")
                await work.events.save_position("mail", to)
                return reached

        assert [await move(3), await move(8)] == [0, 3]
        async with rolled_back(storage.unit_of_work) as work:
            await work.events.lock_position("mail")
            await work.events.save_position("mail", 99)
        assert await move(9) == 8

    async def test_a_reader_is_behind_until_it_has_reached_the_last_event(self, storage: Any) -> None:
        assert not await storage.events.is_behind("mail")
        await stored(storage, an_event(), an_event())
        await sequenced(storage)
        last = (await storage.events.window(None, list(EventType), 10)).last
        for position, is_behind in ((0, True), (last - 1, True), (last, False)):
            async with storage.unit_of_work() as work:
                await work.events.lock_position("mail")
                await work.events.save_position("mail", position)
            assert await storage.events.is_behind("mail") is is_behind

    async def test_concurrent_readers_continue_where_another_stopped(self, storage: Any) -> None:
        @retry_on_conflict
        async def step() -> int:
            async with storage.unit_of_work() as work:
                reached: int = await work.events.lock_position("webhooks")
                await work.events.save_position("webhooks", reached + 1)
                return reached

        assert sorted(await asyncio.gather(*(step() for _ in range(6)))) == list(range(6))


async def test_the_backlog_counts_events_without_position(storage: Any) -> None:
    await stored(storage, an_event())
    assert await storage.events.has_unpositioned() is bool((await storage.events.backlog())[0])
    await sequenced(storage)
    assert not await storage.events.has_unpositioned()
    assert await storage.events.backlog() == (0, None)
