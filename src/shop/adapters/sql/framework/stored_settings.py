"""Stored settings in SQL."""

from typing import Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate
from shop.adapters.sql.framework.tables import stored_settings

_FIND: Final = select(stored_settings.c.value).where(stored_settings.c.variable == bindparam("name"))
_ADD: Final = insert(stored_settings)
_REPLACE: Final = (
    update(stored_settings)
    .where(stored_settings.c.variable == bindparam("name"))
    .values(value=bindparam("new_value"))
)


class SqlStoredSettings:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add_if_missing(self, variable: str, value: str) -> str:
        if (stored := await self.find(variable)) is not None:
            return stored
        try:
            await self._connection.execute(_ADD, {"variable": variable, "value": value})
        except IntegrityError as error:
            if not is_duplicate(error):
                raise
            stored = await self.find(variable)  # another process inserted it first
        return stored or value

    async def find(self, variable: str) -> str | None:
        found: str | None = await self._connection.scalar(_FIND, {"name": variable})
        return found

    async def replace(self, variable: str, value: str) -> None:
        await self._connection.execute(_REPLACE, {"name": variable, "new_value": value})
