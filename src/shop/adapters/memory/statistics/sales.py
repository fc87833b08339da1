"""The sales ledger in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from shop.adapters.memory.framework.store import Transaction
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.statistics.sales import (
    SalesEntry,
    amount_returned,
    entries_of_dispute,
    entries_of_failed_refund,
    entries_of_refund,
    entries_of_sale,
    tax_of_refund,
)

SALES: Final = "sales"
"""Rows are tuples of an order's SalesEntries, by order id: one row, so that locking it rereads all of them."""


class MemorySalesLedger:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def record_sale(self, snapshot: OrderSnapshot, at: datetime) -> None:
        is_first = await self._transaction.insert(SALES, snapshot.id, tuple(entries_of_sale(snapshot, at)))
        assert is_first, "an order is sold once"

    async def give_to(self, order_id: str, user_id: str) -> None:
        if entries := await self._entries_of(order_id):
            given = tuple(replace(entry, user_id=user_id) for entry in entries)
            await self._transaction.put(SALES, order_id, given)

    async def record_refund(
        self,
        order_id: str,
        refund_id: str,
        amount: int,
        at: datetime,
        prices: Mapping[str, int] | None = None,
    ) -> int:
        if not (earlier := await self._entries_of(order_id)):
            return 0
        entries = entries_of_refund(earlier, refund_id, amount, at, prices)
        await self._add(earlier, entries)
        return -sum(entry.tax for entry in entries)

    async def tax_of_refund(self, order_id: str, amount: int, prices: Mapping[str, int] | None = None) -> int:
        return tax_of_refund(await self._entries_of(order_id), amount, prices)

    async def record_failed_refund(self, order_id: str, refund_id: str, at: datetime) -> int | None:
        if not (earlier := await self._entries_of(order_id)):
            return None
        entries = entries_of_failed_refund(earlier, refund_id, at)
        await self._add(earlier, entries)
        return -amount_returned(entries)

    async def record_dispute(self, order_id: str, amount: int, at: datetime) -> None:
        if earlier := await self._entries_of(order_id):
            await self._add(earlier, entries_of_dispute(earlier, amount, at))

    async def _entries_of(self, order_id: str) -> tuple[SalesEntry, ...]:
        await self._transaction.lock(SALES, order_id)
        return await self._transaction.get(SALES, order_id) or ()

    async def _add(self, earlier: tuple[SalesEntry, ...], entries: Sequence[SalesEntry]) -> None:
        if entries:
            await self._transaction.put(SALES, entries[0].order_id, (*earlier, *entries))
