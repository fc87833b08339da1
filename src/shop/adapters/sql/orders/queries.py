"""Reads of orders in SQL."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Integer,
    Row,
    Select,
    Subquery,
    and_,
    bindparam,
    func,
    or_,
    select,
)

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.framework.statements import UtcDateTime
from shop.adapters.sql.orders.orders import history_of, lines_of, order_of
from shop.adapters.sql.orders.postponed_work import kind_name
from shop.adapters.sql.orders.snapshots import snapshot_of
from shop.adapters.sql.orders.tables import IS_PAYABLE, order_states, orders, postponed_work
from shop.adapters.sql.payments.payments import payment_of, refund_of
from shop.adapters.sql.payments.tables import payments, refunds
from shop.application.framework.views import Page
from shop.application.orders.views import OrderSummary
from shop.application.ports.orders import Backlog, OrderBooks, OrderDetails, PendingWork
from shop.domain.money import Currency
from shop.domain.orders.order import OrderStatus
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.payment import FINAL_PAYMENT_STATUSES, PaymentMethod, PaymentStatus
from shop.domain.payments.refund import RefundStatus

_LAST_ATTEMPT: Final = (
    select(func.max(payments.c.attempt)).where(payments.c.order_id == bindparam("order_id")).scalar_subquery()
)
# One statement for all mutable data, so that order and payment are consistent.
_DETAILS: Final = (
    select(
        orders,
        order_states,
        order_states.c.user_id.label("owner_id"),
        users.c.username.label("owner"),
        payments,
    )
    .join(order_states, order_states.c.order_id == orders.c.id)
    .outerjoin(users, users.c.id == order_states.c.user_id)
    .outerjoin(payments, and_(payments.c.order_id == orders.c.id, payments.c.attempt == _LAST_ATTEMPT))
    .where(orders.c.id == bindparam("order_id"))
)
_PAYMENT_IN_DETAILS: Final = slice(-len(payments.c), None)

_LIMIT: Final = bindparam("most", type_=Integer)
_OF_USER: Final = order_states.c.user_id == bindparam("user_id")
_NEWEST_FIRST: Final = (orders.c.created_at.desc(), orders.c.id.desc())


def _with_status(statement: Select[Any]) -> Select[Any]:
    return statement.where(order_states.c.status == bindparam("status"))


def _page_of(ids: Subquery) -> Select[Any]:
    return (
        select(
            orders.c.id,
            orders.c.number,
            order_states.c.status,
            orders.c.created_at,
            orders.c.subtotal,
            orders.c.discount,
            orders.c.total,
            orders.c.currency,
        )
        .join(ids, ids.c.id == orders.c.id)
        .join(order_states, order_states.c.order_id == orders.c.id)
        .order_by(*_NEWEST_FIRST)
    )


_COUNT: Final = select(func.count()).select_from(order_states).where(_OF_USER)
_COUNT_WITH_STATUS: Final = _with_status(_COUNT)
# An index gives the ids of a page; only the rows shown are read.
_IDS: Final = only_page(
    select(order_states.c.order_id.label("id"))
    .where(_OF_USER)
    .order_by(order_states.c.created_at.desc(), order_states.c.order_id.desc())
)
_PAGE: Final = _page_of(_IDS.subquery())
_PAGE_WITH_STATUS: Final = _page_of(_with_status(_IDS).subquery())

_MOMENT: Final = bindparam("moment", type_=UtcDateTime)
_IS_FREE: Final = or_(
    order_states.c.leased_until.is_(None), order_states.c.leased_until <= bindparam("at", type_=UtcDateTime)
)
_PAYMENT_OF_ATTEMPT: Final = and_(
    payments.c.order_id == order_states.c.order_id, payments.c.attempt == order_states.c.payment_attempt
)


def _pending_work(begun: ColumnElement[datetime], *conditions: ColumnElement[bool]) -> Select[Any]:
    """Select the orders whose work began (at the time `begun`) by the bound `moment`, oldest first."""
    return (
        select(order_states.c.order_id, begun.label("begun"))
        .where(begun <= _MOMENT, *conditions)
        .order_by(begun, order_states.c.order_id)
        .limit(_LIMIT)
    )


_ALL_PENDING_WORK: Final[dict[PendingWork, Select[Any]]] = {
    PendingWork.EXPIRED: _pending_work(order_states.c.expires_at, IS_PAYABLE),
    PendingWork.CANCELLING: _pending_work(
        order_states.c.cancelling_since, order_states.c.status == OrderStatus.CANCELLING.value
    ),
    PendingWork.WITHOUT_PAYMENT: _pending_work(
        order_states.c.created_at,
        IS_PAYABLE,
        order_states.c.total > 0,
        ~select(payments.c.order_id)
        .where(_PAYMENT_OF_ATTEMPT, payments.c.status != PaymentStatus.CANCELLED.value)
        .exists(),
    ),
    PendingWork.WITH_OPEN_PAYMENT: _pending_work(
        payments.c.updated_at,
        IS_PAYABLE,
        order_states.c.payment_method != PaymentMethod.TRANSFER.value,
        payments.c.status.not_in(sorted(status.value for status in FINAL_PAYMENT_STATUSES)),
    ).join(payments, _PAYMENT_OF_ATTEMPT),
    PendingWork.WITH_PENDING_REFUNDS: _pending_work(
        refunds.c.created_at, refunds.c.status == RefundStatus.PENDING.value
    ).join(refunds, refunds.c.order_id == order_states.c.order_id),
}


def _is_due(kind: PendingWork) -> ColumnElement[bool]:
    """Return whether this kind of work is not postponed."""
    return ~(
        select(postponed_work.c.order_id)
        .where(
            postponed_work.c.order_id == order_states.c.order_id,
            postponed_work.c.kind == kind_name(kind),
            postponed_work.c.until > bindparam("at", type_=UtcDateTime),
        )
        .exists()
    )


_PENDING_WORK: Final = {
    kind: found.where(_IS_FREE, _is_due(kind)).with_only_columns(
        order_states.c.order_id, maintain_column_froms=True
    )
    for kind, found in _ALL_PENDING_WORK.items()
}


def _counted(unfinished: Subquery) -> Select[*tuple[Any, ...]]:
    return select(func.count(unfinished.c.order_id.distinct()), func.min(unfinished.c.begun))


_BACKLOGS: Final = {kind: _counted(found.subquery()) for kind, found in _ALL_PENDING_WORK.items()}

_PLACED: Final = (
    select(order_states.c.order_id)
    .where(
        order_states.c.order_id > bindparam("after"),
        order_states.c.created_at >= bindparam("start"),
        order_states.c.created_at < bindparam("end"),
    )
    .order_by(order_states.c.order_id)
    .limit(_LIMIT)
)
_ORDER_IDS: Final[BindParameter[Any]] = bindparam("order_ids", expanding=True)
_STATES: Final = (
    select(order_states, orders.c.number)
    .join(orders, orders.c.id == order_states.c.order_id)
    .where(order_states.c.order_id.in_(_ORDER_IDS))
    .order_by(order_states.c.order_id)
)
_PAYMENTS: Final = select(payments).where(payments.c.order_id.in_(_ORDER_IDS)).order_by(payments.c.attempt)
_REFUNDS: Final = select(refunds).where(refunds.c.order_id.in_(_ORDER_IDS)).order_by(refunds.c.id)


class SqlOrderQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def details(self, order_id: str) -> OrderDetails | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_DETAILS, {"order_id": order_id})).one_or_none()
            if row is None:
                return None
            snapshot = snapshot_of(row, await lines_of(connection, order_id))
            history = await history_of(connection, order_id)
            # The snapshot has columns of the same names: only the owner may differ.
            order = replace(order_of(row), user_id=row.owner_id)
            refund_rows: Iterable[Row[Any]] = ()
            if not order.is_payable:
                refund_rows = await connection.execute(_REFUNDS, {"order_ids": [order_id]})
        payment = row[_PAYMENT_IN_DETAILS]
        return OrderDetails(
            snapshot=snapshot,
            order=order,
            # Leave out entries added after the order was read: the last entry must match the order's status.
            history=history[: order.history_length],
            payment=None if payment[0] is None else payment_of(payment),
            refunds=[refund_of(refund) for refund in refund_rows],
            username=row.owner,
        )

    async def page(
        self, user_id: str, page: int, limit: int, status: OrderStatus | None
    ) -> Page[OrderSummary]:
        whose: dict[str, Any] = {"user_id": user_id}
        count, rows = _COUNT, _PAGE
        if status is not None:
            whose["status"] = status.value
            count, rows = _COUNT_WITH_STATUS, _PAGE_WITH_STATUS
        return await counted_page(self._database, count, rows, whose, summary_of_row, page=page, limit=limit)

    async def with_pending_work(
        self, kind: PendingWork, since: datetime, limit: int, *, at: datetime
    ) -> list[str]:
        parameters = {"moment": since, "at": at, "most": limit}
        async with self._database.reading() as connection:
            order_ids = await connection.scalars(_PENDING_WORK[kind], parameters)
            return list(dict.fromkeys(order_ids))  # an order may wait for several refunds

    async def backlog(self, kind: PendingWork, since: datetime, max_count: int) -> Backlog:
        async with self._database.reading() as connection:
            counted = await connection.execute(_BACKLOGS[kind], {"moment": since, "most": max_count})
        return Backlog(*counted.one())

    async def books(self, start: datetime, end: datetime, after: str, limit: int) -> list[OrderBooks]:
        placed = {"start": start, "end": end, "after": after, "most": limit}
        async with self._database.reading() as connection:
            order_ids = list(await connection.scalars(_PLACED, placed))
        return await self.books_of(order_ids) if order_ids else []

    async def books_of(self, order_ids: Sequence[str]) -> list[OrderBooks]:
        chosen = {"order_ids": order_ids}
        ledgers: dict[str, Ledger] = defaultdict(Ledger)
        async with self._database.reading() as connection:
            for payment in map(payment_of, await connection.execute(_PAYMENTS, chosen)):
                ledgers[payment.order_id] = ledgers[payment.order_id].with_payment(payment)
            for refund in map(refund_of, await connection.execute(_REFUNDS, chosen)):
                ledgers[refund.order_id] = ledgers[refund.order_id].with_refund(refund)
            states = (await connection.execute(_STATES, chosen)).all()
        return [OrderBooks(row.number, order_of(row), ledgers[row.order_id]) for row in states]


def summary_of_row(row: Row[Any]) -> OrderSummary:
    """Return the summary in a row that has its fields as columns."""
    major = Currency(row.currency).to_major
    return OrderSummary(
        id=row.id,
        number=row.number,
        status=OrderStatus(row.status),
        created_at=row.created_at,
        subtotal=major(row.subtotal),
        discount=major(row.discount),
        total=major(row.total),
        currency=row.currency,
    )
