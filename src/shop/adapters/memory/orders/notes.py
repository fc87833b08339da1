"""Notes on orders in memory."""

from collections.abc import Sequence
from typing import Final

from shop.adapters.memory.accounts.users import USERS
from shop.adapters.memory.framework.store import Transaction
from shop.domain.accounts.user import User
from shop.domain.orders.note import OrderNote

_NOTES: Final = "order_notes"


class MemoryOrderNotes:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, note: OrderNote) -> None:
        await self._transaction.put(_NOTES, note.id, note)

    async def count(self, order_id: str) -> int:
        return len(await self._of(order_id))

    async def of(self, order_id: str) -> Sequence[tuple[OrderNote, str]]:
        found = sorted(await self._of(order_id), key=lambda note: (note.created_at, note.id))
        return [(note, await self._username(note.author_id)) for note in found]

    async def _of(self, order_id: str) -> list[OrderNote]:
        notes: list[OrderNote] = await self._transaction.scan(_NOTES)
        return [note for note in notes if note.order_id == order_id]

    async def _username(self, user_id: str) -> str:
        user: User | None = await self._transaction.get(USERS, user_id)
        assert user is not None
        return user.username
