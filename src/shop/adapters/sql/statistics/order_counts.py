"""Number of orders by day and status in SQL, updated as orders change status.

Callers hold the lock on the row of `figures_state`, so that only one process counts.
"""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, Final

from sqlalchemy import BindParameter, Date, Integer, and_, bindparam, delete, func, select, update

from shop.adapters.sql.framework.execution import AddingInsert, DirectConnection
from shop.adapters.sql.framework.statements import UtcDateTime
from shop.adapters.sql.orders.tables import order_states
from shop.adapters.sql.statistics.tables import order_days
from shop.domain.periods import day_of, next_month

_LIMIT: Final = bindparam("most", type_=Integer)
_SINCE: Final[BindParameter[datetime]] = bindparam("since", type_=UtcDateTime)
_UNTIL: Final[BindParameter[datetime]] = bindparam("until", type_=UtcDateTime)
_FIRST: Final[BindParameter[date]] = bindparam("first", type_=Date)
_END: Final[BindParameter[date]] = bindparam("end", type_=Date)
# Orders that other transactions are changing are locked: they are skipped, and counted in the next run.
_MISCOUNTED: Final = (
    select(
        order_states.c.order_id, order_states.c.created_at, order_states.c.status, order_states.c.counted_as
    )
    .where(order_states.c.miscounted)
    .order_by(order_states.c.order_id)
    .limit(_LIMIT)
    .with_for_update(skip_locked=True)
)
_COUNT_AS_STATUS: Final = update(order_states).values(counted_as=order_states.c.status)
_MARK_COUNTED: Final = _COUNT_AS_STATUS.where(
    order_states.c.order_id.in_(bindparam("order_ids", expanding=True))
)
_PLACED_IN_MONTH: Final = and_(order_states.c.created_at >= _SINCE, order_states.c.created_at < _UNTIL)
_COUNT_MONTH: Final = _COUNT_AS_STATUS.where(_PLACED_IN_MONTH, order_states.c.miscounted)
_PLACED_ON: Final = func.date(order_states.c.created_at)
_COUNTS_OF_MONTH: Final = (
    select(_PLACED_ON.label("day"), order_states.c.counted_as, func.count().label("orders"))
    .where(_PLACED_IN_MONTH, order_states.c.counted_as.is_not(None))
    .group_by(_PLACED_ON, order_states.c.counted_as)
)
_ADD_ORDER_DAYS: Final = AddingInsert(order_days, order_days.c.orders)
_DELETE_COUNTS: Final = delete(order_days).where(order_days.c.day >= _FIRST, order_days.c.day < _END)


async def fold_orders(connection: DirectConnection, most: int) -> int:
    """Count up to `most` orders that were placed or changed since they were counted. Return their number."""
    rows = (await connection.execute(_MISCOUNTED, {"most": most})).all()
    if rows:
        change: Counter[tuple[date, str]] = Counter()
        for row in rows:
            day = day_of(row.created_at, UTC)
            change[day, row.status] += 1
            if row.counted_as is not None:
                change[day, row.counted_as] -= 1
        await connection.defer(_MARK_COUNTED, {"order_ids": [row.order_id for row in rows]})
        await _ADD_ORDER_DAYS.execute(connection, _counts(change))
    return len(rows)


def _counts(orders: Mapping[tuple[date, str], int]) -> list[dict[str, Any]]:
    return [
        {"day": day, "status": status, "orders": count} for (day, status), count in sorted(orders.items())
    ]


async def rebuild_counts(connection: DirectConnection, month: date) -> None:
    """Recount the orders of a month (in UTC)."""
    bounds = {
        "since": datetime.combine(month, datetime.min.time(), UTC),
        "until": datetime.combine(next_month(month), datetime.min.time(), UTC),
    }
    await connection.defer(_COUNT_MONTH, bounds)
    counts = {
        (date.fromisoformat(str(row.day)), row.counted_as): row.orders
        for row in await connection.execute(_COUNTS_OF_MONTH, bounds)
    }
    await connection.defer(_DELETE_COUNTS, {"first": month, "end": next_month(month)})
    await _ADD_ORDER_DAYS.execute(connection, _counts(counts))
