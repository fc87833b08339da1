"""Users and their sessions on MySQL and SQLite."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, true, update

from shop.adapters.sql.accounts.roles import ROLE_COLUMNS, USERS_WITH_ROLES, role_of_row
from shop.adapters.sql.accounts.tables import sessions, spent_refresh_tokens, users
from shop.adapters.sql.framework.execution import DirectConnection
from shop.domain.accounts.credentials import email_key, username_key
from shop.domain.accounts.role import Role
from shop.domain.accounts.session import Session
from shop.domain.accounts.user import User

_USER: Final = select(users, *ROLE_COLUMNS).select_from(USERS_WITH_ROLES)
_USER_BY_ID: Final = _USER.where(users.c.id == bindparam("user_id"))
_USER_BY_USERNAME: Final = _USER.where(users.c.username_key == bindparam("key"), users.c.closed_at.is_(None))
_USER_BY_EMAIL: Final = _USER.where(users.c.email_key == bindparam("key"))
_LOCK_USER_BY_ID: Final = _USER_BY_ID.with_for_update(of=users)
_LOCK_USER_BY_USERNAME: Final = _USER_BY_USERNAME.with_for_update(of=users)
_LOCK_ACTIVE_ADMINS: Final = (
    select(users.c.id)
    .where(users.c.role == Role.ADMIN.name, users.c.active == true())
    .order_by(users.c.id)
    .with_for_update()
)
_INSERT_USER: Final = insert(users)
_UPDATE_USER: Final = update(users).where(users.c.id == bindparam("user_id"))
_REPLACE_HASH: Final = (
    update(users)
    .where(users.c.id == bindparam("user_id"), users.c.password_hash == bindparam("old_hash"))
    .values(password_hash=bindparam("new_hash"))
)


class SqlUsers:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, user: User) -> None:
        await self._connection.defer(
            _INSERT_USER, {"id": user.id, "created_at": user.created_at, **row_of_user(user)}
        )

    async def get(self, user_id: str) -> User | None:
        return await self._one(_USER_BY_ID, user_id=user_id)

    async def find(self, login_name: str) -> User | None:
        if key := username_key(login_name):
            return await self._one(_USER_BY_USERNAME, key=key)
        if key := email_key(login_name):
            return await self._one(_USER_BY_EMAIL, key=key)
        return None

    async def lock(self, user_id: str) -> User | None:
        return await self._one(_LOCK_USER_BY_ID, user_id=user_id)

    async def lock_by_username(self, username: str) -> User | None:
        key = username_key(username)
        return await self._one(_LOCK_USER_BY_USERNAME, key=key) if key else None

    async def lock_active_admins(self) -> frozenset[str]:
        return frozenset((await self._connection.execute(_LOCK_ACTIVE_ADMINS)).scalars())

    async def save(self, user: User) -> None:
        await self._connection.defer(_UPDATE_USER, {"user_id": user.id, **row_of_user(user)})

    async def replace_password_hash(self, user: User, password_hash: str) -> None:
        values = {"user_id": user.id, "old_hash": user.password_hash, "new_hash": password_hash}
        await self._connection.defer(_REPLACE_HASH, values)

    async def _one(self, statement: Any, **values: Any) -> User | None:
        row = (await self._connection.execute(statement, values)).one_or_none()
        return None if row is None else _user_of_row(row)


def row_of_user(user: User) -> dict[str, Any]:
    """Return all columns that can change."""
    return {
        "username": user.username,
        "username_key": user.username_key,
        "email": user.email,
        "email_key": user.email_key,
        "email_verified": user.email_verified,
        "verified_email_digest": user.verified_email_digest,
        "totp_enabled": user.totp_enabled,
        "display_name": user.display_name,
        "display_name_key": user.display_name_key,
        "password_hash": user.password_hash,
        "role": Role.CUSTOMER.name if user.role.id is not None else user.role.name,
        "role_id": user.role.id,
        "active": user.active,
        "closed_at": user.closed_at,
        "version": user.version,
    }


def _user_of_row(row: Row[Any]) -> User:
    return User(
        id=row.id,
        username=row.username,
        password_hash=row.password_hash,
        role=role_of_row(row),
        display_name=row.display_name,
        email=row.email,
        email_verified=row.email_verified,
        verified_email_digest=row.verified_email_digest,
        totp_enabled=row.totp_enabled,
        created_at=row.created_at,
        active=row.active,
        closed_at=row.closed_at,
        version=row.version,
    )


_SESSION_COLUMNS: Final = (
    "id",
    "user_id",
    "refresh_digest",
    "created_at",
    "expires_at",
    "revoked_at",
    "rotated_at",
)
# A password change locks the user first. The shared lock makes it wait until this session is stored, then end it.
_OPEN_SESSION: Final = (
    insert(sessions)
    .from_select(
        _SESSION_COLUMNS,
        select(*(bindparam(f"new_{name}", type_=sessions.c[name].type) for name in _SESSION_COLUMNS))
        .select_from(users)
        .where(
            users.c.id == bindparam("new_user_id"),
            users.c.active == true(),
            users.c.password_hash == bindparam("password_hash"),
        )
        .with_for_update(read=True),
    )
    .execution_options(preserve_rowcount=True)
)
_SESSION_BY_DIGEST: Final = select(sessions).where(sessions.c.refresh_digest == bindparam("digest"))
_SESSION_BY_SPENT_DIGEST: Final = (
    select(sessions)
    .join(spent_refresh_tokens, spent_refresh_tokens.c.session_id == sessions.c.id)
    .where(spent_refresh_tokens.c.digest == bindparam("digest"))
)
_REFRESH_SESSION: Final = (
    update(sessions)
    .where(
        sessions.c.id == bindparam("session_id"),
        sessions.c.refresh_digest == bindparam("spent_digest"),
        sessions.c.revoked_at.is_(None),
    )
    .values(
        refresh_digest=bindparam("digest"), expires_at=bindparam("expires"), rotated_at=bindparam("rotated")
    )
)
_INSERT_SPENT_TOKEN: Final = insert(spent_refresh_tokens)
_REVOKE: Final = update(sessions).where(sessions.c.revoked_at.is_(None)).values(revoked_at=bindparam("at"))
_REVOKE_ONE: Final = _REVOKE.where(sessions.c.id == bindparam("session_id"))
_REVOKE_ALL: Final = _REVOKE.where(sessions.c.user_id == bindparam("owner_id"))
_REVOKE_OTHERS: Final = _REVOKE_ALL.where(sessions.c.id != bindparam("kept_id"))
_EXPIRED_SESSIONS: Final = (
    select(sessions.c.id)
    .where(sessions.c.expires_at < bindparam("moment"))
    .order_by(sessions.c.expires_at)
    .limit(bindparam("most"))
)
_DELETE_SESSIONS: Final = delete(sessions).where(sessions.c.id.in_(bindparam("ids", expanding=True)))


class SqlSessions:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def open(self, session: Session, password_hash: str) -> bool:
        values = {**_row_of_session(session), "password_hash": password_hash}
        return (await self._connection.execute(_OPEN_SESSION, values)).rowcount == 1

    async def find_by_refresh_digest(self, digest: bytes) -> Session | None:
        return await self._one(_SESSION_BY_DIGEST, digest)

    async def find_by_spent_digest(self, digest: bytes) -> Session | None:
        return await self._one(_SESSION_BY_SPENT_DIGEST, digest)

    async def refresh(self, before: Session, after: Session) -> bool:
        values = {
            "session_id": before.id,
            "spent_digest": before.refresh_digest,
            "digest": after.refresh_digest,
            "expires": after.expires_at,
            "rotated": after.rotated_at,
        }
        if (await self._connection.execute(_REFRESH_SESSION, values)).rowcount != 1:
            return False
        spent = {"digest": before.refresh_digest, "session_id": before.id}
        await self._connection.defer(_INSERT_SPENT_TOKEN, spent)
        return True

    async def revoke(self, session_id: str, at: datetime) -> None:
        await self._connection.defer(_REVOKE_ONE, {"session_id": session_id, "at": at})

    async def revoke_all(self, user_id: str, at: datetime, keep: str | None = None) -> None:
        values = {"owner_id": user_id, "at": at}
        if keep is None:
            await self._connection.defer(_REVOKE_ALL, values)
        else:
            await self._connection.defer(_REVOKE_OTHERS, {**values, "kept_id": keep})

    async def delete_expired_before(self, moment: datetime, limit: int) -> int:
        found = await self._connection.execute(_EXPIRED_SESSIONS, {"moment": moment, "most": limit})
        ids = found.scalars().all()
        if ids:
            await self._connection.defer(_DELETE_SESSIONS, {"ids": ids})
        return len(ids)

    async def _one(self, statement: Any, digest: bytes) -> Session | None:
        row = (await self._connection.execute(statement, {"digest": digest})).one_or_none()
        return None if row is None else _session_of_row(row)


def _row_of_session(session: Session) -> dict[str, Any]:
    return {f"new_{name}": getattr(session, name) for name in _SESSION_COLUMNS}


def _session_of_row(row: Row[Any]) -> Session:
    return Session(
        id=row.id,
        user_id=row.user_id,
        refresh_digest=row.refresh_digest,
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        rotated_at=row.rotated_at,
    )
