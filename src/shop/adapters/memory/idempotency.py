"""Idempotency keys in memory."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shop.adapters.memory.carts.carts import CARTS
from shop.adapters.memory.framework.store import Transaction
from shop.adapters.memory.orders.tokens import ORDER_TOKENS
from shop.application.ports.idempotency import IdempotencyKey, KeyOwner, KeyRecord
from shop.domain.errors import Unauthenticated

_KEYS: Final = "idempotency_keys"
_DELETABLE_OWNERS: Final = {KeyOwner.CART: CARTS, KeyOwner.ORDER_TOKEN: ORDER_TOKENS}
"""The owners whose rows may have been deleted, with their tables."""


@dataclass(frozen=True, slots=True)
class _Row:
    scope: str
    key: str
    record: KeyRecord


class MemoryIdempotencyKeys:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def find(self, key: IdempotencyKey) -> KeyRecord | None:
        row: _Row | None = await self._transaction.get(_KEYS, (key.scope, key.key))
        return row.record if row else None

    async def claim(
        self, key: IdempotencyKey, record: KeyRecord, expired_before: datetime
    ) -> KeyRecord | None:
        if (table := _DELETABLE_OWNERS.get(key.owner)) is not None:
            await self._transaction.lock(table, key.owner_id)
            if await self._transaction.get(table, key.owner_id) is None:
                raise Unauthenticated("The token of this request no longer works.")
        existing = await self._locked(key)
        if existing is not None and existing.created_at >= expired_before:
            return existing
        await self._put(key, record)
        return None

    async def take_over(self, key: IdempotencyKey, existing: KeyRecord, leased_until: datetime) -> bool:
        stored = await self._locked(key)
        if stored is None or stored.answer is not None or stored.leased_until != existing.leased_until:
            return False
        await self._put(key, replace(stored, leased_until=leased_until))
        return True

    async def save_answer(self, key: IdempotencyKey, answer: bytes) -> bool:
        stored = await self._locked(key)
        if stored is None or stored.answer is not None:
            return False
        await self._put(key, replace(stored, answer=answer))
        return True

    async def delete_before(self, moment: datetime, limit: int) -> int:
        rows: list[_Row] = await self._transaction.scan(_KEYS)
        old = sorted(
            (row for row in rows if row.record.created_at < moment), key=lambda row: row.record.created_at
        )
        for row in old[:limit]:
            await self._transaction.delete(_KEYS, (row.scope, row.key))
        return len(old[:limit])

    async def _locked(self, key: IdempotencyKey) -> KeyRecord | None:
        await self._transaction.lock(_KEYS, (key.scope, key.key))
        return await self.find(key)

    async def _put(self, key: IdempotencyKey, record: KeyRecord) -> None:
        await self._transaction.put(_KEYS, (key.scope, key.key), _Row(key.scope, key.key, record))
