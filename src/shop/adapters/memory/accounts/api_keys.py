"""API keys in memory."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Final

from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.application.accounts.views import ApiKeyView
from shop.application.framework.views import Page
from shop.application.ports.accounts import ActiveApiKey
from shop.domain.accounts.api_key import ApiKey
from shop.domain.accounts.permissions import with_reads
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal, User

API_KEYS: Final = "api_keys"
_USERS: Final = "users"
UNIQUE_KEYS: Final[UniqueKeys] = {API_KEYS: {"uq_api_keys_digest": lambda key: key.digest}}


class MemoryApiKeys:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, key: ApiKey) -> None:
        await self._transaction.put(API_KEYS, key.id, key)

    async def lock(self, key_id: str) -> ApiKey | None:
        await self._transaction.lock(API_KEYS, key_id)
        key: ApiKey | None = await self._transaction.get(API_KEYS, key_id)
        return key if key is not None and key.revoked_at is None else None

    async def save(self, key: ApiKey) -> None:
        stored: ApiKey | None = await self._transaction.get(API_KEYS, key.id)
        last_used_at = key.last_used_at if stored is None else stored.last_used_at
        await self._transaction.put(API_KEYS, key.id, replace(key, last_used_at=last_used_at))

    async def record_use(self, digest: bytes, at: datetime, before: datetime) -> None:
        keys: list[ApiKey] = await self._transaction.scan(API_KEYS)
        for found in keys:
            if found.digest == digest:
                key = await self.lock(found.id)
                if key is not None and (key.last_used_at is None or key.last_used_at <= before):
                    await self._transaction.put(API_KEYS, key.id, replace(key, last_used_at=at))


class MemoryApiKeyQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, page: int, limit: int) -> Page[ApiKeyView]:
        keys = sorted(await self._usable(), key=lambda key: key.id)
        shown = keys[(page - 1) * limit : page * limit]
        return Page(page, limit, len(keys), [ApiKeyView.of(key) for key in shown])

    async def key(self, key_id: str) -> ApiKeyView | None:
        return next((ApiKeyView.of(key) for key in await self._usable() if key.id == key_id), None)

    async def active(self, digest: bytes) -> ActiveApiKey | None:
        key = next((key for key in await self._usable() if key.digest == digest), None)
        if key is None:
            return None
        maker: User = self._store.tables[_USERS][key.made_by]
        if not maker.active:
            return None
        permissions = maker.role.permissions & with_reads(key.permissions)
        role = Role(maker.role.name, permissions, maker.role.id)
        principal = Principal(maker.id, maker.username, role, key.id, api_key=key.id)
        return ActiveApiKey(principal, key.expires_at, key.last_used_at)

    async def _usable(self) -> list[ApiKey]:
        await asyncio.sleep(0)
        keys: list[ApiKey] = list(self._store.tables[API_KEYS].values())
        return [key for key in keys if key.revoked_at is None]
