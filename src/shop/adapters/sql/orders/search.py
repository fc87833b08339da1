"""Staff's search for orders in SQL: the index ranges that a search reads."""

from typing import Any, Final

from sqlalchemy import Column, FromClause, Select, String, bindparam, select, union

from shop.adapters.sql.accounts.user_queries import FOUND_USERS
from shop.adapters.sql.framework.statements import END_OF_RANGE
from shop.adapters.sql.orders.tables import order_search_keys, order_states, orders
from shop.application.ports.orders import ORDER_SEARCH_LIMIT
from shop.domain.accounts.credentials import search_key as user_search_key
from shop.domain.orders.snapshot import number_prefix, search_key


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
FOUND_ORDERS: Final[FromClause] = union(
    _begins(order_search_keys.c.search_key, "key", order_search_keys.c.order_id),
    _begins(orders.c.number, "number", orders.c.id),
    select(_OF_USERS.c.id),
).subquery()
"""The ids of the orders in one of the bound ranges, which `search_ranges` returns."""


def search_ranges(search: str | None) -> dict[str, str]:
    """Return the ranges of a search; one that starts at "" is empty, and finds nothing."""
    if search is None:
        return {}
    starts = {"key": search_key(search), "number": number_prefix(search)}
    ranges = {f"{name}_end": start and start + END_OF_RANGE for name, start in starts.items()}
    begin = user_search_key(search)
    return starts | ranges | {"begin": begin, "end": begin and begin + END_OF_RANGE}
