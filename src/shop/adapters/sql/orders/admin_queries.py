"""All customers' orders in SQL.

The statements depend on which filters are set (their shape), never on the values. Each walks one index in the order of
the list: of all orders, of the orders with a status, or of a user's orders. A search reads index ranges of bounded
length, and sorts what it found.
"""

from collections import defaultdict
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, NamedTuple

from msgspec import structs
from sqlalchemy import Integer, Row, Select, bindparam, func, select

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.accounts.user_queries import ID_BY_USERNAME
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.framework.statements import NIL_ID, UtcDateTime
from shop.adapters.sql.orders.orders import order_of
from shop.adapters.sql.orders.queries import summary_of_row
from shop.adapters.sql.orders.search import FOUND_ORDERS, search_ranges
from shop.adapters.sql.orders.snapshots import line_of, snapshot_of
from shop.adapters.sql.orders.tables import order_lines, order_states, orders
from shop.application.framework.views import Page
from shop.application.orders.views import AdminOrderSummary
from shop.application.ports.orders import ExportedOrder, OrdersQuery
from shop.domain.accounts.credentials import username_key
from shop.domain.money import Currency
from shop.domain.orders.snapshot import OrderLine

_UNITS: Final = (
    select(func.sum(order_lines.c.quantity, type_=Integer))
    .where(order_lines.c.order_id == orders.c.id)
    .scalar_subquery()
)


_NEXT: Final = (
    select(
        orders,
        order_states,
        order_states.c.user_id.label("owner_id"),
        users.c.username,
    )
    .join(order_states, order_states.c.order_id == orders.c.id)
    .outerjoin(users, users.c.id == order_states.c.user_id)
    .where(orders.c.id > bindparam("after"))
    .order_by(orders.c.id)
    .limit(bindparam("most", type_=Integer))
)
_LINES: Final = (
    select(order_lines)
    .where(order_lines.c.order_id.in_(bindparam("order_ids", expanding=True)))
    .order_by(order_lines.c.order_id, order_lines.c.position)
)


class _Shape(NamedTuple):
    """The set of filters in use."""

    status: bool
    username: bool
    since: bool
    until: bool
    search: bool


class SqlAdminOrderQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, query: OrdersQuery) -> Page[AdminOrderSummary]:
        values = _parameters(query)
        shape = _Shape(*(name in values for name in _Shape._fields))
        values |= search_ranges(values.pop("search", None))
        return await counted_page(
            self._database,
            _total(shape),
            _page(shape),
            values,
            _summary_of_row,
            page=query.page,
            limit=query.limit,
        )

    async def walk(self, after: str, limit: int) -> list[ExportedOrder]:
        async with self._database.reading() as connection:
            rows = (await connection.execute(_NEXT, {"after": after or NIL_ID, "most": limit})).all()
            if not rows:
                return []
            lines: dict[str, list[OrderLine]] = defaultdict(list)
            for row in await connection.execute(_LINES, {"order_ids": [row.id for row in rows]}):
                lines[row.order_id].append(line_of(row))
        return [
            # The snapshot has columns of the same names: only the owner may differ.
            ExportedOrder(
                snapshot_of(row, lines[row.id]), replace(order_of(row), user_id=row.owner_id), row.username
            )
            for row in rows
        ]


def _parameters(query: OrdersQuery) -> dict[str, Any]:
    """Return the values of the filters in use, by their names in the shape."""
    values = {
        "status": None if query.status is None else query.status.value,
        # An invalid username matches no user.
        "username": None if query.username is None else username_key(query.username) or "",
        "since": query.placed.since,
        "until": query.placed.until,
        "search": query.search,
    }
    return {name: value for name, value in values.items() if value is not None}


@lru_cache(maxsize=32)
def _ids(shape: _Shape) -> Select[Any]:
    """Return the ids of the orders, newest first."""
    of_states = shape.status or shape.username or shape.search
    created_at = order_states.c.created_at if of_states else orders.c.created_at
    order_id = order_states.c.order_id if of_states else orders.c.id
    ids = select(order_id.label("id")).order_by(created_at.desc(), order_id.desc())
    if shape.search:
        # Without the hint, MySQL could walk all orders in the order of the list.
        ids = ids.join(FOUND_ORDERS, FOUND_ORDERS.c.id == order_id)
        ids = ids.with_hint(order_states, "FORCE INDEX (PRIMARY)", "mysql")
    if shape.username:
        ids = ids.where(order_states.c.user_id == ID_BY_USERNAME)
    if shape.status:
        ids = ids.where(order_states.c.status == bindparam("status"))
    if shape.since:
        ids = ids.where(created_at >= bindparam("since", type_=UtcDateTime))
    if shape.until:
        ids = ids.where(created_at < bindparam("until", type_=UtcDateTime))
    return ids


@lru_cache(maxsize=32)
def _total(shape: _Shape) -> Select[Any]:
    return select(func.count()).select_from(_ids(shape).order_by(None).subquery())


@lru_cache(maxsize=32)
def _page(shape: _Shape) -> Select[Any]:
    ids = only_page(_ids(shape)).subquery()
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
            orders.c.contact,
            users.c.username,
            order_states.c.refunded_total,
            _UNITS.label("item_count"),
        )
        .select_from(ids.join(orders, orders.c.id == ids.c.id))
        .join(order_states, order_states.c.order_id == orders.c.id)
        .outerjoin(users, users.c.id == order_states.c.user_id)
        .order_by(orders.c.created_at.desc(), orders.c.id.desc())
    )


def _summary_of_row(row: Row[Any]) -> AdminOrderSummary:
    return AdminOrderSummary(
        **structs.asdict(summary_of_row(row)),
        username=row.username,
        contact_name=row.contact.get("name"),
        contact_email=row.contact.get("email"),
        refunded_total=Currency(row.currency).to_major(row.refunded_total),
        item_count=row.item_count,
    )
