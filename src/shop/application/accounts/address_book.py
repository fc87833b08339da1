"""Users' saved addresses."""

from datetime import datetime
from typing import Annotated, Self

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.addresses import AddressInput, AddressTerms, AddressView, Country, Line
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.inputs import ExpectedVersions, ensure_expected, takes_back, text
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.address_book import MAX_LABEL_LENGTH, AddressBook, SavedAddress
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.text import one_line


class SavedAddressView(AddressView, frozen=True, rename="camel"):
    """A saved address."""

    id: str
    label: str | None
    is_default: bool
    created_at: datetime

    @classmethod
    def of_saved(cls, saved: SavedAddress) -> Self:
        return cls(
            **msgspec.structs.asdict(AddressView.of(saved.address)),
            id=saved.id,
            label=saved.label,
            is_default=saved.is_default,
            created_at=saved.created_at,
        )


class AddressBookView(msgspec.Struct, frozen=True):
    """All saved addresses of a user, in the order in which they were added."""

    items: list[SavedAddressView]

    @classmethod
    def of(cls, book: AddressBook) -> Self:
        return cls([SavedAddressView.of_saved(each) for each in book.addresses])


@takes_back(SavedAddressView)
class SavedAddressInput(AddressInput, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """An address to save. Read-only fields are accepted and ignored."""

    name: Line
    line1: Line
    city: Line
    country: Country
    label: Annotated[str, text(MAX_LABEL_LENGTH)] | None = None
    is_default: bool | UnsetType = UNSET


class AddAddress:
    """Users: save an address. The first one becomes the default.

    Fails with ADDRESS_BOOK_FULL when there are 20, VALIDATION_FAILED for a field that breaks its rule.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids, terms: AddressTerms) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._terms = terms

    async def __call__(
        self, principal: Principal, given: SavedAddressInput, key: IdempotencyKey | None = None
    ) -> Outcome[SavedAddressView]:
        saved = SavedAddress(
            id=self._ids.new_id(),
            address=self._terms.address(given),
            label=_label(given),
            is_default=given.is_default is True,
            created_at=self._clock.now(),
        )
        return await self._add(principal, saved, key)

    @retry_on_conflict
    async def _add(
        self, principal: Principal, saved: SavedAddress, key: IdempotencyKey | None
    ) -> Outcome[SavedAddressView]:
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, saved.created_at)) is not None:
                return earlier
            before = await _locked_book(work, principal)
            after = before.add(saved)
            await work.address_books.save(before, after)
            return await save_answer(work, key, SavedAddressView.of_saved(after.find(saved.id)))


class ReplaceAddress:
    """Users: replace a saved address. Omitted fields become empty, except `isDefault`, which stays.

    `isDefault: true` makes it the default; `false` is ignored: make another address the default instead. Fails with
    NOT_FOUND for an unknown address, PRECONDITION_FAILED for a stale expected version, VALIDATION_FAILED for a field
    that breaks its rule.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, terms: AddressTerms) -> None:
        self._unit_of_work = unit_of_work
        self._terms = terms

    @retry_on_conflict
    async def __call__(
        self,
        principal: Principal,
        address_id: str,
        given: SavedAddressInput,
        expected: ExpectedVersions = None,
    ) -> SavedAddress:
        address = self._terms.address(given)
        async with self._unit_of_work() as work:
            before = await _locked_book(work, principal)
            current = before.find(address_id)
            ensure_expected(current.version, expected)
            is_default = current.is_default if given.is_default is UNSET else given.is_default
            changed = current.revise(address=address, label=_label(given), is_default=is_default)
            after = before.replace(changed)
            await work.address_books.save(before, after)
        return after.find(address_id)


class RemoveAddress:
    """Users: delete a saved address. If it was the default, the oldest other address becomes the default.

    Orders keep their own copies of the address. Fails with NOT_FOUND for an unknown address, PRECONDITION_FAILED for a
    stale expected version.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, address_id: str, expected: ExpectedVersions = None
    ) -> None:
        async with self._unit_of_work() as work:
            before = await _locked_book(work, principal)
            ensure_expected(before.find(address_id).version, expected)
            await work.address_books.save(before, before.remove(address_id))


async def _locked_book(work: UnitOfWork, principal: Principal) -> AddressBook:
    # Lock the user's row to serialize changes of the book: before the first address there is no other row.
    user = await work.users.lock(principal.user_id)
    if user is None or user.closed_at is not None:
        raise NotFound("user")
    return await work.address_books.of_user(principal.user_id)


def _label(given: SavedAddressInput) -> str | None:
    return one_line(given.label or "") or None
