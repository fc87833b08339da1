"""Users' saved addresses on MySQL and SQLite."""

from dataclasses import asdict, fields
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, update

from shop.adapters.sql.accounts.tables import user_addresses
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.domain.accounts.address_book import AddressBook, SavedAddress
from shop.domain.address import Address

_OF_USER: Final = (
    select(user_addresses)
    .where(user_addresses.c.user_id == bindparam("owner_id"))
    .order_by(user_addresses.c.created_at, user_addresses.c.id)
)
_LOCK: Final = _OF_USER.with_for_update()
_GET: Final = select(user_addresses).where(
    user_addresses.c.id == bindparam("address_id"), user_addresses.c.user_id == bindparam("owner_id")
)
_ADD: Final = insert(user_addresses)
_CHANGE: Final = (
    update(user_addresses)
    .where(user_addresses.c.id == bindparam("current_id"))
    .values(
        {
            column: bindparam(column.name)
            for column in user_addresses.c
            if column.name not in ("id", "user_id", "created_at")
        }
    )
)
_REMOVE: Final = delete(user_addresses).where(user_addresses.c.id.in_(bindparam("gone_ids", expanding=True)))
_REMOVE_ALL: Final = delete(user_addresses).where(user_addresses.c.user_id == bindparam("owner_id"))
_ADDRESS_FIELDS: Final = tuple(field.name for field in fields(Address))


class SqlAddressBooks:
    """See the port. Reading an address book also locks it, because a change usually follows."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def of_user(self, user_id: str) -> AddressBook:
        return _book_of(user_id, (await self._connection.execute(_LOCK, {"owner_id": user_id})).all())

    async def get(self, user_id: str, address_id: str) -> SavedAddress | None:
        found = await self._connection.execute(_GET, {"owner_id": user_id, "address_id": address_id})
        row = found.one_or_none()
        return None if row is None else _saved_address_of(row)

    async def save(self, before: AddressBook, after: AddressBook) -> None:
        assert before.user_id == after.user_id
        current = {each.id: each for each in before.addresses}
        kept = {each.id for each in after.addresses}
        if gone := [address_id for address_id in current if address_id not in kept]:
            await self._connection.defer(_REMOVE, {"gone_ids": gone})
        changed = [each for each in after.addresses if each.id in current and each != current[each.id]]
        # Clear the old default before another address becomes the default.
        for each in sorted(changed, key=lambda each: each.is_default):
            await self._connection.defer(_CHANGE, {**_values_of(after.user_id, each), "current_id": each.id})
        new = [each for each in after.addresses if each.id not in current]
        if new:
            ids = [{"id": each.id, "user_id": after.user_id, "created_at": each.created_at} for each in new]
            rows = [{**row, **_values_of(after.user_id, each)} for row, each in zip(ids, new, strict=True)]
            await self._connection.defer(_ADD, rows)

    async def delete(self, user_id: str) -> None:
        await self._connection.defer(_REMOVE_ALL, {"owner_id": user_id})


class SqlAddressBookQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of_user(self, user_id: str) -> AddressBook:
        async with self._database.reading() as connection:
            return _book_of(user_id, (await connection.execute(_OF_USER, {"owner_id": user_id})).all())


def _values_of(user_id: str, saved: SavedAddress) -> dict[str, Any]:
    return {
        **asdict(saved.address),
        "label": saved.label,
        "default_of": user_id if saved.is_default else None,
        "version": saved.version,
    }


def _book_of(user_id: str, rows: Any) -> AddressBook:
    return AddressBook(user_id, tuple(_saved_address_of(row) for row in rows))


def _saved_address_of(row: Row[Any]) -> SavedAddress:
    return SavedAddress(
        id=row.id,
        address=Address(**{name: getattr(row, name) for name in _ADDRESS_FIELDS}),
        label=row.label,
        is_default=row.default_of is not None,
        created_at=row.created_at,
        version=row.version,
    )
