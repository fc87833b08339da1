"""Order tokens in SQL."""

from typing import Any, Final

from sqlalchemy import Row, bindparam, insert, select, update

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.orders.tables import order_states, order_tokens
from shop.domain.orders.access import OrderToken

_ADD: Final = insert(order_tokens)
_REPLACE: Final = (
    update(order_tokens)
    .where(order_tokens.c.id == bindparam("token_id"))
    .values(digest=bindparam("new_digest"))
)
_BY_DIGEST: Final = select(order_tokens).where(order_tokens.c.digest == bindparam("of"))
_USABLE: Final = _BY_DIGEST.join(order_states, order_states.c.order_id == order_tokens.c.order_id).where(
    order_states.c.user_id.is_(None)
)


class SqlOrderTokens:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, token: OrderToken) -> None:
        row = {
            "id": token.id,
            "order_id": token.order_id,
            "digest": token.digest,
            "created_at": token.created_at,
        }
        await self._connection.defer(_ADD, row)

    async def replace(self, token_id: str, digest: bytes) -> None:
        await self._connection.defer(_REPLACE, {"token_id": token_id, "new_digest": digest})

    async def find(self, digest: bytes) -> OrderToken | None:
        row = (await self._connection.execute(_BY_DIGEST, {"of": digest})).one_or_none()
        return None if row is None else _token_of(row)


class SqlOrderTokenQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, digest: bytes) -> OrderToken | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_USABLE, {"of": digest})).one_or_none()
        return None if row is None else _token_of(row)


def _token_of(row: Row[Any]) -> OrderToken:
    return OrderToken(row.id, row.order_id, row.digest, row.created_at)
