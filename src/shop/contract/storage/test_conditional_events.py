"""Contract tests: events stored only when a stock level or a usage limit is reached, and their deletion."""

from datetime import timedelta
from typing import Any

import pytest

from shop.application.ports.outbox import StockChange
from shop.contract.order_samples import (
    NOW,
    a_snapshot,
    a_user,
    ids,
    placed,
    some_products,
    stored_promo_code,
)
from shop.contract.product_samples import a_product, store
from shop.contract.storage.test_events import an_event, sequenced, stored, types_stored, visible
from shop.domain.outbox.event import EventType
from shop.domain.promotions.promo_code import CodeUser

pytestmark = pytest.mark.anyio


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

    async def test_only_variants_that_crossed_the_level_have_events(self, storage: Any) -> None:
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
