"""Refunds by the shop's owners: all of an order's money, or a part of it."""

from contextlib import suppress
from decimal import Decimal
from typing import Annotated, Final

import msgspec

from shop.application.audit.trail import Audit, AuditedRefund
from shop.application.framework.idempotency import Answer, IdempotencyKey
from shop.application.framework.idempotent_requests import claim, lease_for, save_answer
from shop.application.framework.inputs import text
from shop.application.framework.transactions import run_again
from shop.application.framework.views import encode
from shop.application.limits import PositiveAmount
from shop.application.orders.views import OrderView, order_view
from shop.application.payments.settlement import LONGEST_REASON, Settlement
from shop.application.payments.statements import SettlePayment
from shop.application.ports.payments import PaymentProvider
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound, ValidationFailed
from shop.domain.money import Currency
from shop.domain.payments.payment import PaymentMismatch, PaymentUnavailable, Refund, RefundStatus
from shop.domain.text import paragraphs

_CALLS: Final = 3
"""How often a refund asks the provider at the most."""


class RefundInput(msgspec.Struct, forbid_unknown_fields=True):
    """All optional. `amount` in major units: without it, all that is left. `restock`: the goods came back."""

    amount: PositiveAmount | None = None
    reason: Annotated[str, text(LONGEST_REASON)] | None = None
    restock: bool = False


class RefundView(msgspec.Struct, frozen=True):
    """A refund; `amount` in major units. `pending`: the provider has not decided yet."""

    id: str
    amount: Decimal
    status: RefundStatus


class RefundAnswer(msgspec.Struct, frozen=True):
    refund: RefundView
    order: OrderView


class RefundOrder:
    """Admins: give back a paid order's money, all that is left or a part.

    The refund is written down before the provider is asked, so it is sent at last whatever fails in between. An order
    of which nothing is left is `refunded`. With `restock`, the order's units go back into the stock when the refund
    succeeds, once an order. Fails with 404 for an unknown order, 409 when the order is not paid, when the amount
    is more than what is left of it, or when the payment provider cannot state the amount.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        provider: PaymentProvider,
        settle: SettlePayment,
        clock: Clock,
        ids: Ids,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._provider = provider
        self._settle = settle
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._lease = lease_for(_CALLS * provider.time_budget)

    async def __call__(
        self, admin: Principal, order_id: str, request: RefundInput, key: IdempotencyKey | None = None
    ) -> Answer:
        owed = await self._owe(admin, order_id, request, key)
        if isinstance(owed, Answer):
            return owed
        refund_id, pending = owed
        if pending is not None:
            with suppress(PaymentUnavailable, PaymentMismatch):  # It is written down: the worker sends it.
                await self._settle.send_refund(*pending)
        return await self._answer(order_id, refund_id, key)

    @run_again
    async def _owe(
        self, admin: Principal, order_id: str, request: RefundInput, key: IdempotencyKey | None
    ) -> tuple[str, tuple[Refund, str] | None] | Answer:
        """The refund's id, and the refund itself with its currency if it has to be sent."""
        now, refund_id = self._clock.now(), self._ids.new_id()
        async with self._unit_of_work() as work:
            earlier = await claim(work, key, now, subject_id=refund_id, lease=self._lease)
            if isinstance(earlier, Answer):
                return earlier
            settlement = await Settlement.open(work, order_id, self._ids, now)
            if settlement is None:
                raise NotFound("order")
            if earlier is not None:
                assert earlier.subject_id is not None
                pending = [
                    each for each in settlement.ledger.pending_refunds if each.id == earlier.subject_id
                ]
                return earlier.subject_id, (pending[0], settlement.order.currency) if pending else None
            refund = await settlement.owe(
                refund_id,
                _amount(request, settlement.order.currency),
                _reason(request),
                restock=request.restock,
            )
            self._provider.ensure_refundable(refund.amount, settlement.order.currency)
            audited = _audited(refund, settlement.order.currency)
            await self._audit(work, admin, AuditAction.ORDER_REFUNDED, order_id, before=None, after=audited)
        return refund_id, (refund, settlement.order.currency)

    @run_again
    async def _answer(self, order_id: str, refund_id: str, key: IdempotencyKey | None) -> Answer:
        async with self._unit_of_work() as work:
            order = await work.orders.lock(order_id)
            snapshot = await work.orders.snapshot(order_id)
            ledger = await work.payments.ledger(order_id)
            assert order is not None and snapshot is not None
            refund = next(each for each in ledger.refunds if each.id == refund_id)
            view = order_view(
                snapshot,
                order,
                await work.orders.history(order_id),
                ledger.payments[-1],
                account=self._provider.account,
                for_owner=False,
            )
            amount = Currency(order.currency).to_major(refund.amount)
            answer = RefundAnswer(RefundView(refund.id, amount, refund.status), view)
            return await save_answer(work, key, encode(answer))


def _audited(refund: Refund, currency: str) -> AuditedRefund:
    amount = Currency(currency).to_major(refund.amount)
    return AuditedRefund(refund.id, amount, currency, refund.restock, refund.reason)


def _amount(request: RefundInput, currency: str) -> int | None:
    if request.amount is None:
        return None
    amount = Currency(currency).to_minor(request.amount, "amount")
    if amount == 0:
        raise ValidationFailed({"amount": "must be above 0"})
    return amount


def _reason(request: RefundInput) -> str | None:
    reason = paragraphs(request.reason or "")
    if len(reason) > LONGEST_REASON:
        raise ValidationFailed({"reason": f"must be at most {LONGEST_REASON} characters"})
    return reason or None
