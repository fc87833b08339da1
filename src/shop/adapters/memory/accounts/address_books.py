"""The addresses that users keep, in memory."""

from typing import Final

from shop.adapters.memory.framework.store import Store, Transaction
from shop.domain.accounts.address_book import AddressBook, SavedAddress

_BOOKS: Final = "address_books"
"""Rows are AddressBooks by user id."""


class MemoryAddressBooks:
    """See the port. What is read is locked, too: it is what a change starts from."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def of_user(self, user_id: str) -> AddressBook:
        await self._transaction.lock(_BOOKS, user_id)
        return await self._transaction.get(_BOOKS, user_id) or AddressBook(user_id)

    async def get(self, user_id: str, address_id: str) -> SavedAddress | None:
        book: AddressBook = await self._transaction.get(_BOOKS, user_id) or AddressBook(user_id)
        return next((each for each in book.addresses if each.id == address_id), None)

    async def save(self, before: AddressBook, after: AddressBook) -> None:
        assert before.user_id == after.user_id
        await self._transaction.put(_BOOKS, after.user_id, after)

    async def delete(self, user_id: str) -> None:
        await self._transaction.put(_BOOKS, user_id, AddressBook(user_id))


class MemoryAddressBookQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def of_user(self, user_id: str) -> AddressBook:
        return await Transaction(self._store).get(_BOOKS, user_id) or AddressBook(user_id)
