"""All customers' orders in memory."""

import asyncio
from typing import Any

from msgspec import structs

from shop.adapters.memory.accounts.users import USERS
from shop.adapters.memory.framework.store import Store
from shop.adapters.memory.orders.orders import ORDERS, PlacedOrder, summary_of
from shop.application.framework.views import Page
from shop.application.orders.views import AdminOrderSummary
from shop.application.ports.orders import ExportedOrder, OrdersQuery
from shop.domain.accounts.user import User, username_key
from shop.domain.money import Currency


class MemoryAdminOrderQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, query: OrdersQuery) -> Page[AdminOrderSummary]:
        await asyncio.sleep(0)
        users: dict[Any, User] = self._store.tables[USERS]
        placed: list[PlacedOrder] = list(self._store.tables[ORDERS].values())
        found = [
            (each.snapshot.created_at, each.snapshot.id, each, users.get(each.order.user_id))
            for each in placed
            if query.status in {None, each.order.status} and each.snapshot.created_at in query.placed
        ]
        if query.username is not None:
            key = username_key(query.username)
            found = [row for row in found if row[-1] is not None and row[-1].username_key == key]
        found.sort(key=lambda row: row[:2], reverse=True)
        shown = found[(query.page - 1) * query.limit : query.page * query.limit]
        return Page(
            query.page, query.limit, len(found), [_summary_of(each, user) for *_, each, user in shown]
        )

    async def walk(self, after: str, limit: int) -> list[ExportedOrder]:
        await asyncio.sleep(0)
        users: dict[Any, User] = self._store.tables[USERS]
        placed: list[PlacedOrder] = list(self._store.tables[ORDERS].values())
        found = sorted(
            (each for each in placed if each.snapshot.id > after), key=lambda each: each.snapshot.id
        )
        return [
            ExportedOrder(each.snapshot, each.order, user.username if user else None)
            for each in found[:limit]
            for user in (users.get(each.order.user_id),)
        ]


def _summary_of(placed: PlacedOrder, user: User | None) -> AdminOrderSummary:
    snapshot = placed.snapshot
    return AdminOrderSummary(
        **structs.asdict(summary_of(placed)),
        username=user.username if user else None,
        refunded_total=Currency(snapshot.currency).to_major(placed.order.refunded_total),
        item_count=sum(snapshot.quantities.values()),
    )
