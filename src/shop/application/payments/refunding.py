"""Full and partial refunds by staff."""

from contextlib import suppress
from decimal import Decimal
from typing import Annotated, Final

import msgspec

from shop.application.audit.trail import Audit, AuditedRefund
from shop.application.framework.idempotency import Outcome, Replayed, claim_steps, lease_for, save_answer
from shop.application.framework.inputs import Id, text
from shop.application.framework.transactions import retry_on_conflict
from shop.application.limits import PositiveAmount, Quantity
from shop.application.orders.order_view import RecordOrderEvents, order_details, order_view
from shop.application.orders.views import OrderView
from shop.application.payments.providers import PaymentElsewhere, PaymentProviders
from shop.application.payments.refund_settlement import MAX_REASON_LENGTH, RefundTerms, record_refund_due
from shop.application.payments.refund_views import RefundItemView, refund_item_views
from shop.application.payments.settlement import Settlement
from shop.application.payments.statements import SettlePayment
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.carts.cart import MAX_LINES
from shop.domain.errors import NotFound, ValidationFailed
from shop.domain.money import Currency
from shop.domain.payments.payment import Payment, PaymentMismatch, PaymentUnavailable
from shop.domain.payments.refund import Refund, RefundItem, RefundStatus
from shop.domain.text import paragraphs

_MAX_PROVIDER_CALLS: Final = 3
"""The maximum number of provider calls per refund."""


class RefundItemInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """An order's item and the number of its units to refund."""

    item_id: Id
    quantity: Quantity


class RefundInput(msgspec.Struct, forbid_unknown_fields=True):
    """All fields are optional. `items` are the items to refund.

    `amount` is in major units; the default is the items' price after discounts or, without items, all that is left.
    `restock`: return the goods to the stock. It requires `items`, unless all that is left is refunded.
    """

    amount: PositiveAmount | None = None
    items: Annotated[list[RefundItemInput], msgspec.Meta(min_length=1, max_length=MAX_LINES)] | None = None
    reason: Annotated[str, text(MAX_REASON_LENGTH)] | None = None
    restock: bool = False


class RefundView(msgspec.Struct, frozen=True, rename="camel"):
    """A refund; `amount` in major units. `pending`: the provider has not decided yet.

    `failure_reason` is the provider's reason for a failure, if stated.
    """

    id: str
    amount: Decimal
    status: RefundStatus
    items: list[RefundItemView]
    failure_reason: str | None


class RefundAnswer(msgspec.Struct, frozen=True):
    refund: RefundView
    order: OrderView


class RefundOrder:
    """Admins: refund a paid order in full or in part.

    The refund is stored before the provider is called, so it is eventually sent even after a failure. An order with
    nothing left to refund becomes `refunded`. With `restock`, the items (without items: all remaining units) return to
    the stock when the refund succeeds, each unit once. Fails with NOT_FOUND for an unknown order, VALIDATION_FAILED for
    `restock` of a partial refund without items, a conflict when the order is not paid, when the amount or the units
    exceed what is left, or when the payment provider can't represent the amount, PAYMENT_DISPUTED while the customer's
    bank holds the money.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        payment_providers: PaymentProviders,
        settle: SettlePayment,
        clock: Clock,
        ids: Ids,
        audit: Audit,
        events: RecordOrderEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._providers = payment_providers
        self._settle = settle
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._events = events
        self._lease = lease_for(_MAX_PROVIDER_CALLS * payment_providers.time_budget)

    async def __call__(
        self, admin: Principal, order_id: str, request: RefundInput, key: IdempotencyKey | None = None
    ) -> Outcome[RefundAnswer]:
        recorded = await self._record_refund(admin, order_id, request, key)
        if isinstance(recorded, Replayed):
            return recorded
        refund_id, pending = recorded
        if pending is not None:
            with suppress(PaymentUnavailable, PaymentMismatch):  # The refund is stored: the worker sends it.
                await self._settle.send_refund(*pending)
        return await self._answer(order_id, refund_id, key)

    @retry_on_conflict
    async def _record_refund(
        self, admin: Principal, order_id: str, request: RefundInput, key: IdempotencyKey | None
    ) -> tuple[str, tuple[Refund, Payment] | None] | Replayed:
        """Record the refund. Return its id and, if it has to be sent, the refund with its payment."""
        now, refund_id = self._clock.now(), self._ids.new_id()
        async with self._unit_of_work() as work:
            earlier = await claim_steps(work, key, now, subject_id=refund_id, lease=self._lease)
            if isinstance(earlier, Replayed):
                return earlier
            settlement = await Settlement.open(work, order_id, self._ids, now, self._events)
            if settlement is None:
                raise NotFound("order")
            if earlier is not None:
                pending = [
                    each for each in settlement.ledger.pending_refunds if each.id == earlier.subject_id
                ]
                return earlier.subject_id, (
                    pending[0],
                    _payment_of(pending[0], settlement),
                ) if pending else None
            refund = await record_refund_due(
                settlement, refund_id, _terms(request, settlement.order.currency)
            )
            payment = _payment_of(refund, settlement)
            if (provider := self._providers.having(payment)) is None:
                raise PaymentElsewhere(payment)
            provider.ensure_refundable(refund.amount, payment.currency)
            audited = _audited(refund, settlement.order.currency)
            await self._audit(work, admin, AuditAction.ORDER_REFUNDED, order_id, before=None, after=audited)
        return refund_id, (refund, payment)

    @retry_on_conflict
    async def _answer(
        self, order_id: str, refund_id: str, key: IdempotencyKey | None
    ) -> Outcome[RefundAnswer]:
        async with self._unit_of_work() as work:
            details = await order_details(work, order_id)
            refund = next(each for each in details.refunds if each.id == refund_id)
            view = order_view(details, self._providers, for_owner=False)
            amount = Currency(details.order.currency).to_major(refund.amount)
            items = refund_item_views(refund.items)
            shown = RefundView(refund.id, amount, refund.status, items, refund.failure_reason)
            return await save_answer(work, key, RefundAnswer(shown, view))


def _payment_of(refund: Refund, settlement: Settlement) -> Payment:
    payment = settlement.ledger.payment_of(refund.intent_id)
    assert payment is not None
    return payment


def _audited(refund: Refund, currency: str) -> AuditedRefund:
    amount = Currency(currency).to_major(refund.amount)
    return AuditedRefund(refund.id, amount, currency, refund.restock, refund.reason)


def _terms(request: RefundInput, currency: str) -> RefundTerms:
    return RefundTerms(_amount(request, currency), _items(request), request.restock, _reason(request))


def _items(request: RefundInput) -> tuple[RefundItem, ...]:
    units: dict[str, int] = {}
    for item in request.items or ():
        units[item.item_id] = units.get(item.item_id, 0) + item.quantity
    return tuple(RefundItem(item_id, quantity) for item_id, quantity in units.items())


def _amount(request: RefundInput, currency: str) -> int | None:
    if request.amount is None:
        return None
    amount = Currency(currency).to_minor(request.amount, "amount")
    if amount == 0:
        raise ValidationFailed({"amount": "must be above 0"})
    return amount


def _reason(request: RefundInput) -> str | None:
    reason = paragraphs(request.reason or "")
    if len(reason) > MAX_REASON_LENGTH:
        raise ValidationFailed({"reason": f"must be at most {MAX_REASON_LENGTH} characters"})
    return reason or None
