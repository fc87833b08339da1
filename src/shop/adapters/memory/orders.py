"""Orders in memory."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from shop.adapters.memory.payments import LEDGERS, Ledger
from shop.adapters.memory.store import Store, Transaction, UniqueKeys
from shop.application.order_views import OrderSummary
from shop.application.ports.orders import OrderDetails
from shop.application.views import Page
from shop.domain.money import Currency
from shop.domain.order import Order, OrderSnapshot, OrderStatus, StatusChange
from shop.domain.payment import FINAL_PAYMENT_STATUSES, Payment, PaymentStatus, RefundStatus

ORDERS: Final = "orders"
"""Rows are PlacedOrders by order id."""

UNIQUE_KEYS: Final[UniqueKeys] = {}


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """All of an order but its payments: one row, so that locking it means reading everything afresh."""

    snapshot: OrderSnapshot
    order: Order
    history: tuple[StatusChange, ...] = ()

    def with_progress(self, order: Order) -> "PlacedOrder":
        """The order's changes become history."""
        assert order.history_length == len(self.history)
        history = (*self.history, *order.changes)
        return replace(self, order=replace(order, changes=(), history_length=len(history)), history=history)


class MemoryOrders:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, snapshot: OrderSnapshot, order: Order) -> None:
        assert (snapshot.id, snapshot.user_id, snapshot.total) == (order.id, order.user_id, order.total)
        await self._transaction.put(ORDERS, order.id, PlacedOrder(snapshot, order).with_progress(order))

    async def lock(self, order_id: str) -> Order | None:
        await self._transaction.lock(ORDERS, order_id)
        placed = await self._get(order_id)
        return placed.order if placed else None

    async def save(self, order: Order) -> None:
        placed = await self._get(order.id)
        if placed is not None:
            await self._transaction.put(ORDERS, order.id, placed.with_progress(order))

    async def snapshot(self, order_id: str) -> OrderSnapshot | None:
        placed = await self._get(order_id)
        return placed.snapshot if placed else None

    async def history(self, order_id: str) -> Sequence[StatusChange]:
        placed = await self._get(order_id)
        return placed.history if placed else ()

    async def _get(self, order_id: str) -> PlacedOrder | None:
        placed: PlacedOrder | None = await self._transaction.get(ORDERS, order_id)
        return placed


class MemoryOrderQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def details(self, order_id: str) -> OrderDetails | None:
        await asyncio.sleep(0)
        placed: PlacedOrder | None = self._store.tables[ORDERS].get(order_id)
        if placed is None:
            return None
        payments = self._ledger(order_id).payments
        return OrderDetails(placed.snapshot, placed.order, placed.history, payments[-1] if payments else None)

    async def page(
        self, user_id: str, page: int, limit: int, status: OrderStatus | None
    ) -> Page[OrderSummary]:
        await asyncio.sleep(0)
        found = [
            placed
            for placed in self._placed()
            if placed.snapshot.user_id == user_id and status in {None, placed.order.status}
        ]
        found.sort(key=lambda placed: (placed.snapshot.created_at, placed.snapshot.id), reverse=True)
        shown = found[(page - 1) * limit : page * limit]
        return Page(page, limit, len(found), [_summary_of(placed) for placed in shown])

    async def expired(self, at: datetime, limit: int) -> list[str]:
        return await self._oldest(
            limit, lambda order, _: order.expires_at if order.is_payable and order.expires_at <= at else None
        )

    async def cancelling(self, since_before: datetime, limit: int) -> list[str]:
        def since(order: Order, _: OrderSnapshot) -> datetime | None:
            begun = order.cancellation.since if order.cancellation else None
            return begun if begun is not None and begun < since_before else None

        return await self._oldest(limit, since)

    async def without_payment(self, placed_before: datetime, limit: int) -> list[str]:
        def placed_at(order: Order, snapshot: OrderSnapshot) -> datetime | None:
            waits = order.is_payable and order.total > 0 and snapshot.created_at < placed_before
            payment = self._payment_of(order)
            paying = payment is not None and payment.status is not PaymentStatus.CANCELLED
            return snapshot.created_at if waits and not paying else None

        return await self._oldest(limit, placed_at)

    async def with_pending_refunds(self, created_before: datetime, limit: int) -> list[str]:
        def created_at(order: Order, _: OrderSnapshot) -> datetime | None:
            refunds = self._ledger(order.id).refunds
            pending = [refund.created_at for refund in refunds if refund.status is RefundStatus.PENDING]
            oldest = min(pending, default=None)
            return oldest if oldest is not None and oldest < created_before else None

        return await self._oldest(limit, created_at)

    async def with_open_payment(self, updated_before: datetime, limit: int) -> list[str]:
        def updated_at(order: Order, _: OrderSnapshot) -> datetime | None:
            payment = self._payment_of(order) if order.is_payable else None
            if payment is None or payment.status in FINAL_PAYMENT_STATUSES:
                return None
            return payment.updated_at if payment.updated_at < updated_before else None

        return await self._oldest(limit, updated_at)

    async def _oldest(
        self, limit: int, moment_of: Callable[[Order, OrderSnapshot], datetime | None]
    ) -> list[str]:
        """Ids by the moment that stands for the order; those without one are left out."""
        await asyncio.sleep(0)
        found = [
            (moment, placed.order.id)
            for placed in self._placed()
            if (moment := moment_of(placed.order, placed.snapshot)) is not None
        ]
        return [order_id for _, order_id in sorted(found)[:limit]]

    def _payment_of(self, order: Order) -> Payment | None:
        payments = self._ledger(order.id).payments
        return next((payment for payment in payments if payment.attempt == order.payment_attempt), None)

    def _placed(self) -> list[PlacedOrder]:
        return list(self._store.tables[ORDERS].values())

    def _ledger(self, order_id: str) -> Ledger:
        rows: dict[Any, Ledger] = self._store.tables[LEDGERS]
        return rows.get(order_id, Ledger())


def _summary_of(placed: PlacedOrder) -> OrderSummary:
    snapshot = placed.snapshot
    major = Currency(snapshot.currency).to_major
    return OrderSummary(
        id=snapshot.id,
        number=snapshot.number,
        status=placed.order.status,
        created_at=snapshot.created_at,
        subtotal=major(snapshot.subtotal),
        discount=major(snapshot.discount),
        total=major(snapshot.total),
        currency=snapshot.currency,
    )
