"""Where guests' unpaid orders came from, in SQL."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, ScalarSelect, bindparam, delete, func, insert, select
from sqlalchemy.dialects import mysql

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.tables import rate_limits
from shop.adapters.sql.orders.tables import IS_PAYABLE, order_states
from shop.adapters.sql.orders.tables import unpaid_guest_orders as unpaid

_NOW: Final = bindparam("now", type_=rate_limits.c.began_at.type)
# These rows of `rate_limits` only serve as locks.
_LOCK: Final = (
    mysql.insert(rate_limits)
    .values(
        [
            {
                "subject": bindparam(name, type_=rate_limits.c.subject.type),
                "began_at": _NOW,
                "events": bindparam("events", type_=rate_limits.c.events.type),
            }
            for name in ("first", "second")
        ]
    )
    .on_duplicate_key_update(began_at=_NOW)
)


def _count_of(condition: ColumnElement[bool]) -> ScalarSelect[Any]:
    return (
        select(func.count())
        .select_from(unpaid.join(order_states, order_states.c.order_id == unpaid.c.order_id))
        .where(condition, IS_PAYABLE)
        .scalar_subquery()
    )


_COUNT: Final = select(
    _count_of(unpaid.c.address == bindparam("of_address")), _count_of(unpaid.c.email == bindparam("of_email"))
)
_ADD: Final = insert(unpaid)
_SETTLED: Final = (
    select(unpaid.c.order_id)
    .join(order_states, order_states.c.order_id == unpaid.c.order_id)
    .where(~IS_PAYABLE)
    .limit(bindparam("most", type_=Integer))
)
_DELETE: Final = delete(unpaid).where(unpaid.c.order_id.in_(bindparam("order_ids", expanding=True)))


class SqlUnpaidGuestOrders:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def count(self, address: bytes, email: bytes, at: datetime) -> int:
        # SQLite has one writer at a time: the transaction itself is the lock. On MySQL, rows are written in key order,
        # so that two guests can't deadlock.
        if self._connection.dialect.name == "mysql":
            first, second = sorted((address, email))
            values = {"first": first, "second": second, "now": at, "events": 1}
            await self._connection.defer(_LOCK, values)
        counted = await self._connection.execute(_COUNT, {"of_address": address, "of_email": email})
        by_address, by_email = counted.one()
        return int(max(by_address, by_email))

    async def add(self, order_id: str, address: bytes, email: bytes) -> None:
        await self._connection.defer(_ADD, {"order_id": order_id, "address": address, "email": email})

    async def purge(self, limit: int) -> int:
        settled = list(await self._connection.scalars(_SETTLED, {"most": limit}))
        if settled:
            await self._connection.defer(_DELETE, {"order_ids": settled})
        return len(settled)
