"""Order tokens in memory."""

from dataclasses import replace
from typing import Final

from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.adapters.memory.orders.orders import ORDERS
from shop.domain.orders.access import OrderToken

ORDER_TOKENS: Final = "order_tokens"
"""Rows are OrderTokens by id."""

UNIQUE_KEYS: Final[UniqueKeys] = {ORDER_TOKENS: {"uq_order_tokens_digest": lambda row: row.digest}}


class MemoryOrderTokens:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, token: OrderToken) -> None:
        await self._transaction.put(ORDER_TOKENS, token.id, token)

    async def replace(self, token_id: str, digest: bytes) -> None:
        await self._transaction.lock(ORDER_TOKENS, token_id)
        token: OrderToken | None = await self._transaction.get(ORDER_TOKENS, token_id)
        if token is not None:
            await self._transaction.put(ORDER_TOKENS, token_id, replace(token, digest=digest))

    async def find(self, digest: bytes) -> OrderToken | None:
        rows: list[OrderToken] = await self._transaction.scan(ORDER_TOKENS)
        return next((row for row in rows if row.digest == digest), None)


class MemoryOrderTokenQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def find(self, digest: bytes) -> OrderToken | None:
        found = await MemoryOrderTokens(Transaction(self._store)).find(digest)
        if found is None or self._store.tables[ORDERS][found.order_id].order.user_id is not None:
            return None
        return found
