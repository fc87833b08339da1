"""Roles on MySQL and SQLite."""

from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, func, insert, select, update

from shop.adapters.sql.accounts.tables import roles, users
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.application.accounts.views import RoleView
from shop.application.framework.views import Page
from shop.domain.accounts.permissions import Permission, Permissions, in_order, with_reads
from shop.domain.accounts.role import BUILT_IN, Role, StaffRole, role_name_key

USERS_WITH_ROLES: Final = users.outerjoin(roles, roles.c.id == users.c.role_id)
ROLE_COLUMNS: Final = (roles.c.name.label("role_name"), roles.c.permissions.label("role_permissions"))
"""What `role_of_row` needs beside `role` and `role_id` of the users table."""

_BY_ID: Final = select(roles).where(roles.c.id == bindparam("role_id"))
_LOCK: Final = _BY_ID.with_for_update()
_LOCK_BY_NAME: Final = select(roles).where(roles.c.name_key == bindparam("key")).with_for_update(read=True)
_INSERT: Final = insert(roles)
_UPDATE: Final = update(roles).where(roles.c.id == bindparam("role_id"))
_IN_USE: Final = select(users.c.id).where(users.c.role_id == bindparam("used_id")).limit(1)
_DELETE: Final = delete(roles).where(roles.c.id == bindparam("role_id"))
_COUNT: Final = select(func.count()).select_from(roles)
_PAGE: Final = only_page(select(roles).order_by(roles.c.id))


class SqlRoles:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, role: StaffRole) -> None:
        values = {"id": role.id, "created_at": role.created_at, **_row_of(role)}
        await self._connection.defer(_INSERT, values)

    async def lock(self, role_id: str) -> StaffRole | None:
        row = (await self._connection.execute(_LOCK, {"role_id": role_id})).one_or_none()
        return None if row is None else _role_of(row)

    async def lock_by_name(self, name: str) -> StaffRole | None:
        row = (await self._connection.execute(_LOCK_BY_NAME, {"key": role_name_key(name)})).one_or_none()
        return None if row is None else _role_of(row)

    async def save(self, role: StaffRole) -> None:
        await self._connection.defer(_UPDATE, {"role_id": role.id, **_row_of(role)})

    async def is_in_use(self, role_id: str) -> bool:
        found = await self._connection.execute(_IN_USE, {"used_id": role_id})
        return found.first() is not None

    async def delete(self, role_id: str) -> None:
        await self._connection.defer(_DELETE, {"role_id": role_id})


class SqlRoleQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, page: int, limit: int) -> Page[RoleView]:
        return await counted_page(
            self._database, _COUNT, _PAGE, {}, lambda row: RoleView.of(_role_of(row)), page=page, limit=limit
        )

    async def role(self, role_id: str) -> RoleView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_BY_ID, {"role_id": role_id})).one_or_none()
        return None if row is None else RoleView.of(_role_of(row))


def role_of_row(row: Row[Any]) -> Role:
    """The role of a user, by the columns `role`, `role_id` and ROLE_COLUMNS."""
    if row.role_id is None:
        return BUILT_IN[row.role]
    return Role(row.role_name, with_reads(permissions_of(row.role_permissions)), row.role_id)


def text_of(permissions: Permissions) -> str:
    """Permissions as a column keeps them."""
    return ",".join(permission.value for permission in in_order(permissions))


def permissions_of(text: str) -> Permissions:
    """The permissions of such a column."""
    return frozenset(Permission(value) for value in text.split(",") if value)


def _row_of(role: StaffRole) -> dict[str, Any]:
    return {
        "name": role.name,
        "name_key": role.name_key,
        "permissions": text_of(role.permissions),
        "version": role.version,
    }


def _role_of(row: Row[Any]) -> StaffRole:
    return StaffRole(
        id=row.id,
        name=row.name,
        permissions=permissions_of(row.permissions),
        created_at=row.created_at,
        version=row.version,
    )
