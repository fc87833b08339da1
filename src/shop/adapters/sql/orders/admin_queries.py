"""All customers' orders in SQL.

The statements depend on which filters are set (their shape), never on the values. Each walks one index in the order of
the list: of all orders, of the orders with a status, or of a user's orders. A search reads index ranges of bounded
length, and sorts what it found.
"""

from functools import lru_cache
from typing import Any, Final, NamedTuple

from msgspec import structs
from sqlalchemy import Column, FromClause, Integer, Row, Select, String, bindparam, func, select, union

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.accounts.user_queries import END_OF_RANGE, FOUND_USERS, ID_BY_USERNAME
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.framework.types import UtcDateTime
from shop.adapters.sql.orders.queries import summary_of_row
from shop.adapters.sql.orders.tables import order_lines, order_search_keys, order_states, orders
from shop.application.framework.views import Page
from shop.application.orders.views import AdminOrderSummary
from shop.application.ports.orders import ORDER_SEARCH_LIMIT, OrdersQuery
from shop.domain.accounts.user import search_key as user_search_key
from shop.domain.accounts.user import username_key
from shop.domain.money import Currency
from shop.domain.orders.search import number_prefix, search_key

_UNITS: Final = (
    select(func.sum(order_lines.c.quantity, type_=Integer))
    .where(order_lines.c.order_id == orders.c.id)
    .scalar_subquery()
)


def _begins(column: Column[Any], name: str, order_id: Column[Any]) -> Select[Any]:
    """Return the ids of the orders with a text from the bound `name` up to `name_end`: an index range."""
    begin, end = bindparam(name, type_=String), bindparam(f"{name}_end", type_=String)
    ids = (
        select(order_id.label("id"))
        .where(column >= begin, column < end)
        .order_by(column.desc(), order_id.desc())
        .limit(ORDER_SEARCH_LIMIT)
        .subquery()
    )
    return select(ids.c.id)


_OF_USERS: Final = (
    select(order_states.c.order_id.label("id"))
    .join(FOUND_USERS, FOUND_USERS.c.id == order_states.c.user_id)
    .limit(ORDER_SEARCH_LIMIT)
    .subquery()
)
# UNION instead of OR: each part uses its own index.
_FOUND: Final[FromClause] = union(
    _begins(order_search_keys.c.search_key, "key", order_search_keys.c.order_id),
    _begins(orders.c.number, "number", orders.c.id),
    select(_OF_USERS.c.id),
).subquery()


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
        values |= _ranges(values.pop("search", None))
        return await counted_page(
            self._database,
            _total(shape),
            _page(shape),
            values,
            _summary_of_row,
            page=query.page,
            limit=query.limit,
        )


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


def _ranges(search: str | None) -> dict[str, str]:
    """Return the ranges of a search; a range from "" finds nothing."""
    if search is None:
        return {}
    starts = {"key": search_key(search), "number": number_prefix(search)}
    ranges = {f"{name}_end": start and start + END_OF_RANGE for name, start in starts.items()}
    begin = user_search_key(search)
    return starts | ranges | {"begin": begin, "end": begin and begin + END_OF_RANGE}


@lru_cache(maxsize=32)
def _ids(shape: _Shape) -> Select[Any]:
    """Return the ids of the orders, newest first."""
    of_states = shape.status or shape.username or shape.search
    created_at = order_states.c.created_at if of_states else orders.c.created_at
    order_id = order_states.c.order_id if of_states else orders.c.id
    ids = select(order_id.label("id")).order_by(created_at.desc(), order_id.desc())
    if shape.search:
        # Without the hint, MySQL could walk all orders in the order of the list.
        ids = ids.join(_FOUND, _FOUND.c.id == order_id)
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
