"""Plain reads of users on MySQL and SQLite."""

from typing import Any, Final

from sqlalchemy import Integer, Select, bindparam, func, select, true

from shop.adapters.sql.database import Database
from shop.adapters.sql.pages import counted_page
from shop.adapters.sql.tables.accounts import sessions, users
from shop.application.account_views import ProfileView, UserView
from shop.application.views import Page
from shop.domain.user import Principal, Role, username_key

_PRINCIPAL: Final = (
    select(users.c.id, users.c.username, users.c.role)
    .select_from(sessions.join(users, users.c.id == sessions.c.user_id))
    .where(
        sessions.c.id == bindparam("session_id"), sessions.c.revoked_at.is_(None), users.c.active == true()
    )
)
ID_BY_USERNAME: Final = (
    select(users.c.id).where(users.c.username_key == bindparam("username")).scalar_subquery()
)
"""The user whose `username`, folded, is bound; closed accounts have one, too."""
_VIEW: Final = select(
    users.c.id,
    users.c.username,
    users.c.role,
    users.c.active,
    users.c.display_name,
    users.c.email,
    users.c.created_at,
    users.c.version,
)
_OPEN: Final = users.c.closed_at.is_(None)
_BY_ID: Final = _VIEW.where(users.c.id == bindparam("user_id"), _OPEN)
_BY_USERNAME: Final = _VIEW.where(users.c.username_key == bindparam("key"), _OPEN)
_COUNT: Final = select(func.count()).select_from(users).where(_OPEN)
# The ids of a page are walked to in an index; only the rows shown are read.
_IDS: Final = (
    select(users.c.id)
    .where(_OPEN)
    .order_by(users.c.id)
    .limit(bindparam("most", type_=Integer))
    .offset(bindparam("skipped", type_=Integer))
    .subquery()
)
_PAGE: Final = _VIEW.join(_IDS, _IDS.c.id == users.c.id).order_by(users.c.id)


class SqlUserQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def principal(self, session_id: str) -> Principal | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_PRINCIPAL, {"session_id": session_id})).one_or_none()
        return None if row is None else Principal(row.id, row.username, Role(row.role), session_id)

    async def user(self, user_id: str) -> UserView | None:
        return await self._one(_BY_ID, {"user_id": user_id})

    async def user_by_username(self, username: str) -> UserView | None:
        key = username_key(username)
        return await self._one(_BY_USERNAME, {"key": key}) if key else None

    async def page(self, page: int, limit: int) -> Page[UserView]:
        return await counted_page(self._database, _COUNT, _PAGE, {}, _view_of_row, page=page, limit=limit)

    async def _one(self, statement: Select[Any], values: dict[str, str]) -> UserView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(statement, values)).one_or_none()
        return None if row is None else _view_of_row(row)


def _view_of_row(row: Any) -> UserView:
    return UserView(
        id=row.id,
        username=row.username,
        role=Role(row.role),
        active=row.active,
        profile=ProfileView(display_name=row.display_name, email=row.email),
        created_at=row.created_at,
        version=row.version,
    )
