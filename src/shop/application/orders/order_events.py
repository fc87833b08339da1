"""Recording the events of orders."""

from collections.abc import Mapping, Sequence

from shop.application.orders.order_view import admin_order_view, order_history
from shop.application.outbox.recording import RecordEvents
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.orders import OrderDetails
from shop.application.ports.unit_of_work import UnitOfWork
from shop.application.promotions.terms import PromoCodeTerms
from shop.domain.orders.order import Order, OrderStatus
from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.outbox.event import EventType
from shop.domain.payments.ledger import Ledger
from shop.domain.promotions.promo_code import PromoCode


class RecordOrderEvents:
    """Stores the events of orders, and of what orders take and give back, in the transaction of the change."""

    def __init__(
        self, record: RecordEvents, payment_providers: PaymentProviders, promo_code_terms: PromoCodeTerms
    ) -> None:
        self._record = record
        self._providers = payment_providers
        self._promo_code_terms = promo_code_terms

    async def placed(
        self,
        work: UnitOfWork,
        snapshot: OrderSnapshot,
        order: Order,
        promo_code: PromoCode | None,
        username: str | None,
    ) -> None:
        """Store the events of a new order. Call it after the use of its promo code was claimed.

        `username` is the buyer's; None for a guest.
        """
        details = OrderDetails(snapshot, order, order.changes, payment=None, username=username)
        view = admin_order_view(details, self._providers, for_owner=False)
        await self._record(work, EventType.ORDER_PLACED, order.id, view)
        if order.status is OrderStatus.PAID:
            await self._record(work, EventType.ORDER_PAID, order.id, view)
        if promo_code is not None and promo_code.usage_limit is not None:
            used_up = self._promo_code_terms.view(promo_code.used_up())
            event = self._record.event(EventType.PROMO_CODE_EXHAUSTED, promo_code.code, used_up)
            await work.events.add_if_used_up(event, promo_code.id)

    async def stock_taken(self, work: UnitOfWork, snapshot: OrderSnapshot) -> None:
        """Store the events of stock levels that a new order crossed."""
        changes = {item_id: -quantity for item_id, quantity in snapshot.quantities.items()}
        await self.stock_changed(work, snapshot, changes)

    async def stock_changed(
        self, work: UnitOfWork, snapshot: OrderSnapshot, changes: Mapping[str, int]
    ) -> None:
        """Store the events of stock levels that were crossed. `changes` are units added, by the order's items."""
        product_ids = {line.item_id: line.product_id for line in snapshot.lines}
        await self._record.stock(
            work, [(item_id, product_ids[item_id], change) for item_id, change in changes.items()]
        )

    async def changed(
        self,
        work: UnitOfWork,
        types: Sequence[EventType],
        snapshot: OrderSnapshot,
        order: Order,
        ledger: Ledger,
        username: str | None,
    ) -> None:
        """Store these events of a locked order whose change was stored. `username` is its owner's."""
        payment = ledger.payments[-1] if ledger.payments else None
        history = await order_history(work, order)
        details = OrderDetails(snapshot, order, history, payment, ledger.refunds, username)
        view = admin_order_view(details, self._providers, for_owner=False)
        for event_type in types:
            await self._record(work, event_type, order.id, view)
