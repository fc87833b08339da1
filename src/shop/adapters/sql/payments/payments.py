"""Payments, refunds and applied events in SQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Row, bindparam, delete, insert, literal, select, update
from sqlalchemy.exc import IntegrityError

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate
from shop.adapters.sql.payments.tables import payments, provider_events, refunds
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import Payment, PaymentStatus
from shop.domain.payments.refund import Refund, RefundItem, RefundStatus

_ADD: Final = insert(payments)
_ATTEMPT_EXISTS: Final = (
    select(literal(1))
    .where(payments.c.order_id == bindparam("order_id"), payments.c.attempt == bindparam("current_attempt"))
    .with_for_update(read=True)
)
_OF_ORDER: Final = (
    select(payments).where(payments.c.order_id == bindparam("order_id")).order_by(payments.c.attempt)
)
_LATEST: Final = (
    select(payments)
    .where(payments.c.order_id == bindparam("order_id"))
    .order_by(payments.c.attempt.desc())
    .limit(1)
)
_UPDATE: Final = (
    update(payments)
    .where(payments.c.order_id == bindparam("current_id"), payments.c.attempt == bindparam("current_attempt"))
    .values(status=bindparam("status"), updated_at=bindparam("updated_at"))
)
_ADD_REFUND: Final = insert(refunds)
_REFUNDS: Final = select(refunds).where(refunds.c.order_id == bindparam("order_id")).order_by(refunds.c.id)
_UPDATE_REFUND: Final = (
    update(refunds)
    .where(refunds.c.id == bindparam("refund_id"))
    .values(
        status=bindparam("status"),
        provider_refund_id=bindparam("provider_refund_id"),
        tax=bindparam("tax"),
        restocked=bindparam("restocked"),
        failure_reason=bindparam("failure_reason"),
    )
)
_ADD_EVENT: Final = insert(provider_events)
_APPLIED_EVENTS: Final = select(provider_events.c.event_id).where(
    provider_events.c.event_id.in_(bindparam("event_ids", expanding=True))
)
# Rows that another transaction has locked are skipped until the next run.
_OLD_EVENTS: Final = (
    select(provider_events.c.event_id)
    .where(provider_events.c.at < bindparam("moment"))
    .order_by(provider_events.c.at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_DELETE_EVENTS: Final = delete(provider_events).where(
    provider_events.c.event_id.in_(bindparam("event_ids", expanding=True))
)


class SqlPayments:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, payment: Payment) -> bool:
        try:
            await self._connection.execute(_ADD, row_of_payment(payment))
        except IntegrityError as error:
            # A row may violate both keys, and the databases differ in which one they report.
            attempt = {"order_id": payment.order_id, "current_attempt": payment.attempt}
            if is_duplicate(error) and await self._connection.scalar(_ATTEMPT_EXISTS, attempt):
                return False
            raise
        return True

    async def latest(self, order_id: str) -> Payment | None:
        row = (await self._connection.execute(_LATEST, {"order_id": order_id})).one_or_none()
        return None if row is None else payment_of(row)

    async def ledger(self, order_id: str) -> Ledger:
        whose = {"order_id": order_id}
        payments = [payment_of(row) for row in await self._connection.execute(_OF_ORDER, whose)]
        refunds = [refund_of(row) for row in await self._connection.execute(_REFUNDS, whose)]
        return Ledger(payments, refunds)

    async def save(self, payment: Payment) -> None:
        await self._connection.defer(
            _UPDATE,
            {
                "current_id": payment.order_id,
                "current_attempt": payment.attempt,
                "status": payment.status.value,
                "updated_at": payment.updated_at,
            },
        )

    async def add_refund(self, refund: Refund) -> None:
        await self._connection.defer(_ADD_REFUND, row_of_refund(refund))

    async def save_refund(self, refund: Refund) -> None:
        await self._connection.defer(
            _UPDATE_REFUND,
            {
                "refund_id": refund.id,
                "status": refund.status.value,
                "provider_refund_id": refund.provider_refund_id,
                "restocked": _stored_units(refund.restocked),
                "failure_reason": refund.failure_reason,
                "tax": refund.tax,
            },
        )

    async def record_event(self, event_id: str, at: datetime) -> bool:
        try:
            await self._connection.execute(_ADD_EVENT, {"event_id": event_id.encode(), "at": at})
        except IntegrityError as error:
            if is_duplicate(error):
                return False
            raise
        return True

    async def applied_events(self, event_ids: Sequence[str]) -> set[str]:
        values = {"event_ids": [event_id.encode() for event_id in event_ids]}
        return {found.decode() for found in await self._connection.scalars(_APPLIED_EVENTS, values)}

    async def purge_events(self, before: datetime, limit: int) -> int:
        old = {"moment": before, "most": limit}
        event_ids = (await self._connection.scalars(_OLD_EVENTS, old)).all()
        if event_ids:
            await self._connection.defer(_DELETE_EVENTS, {"event_ids": event_ids})
        return len(event_ids)


def row_of_payment(payment: Payment) -> dict[str, Any]:
    return {
        "order_id": payment.order_id,
        "attempt": payment.attempt,
        "provider": payment.provider,
        "intent_id": payment.intent_id,
        "client_secret": payment.client_secret,
        "status": payment.status.value,
        "amount": payment.amount,
        "currency": payment.currency,
        "created_at": payment.created_at,
        "updated_at": payment.updated_at,
        "account": payment.account,
    }


def payment_of(values: Sequence[Any]) -> Payment:
    """Return the payment from the values of all columns of `payments`, in the table's order."""
    (
        order_id,
        attempt,
        provider,
        intent_id,
        client_secret,
        status,
        amount,
        currency,
        created_at,
        updated_at,
        account,
    ) = values
    return Payment(
        order_id=order_id,
        attempt=attempt,
        provider=provider,
        intent_id=intent_id,
        client_secret=client_secret,
        status=PaymentStatus(status),
        amount=amount,
        currency=currency,
        created_at=created_at,
        updated_at=updated_at,
        account=account,
    )


def row_of_refund(refund: Refund) -> dict[str, Any]:
    return {
        "id": refund.id,
        "order_id": refund.order_id,
        "intent_id": refund.intent_id,
        "amount": refund.amount,
        "reason": refund.reason,
        "restock": refund.restock,
        "status": refund.status.value,
        "provider_refund_id": refund.provider_refund_id,
        "created_at": refund.created_at,
        "items": _stored_units(refund.items),
        "restocked": _stored_units(refund.restocked),
        "failure_reason": refund.failure_reason,
        "tax": refund.tax,
    }


def _stored_units(units: Sequence[RefundItem]) -> list[list[Any]] | None:
    return [[item.item_id, item.quantity] for item in units] or None


def _units_of(stored: list[list[Any]] | None) -> tuple[RefundItem, ...]:
    return tuple(RefundItem(item_id, quantity) for item_id, quantity in stored or ())


def refund_of(row: Row[Any]) -> Refund:
    """Return the refund in a row with all columns of `refunds`."""
    return Refund(
        id=row.id,
        order_id=row.order_id,
        intent_id=row.intent_id,
        amount=row.amount,
        reason=row.reason,
        restock=row.restock,
        status=RefundStatus(row.status),
        created_at=row.created_at,
        provider_refund_id=row.provider_refund_id,
        items=_units_of(row.items),
        restocked=_units_of(row.restocked),
        failure_reason=row.failure_reason,
        tax=row.tax,
    )
