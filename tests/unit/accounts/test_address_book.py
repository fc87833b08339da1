"""A user's addresses: at most 20, and one of them the default."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.adapters.security.secrets import RandomIds
from shop.contract.account_samples import NOW
from shop.domain.accounts.address_book import MAX_ADDRESSES, AddressBook, AddressBookFull, SavedAddress
from shop.domain.address import Address
from shop.domain.errors import NotFound, ValidationFailed

PARIS = Address(name="Ada", line1="1 rue de la Paix", city="Paris", country="FR")
_ids = RandomIds()


def saved(**fields: Any) -> SavedAddress:
    return SavedAddress(**{"id": _ids.new_id(), "address": PARIS, "created_at": NOW, **fields})


def book_of(count: int) -> AddressBook:
    book = AddressBook("ada")
    for _ in range(count):
        book = book.add(saved())
    return book


def defaults(book: AddressBook) -> list[int]:
    return [index for index, each in enumerate(book.addresses) if each.is_default]


def test_the_first_address_is_the_default() -> None:
    assert defaults(book_of(3)) == [0]
    assert defaults(book_of(3).add(saved(is_default=True))) == [3]


def test_the_twenty_first_address_is_refused() -> None:
    with pytest.raises(AddressBookFull):
        book_of(MAX_ADDRESSES).add(saved())


def test_a_new_default_replaces_the_current_one_and_both_get_new_versions() -> None:
    book = book_of(3)
    moved = book.replace(book.addresses[2].revise(is_default=True))
    assert defaults(moved) == [2]
    assert [each.version for each in moved.addresses] == [2, 1, 2]


def test_the_default_stays_until_it_is_replaced() -> None:
    book = book_of(2)
    assert defaults(book.replace(book.addresses[0].revise(is_default=False))) == [0]


def test_the_oldest_address_replaces_a_removed_default() -> None:
    book = book_of(3)
    moved = book.replace(book.addresses[1].revise(is_default=True))
    assert defaults(moved.remove(moved.addresses[1].id)) == [0]
    assert defaults(moved.remove(moved.addresses[0].id)) == [0]
    single = book_of(1)
    assert single.remove(single.addresses[0].id).addresses == ()


def test_an_unknown_address_is_not_found() -> None:
    book = book_of(2)
    for call in (lambda: book.find("x"), lambda: book.remove("x"), lambda: book.replace(saved())):
        with pytest.raises(NotFound):
            call()


def test_an_address_names_a_person_a_street_a_city_and_a_country() -> None:
    with pytest.raises(ValidationFailed) as refused:
        saved(address=Address(company="Acme"), label="x" * 101)
    assert refused.value.details.keys() == {"name", "line1", "city", "country", "label"}


def test_an_unchanged_address_keeps_its_version() -> None:
    address = saved()
    assert address.revise(label=None, address=PARIS) is address
    assert address.revise(label="Home").version == 2


@given(st.lists(st.tuples(st.sampled_from(["add", "default", "remove"]), st.integers(0, 30)), max_size=40))
def test_there_is_always_one_default_among_addresses(steps: list[tuple[str, int]]) -> None:
    book = AddressBook("ada")
    for step, number in steps:
        if step == "add" and len(book.addresses) < MAX_ADDRESSES:
            book = book.add(saved(is_default=number % 2 == 0))
        elif book.addresses:
            chosen = book.addresses[number % len(book.addresses)]
            book = (
                book.remove(chosen.id) if step == "remove" else book.replace(chosen.revise(is_default=True))
            )
        assert len(defaults(book)) == bool(book.addresses)
