"""Notes on orders in SQL."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, insert, select

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.orders.tables import order_notes
from shop.domain.orders.note import OrderNote

_ADD: Final = insert(order_notes)
_COUNT: Final = (
    select(func.count()).select_from(order_notes).where(order_notes.c.order_id == bindparam("of_order"))
)
_OF_ORDER: Final = (
    select(order_notes, users.c.username)
    .join(users, users.c.id == order_notes.c.author_id)
    .where(order_notes.c.order_id == bindparam("of_order"))
    .order_by(order_notes.c.created_at, order_notes.c.id)
)


class SqlOrderNotes:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, note: OrderNote) -> None:
        row = {
            "id": note.id,
            "order_id": note.order_id,
            "author_id": note.author_id,
            "text": note.text,
            "created_at": note.created_at,
        }
        await self._connection.execute(_ADD, row)

    async def count(self, order_id: str) -> int:
        return int(await self._connection.scalar(_COUNT, {"of_order": order_id}) or 0)

    async def of(self, order_id: str) -> Sequence[tuple[OrderNote, str]]:
        rows = await self._connection.execute(_OF_ORDER, {"of_order": order_id})
        return [
            (OrderNote(row.id, row.order_id, row.author_id, row.text, row.created_at), row.username)
            for row in rows
        ]
