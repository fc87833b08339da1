"""Where guests' unpaid orders came from, in memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shop.adapters.memory.framework.store import Transaction
from shop.adapters.memory.orders.orders import ORDERS, PlacedOrder

_UNPAID: Final = "unpaid_guest_orders"
"""Rows are UnpaidOrders by source (a network or email address): locking a row rereads all its orders."""


_Source = tuple[str, bytes]


def _sources(address: bytes, email: bytes) -> tuple[_Source, _Source]:
    return ("address", address), ("email", email)


@dataclass(frozen=True, slots=True)
class UnpaidOrders:
    """The orders that came from an address; some may be paid by now."""

    source: _Source
    order_ids: frozenset[str]


class MemoryUnpaidGuestOrders:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def count(self, address: bytes, email: bytes, at: datetime) -> int:  # noqa: ARG002 (for databases)
        counts = []
        for source in _sources(address, email):
            order_ids = await self._locked(source)
            counts.append(sum([await self._is_payable(order_id) for order_id in order_ids]))
        return max(counts)

    async def add(self, order_id: str, address: bytes, email: bytes) -> None:
        for source in _sources(address, email):
            order_ids = await self._locked(source)
            await self._transaction.put(_UNPAID, source, UnpaidOrders(source, order_ids | {order_id}))

    async def purge(self, limit: int) -> int:
        rows: list[UnpaidOrders] = await self._transaction.scan(_UNPAID)
        every = {order_id for row in rows for order_id in row.order_ids}
        settled = {order_id for order_id in every if not await self._is_payable(order_id)}
        purged = set(sorted(settled)[:limit])
        for row in sorted(rows, key=lambda row: row.source):
            order_ids = await self._locked(row.source)
            if order_ids & purged:
                await self._transaction.put(_UNPAID, row.source, UnpaidOrders(row.source, order_ids - purged))
        return len(purged)

    async def _locked(self, source: _Source) -> frozenset[str]:
        await self._transaction.lock(_UNPAID, source)
        row: UnpaidOrders | None = await self._transaction.get(_UNPAID, source)
        return row.order_ids if row else frozenset()

    async def _is_payable(self, order_id: str) -> bool:
        # What other transactions have committed since this one began counts, too.
        placed: PlacedOrder | None = await self._transaction.committed(ORDERS, order_id)
        return placed is not None and placed.order.is_payable
