"""Contract tests: saved addresses."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from shop.adapters.security.secrets import RandomIds
from shop.application.framework.transactions import retry_on_conflict
from shop.contract.account_samples import NOW, stored, user
from shop.domain.accounts.address_book import MAX_ADDRESSES, AddressBook, AddressBookFull, SavedAddress
from shop.domain.accounts.user import User
from shop.domain.address import Address

pytestmark = pytest.mark.anyio

LONDON = Address(
    name="Ada Lovelace",
    company="Analytical Engines",
    line1="12 St James's Square",
    line2="Second floor",
    city="London",
    region="Greater London",
    postal_code="SW1Y 4JH",
    country="GB",
    phone="+44 20 7946 0000",
)
PARIS = Address(name="Ada", line1="1 rue de la Paix", city="Paris", country="FR")
_ids = RandomIds()


def saved(address: Address = PARIS, minutes: int = 0, **fields: Any) -> SavedAddress:
    return SavedAddress(
        id=_ids.new_id(), address=address, created_at=NOW + timedelta(minutes=minutes), **fields
    )


@pytest.fixture
async def ada(storage: Any) -> User:
    ada = user("ada")
    await stored(storage, ada, user("bob"))
    return ada


async def changed(storage: Any, before: AddressBook, after: AddressBook) -> AddressBook:
    """Save `after` and return the address book as stored."""
    async with storage.unit_of_work() as work:
        await work.users.lock(before.user_id)
        assert await work.address_books.of_user(before.user_id) == before
        await work.address_books.save(before, after)
        assert await work.address_books.of_user(before.user_id) == after
    book: AddressBook = await storage.address_books.of_user(before.user_id)
    assert book == after
    return book


async def test_a_user_without_addresses_has_an_empty_book(storage: Any, ada: User) -> None:
    assert await storage.address_books.of_user(ada.id) == AddressBook(ada.id)
    assert (await storage.address_books.of_user("nobody")).addresses == ()


async def test_addresses_come_back_as_stored_in_the_order_of_their_addition(storage: Any, ada: User) -> None:
    book = await changed(storage, AddressBook(ada.id), AddressBook(ada.id).add(saved(LONDON, label="Home")))
    book = await changed(storage, book, book.add(saved(PARIS, 1, is_default=True)).add(saved(PARIS, 2)))
    assert [each.address.city for each in book.addresses] == ["London", "Paris", "Paris"]


async def test_the_default_moves_and_texts_change(storage: Any, ada: User) -> None:
    book = AddressBook(ada.id)
    for minutes in range(3):
        book = await changed(storage, book, book.add(saved(LONDON, minutes)))
    for index in (1, 2, 0):
        chosen = book.addresses[index]
        address = replace(LONDON, company=None, phone=str(index))
        book = await changed(
            storage, book, book.replace(chosen.revise(is_default=True, address=address, label="x"))
        )
        assert [each.is_default for each in book.addresses].index(True) == index


async def test_removed_addresses_are_gone_and_the_oldest_becomes_the_default(storage: Any, ada: User) -> None:
    book = AddressBook(ada.id)
    for minutes in range(3):
        book = await changed(storage, book, book.add(saved(LONDON, minutes)))
    for left in (2, 1, 0):
        book = await changed(storage, book, book.remove(book.addresses[0].id))
        assert len(book.addresses) == left


async def test_one_address_is_found_by_its_owner_only(storage: Any, ada: User) -> None:
    eve = user("eve")
    await stored(storage, eve)
    home, other = saved(LONDON, label="Home"), saved(PARIS, 1)
    book = await changed(storage, AddressBook(ada.id), AddressBook(ada.id).add(home).add(other))
    async with storage.unit_of_work() as work:
        assert await work.address_books.get(ada.id, home.id) == book.find(home.id)
        assert await work.address_books.get(ada.id, other.id) == book.find(other.id)
        for user_id, address_id in ((eve.id, home.id), (ada.id, "nonsense"), (ada.id, eve.id), ("", home.id)):
            assert await work.address_books.get(user_id, address_id) is None


async def test_a_rolled_back_address_is_not_stored(storage: Any, ada: User) -> None:
    class Interrupted(Exception):
        pass

    with suppress(Interrupted):
        async with storage.unit_of_work() as work:
            book = await work.address_books.of_user(ada.id)
            await work.address_books.save(book, book.add(saved()))
            raise Interrupted
    assert (await storage.address_books.of_user(ada.id)).addresses == ()


async def test_deleting_leaves_other_users_their_addresses(storage: Any, ada: User) -> None:
    eve = user("eve")
    await stored(storage, eve)
    for owner in (ada, eve):
        await changed(storage, AddressBook(owner.id), AddressBook(owner.id).add(saved()))
    async with storage.unit_of_work() as work:
        await work.address_books.delete(ada.id)
    assert (await storage.address_books.of_user(ada.id)).addresses == ()
    assert len((await storage.address_books.of_user(eve.id)).addresses) == 1


async def test_concurrent_additions_never_exceed_the_limit_and_leave_one_default(
    storage: Any, ada: User
) -> None:
    @retry_on_conflict
    async def add(self: Any, minutes: int) -> None:
        async with storage.unit_of_work() as work:
            await work.users.lock(ada.id)
            before = await work.address_books.of_user(ada.id)
            await work.address_books.save(before, before.add(saved(PARIS, minutes, is_default=True)))

    outcomes = await asyncio.gather(
        *(add(None, minutes) for minutes in range(MAX_ADDRESSES + 5)), return_exceptions=True
    )
    assert sum(isinstance(outcome, AddressBookFull) for outcome in outcomes) == 5
    book = await storage.address_books.of_user(ada.id)
    assert len(book.addresses) == MAX_ADDRESSES
    assert sum(each.is_default for each in book.addresses) == 1
