"""Contract tests: notes on orders."""

from datetime import timedelta
from typing import Any

import pytest

from shop.contract.order_samples import NOW, a_user, an_order, ids, rolled_back
from shop.domain.orders.note import OrderNote

pytestmark = pytest.mark.anyio


async def notes_of(storage: Any, order_id: str) -> list[tuple[OrderNote, str]]:
    async with storage.unit_of_work() as work:
        notes = list(await work.order_notes.of(order_id))
        assert await work.order_notes.count(order_id) == len(notes)
        return notes


async def test_notes_come_back_as_stored_oldest_first(storage: Any) -> None:
    order, other = await an_order(storage.unit_of_work), await an_order(storage.unit_of_work)
    author_id = await a_user(storage.unit_of_work)
    late, early, beside = [
        OrderNote(ids.new_id(), order_id, author_id, text, NOW + timedelta(seconds=seconds))
        for order_id, text, seconds in (
            (order.id, "Zoë 🎉\nrang", 2),
            (order.id, "x" * 2_000, 1),
            (other.id, "-", 0),
        )
    ]
    async with storage.unit_of_work() as work:
        for note in (late, early, beside):
            await work.order_notes.add(note)
    username = f"u{author_id[-12:]}"
    assert await notes_of(storage, order.id) == [(early, username), (late, username)]
    assert await notes_of(storage, other.id) == [(beside, username)]
    assert await notes_of(storage, ids.new_id()) == []


async def test_a_rolled_back_note_is_not_stored(storage: Any) -> None:
    order = await an_order(storage.unit_of_work)
    author_id = await a_user(storage.unit_of_work)
    async with rolled_back(storage.unit_of_work) as work:
        await work.order_notes.add(OrderNote(ids.new_id(), order.id, author_id, "never", NOW))
    assert await notes_of(storage, order.id) == []
