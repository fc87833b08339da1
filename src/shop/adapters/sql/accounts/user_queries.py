"""Reads of users outside transactions, on MySQL and SQLite."""

from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    bindparam,
    func,
    select,
    true,
    union,
)

from shop.adapters.sql.accounts.roles import ROLE_COLUMNS, USERS_WITH_ROLES, role_of_row
from shop.adapters.sql.accounts.tables import sessions, users
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.framework.statements import END_OF_RANGE, NIL_ID
from shop.application.accounts.views import ProfileView, SessionView, UserView
from shop.application.framework.views import Page
from shop.application.ports.accounts import USER_SEARCH_LIMIT
from shop.domain.accounts.credentials import search_key, username_key
from shop.domain.accounts.user import Principal

_PRINCIPAL: Final = (
    select(users.c.id, users.c.username, users.c.role, users.c.role_id, users.c.totp_enabled, *ROLE_COLUMNS)
    .select_from(sessions.join(USERS_WITH_ROLES, users.c.id == sessions.c.user_id))
    .where(
        sessions.c.id == bindparam("session_id"), sessions.c.revoked_at.is_(None), users.c.active == true()
    )
)
ID_BY_USERNAME: Final = (
    select(users.c.id).where(users.c.username_key == bindparam("username")).scalar_subquery()
)
"""The id of the user with the bound, folded `username`; closed accounts are included."""
_VIEW: Final = select(
    users.c.id,
    users.c.username,
    users.c.role,
    users.c.role_id,
    *ROLE_COLUMNS,
    users.c.active,
    users.c.display_name,
    users.c.email,
    users.c.email_verified,
    users.c.totp_enabled,
    users.c.created_at,
    users.c.version,
).select_from(USERS_WITH_ROLES)
_OPEN: Final = users.c.closed_at.is_(None)
_BY_ID: Final = _VIEW.where(users.c.id == bindparam("user_id"), _OPEN)
_BY_USERNAME: Final = _VIEW.where(users.c.username_key == bindparam("key"), _OPEN)
_COUNT: Final = select(func.count()).select_from(users).where(_OPEN)


def _page_of(ids: Select[Any]) -> Select[Any]:
    """Return the users of one page of ids. An index gives the ids; only the rows shown are read."""
    shown = only_page(ids.order_by(ids.selected_columns.id)).subquery()
    return _VIEW.join(shown, shown.c.id == users.c.id).order_by(users.c.id)


def _found_by(key: Column[Any], index: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Return the ids of users whose key has the searched prefix: an index range, read up to USER_SEARCH_LIMIT rows.

    A range instead of LIKE: it has no wildcards to escape, and both databases use the index for it.
    """
    # For a frequent prefix, MySQL would prefer a full scan and a sort.
    ids = (
        select(users.c.id)
        .where(key >= bindparam("begin"), key < bindparam("end"), *conditions)
        .order_by(key, users.c.id)
        .limit(USER_SEARCH_LIMIT)
        .with_hint(users, f"FORCE INDEX ({index})", "mysql")
        .subquery()
    )
    return select(ids.c.id)


_PAGE: Final = _page_of(select(users.c.id).where(_OPEN))
# Closed accounts have no address or display name. UNION instead of OR: each part uses its own index.
FOUND_USERS: Final[FromClause] = union(
    _found_by(users.c.username_key, "uq_users_username", _OPEN),
    _found_by(users.c.email_key, "uq_users_email"),
    _found_by(users.c.display_name_key, "ix_users_display_name_key"),
).subquery()
"""The ids of the users with a field from the bound `begin` up to `end`."""
_FOUND_COUNT: Final = select(func.count()).select_from(FOUND_USERS)
_FOUND_PAGE: Final = _page_of(select(FOUND_USERS.c.id))
_NEXT: Final = (
    _VIEW.where(users.c.id > bindparam("after"), _OPEN)
    .order_by(users.c.id)
    .limit(bindparam("most", type_=Integer))
)


_SESSIONS: Final = (
    select(sessions.c.id, sessions.c.created_at, sessions.c.expires_at, sessions.c.revoked_at)
    .where(sessions.c.user_id == bindparam("user_id"))
    .order_by(sessions.c.created_at, sessions.c.id)
)


class SqlUserQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def principal(self, session_id: str) -> Principal | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_PRINCIPAL, {"session_id": session_id})).one_or_none()
        if row is None:
            return None
        return Principal(
            row.id, row.username, role_of_row(row), session_id, has_second_factor=row.totp_enabled
        )

    async def user(self, user_id: str) -> UserView | None:
        return await self._one(_BY_ID, {"user_id": user_id})

    async def user_by_username(self, username: str) -> UserView | None:
        key = username_key(username)
        return await self._one(_BY_USERNAME, {"key": key}) if key else None

    async def sessions(self, user_id: str) -> list[SessionView]:
        async with self._database.reading() as connection:
            rows = await connection.execute(_SESSIONS, {"user_id": user_id})
            return [SessionView(row.id, row.created_at, row.expires_at, row.revoked_at) for row in rows]

    async def page(self, page: int, limit: int, search: str = "") -> Page[UserView]:
        begin = search_key(search)
        count, rows = (_FOUND_COUNT, _FOUND_PAGE) if begin else (_COUNT, _PAGE)
        values = {"begin": begin, "end": begin + END_OF_RANGE} if begin else {}
        return await counted_page(self._database, count, rows, values, _view_of_row, page=page, limit=limit)

    async def walk(self, after: str, limit: int) -> list[UserView]:
        values = {"after": after or NIL_ID, "most": limit}
        async with self._database.reading() as connection:
            return [_view_of_row(row) for row in await connection.execute(_NEXT, values)]

    async def _one(self, statement: Select[Any], values: dict[str, str]) -> UserView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(statement, values)).one_or_none()
        return None if row is None else _view_of_row(row)


def _view_of_row(row: Any) -> UserView:
    return UserView(
        id=row.id,
        username=row.username,
        role=role_of_row(row).name,
        active=row.active,
        totp_enabled=row.totp_enabled,
        profile=ProfileView(row.display_name, row.email, row.email_verified),
        created_at=row.created_at,
        version=row.version,
    )
