"""API keys on MySQL and SQLite."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, insert, or_, select, true, update

from shop.adapters.sql.accounts.roles import (
    ROLE_COLUMNS,
    USERS_WITH_ROLES,
    permissions_of,
    role_of_row,
    text_of,
)
from shop.adapters.sql.accounts.tables import api_keys, users
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.application.accounts.views import ApiKeyView
from shop.application.framework.views import Page
from shop.application.ports.accounts import ActiveApiKey
from shop.domain.accounts.api_key import ApiKey
from shop.domain.accounts.permissions import with_reads
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal

_USABLE: Final = api_keys.c.revoked_at.is_(None)
_BY_ID: Final = select(api_keys).where(api_keys.c.id == bindparam("key_id"), _USABLE)
_LOCK: Final = _BY_ID.with_for_update()
_INSERT: Final = insert(api_keys)
_UPDATE: Final = update(api_keys).where(api_keys.c.id == bindparam("key_id"))
_RECORD_USE: Final = (
    update(api_keys)
    .where(
        api_keys.c.digest == bindparam("used_digest"),
        or_(api_keys.c.last_used_at.is_(None), api_keys.c.last_used_at <= bindparam("before")),
    )
    .values(last_used_at=bindparam("used_at"))
)
_COUNT: Final = select(func.count()).select_from(api_keys).where(_USABLE)
_PAGE: Final = only_page(select(api_keys).where(_USABLE).order_by(api_keys.c.id))
_ACTIVE_KEY: Final = (
    select(
        api_keys.c.id.label("key_id"),
        api_keys.c.permissions,
        api_keys.c.expires_at,
        api_keys.c.last_used_at,
        users.c.id,
        users.c.username,
        users.c.role,
        users.c.role_id,
        *ROLE_COLUMNS,
    )
    .select_from(USERS_WITH_ROLES.join(api_keys, api_keys.c.made_by == users.c.id))
    .where(api_keys.c.digest == bindparam("digest"), _USABLE, users.c.active == true())
)


class SqlApiKeys:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, key: ApiKey) -> None:
        values = {
            "id": key.id,
            "prefix": key.prefix,
            "digest": key.digest,
            "made_by": key.made_by,
            "created_at": key.created_at,
            **_row_of(key),
        }
        await self._connection.defer(_INSERT, values)

    async def lock(self, key_id: str) -> ApiKey | None:
        row = (await self._connection.execute(_LOCK, {"key_id": key_id})).one_or_none()
        return None if row is None else _key_of(row)

    async def save(self, key: ApiKey) -> None:
        await self._connection.defer(_UPDATE, {"key_id": key.id, **_row_of(key)})

    async def record_use(self, digest: bytes, at: datetime, before: datetime) -> None:
        values = {"used_digest": digest, "used_at": at, "before": before}
        await self._connection.defer(_RECORD_USE, values)


class SqlApiKeyQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, page: int, limit: int) -> Page[ApiKeyView]:
        return await counted_page(
            self._database, _COUNT, _PAGE, {}, lambda row: ApiKeyView.of(_key_of(row)), page=page, limit=limit
        )

    async def key(self, key_id: str) -> ApiKeyView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_BY_ID, {"key_id": key_id})).one_or_none()
        return None if row is None else ApiKeyView.of(_key_of(row))

    async def active(self, digest: bytes) -> ActiveApiKey | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_ACTIVE_KEY, {"digest": digest})).one_or_none()
        if row is None:
            return None
        makers_role = role_of_row(row)
        permissions = makers_role.permissions & with_reads(permissions_of(row.permissions))
        role = Role(makers_role.name, permissions, makers_role.id)
        principal = Principal(row.id, row.username, role, row.key_id, api_key=row.key_id)
        return ActiveApiKey(principal, row.expires_at, row.last_used_at)


def _row_of(key: ApiKey) -> dict[str, Any]:
    return {
        "name": key.name,
        "name_key": key.name_key,
        "permissions": text_of(key.permissions),
        "expires_at": key.expires_at,
        "revoked_at": key.revoked_at,
        "version": key.version,
    }


def _key_of(row: Row[Any]) -> ApiKey:
    return ApiKey(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        digest=row.digest,
        permissions=permissions_of(row.permissions),
        made_by=row.made_by,
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
        version=row.version,
    )
