"""Confirmation by staff of payments made outside the shop: bank transfers and cash."""

from dataclasses import replace
from typing import Annotated, ClassVar

import msgspec

from shop.application.audit.trail import Audit, AuditedOrder
from shop.application.framework.idempotency import Outcome, Replayed, claim, save_answer, stored_answer
from shop.application.framework.inputs import text
from shop.application.framework.transactions import retry_on_conflict
from shop.application.orders.order_view import RecordOrderEvents, order_history, order_view
from shop.application.orders.views import OrderView
from shop.application.payments.opening import CreateIntent
from shop.application.payments.providers import PaymentProviders
from shop.application.payments.refund_settlement import MAX_REASON_LENGTH
from shop.application.payments.settlement import Settlement
from shop.application.payments.statements import SettlePayment
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.orders import OrderDetails
from shop.application.ports.payments import PaymentProvider
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound, ShopError, ValidationFailed
from shop.domain.orders.order import Order
from shop.domain.payments.payment import Intent, PaymentStatus
from shop.domain.text import one_line


class MarkPaidInput(msgspec.Struct, forbid_unknown_fields=True):
    """`reference`: the bank statement's text, or who took the cash. It is shown in the order's history."""

    reference: Annotated[str, text(MAX_REASON_LENGTH)] | None = None


class PaymentConfirmedByProvider(ShopError):
    """The order's provider confirms payments itself."""

    code: ClassVar[str] = "PAYMENT_CONFIRMED_BY_PROVIDER"

    def __init__(self, provider: str) -> None:
        super().__init__(
            f"The order is paid by {provider}, which confirms payments itself.",
            {"provider": provider},
        )


class MarkOrderPaid:
    """Staff: mark an order as paid whose payment arrived outside the shop.

    Refused for an unknown order, for one that can't be paid any more, and when its payment provider confirms payments
    itself.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        payment_providers: PaymentProviders,
        create_intent: CreateIntent,
        settle: SettlePayment,
        clock: Clock,
        ids: Ids,
        audit: Audit,
        events: RecordOrderEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._providers = payment_providers
        self._create_intent = create_intent
        self._settle = settle
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._events = events

    async def __call__(
        self, admin: Principal, order_id: str, request: MarkPaidInput, key: IdempotencyKey | None = None
    ) -> Outcome[OrderView]:
        reference = _reference(request)
        order = await self._payable(order_id, key)
        if isinstance(order, Replayed):
            return order
        provider = self._providers.of_method(order.payment_method)
        if provider.keeps_books:
            raise PaymentConfirmedByProvider(provider.name)
        intent = replace(await self._create_intent(order), status=PaymentStatus.SUCCEEDED)
        answer, settled = await self._mark(admin, intent, provider, reference, key)
        if settled is not None:
            self._settle.report_outcomes(settled, provider.name)
        return answer

    @retry_on_conflict
    async def _payable(self, order_id: str, key: IdempotencyKey | None) -> Order | Replayed:
        async with self._unit_of_work() as work:
            if (answer := await stored_answer(work, key, self._clock.now())) is not None:
                return answer
            order = await work.orders.lock(order_id)
        if order is None:
            raise NotFound("order")
        order.ensure_payable()
        return order

    @retry_on_conflict
    async def _mark(
        self,
        admin: Principal,
        intent: Intent,
        provider: PaymentProvider,
        reference: str | None,
        key: IdempotencyKey | None,
    ) -> tuple[Outcome[OrderView], Settlement | None]:
        now, order_id = self._clock.now(), intent.order_id
        assert order_id is not None
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, now)) is not None:
                return earlier, None
            settlement = await Settlement.open(work, order_id, self._ids, now, self._events)
            snapshot = await work.orders.snapshot(order_id)
            assert settlement is not None and snapshot is not None
            before = settlement.order
            before.ensure_payable()
            await settlement.apply_intent(intent, provider.account, reference)
            await settlement.save()
            await self._audit(
                work,
                admin,
                AuditAction.ORDER_MARKED_PAID,
                order_id,
                before=AuditedOrder(before.status),
                after=AuditedOrder(settlement.order.status, reference),
            )
            paid = await work.orders.lock(order_id)
            assert paid is not None
            ledger = settlement.ledger
            details = OrderDetails(
                snapshot, paid, await order_history(work, paid), ledger.captured, ledger.refunds
            )
            view = order_view(details, self._providers, for_owner=False)
            return await save_answer(work, key, view), settlement


def _reference(request: MarkPaidInput) -> str | None:
    reference = one_line(request.reference or "")
    if len(reference) > MAX_REASON_LENGTH:
        raise ValidationFailed({"reference": f"must be at most {MAX_REASON_LENGTH} characters"})
    return reference or None
