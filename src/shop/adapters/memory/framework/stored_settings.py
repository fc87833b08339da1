"""Stored settings in memory."""

from typing import Final

from shop.adapters.memory.framework.store import Transaction

_SETTINGS: Final = "stored_settings"
"""Values by variable."""


class MemoryStoredSettings:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add_if_missing(self, variable: str, value: str) -> str:
        await self._transaction.insert(_SETTINGS, variable, value)
        return str(await self._transaction.get(_SETTINGS, variable))

    async def find(self, variable: str) -> str | None:
        stored: str | None = await self._transaction.get(_SETTINGS, variable)
        return stored

    async def replace(self, variable: str, value: str) -> None:
        await self._transaction.lock(_SETTINGS, variable)
        if await self.find(variable) is not None:
            await self._transaction.put(_SETTINGS, variable, value)
