"""The addresses that users logged in from, in memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shop.adapters.memory.framework.store import Transaction

_ADDRESSES: Final = "login_addresses"


@dataclass(frozen=True, slots=True)
class _Address:
    user_id: str
    address: bytes
    logged_in_at: datetime


class MemoryLoginAddresses:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def remember(self, user_id: str, address: bytes, at: datetime) -> None:
        key = (user_id, address)
        await self._transaction.lock(_ADDRESSES, key)
        await self._transaction.put(_ADDRESSES, key, _Address(user_id, address, at))

    async def of_user(self, user_id: str, since: datetime, limit: int) -> frozenset[bytes]:
        found = [each for each in await self._all() if each.user_id == user_id and each.logged_in_at >= since]
        found.sort(key=lambda each: each.logged_in_at, reverse=True)
        return frozenset(each.address for each in found[:limit])

    async def forget_user(self, user_id: str) -> None:
        for each in await self._all():
            if each.user_id == user_id:
                await self._delete(each)

    async def delete_before(self, moment: datetime, limit: int) -> int:
        old = [each for each in await self._all() if each.logged_in_at < moment]
        old.sort(key=lambda each: each.logged_in_at)
        for each in old[:limit]:
            await self._delete(each)
        return len(old[:limit])

    async def _delete(self, each: _Address) -> None:
        await self._transaction.delete(_ADDRESSES, (each.user_id, each.address))

    async def _all(self) -> list[_Address]:
        return await self._transaction.scan(_ADDRESSES)
