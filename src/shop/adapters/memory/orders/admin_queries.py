"""All customers' orders in memory."""

import asyncio
from collections.abc import Callable
from typing import Any

from msgspec import structs

from shop.adapters.memory.accounts.users import USERS
from shop.adapters.memory.framework.store import Store
from shop.adapters.memory.orders.orders import ORDERS, PlacedOrder, summary_of
from shop.application.framework.views import Page
from shop.application.orders.views import AdminOrderSummary
from shop.application.ports.orders import ExportedOrder, OrdersQuery
from shop.domain.accounts.credentials import search_key as user_search_key
from shop.domain.accounts.credentials import username_key
from shop.domain.accounts.user import User
from shop.domain.money import Currency
from shop.domain.orders.snapshot import number_prefix, search_key, search_keys


class MemoryAdminOrderQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, query: OrdersQuery) -> Page[AdminOrderSummary]:
        await asyncio.sleep(0)
        users: dict[Any, User] = self._store.tables[USERS]
        placed: list[PlacedOrder] = list(self._store.tables[ORDERS].values())
        search = None if query.search is None else _search(query.search)
        found = [
            (each.snapshot.created_at, each.snapshot.id, each, users.get(each.order.user_id))
            for each in placed
            if (search is None or search(each, users.get(each.order.user_id)))
            and query.status in {None, each.order.status}
            and each.snapshot.created_at in query.placed
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


def _search(text: str) -> Callable[[PlacedOrder, User | None], bool]:
    """Return whether an order of a user matches the search; "" matches nothing."""
    key, number, begin = search_key(text), number_prefix(text), user_search_key(text)

    def matches(placed: PlacedOrder, user: User | None) -> bool:
        if number and placed.snapshot.number.startswith(number):
            return True
        if key and any(each.startswith(key) for each in search_keys(placed.snapshot)):
            return True
        if not begin or user is None or user.closed_at is not None:
            return False
        fields = (user.username_key, user.email_key, user.display_name_key)
        return any(field is not None and field.startswith(begin) for field in fields)

    return matches


def _summary_of(placed: PlacedOrder, user: User | None) -> AdminOrderSummary:
    snapshot = placed.snapshot
    return AdminOrderSummary(
        **structs.asdict(summary_of(placed)),
        username=user.username if user else None,
        contact_name=snapshot.contact.name,
        contact_email=snapshot.contact.email,
        refunded_total=Currency(snapshot.currency).to_major(placed.order.refunded_total),
        item_count=sum(snapshot.quantities.values()),
    )
