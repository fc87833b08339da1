"""Cancellation and expiry: mark the order, ask the provider, then finish according to its answer."""

from contextlib import suppress
from typing import Final

from shop.application.audit.trail import Audit, AuditedOrder
from shop.application.framework.idempotency import Outcome, Replayed, claim_steps, lease_for, save_answer
from shop.application.framework.inputs import ExpectedVersions, ensure_expected
from shop.application.framework.transactions import retry_on_conflict
from shop.application.orders.order_view import RecordOrderEvents, order_details, order_view
from shop.application.orders.views import OrderAnswer
from shop.application.payments.opening import CreateIntent
from shop.application.payments.providers import PaymentProviders
from shop.application.payments.settlement import Settlement
from shop.application.payments.statements import SettlePayment
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.payments import PaymentProvider
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.permissions import Permission
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound
from shop.domain.orders.access import OrderAccess
from shop.domain.orders.cancellation import CancellationReason
from shop.domain.orders.order import Order, OrderNotPayable, OrderStatus
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import (
    Intent,
    PaymentMismatch,
    PaymentStatus,
    PaymentUnavailable,
    ProviderRefusal,
)

MAX_PROVIDER_CALLS: Final = 3
"""The maximum number of provider calls per cancellation: find the payment, cancel it, refund it."""
_OPEN: Final = frozenset({PaymentStatus.PENDING, PaymentStatus.FAILED})
"""The statuses of an unpaid intent that the provider did not cancel."""


class CancelOrder:
    """Owners and staff: cancel an order that is not shipped.

    Unpaid orders: the payment is cancelled at the provider, and stock and promo code are released. Paid orders are
    refunded in full first. Until the provider answers, the order is `cancelling`, and the worker retries.
    Fails with NOT_FOUND for another user's order, a conflict when the order's status does not allow it,
    PAYMENT_DISPUTED while the customer's bank holds the money.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        payment_providers: PaymentProviders,
        create_intent: CreateIntent,
        settle: SettlePayment,
        clock: Clock,
        ids: Ids,
        cache: CatalogueCache,
        audit: Audit,
        events: RecordOrderEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._providers = payment_providers
        self._create_intent = create_intent
        self._settle = settle
        self._clock = clock
        self._ids = ids
        self._cache = cache
        self._audit = audit
        self._events = events
        self._lease = lease_for(MAX_PROVIDER_CALLS * payment_providers.time_budget)

    async def __call__(
        self,
        access: OrderAccess,
        order_id: str,
        key: IdempotencyKey | None = None,
        expected: ExpectedVersions = None,
        note: str | None = None,
    ) -> Outcome[OrderAnswer]:
        """Cancel the order. `expected` holds accepted versions (history lengths); `note` goes into the history."""
        if (replay := await self._begin_for(access, order_id, key, expected, note)) is not None:
            return replay
        with suppress(PaymentUnavailable, ProviderRefusal, PaymentMismatch):  # The worker retries it.
            await self.advance(order_id)
        return await self._answer(access, order_id, key)

    async def expire(self, order_id: str) -> None:
        """The worker: cancel an unpaid order whose payment term has ended, unless its payment is in progress."""
        if await self._begin_expiry(order_id):
            await self.advance(order_id)

    async def advance(self, order_id: str) -> None:
        """Advance a cancellation as far as the provider allows now; a no-op if none has begun.

        Raises PaymentUnavailable, ProviderRefusal, PaymentMismatch.
        """
        order, ledger = await self._loaded(order_id)
        if order is None or order.status is not OrderStatus.CANCELLING:
            return
        try:
            if ledger.captured is not None:
                await self._settle.send_refunds(order_id)
            else:
                await self._cancel_payment(order, ledger)
        except (PaymentUnavailable, ProviderRefusal, PaymentMismatch):
            await self._record_if_lasting(order_id)
            raise
        await self._record_if_lasting(order_id)

    async def _cancel_payment(self, order: Order, ledger: Ledger) -> None:
        payment = ledger.payment_of_attempt(order.payment_attempt)
        provider, stated = self._providers.of_method(order.payment_method), None
        with suppress(OrderNotPayable, ProviderRefusal):
            if payment is None:
                # The intent may exist without a record here: creating it under its key finds or creates it.
                stated = await _cancelled(provider, (await self._create_intent(order)).id)
            elif (its_provider := self._providers.having(payment)) is not None:
                provider = its_provider
                stated = await _cancelled(provider, payment.intent_id)
        if stated is not None:
            await self._settle(stated, provider)
        if stated is None or stated.status in _OPEN:
            # There is no intent, or the provider refuses permanently. A payment that still arrives is refunded.
            await self._finish_unpaid(order.id)

    @retry_on_conflict
    async def _begin_for(
        self,
        access: OrderAccess,
        order_id: str,
        key: IdempotencyKey | None,
        expected: ExpectedVersions,
        note: str | None,
    ) -> Replayed | None:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            earlier = await claim_steps(work, key, now, subject_id=order_id, lease=self._lease)
            if isinstance(earlier, Replayed):
                return earlier
            settlement = await Settlement.open(work, order_id, self._ids, now, self._events)
            order = settlement.order if settlement is not None else None
            if settlement is None or order is None or not _may_cancel(access, order):
                raise NotFound("order")
            if earlier is None:
                ensure_expected(order.history_length, expected)
            if earlier is not None or order.status is OrderStatus.CANCELLING:
                return None  # Already begun, by an earlier request under the key or by another request.
            reason = CancellationReason.CUSTOMER if access.owns(order) else CancellationReason.SHOP
            await settlement.begin_cancelling(reason, note)
            await settlement.save()
            if access.may(Permission.ORDERS_WRITE):
                old, new = AuditedOrder(order.status), AuditedOrder(settlement.order.status, note)
                await self._audit(
                    work, access.principal, AuditAction.ORDER_CANCELLED, order_id, before=old, after=new
                )
        self._cache.stock_changed(settlement.products_moved)
        return None

    @retry_on_conflict
    async def _begin_expiry(self, order_id: str) -> bool:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            settlement = await Settlement.open(work, order_id, self._ids, now, self._events)
            if settlement is None or not settlement.order.is_payable or settlement.order.expires_at > now:
                return False
            payment = settlement.ledger.payment_of_attempt(settlement.order.payment_attempt)
            is_processing = payment is not None and payment.status is PaymentStatus.PROCESSING
            if payment is not None and is_processing and self._providers.having(payment) is not None:
                return False
            await settlement.begin_cancelling(CancellationReason.EXPIRED)
            await settlement.save()
        return True

    @retry_on_conflict
    async def _finish_unpaid(self, order_id: str) -> None:
        """Finish the cancellation: the provider has nothing to cancel and is never asked about this attempt again."""
        async with self._unit_of_work() as work:
            settlement = await Settlement.open(work, order_id, self._ids, self._clock.now(), self._events)
            if settlement is None or settlement.order.status is not OrderStatus.CANCELLING:
                return
            await settlement.finish_unpaid()
            await settlement.save()
        self._cache.stock_changed(settlement.products_moved)

    @retry_on_conflict
    async def _loaded(self, order_id: str) -> tuple[Order | None, Ledger]:
        async with self._unit_of_work() as work:
            return await work.orders.lock(order_id), await work.payments.ledger(order_id)

    @retry_on_conflict
    async def _record_if_lasting(self, order_id: str) -> None:
        async with self._unit_of_work() as work:
            order = await work.orders.lock(order_id)
            if order is not None and order.status is OrderStatus.CANCELLING and not order.cancelling_recorded:
                await work.orders.save(order.record_cancelling())

    @retry_on_conflict
    async def _answer(
        self, access: OrderAccess, order_id: str, key: IdempotencyKey | None
    ) -> Outcome[OrderAnswer]:
        async with self._unit_of_work() as work:
            details = await order_details(work, order_id)
            view = order_view(details, self._providers, for_owner=access.owns(details.order))
            return await save_answer(work, key, OrderAnswer(view))


def _may_cancel(access: OrderAccess, order: Order) -> bool:
    return access.owns(order) or access.may(Permission.ORDERS_WRITE)


async def _cancelled(provider: PaymentProvider, intent_id: str) -> Intent | None:
    """Cancel the intent. Return its state, also when the provider refused to cancel; None if there is no intent."""
    try:
        return await provider.cancel_intent(intent_id)
    except ProviderRefusal:
        return await provider.intent(intent_id)
