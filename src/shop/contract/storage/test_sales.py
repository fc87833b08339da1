"""Contract tests: the sales ledger."""

from datetime import timedelta
from typing import Any

import pytest

from shop.contract.order_samples import (
    NOW,
    a_snapshot,
    a_taxed_snapshot,
    a_user,
    ids,
    placed,
    refused_write,
    rolled_back,
    some_products,
)
from shop.domain.orders.order import Order
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.periods import ALWAYS
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


async def test_a_sale_and_its_refunds_are_recorded(storage: Any) -> None:
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


@pytest.mark.parametrize("included", [False, True])
async def test_refunds_and_disputes_return_shipping_and_tax(storage: Any, included: bool) -> None:
    unit_of_work = storage.unit_of_work
    products = await some_products(unit_of_work, 2)
    snapshot = a_taxed_snapshot(await a_user(unit_of_work), *products, included=included)
    order = await placed(unit_of_work, snapshot)
    async with unit_of_work() as work:
        assert await work.sales.tax_of_refund(order.id, 1_000) == 0, "nothing was sold yet"
        await work.sales.record_sale(snapshot, NOW)
    expected = entries_of_sale(snapshot, NOW)
    prices = {products[1]: 1_000}
    async with unit_of_work() as work:
        await work.orders.lock(order.id)
        foreseen = await work.sales.tax_of_refund(order.id, 1_500, prices)
        refund_id = ids.new_id()
        tax = await work.sales.record_refund(order.id, refund_id, 1_500, LATER, prices)
    expected += entries_of_refund(expected, refund_id, 1_500, LATER, prices)
    assert tax == foreseen == -sum(entry.tax for entry in expected if not entry.is_sale) > 0
    async with unit_of_work() as work:
        await work.orders.lock(order.id)
        await work.sales.record_dispute(order.id, snapshot.total - 1_500, LATER)
    entries = await entries_of(storage, order)
    assert entries[: len(expected)] == expected
    assert sum(entry.gross - entry.refunded - entry.disputed for entry in entries) == 0
    for name in ("shipping", "tax", "shipping_tax", "tax_added"):
        assert sum(getattr(entry, name) for entry in entries) == 0, name


async def test_a_refund_of_shipping_only_is_recorded(storage: Any) -> None:
    unit_of_work = storage.unit_of_work
    [product] = await some_products(unit_of_work, 1)
    snapshot = a_taxed_snapshot(await a_user(unit_of_work), product)
    order = await placed(unit_of_work, snapshot)
    goods = snapshot.payable(snapshot.lines[0])
    async with unit_of_work() as work:
        await work.sales.record_sale(snapshot, NOW)
        await work.sales.record_refund(order.id, ids.new_id(), goods, LATER, {product: goods})
        shipping_id = ids.new_id()
        await work.sales.record_refund(order.id, shipping_id, snapshot.total - goods, LATER)
    last = (await entries_of(storage, order))[-1]
    assert (last.refunded, last.shipping, last.tax, last.shipping_tax) == (0, -500, -44, -44)
    async with unit_of_work() as work:
        await work.orders.lock(order.id)
        assert await work.sales.record_failed_refund(order.id, shipping_id, LATER) == snapshot.total - goods
    back = (await entries_of(storage, order))[-1]
    assert (back.refunded, back.shipping, back.tax, back.shipping_tax) == (0, 500, 44, 44)


async def test_a_late_failure_reverses_a_refund(storage: Any) -> None:
    snapshot, order = await a_placed_order(storage)
    refund_id, other_id = ids.new_id(), ids.new_id()
    async with storage.unit_of_work() as work:
        await work.orders.lock(order.id)
        await work.sales.record_sale(snapshot, NOW)
        await work.sales.record_refund(order.id, refund_id, 1_000, NOW)
        await work.sales.record_refund(order.id, other_id, 1, NOW)
    async with storage.unit_of_work() as work:
        await work.orders.lock(order.id)
        assert await work.sales.record_failed_refund(order.id, refund_id, LATER) == 1_000
        assert await work.sales.record_failed_refund(order.id, ids.new_id(), LATER) == 0
    entries = await entries_of(storage, order)
    assert sum(entry.refunded for entry in entries if entry.refund_id == refund_id) == 0
    assert sum(entry.refunded for entry in entries) == 1
    assert sum(entry.refunded for entry in entries if entry.at == LATER) == -1_000


async def test_a_lost_dispute_and_its_end_are_recorded(storage: Any) -> None:
    snapshot, order = await a_placed_order(storage)
    async with storage.unit_of_work() as work:
        await work.orders.lock(order.id)
        await work.sales.record_sale(snapshot, NOW)
        await work.sales.record_refund(order.id, ids.new_id(), 1_000, NOW)
        await work.sales.record_dispute(order.id, snapshot.total - 1_000, LATER)
    entries = await entries_of(storage, order)
    assert sum(entry.disputed for entry in entries) == snapshot.total - 1_000
    async with storage.unit_of_work() as work:
        await work.orders.lock(order.id)
        await work.sales.record_dispute(order.id, 1_000 - snapshot.total, LATER)
    entries = await entries_of(storage, order)
    assert sum(entry.disputed for entry in entries) == 0
    assert [entry.number for entry in entries] == list(range(len(entries)))


async def test_refunds_of_orders_without_a_sale_are_not_recorded(storage: Any) -> None:
    _, order = await a_placed_order(storage)
    refund_id = ids.new_id()
    async with storage.unit_of_work() as work:
        await work.orders.lock(order.id)
        await work.sales.record_refund(order.id, refund_id, 10, LATER)
        assert await work.sales.record_failed_refund(order.id, refund_id, LATER) is None
        await work.sales.record_dispute(order.id, 10, LATER)
    assert await entries_of(storage, order) == []


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


async def test_a_sale_is_recorded_once_per_order(storage: Any) -> None:
    snapshot, order = await a_placed_order(storage)
    async with storage.unit_of_work() as work:
        await work.sales.record_sale(snapshot, NOW)
    with refused_write():
        async with storage.unit_of_work() as work:
            await work.sales.record_sale(snapshot, LATER)
    assert await entries_of(storage, order) == entries_of_sale(snapshot, NOW)
