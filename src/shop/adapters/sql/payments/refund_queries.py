"""All customers' refunds in SQL. Both lists walk an index in their order, and count in that index."""

from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, func, select

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.orders.tables import order_states, orders
from shop.adapters.sql.payments.payments import refund_of
from shop.adapters.sql.payments.tables import refunds
from shop.application.framework.views import Page
from shop.application.payments.refund_views import AdminRefundView, admin_refund_view
from shop.application.ports.payments import RefundsQuery

_NEWEST: Final = (refunds.c.created_at.desc(), refunds.c.id.desc())
_IDS: Final = select(refunds.c.id)
_IDS_OF_STATUS: Final = _IDS.where(refunds.c.status == bindparam("status"))


def _total(ids: Select[Any]) -> Select[Any]:
    return select(func.count()).select_from(ids.subquery())


def _page(ids: Select[Any]) -> Select[Any]:
    shown = only_page(ids.order_by(*_NEWEST)).subquery()
    return (
        select(refunds, orders.c.number, orders.c.currency, users.c.username)
        .select_from(shown.join(refunds, refunds.c.id == shown.c.id))
        .join(orders, orders.c.id == refunds.c.order_id)
        .join(order_states, order_states.c.order_id == refunds.c.order_id)
        .outerjoin(users, users.c.id == order_states.c.user_id)
        .order_by(*_NEWEST)
    )


_ALL: Final = (_total(_IDS), _page(_IDS))
_OF_STATUS: Final = (_total(_IDS_OF_STATUS), _page(_IDS_OF_STATUS))


class SqlRefundQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, query: RefundsQuery) -> Page[AdminRefundView]:
        total, rows = _ALL if query.status is None else _OF_STATUS
        values = {} if query.status is None else {"status": query.status.value}
        return await counted_page(
            self._database, total, rows, values, _view_of, page=query.page, limit=query.limit
        )


def _view_of(row: Row[Any]) -> AdminRefundView:
    return admin_refund_view(refund_of(row), row.number, row.username, row.currency)
