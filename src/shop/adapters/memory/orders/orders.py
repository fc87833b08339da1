"""Orders in memory."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from shop.adapters.memory.accounts.users import USERS
from shop.adapters.memory.framework.store import Store, Transaction
from shop.adapters.memory.payments.payments import LEDGERS
from shop.application.framework.views import Page
from shop.application.orders.views import OrderSummary
from shop.application.ports.orders import Backlog, OrderBooks, OrderDetails, PendingWork
from shop.domain.accounts.user import User
from shop.domain.money import Currency
from shop.domain.orders.order import Order, OrderStatus, StatusChange
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import FINAL_PAYMENT_STATUSES, Payment, PaymentMethod, PaymentStatus

ORDERS: Final = "orders"
"""Rows are PlacedOrders by order id."""

_POSTPONED: Final = "postponed_work"
"""Rows are _Postponed by order id and kind of work."""


@dataclass(frozen=True, slots=True)
class _Postponed:
    order_id: str
    kind: PendingWork
    failures: int
    until: datetime


@dataclass(frozen=True, slots=True)
class PlacedOrder:
    """An order without its payments: one row, so that locking it rereads everything."""

    snapshot: OrderSnapshot
    order: Order
    history: tuple[StatusChange, ...] = ()
    leased_until: datetime | None = None

    def is_free(self, at: datetime) -> bool:
        return self.leased_until is None or self.leased_until <= at

    def with_progress(self, order: Order) -> "PlacedOrder":
        """Return the row with the order's new state, and its changes appended to the history."""
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

    async def lease(self, order_ids: Sequence[str], *, at: datetime, until: datetime) -> list[str]:
        leased = []
        for order_id in order_ids:
            if not await self._transaction.try_lock(ORDERS, order_id):
                continue
            placed = await self._get(order_id)
            if placed is not None and placed.is_free(at):
                await self._transaction.put(ORDERS, order_id, replace(placed, leased_until=until))
                leased.append(order_id)
        return leased

    async def release(self, order_id: str, until: datetime) -> None:
        await self._transaction.lock(ORDERS, order_id)
        placed = await self._get(order_id)
        if placed is not None:
            await self._transaction.put(ORDERS, order_id, replace(placed, leased_until=until))

    async def snapshot(self, order_id: str) -> OrderSnapshot | None:
        placed = await self._get(order_id)
        return placed.snapshot if placed else None

    async def owned_snapshot(self, order_id: str) -> tuple[OrderSnapshot, str | None] | None:
        placed = await self._get(order_id)
        if placed is None:
            return None
        owner: User | None = await self._transaction.get(USERS, placed.order.user_id)
        return placed.snapshot, None if owner is None else owner.username

    async def history(self, order_id: str) -> Sequence[StatusChange]:
        placed = await self._get(order_id)
        return placed.history if placed else ()

    async def _get(self, order_id: str) -> PlacedOrder | None:
        placed: PlacedOrder | None = await self._transaction.get(ORDERS, order_id)
        return placed


class MemoryPostponedWork:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def failures(self, order_id: str, kind: PendingWork) -> int:
        postponed: _Postponed | None = await self._transaction.get(_POSTPONED, (order_id, kind))
        return postponed.failures if postponed else 0

    async def postpone(self, order_id: str, kind: PendingWork, failures: int, until: datetime) -> None:
        if failures == 0:
            await self._transaction.delete(_POSTPONED, (order_id, kind))
        else:
            row = _Postponed(order_id, kind, failures, until)
            await self._transaction.put(_POSTPONED, (order_id, kind), row)

    async def purge(self, before: datetime, limit: int) -> int:
        rows: list[_Postponed] = await self._transaction.scan(_POSTPONED)
        old = sorted((row for row in rows if row.until < before), key=lambda row: row.until)[:limit]
        for row in old:
            await self._transaction.delete(_POSTPONED, (row.order_id, row.kind))
        return len(old)


class MemoryOrderQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def details(self, order_id: str) -> OrderDetails | None:
        await asyncio.sleep(0)
        placed: PlacedOrder | None = self._store.tables[ORDERS].get(order_id)
        if placed is None:
            return None
        ledger = self._ledger(order_id)
        payment = ledger.payments[-1] if ledger.payments else None
        owner: User | None = self._store.tables[USERS].get(placed.order.user_id)
        username = None if owner is None else owner.username
        return OrderDetails(placed.snapshot, placed.order, placed.history, payment, ledger.refunds, username)

    async def page(
        self, user_id: str, page: int, limit: int, status: OrderStatus | None
    ) -> Page[OrderSummary]:
        await asyncio.sleep(0)
        found = [
            placed
            for placed in self._placed()
            if placed.order.user_id == user_id and status in {None, placed.order.status}
        ]
        found.sort(key=lambda placed: (placed.snapshot.created_at, placed.snapshot.id), reverse=True)
        shown = found[(page - 1) * limit : page * limit]
        return Page(page, limit, len(found), [summary_of(placed) for placed in shown])

    async def with_pending_work(
        self, kind: PendingWork, since: datetime, limit: int, *, at: datetime
    ) -> list[str]:
        await asyncio.sleep(0)
        found = [
            (begun, placed.order.id)
            for placed in self._placed()
            if placed.is_free(at)
            and not self._is_postponed(kind, placed, at)
            and (begun := self._since(kind, placed)) is not None
            and begun <= since
        ]
        return [order_id for _, order_id in sorted(found)[:limit]]

    async def backlog(self, kind: PendingWork, since: datetime, max_count: int) -> Backlog:
        await asyncio.sleep(0)
        begun = [at for placed in self._placed() if (at := self._since(kind, placed)) and at <= since]
        return Backlog(min(len(begun), max_count), min(begun, default=None))

    async def books(self, start: datetime, end: datetime, after: str, limit: int) -> list[OrderBooks]:
        await asyncio.sleep(0)
        placed = [
            each.order.id
            for each in self._placed()
            if start <= each.order.placed_at < end and each.order.id > after
        ]
        return await self.books_of(sorted(placed)[:limit])

    async def books_of(self, order_ids: Sequence[str]) -> list[OrderBooks]:
        await asyncio.sleep(0)
        found = sorted(
            (each for each in self._placed() if each.order.id in order_ids), key=lambda each: each.order.id
        )
        return [OrderBooks(each.snapshot.number, each.order, self._ledger(each.order.id)) for each in found]

    def _since(self, kind: PendingWork, placed: PlacedOrder) -> datetime | None:
        """Return the time since when the order has this kind of pending work; None if it has none."""
        order = placed.order
        payment = self._payment_of(order)
        match kind:
            case PendingWork.EXPIRED if order.is_payable:
                return order.expires_at
            case PendingWork.CANCELLING if order.cancellation is not None:
                return order.cancellation.since
            case PendingWork.WITHOUT_PAYMENT if order.is_payable and order.total > 0:
                is_live = payment is not None and payment.status is not PaymentStatus.CANCELLED
                return None if is_live else order.placed_at
            case PendingWork.WITH_OPEN_PAYMENT if (
                order.is_payable and payment is not None and _has_remote_provider(order)
            ):
                return None if payment.status in FINAL_PAYMENT_STATUSES else payment.updated_at
            case PendingWork.WITH_PENDING_REFUNDS:
                pending = self._ledger(order.id).pending_refunds
                return min((refund.created_at for refund in pending), default=None)
        return None

    def _is_postponed(self, kind: PendingWork, placed: PlacedOrder, at: datetime) -> bool:
        row: _Postponed | None = self._store.tables[_POSTPONED].get((placed.order.id, kind))
        return row is not None and row.until > at

    def _payment_of(self, order: Order) -> Payment | None:
        payments = self._ledger(order.id).payments
        return next((payment for payment in payments if payment.attempt == order.payment_attempt), None)

    def _placed(self) -> list[PlacedOrder]:
        return list(self._store.tables[ORDERS].values())

    def _ledger(self, order_id: str) -> Ledger:
        rows: dict[Any, Ledger] = self._store.tables[LEDGERS]
        return rows.get(order_id, Ledger())


def _has_remote_provider(order: Order) -> bool:
    """Return whether there is a payment provider to ask about the order."""
    return order.payment_method is not PaymentMethod.TRANSFER


def summary_of(placed: PlacedOrder) -> OrderSummary:
    """Return the order's row in a list."""
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
