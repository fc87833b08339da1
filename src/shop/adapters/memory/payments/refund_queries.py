"""All customers' refunds in memory."""

import asyncio
from typing import Any

from shop.adapters.memory.accounts.users import USERS
from shop.adapters.memory.framework.store import Store
from shop.adapters.memory.orders.orders import ORDERS, PlacedOrder
from shop.adapters.memory.payments.payments import LEDGERS
from shop.application.framework.views import Page
from shop.application.payments.refund_views import AdminRefundView, admin_refund_view
from shop.application.ports.payments import RefundsQuery
from shop.domain.accounts.user import User
from shop.domain.payments.ledger import Ledger
from shop.domain.payments.refund import Refund


class MemoryRefundQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, query: RefundsQuery) -> Page[AdminRefundView]:
        await asyncio.sleep(0)
        ledgers: list[Ledger] = list(self._store.tables[LEDGERS].values())
        found = [
            refund for ledger in ledgers for refund in ledger.refunds if query.status in {None, refund.status}
        ]
        found.sort(key=lambda refund: (refund.created_at, refund.id), reverse=True)
        shown = found[(query.page - 1) * query.limit : query.page * query.limit]
        return Page(query.page, query.limit, len(found), [self._view_of(refund) for refund in shown])

    def _view_of(self, refund: Refund) -> AdminRefundView:
        orders: dict[Any, PlacedOrder] = self._store.tables[ORDERS]
        users: dict[Any, User] = self._store.tables[USERS]
        placed = orders[refund.order_id]
        snapshot, owner = placed.snapshot, users.get(placed.order.user_id)
        username = owner.username if owner else None
        return admin_refund_view(refund, snapshot.number, username, snapshot.currency)
