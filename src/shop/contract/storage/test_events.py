"""Contract tests: events commit with their changes, and become visible in one order that never changes."""

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from shop.application.framework.transactions import run_again
from shop.application.ports.outbox import StockChange
from shop.contract.order_samples import (
    NOW,
    a_snapshot,
    a_user,
    an_order,
    ids,
    placed,
    rolled_back,
    some_products,
    stored_promo_code,
)
from shop.contract.product_samples import a_product, store
from shop.domain.outbox.event import Event, EventType
from shop.domain.promotions.promo_code import CodeUser

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

    @run_again
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

    @run_again
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

    @run_again
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

    async def test_an_event_that_is_rolled_back_never_was(self, storage: Any) -> None:
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

        @run_again
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
            await work.events.after(0, 1)  # sends it
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

    async def test_of_several_readers_at_once_each_starts_where_another_stopped(self, storage: Any) -> None:
        @run_again
        async def step() -> int:
            async with storage.unit_of_work() as work:
                reached: int = await work.events.lock_position("webhooks")
                await work.events.save_position("webhooks", reached + 1)
                return reached

        assert sorted(await asyncio.gather(*(step() for _ in range(6)))) == list(range(6))


class TestConditionalEvents:
    @pytest.mark.parametrize(
        ("before", "change", "expected"),
        [
            (6, -1, EventType.STOCK_LOW),
            (7, -1, None),
            (5, -1, None),
            (6, -6, EventType.STOCK_OUT),
            (1, -1, EventType.STOCK_OUT),
            (100, -98, EventType.STOCK_LOW),
            (0, 1, EventType.STOCK_BACK),
            (0, 500, EventType.STOCK_BACK),
            (1, 1, None),
            (4, 2, None),
        ],
    )
    async def test_a_crossed_level_stores_one_event(
        self, storage: Any, before: int, change: int, expected: EventType | None
    ) -> None:
        (product,) = await some_products(storage.unit_of_work, stock=before)
        async with storage.unit_of_work() as work:
            if change < 0:
                assert await work.stock.take({product: -change})
            else:
                await work.stock.give_back({product: change})
            await work.events.add_stock_events(
                [StockChange(product, product, change, ids.new_id())], low=5, at=NOW
            )
        data = {"itemId": product, "productId": product, "sku": None, "stock": before + change}
        assert await types_stored(storage) == ([(expected, product, data)] if expected else [])

    async def test_of_many_variants_those_that_crossed_have_events(self, storage: Any) -> None:
        products = await some_products(storage.unit_of_work, 40, stock=9)
        quantities = {product: 1 + number % 9 for number, product in enumerate(products)}
        changes = [
            StockChange(product, product, -taken, ids.new_id()) for product, taken in quantities.items()
        ]
        async with storage.unit_of_work() as work:
            assert await work.stock.take(quantities)
            await work.events.add_stock_events(changes, low=5, at=NOW)
            await work.events.add_stock_events([], low=5, at=NOW)
        found = {subject: (kind, data["stock"]) for kind, subject, data in await types_stored(storage)}
        assert found == {
            product: (EventType.STOCK_OUT if taken == 9 else EventType.STOCK_LOW, 9 - taken)
            for product, taken in quantities.items()
            if taken >= 4
        }

    async def test_skus_are_quoted(self, storage: Any) -> None:
        sku = 'a"b\\c é😀'
        product = a_product(sku=sku)
        await store(storage.unit_of_work, product, stock=1)
        async with storage.unit_of_work() as work:
            assert await work.stock.take({product.id: 1})
            change = StockChange(product.id, product.id, -1, ids.new_id())
            await work.events.add_stock_events([change], low=5, at=NOW)
        ((kind, _, data),) = await types_stored(storage)
        assert (kind, data["sku"]) == (EventType.STOCK_OUT, sku)

    async def test_the_use_that_reaches_the_limit_stores_an_event(self, storage: Any) -> None:
        limited = await stored_promo_code(storage.unit_of_work, "TWO", usage_limit=2)
        endless = await stored_promo_code(storage.unit_of_work, "MANY")
        user_id = await a_user(storage.unit_of_work)
        for code in (limited, endless, limited, endless):
            snapshot = a_snapshot(user_id, *await some_products(storage.unit_of_work))
            order = await placed(storage.unit_of_work, snapshot)
            async with storage.unit_of_work() as work:
                await work.promo_codes.claim_use(code, order.id, CodeUser(user_id), NOW)
                event = an_event(EventType.PROMO_CODE_EXHAUSTED, subject_id=code.code)
                await work.events.add_if_used_up(event, code.id)
        ((kind, subject, data),) = await types_stored(storage)
        assert (kind, subject, data["total"]) == (EventType.PROMO_CODE_EXHAUSTED, "TWO", 12.5)


class TestForgetting:
    async def test_a_closed_account_leaves_no_personal_data(self, storage: Any) -> None:
        user_id, other_id = await a_user(storage.unit_of_work), await a_user(storage.unit_of_work)
        products = await some_products(storage.unit_of_work)
        order = await placed(storage.unit_of_work, a_snapshot(user_id, *products))
        others = await placed(storage.unit_of_work, a_snapshot(other_id, *products))
        personal = '{"contact":{"name":"Zoë"}}'
        await stored(
            storage,
            *(an_event(subject_id=each, personal=personal) for each in (user_id, order.id, others.id)),
        )
        await sequenced(storage)
        async with storage.unit_of_work() as work:
            await work.events.remove_personal_data(user_id)
        left = {event.subject_id: event.personal for event in await visible(storage)}
        assert left == {user_id: None, order.id: None, others.id: personal}

    async def test_old_events_are_purged_from_the_beginning(self, storage: Any) -> None:
        events = [an_event(created_at=NOW + timedelta(days=day)) for day in (0, 1, 3, 2)]
        await stored(storage, *events)
        await sequenced(storage)
        start = (await storage.events.window(None, list(EventType), 10)).events

        async def purge(limit: int) -> int:
            async with storage.unit_of_work() as work:
                purged: int = await work.events.purge(NOW + timedelta(days=2, seconds=1), limit)
                return purged

        assert [await purge(1), await purge(10), await purge(10)] == [1, 1, 0]
        window = await storage.events.window(None, list(EventType), 10)
        assert window.first == start[1].position
        assert [each.event for each in window.events] == events[2:]

    async def test_events_that_a_reader_has_not_reached_are_kept(self, storage: Any) -> None:
        await stored(storage, an_event(), an_event())
        await sequenced(storage)
        first, _ = (await storage.events.window(None, list(EventType), 10)).events
        async with storage.unit_of_work() as work:
            await work.events.lock_position("webhooks")
            await work.events.save_position("webhooks", first.position)
        async with storage.unit_of_work() as work:
            assert await work.events.purge(NOW + timedelta(days=1), 10) == 1

    async def test_positions_are_never_used_twice(self, storage: Any) -> None:
        await stored(storage, an_event(), an_event())
        await sequenced(storage)
        before = await storage.events.window(None, list(EventType), 10)
        async with storage.unit_of_work() as work:
            assert await work.events.purge(NOW + timedelta(days=1), 10) == 2
        assert (await storage.events.window(None, list(EventType), 10)).last == before.last
        await stored(storage, an_event())
        await sequenced(storage)
        ((later),) = (await storage.events.window(before.last, list(EventType), 10)).events
        assert later.position > before.last


async def test_the_backlog_is_what_has_no_position(storage: Any) -> None:
    await stored(storage, an_event())
    assert await storage.events.are_waiting() is bool((await storage.events.backlog())[0])
    await sequenced(storage)
    assert not await storage.events.are_waiting()
    assert await storage.events.backlog() == (0, None)
