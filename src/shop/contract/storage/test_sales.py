"""What every storage must do alike with the sales ledger."""

from datetime import timedelta
from typing import Any

import pytest

from shop.contract.order_samples import (
    NOW,
    a_snapshot,
    a_user,
    ids,
    placed,
    rolled_back,
    some_products,
)
from shop.domain.orders.order import Order
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.statistics.periods import ALWAYS
from shop.domain.statistics.sales import SalesEntry, entries_of_refund, entries_of_sale

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(days=2)


async def a_placed_order(storage: Any, lines: int = 3) -> tuple[OrderSnapshot, Order]:
    unit_of_work = storage.unit_of_work
    snapshot = a_snapshot(await a_user(unit_of_work), *await some_products(unit_of_work, lines))
    return snapshot, await placed(unit_of_work, snapshot)


async def entries_of(storage: Any, order: Order) -> list[SalesEntry]:
    snapshot = (await storage.orders.details(order.id)).snapshot
    entries = await storage.statistics.sales_of_user(snapshot.user_id, ALWAYS)
    return [entry for entry in entries if entry.order_id == order.id]


async def test_a_sale_and_its_refunds_are_written_down(storage: Any) -> None:
    snapshot, order = await a_placed_order(storage)
    async with storage.unit_of_work() as work:
        await work.sales.record_sale(snapshot, NOW)
    expected = entries_of_sale(snapshot, NOW)
    assert await entries_of(storage, order) == expected
    left = snapshot.total
    for amount in (1_000, 1, left - 1_001):
        refund_id = ids.new_id()
        async with storage.unit_of_work() as work:
            await work.orders.lock(order.id)
            await work.sales.record_refund(order.id, refund_id, amount, LATER)
        expected += entries_of_refund(expected, refund_id, amount, LATER)
        assert await entries_of(storage, order) == expected
    assert sum(entry.refunded for entry in expected) == snapshot.total


async def test_the_ledger_is_part_of_the_unit_of_work(storage: Any) -> None:
    snapshot, order = await a_placed_order(storage)
    async with rolled_back(storage.unit_of_work) as work:
        await work.sales.record_sale(snapshot, NOW)
    assert await entries_of(storage, order) == []
    async with storage.unit_of_work() as work:
        await work.sales.record_sale(snapshot, NOW)
    async with rolled_back(storage.unit_of_work) as work:
        await work.sales.record_refund(order.id, ids.new_id(), 10, LATER)
    assert await entries_of(storage, order) == entries_of_sale(snapshot, NOW)


async def test_an_order_is_sold_once(storage: Any) -> None:
    snapshot, order = await a_placed_order(storage)
    async with storage.unit_of_work() as work:
        await work.sales.record_sale(snapshot, NOW)
    with pytest.raises(Exception, match=r"once|UNIQUE|Duplicate"):
        async with storage.unit_of_work() as work:
            await work.sales.record_sale(snapshot, LATER)
    assert await entries_of(storage, order) == entries_of_sale(snapshot, NOW)
