"""Orders in SQL."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, insert, or_, select, update

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.orders.snapshots import line_of, row_of_snapshot, rows_of_lines, snapshot_of
from shop.adapters.sql.orders.tables import (
    order_history,
    order_lines,
    order_search_keys,
    order_states,
    orders,
)
from shop.domain.orders.cancellation import Cancellation, CancellationReason
from shop.domain.orders.order import Order, OrderStatus, StatusChange
from shop.domain.orders.snapshot import OrderLine, OrderSnapshot, search_keys
from shop.domain.payments.dispute import Dispute, DisputeStatus
from shop.domain.payments.payment import PaymentMethod

_ADD_SNAPSHOT: Final = insert(orders)
_ADD_SEARCH_KEYS: Final = insert(order_search_keys)
_ADD_LINES: Final = insert(order_lines)
_ADD_STATE: Final = insert(order_states)
_ADD_CHANGES: Final = insert(order_history)
_LOCK: Final = select(order_states).where(order_states.c.order_id == bindparam("order_id")).with_for_update()
_UPDATE_STATE: Final = update(order_states).where(order_states.c.order_id == bindparam("current_id"))
_FREE: Final = (
    select(order_states.c.order_id)
    .where(
        order_states.c.order_id.in_(bindparam("order_ids", expanding=True)),
        or_(order_states.c.leased_until.is_(None), order_states.c.leased_until <= bindparam("at")),
    )
    .with_for_update(skip_locked=True)
)
_LEASE: Final = (
    update(order_states)
    .where(order_states.c.order_id.in_(bindparam("order_ids", expanding=True)))
    .values(leased_until=bindparam("until"))
)
_SNAPSHOT: Final = select(orders).where(orders.c.id == bindparam("order_id"))
_OWNED_SNAPSHOT: Final = (
    select(orders, users.c.username)
    .join_from(orders, order_states, order_states.c.order_id == orders.c.id)
    .outerjoin(users, users.c.id == order_states.c.user_id)
    .where(orders.c.id == bindparam("order_id"))
)
_LINES: Final[Select[Any]] = (
    select(
        order_lines.c.item_id,
        order_lines.c.product_id,
        order_lines.c.sku,
        order_lines.c.name,
        order_lines.c.unit_price,
        order_lines.c.quantity,
        order_lines.c.discount,
        order_lines.c.options,
        order_lines.c.image_url,
        order_lines.c.tax_rate,
        order_lines.c.tax,
    )
    .where(order_lines.c.order_id == bindparam("order_id"))
    .order_by(order_lines.c.position)
)
_HISTORY: Final = (
    select(order_history.c.status, order_history.c.at, order_history.c.reason)
    .where(order_history.c.order_id == bindparam("order_id"))
    .order_by(order_history.c.sequence)
)


class SqlOrders:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, snapshot: OrderSnapshot, order: Order) -> None:
        await self.add_many([(snapshot, order)])

    async def add_many(self, placed: Sequence[tuple[OrderSnapshot, Order]]) -> None:
        """Like `add`, for many orders in the same statements."""
        await self._connection.defer(_ADD_SNAPSHOT, [row_of_snapshot(snapshot) for snapshot, _ in placed])
        if keys := _rows_of_search_keys(snapshot for snapshot, _ in placed):
            await self._connection.defer(_ADD_SEARCH_KEYS, keys)
        await self._connection.defer(
            _ADD_LINES, [row for snapshot, _ in placed for row in rows_of_lines(snapshot)]
        )
        await self._connection.defer(
            _ADD_STATE, [_row_of_state(snapshot, order) for snapshot, order in placed]
        )
        await self._connection.defer(
            _ADD_CHANGES, [row for _, order in placed for row in _rows_of_changes(order)]
        )

    async def lock(self, order_id: str) -> Order | None:
        row = (await self._connection.execute(_LOCK, {"order_id": order_id})).one_or_none()
        return None if row is None else order_of(row)

    async def save(self, order: Order) -> None:
        await self._connection.defer(_UPDATE_STATE, {"current_id": order.id, **_progress_of(order)})
        if order.changes:
            await self._connection.defer(_ADD_CHANGES, _rows_of_changes(order))

    async def lease(self, order_ids: Sequence[str], *, at: datetime, until: datetime) -> list[str]:
        free = list(await self._connection.scalars(_FREE, {"order_ids": order_ids, "at": at}))
        if free:
            await self._connection.defer(_LEASE, {"order_ids": free, "until": until})
        return sorted(free, key=list(order_ids).index)

    async def release(self, order_id: str, until: datetime) -> None:
        await self._connection.defer(_LEASE, {"order_ids": [order_id], "until": until})

    async def snapshot(self, order_id: str) -> OrderSnapshot | None:
        row = (await self._connection.execute(_SNAPSHOT, {"order_id": order_id})).one_or_none()
        return None if row is None else snapshot_of(row, await lines_of(self._connection, order_id))

    async def owned_snapshot(self, order_id: str) -> tuple[OrderSnapshot, str | None] | None:
        row = (await self._connection.execute(_OWNED_SNAPSHOT, {"order_id": order_id})).one_or_none()
        if row is None:
            return None
        return snapshot_of(row, await lines_of(self._connection, order_id)), row.username

    async def history(self, order_id: str) -> Sequence[StatusChange]:
        return await history_of(self._connection, order_id)


async def lines_of(connection: DirectConnection, order_id: str) -> list[OrderLine]:
    """Return the lines of an order's snapshot, in order."""
    rows = await connection.execute(_LINES, {"order_id": order_id})
    return [line_of(row) for row in rows]


async def history_of(connection: DirectConnection, order_id: str) -> list[StatusChange]:
    """Return an order's history, oldest first."""
    rows = await connection.execute(_HISTORY, {"order_id": order_id})
    return [StatusChange(OrderStatus(row.status), row.at, row.reason) for row in rows]


def _row_of_state(snapshot: OrderSnapshot, order: Order) -> dict[str, Any]:
    assert (snapshot.id, snapshot.user_id, snapshot.total) == (order.id, order.user_id, order.total)
    return {
        "order_id": order.id,
        "created_at": snapshot.created_at,
        "currency": order.currency,
        "total": order.total,
        "payment_method": order.payment_method.value,
        **_progress_of(order),
    }


def _progress_of(order: Order) -> dict[str, Any]:
    """Return the columns of the order's mutable state."""
    cancellation = order.cancellation
    return {
        "user_id": order.user_id,
        "status": order.status.value,
        "expires_at": order.expires_at,
        "refunded_total": order.refunded_total,
        "payment_attempt": order.payment_attempt,
        "history_length": order.history_length + len(order.changes),
        "cancelling_reason": cancellation.reason.value if cancellation else None,
        "cancelling_note": cancellation.note if cancellation else None,
        "cancelling_since": cancellation.since if cancellation else None,
        "cancelling_recorded": order.cancelling_recorded,
        "disputed_at": order.disputed_at,
        "disputes": [_row_of_dispute(dispute) for dispute in order.disputes] or None,
        "disputes_lost": order.disputes_lost,
        "vat_id_verified": order.vat_id_verified,
    }


def order_of(row: Row[Any]) -> Order:
    """Return the order in a row with all columns of `order_states`."""
    return Order(
        id=row.order_id,
        user_id=row.user_id,
        currency=row.currency,
        total=row.total,
        status=OrderStatus(row.status),
        placed_at=row.created_at,
        expires_at=row.expires_at,
        refunded_total=row.refunded_total,
        payment_attempt=row.payment_attempt,
        history_length=row.history_length,
        cancellation=(
            Cancellation(CancellationReason(row.cancelling_reason), row.cancelling_since, row.cancelling_note)
            if row.cancelling_since
            else None
        ),
        cancelling_recorded=row.cancelling_recorded,
        disputed_at=row.disputed_at,
        payment_method=PaymentMethod(row.payment_method),
        disputes=tuple(map(_dispute_of, row.disputes or ())),
        disputes_lost=row.disputes_lost,
        vat_id_verified=bool(row.vat_id_verified),
    )


def _row_of_dispute(dispute: Dispute) -> list[Any]:
    opened_at, closed_at = dispute.opened_at.isoformat(), dispute.closed_at and dispute.closed_at.isoformat()
    return [dispute.id, dispute.status.value, dispute.amount, dispute.reason, opened_at, closed_at]


def _dispute_of(stored: list[Any]) -> Dispute:
    dispute_id, status, amount, reason, opened_at, closed_at = stored
    return Dispute(
        dispute_id,
        DisputeStatus(status),
        amount,
        reason,
        datetime.fromisoformat(opened_at),
        closed_at and datetime.fromisoformat(closed_at),
    )


def _rows_of_search_keys(snapshots: Iterable[OrderSnapshot]) -> list[dict[str, Any]]:
    return [
        {"search_key": key, "order_id": snapshot.id}
        for snapshot in snapshots
        for key in sorted(search_keys(snapshot))
    ]


def _rows_of_changes(order: Order) -> list[dict[str, Any]]:
    return [
        {
            "order_id": order.id,
            "sequence": sequence,
            "status": change.status.value,
            "at": change.at,
            "reason": change.reason,
        }
        for sequence, change in enumerate(order.changes, start=order.history_length)
    ]
