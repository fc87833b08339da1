"""An order's state and ledger, locked for one transaction."""

from collections.abc import Mapping
from datetime import datetime
from typing import Self

from shop.application.orders.order_events import RecordOrderEvents
from shop.application.ports.system import Ids
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.orders.order import Order
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.outbox.order_events import order_event_types
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import PaymentStatus
from shop.domain.payments.refund import Refund, RefundStatus


class OpenOrder:
    """A locked order, the changes made to it in the transaction, and what to report after the commit.

    Every change is written immediately, except the order's own state, which `save` writes at the end.
    """

    def __init__(
        self,
        work: UnitOfWork,
        order: Order,
        ledger: Ledger,
        ids: Ids,
        now: datetime,
        events: RecordOrderEvents,
    ) -> None:
        self.work = work
        self.order = order
        self.ledger = ledger
        self.ids = ids
        self.now = now
        self.products_moved: set[str] = set()
        """Ids of the products whose stock or sales changed, for cache invalidation."""
        self.has_refunds_due = False
        """Whether refunds were added that still have to be sent. Refunds created at the provider don't count."""
        self.outcomes: list[PaymentStatus | RefundStatus] = []
        """New statuses of the order's payments and refunds."""
        self._events = events
        self._loaded = order
        self._had_money = ledger.captured is not None
        self._snapshot: tuple[OrderSnapshot, str | None] | None = None

    @classmethod
    async def open(
        cls, work: UnitOfWork, order_id: str, ids: Ids, now: datetime, events: RecordOrderEvents
    ) -> Self | None:
        """Lock the order and return it; None if it is unknown."""
        order = await work.orders.lock(order_id)
        if order is None:
            return None
        return cls(work, order, await work.payments.ledger(order_id), ids, now, events)

    @property
    def left(self) -> int:
        """The amount that can still be refunded: paid, less refunded, pending and lost in disputes."""
        return max(0, self.ledger.left - self.order.disputes_lost)

    async def save(self) -> None:
        """Store the order's state, if it changed, and the events of the change."""
        if self.order is self._loaded:
            return
        await self.work.orders.save(self.order)
        was_paid = not self._had_money and self.ledger.captured is not None
        if types := order_event_types(self._loaded, self.order, was_paid=was_paid):
            snapshot, username = await self._owned_snapshot()
            await self._events.changed(self.work, types, snapshot, self.order, self.ledger, username)

    async def snapshot(self) -> OrderSnapshot:
        """Return the order snapshot; read only once."""
        return (await self._owned_snapshot())[0]

    async def _owned_snapshot(self) -> tuple[OrderSnapshot, str | None]:
        if self._snapshot is None:
            self._snapshot = await self.work.orders.owned_snapshot(self.order.id)
        assert self._snapshot is not None
        return self._snapshot

    async def add_refund(self, refund: Refund) -> None:
        await self.work.payments.add_refund(refund)
        self.ledger = self.ledger.with_refund(refund)

    async def save_refund(self, refund: Refund) -> None:
        await self.work.payments.save_refund(refund)
        self.ledger = self.ledger.with_refund(refund)

    async def restock(self, units: Mapping[str, int]) -> None:
        """Return units of the order's lines to the stock."""
        if units:
            await self.work.stock.give_back(units)
            snapshot = await self.snapshot()
            await self._events.stock_changed(self.work, snapshot, units)
            self.products_moved |= {line.product_id for line in snapshot.lines if line.item_id in units}
