"""Where users logged in from, on MySQL and SQLite."""

from datetime import datetime
from typing import Final

from sqlalchemy import Insert, bindparam, delete, select
from sqlalchemy.dialects import mysql, sqlite

from shop.adapters.sql.accounts.tables import login_addresses as addresses
from shop.adapters.sql.framework.execution import DirectConnection

_ON_MYSQL: Final = mysql.insert(addresses)
_ON_SQLITE: Final = sqlite.insert(addresses)
_REMEMBER: Final[dict[str, Insert]] = {
    "mysql": _ON_MYSQL.on_duplicate_key_update(logged_in_at=_ON_MYSQL.inserted.logged_in_at),
    "sqlite": _ON_SQLITE.on_conflict_do_update(
        index_elements=[addresses.c.user_id, addresses.c.address],
        set_={"logged_in_at": _ON_SQLITE.excluded.logged_in_at},
    ),
}
_OF_USER: Final = (
    select(addresses.c.address)
    .where(addresses.c.user_id == bindparam("owner_id"), addresses.c.logged_in_at >= bindparam("since"))
    .order_by(addresses.c.logged_in_at.desc())
    .limit(bindparam("most"))
)
_FORGET_USER: Final = delete(addresses).where(addresses.c.user_id == bindparam("owner_id"))
_OLD: Final = (
    select(addresses.c.user_id, addresses.c.address)
    .where(addresses.c.logged_in_at < bindparam("moment"))
    .order_by(addresses.c.logged_in_at)
    .limit(bindparam("most"))
)
_DELETE: Final = delete(addresses).where(
    addresses.c.user_id == bindparam("owner_id"),
    addresses.c.address == bindparam("old_address"),
    addresses.c.logged_in_at < bindparam("moment"),
)


class SqlLoginAddresses:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def remember(self, user_id: str, address: bytes, at: datetime) -> None:
        row = {"user_id": user_id, "address": address, "logged_in_at": at}
        await self._connection.defer(_REMEMBER[self._connection.dialect.name], row)

    async def of_user(self, user_id: str, since: datetime, limit: int) -> frozenset[bytes]:
        values = {"owner_id": user_id, "since": since, "most": limit}
        return frozenset((await self._connection.execute(_OF_USER, values)).scalars())

    async def forget_user(self, user_id: str) -> None:
        await self._connection.defer(_FORGET_USER, {"owner_id": user_id})

    async def delete_before(self, moment: datetime, limit: int) -> int:
        old = (await self._connection.execute(_OLD, {"moment": moment, "most": limit})).all()
        if old:
            values = [{"owner_id": row.user_id, "old_address": row.address, "moment": moment} for row in old]
            await self._connection.defer(_DELETE, values)
        return len(old)
