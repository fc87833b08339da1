"""A user's saved addresses."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Final, Self

from shop.domain.address import Address
from shop.domain.errors import NotFound, ShopError, ValidationFailed
from shop.domain.versions import FIRST_VERSION

MAX_ADDRESSES: Final = 20
MAX_LABEL_LENGTH: Final = 100

_REQUIRED: Final = ("name", "line1", "city", "country")


class AddressBookFull(ShopError):
    """The user already has MAX_ADDRESSES addresses."""

    code: ClassVar[str] = "ADDRESS_BOOK_FULL"

    def __init__(self) -> None:
        super().__init__(f"You can keep at most {MAX_ADDRESSES} addresses. Delete one first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedAddress:
    """A saved address. Raises ValidationFailed unless it has a name, a street line, a city and a country."""

    id: str
    address: Address
    label: str | None = None
    is_default: bool = False
    created_at: datetime
    version: int = FIRST_VERSION

    def __post_init__(self) -> None:
        faults = {field: "must not be blank" for field in _REQUIRED if not getattr(self.address, field)}
        if self.label is not None and len(self.label) > MAX_LABEL_LENGTH:
            faults["label"] = f"must be at most {MAX_LABEL_LENGTH} characters"
        if faults:
            raise ValidationFailed(faults)

    def revise(self, **changes: object) -> Self:
        """Return the address with these fields; the next version if anything changes."""
        revised = replace(self, **changes)  # type: ignore[arg-type]
        return self if revised == self else replace(revised, version=self.version + 1)


@dataclass(frozen=True, slots=True)
class AddressBook:
    """A user's addresses in the order in which they were added. A non-empty book has exactly one default."""

    user_id: str
    addresses: tuple[SavedAddress, ...] = ()

    def __post_init__(self) -> None:
        assert len(self.addresses) <= MAX_ADDRESSES
        assert sum(each.is_default for each in self.addresses) == (1 if self.addresses else 0)

    def find(self, address_id: str) -> SavedAddress:
        """Return the address with this id. Raises NotFound."""
        for each in self.addresses:
            if each.id == address_id:
                return each
        raise NotFound("address")

    def add(self, new: SavedAddress) -> Self:
        """Return the book with the address at its end. The first one is the default. Raises AddressBookFull."""
        if len(self.addresses) >= MAX_ADDRESSES:
            raise AddressBookFull
        added = replace(new, is_default=new.is_default or not self.addresses)
        return self._with((*self.addresses, added), added.id if added.is_default else self._default.id)

    def replace(self, changed: SavedAddress) -> Self:
        """Return the book with the address replaced by id.

        If it is marked as default, the previous default loses the mark. Unmarking the default has no effect: mark
        another address instead. Raises NotFound.
        """
        current = self.find(changed.id)
        default = changed.id if changed.is_default else self._default.id
        return self._with([changed if each is current else each for each in self.addresses], default)

    def remove(self, address_id: str) -> Self:
        """Return the book without the address. If it was the default, the oldest other one is. Raises NotFound."""
        removed = self.find(address_id)
        remaining = [each for each in self.addresses if each is not removed]
        default = remaining[0].id if removed.is_default and remaining else self._default.id
        return self._with(remaining, default)

    @property
    def _default(self) -> SavedAddress:
        return next(each for each in self.addresses if each.is_default)

    def _with(self, addresses: "tuple[SavedAddress, ...] | list[SavedAddress]", default: str) -> Self:
        return replace(
            self, addresses=tuple(each.revise(is_default=each.id == default) for each in addresses)
        )
