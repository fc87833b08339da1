"""Users, sessions and login attempts in memory."""

import asyncio
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from shop.adapters.memory.framework.store import Store, Transaction
from shop.application.accounts.views import SessionView, UserView
from shop.application.framework.views import Page
from shop.application.ports.accounts import USER_SEARCH_LIMIT
from shop.domain.accounts.credentials import email_key, search_key, username_key
from shop.domain.accounts.login_attempt import LoginAttempt
from shop.domain.accounts.session import Session
from shop.domain.accounts.user import Principal, User

USERS: Final = "users"
_SESSIONS: Final = "sessions"
_SESSIONS_OF_USER: Final = "sessions_of_user"
"""User id -> the ids of all their sessions: one row, so that locking it rereads all of them."""
_SPENT: Final = "spent_refresh_tokens"
_COUNTERS: Final = "login_counters"
"""Digest of an account or an address -> its attempts: one row, so that locking it rereads all of them."""

UNIQUE_KEYS: Final[Mapping[str, Mapping[str, Callable[[Any], Hashable | None]]]] = {
    USERS: {
        "uq_users_username": lambda user: user.username_key,
        "uq_users_email": lambda user: user.email_key,
        "ix_users_verified_email_digest": lambda user: user.verified_email_digest,
    },
    _SESSIONS: {"uq_sessions_refresh_digest": lambda session: session.refresh_digest},
}


@dataclass(frozen=True, slots=True)
class _SpentToken:
    digest: bytes
    session_id: str


@dataclass(frozen=True, slots=True)
class _Counter:
    subject: bytes
    attempts: tuple[LoginAttempt, ...]


class MemoryUsers:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, user: User) -> None:
        await self._transaction.put(USERS, user.id, user)

    async def get(self, user_id: str) -> User | None:
        return await self._transaction.get(USERS, user_id)

    async def find(self, login_name: str) -> User | None:
        return _found(await self._transaction.scan(USERS), login_name)

    async def lock(self, user_id: str) -> User | None:
        await self._transaction.lock(USERS, user_id)
        return await self.get(user_id)

    async def lock_by_username(self, username: str) -> User | None:
        key = username_key(username)
        found = _found(await self._transaction.scan(USERS), username) if key else None
        user = await self.lock(found.id) if found else None
        return user if user is not None and user.username_key == key and user.closed_at is None else None

    async def lock_active_admins(self) -> frozenset[str]:
        admins = sorted(user.id for user in await self._transaction.scan(USERS) if user.is_active_admin)
        locked = [await self.lock(user_id) for user_id in admins]
        return frozenset(user.id for user in locked if user is not None and user.is_active_admin)

    async def save(self, user: User) -> None:
        await self._transaction.put(USERS, user.id, user)

    async def replace_password_hash(self, user: User, password_hash: str) -> None:
        current = await self.lock(user.id)
        if current is not None and current.password_hash == user.password_hash:
            await self.save(current.change_password(password_hash))


def _found(users: list[User], login_name: str) -> User | None:
    if key := username_key(login_name):
        return next((user for user in users if user.username_key == key and user.closed_at is None), None)
    if key := email_key(login_name):
        return next((user for user in users if user.email_key == key), None)
    return None


class MemorySessions:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def open(self, session: Session, password_hash: str) -> bool:
        await self._transaction.lock(USERS, session.user_id)
        user: User | None = await self._transaction.get(USERS, session.user_id)
        if user is None or not user.active or user.password_hash != password_hash:
            return False
        ids = await self._lock_ids(session.user_id)
        await self._transaction.put(_SESSIONS_OF_USER, session.user_id, ids | {session.id})
        await self._transaction.put(_SESSIONS, session.id, session)
        return True

    async def find_by_refresh_digest(self, digest: bytes) -> Session | None:
        sessions: list[Session] = await self._transaction.scan(_SESSIONS)
        return next((session for session in sessions if session.refresh_digest == digest), None)

    async def find_by_spent_digest(self, digest: bytes) -> Session | None:
        spent: _SpentToken | None = await self._transaction.get(_SPENT, digest)
        if spent is None:
            return None
        session: Session | None = await self._transaction.get(_SESSIONS, spent.session_id)
        return session

    async def refresh(self, before: Session, after: Session) -> bool:
        current = await self._lock(before.id)
        if current is None or current.revoked_at or current.refresh_digest != before.refresh_digest:
            return False
        await self._transaction.put(_SESSIONS, after.id, after)
        spent = _SpentToken(before.refresh_digest, before.id)
        await self._transaction.put(_SPENT, spent.digest, spent)
        return True

    async def revoke(self, session_id: str, at: datetime) -> None:
        session = await self._lock(session_id)
        if session is not None and session.revoked_at is None:
            await self._transaction.put(_SESSIONS, session_id, replace(session, revoked_at=at))

    async def revoke_all(self, user_id: str, at: datetime, keep: str | None = None) -> None:
        for session_id in sorted(await self._lock_ids(user_id)):
            if session_id != keep:
                await self.revoke(session_id, at)

    async def delete_expired_before(self, moment: datetime, limit: int) -> int:
        sessions: list[Session] = await self._transaction.scan(_SESSIONS)
        expired = [session for session in sessions if session.expires_at < moment]
        expired.sort(key=lambda session: session.expires_at)
        deleted = {session.id for session in expired[:limit]}
        for session in expired[:limit]:
            ids = await self._lock_ids(session.user_id)
            await self._transaction.put(_SESSIONS_OF_USER, session.user_id, ids - {session.id})
            await self._transaction.delete(_SESSIONS, session.id)
        spent: list[_SpentToken] = await self._transaction.scan(_SPENT)
        for token in spent:
            if token.session_id in deleted:
                await self._transaction.delete(_SPENT, token.digest)
        return len(deleted)

    async def _lock(self, session_id: str) -> Session | None:
        await self._transaction.lock(_SESSIONS, session_id)
        session: Session | None = await self._transaction.get(_SESSIONS, session_id)
        return session

    async def _lock_ids(self, user_id: str) -> frozenset[str]:
        await self._transaction.lock(_SESSIONS_OF_USER, user_id)
        return await self._transaction.get(_SESSIONS_OF_USER, user_id) or frozenset()


class MemoryLoginAttempts:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lock_counters(self, attempt: LoginAttempt, since: datetime) -> list[LoginAttempt]:
        found: dict[str, LoginAttempt] = {}
        for subject in sorted((attempt.account, attempt.address)):
            found.update((one.id, one) for one in await self._lock(subject) if one.at > since)
        return list(found.values())

    async def add(self, attempt: LoginAttempt) -> None:
        for subject in sorted((attempt.account, attempt.address)):
            await self._put(subject, (*await self._lock(subject), attempt))

    async def mark_failed(self, attempt: LoginAttempt) -> None:
        for subject in sorted((attempt.account, attempt.address)):
            attempts = await self._lock(subject)
            await self._put(
                subject, tuple(replace(one, failed=True) if one.id == attempt.id else one for one in attempts)
            )

    async def remove(self, attempt: LoginAttempt) -> None:
        for subject in sorted((attempt.account, attempt.address)):
            attempts = await self._lock(subject)
            await self._put(subject, tuple(one for one in attempts if one.id != attempt.id))

    async def delete_before(self, moment: datetime, limit: int) -> int:
        counters: list[_Counter] = await self._transaction.scan(_COUNTERS)
        everything = {one.id: one for counter in counters for one in counter.attempts if one.at < moment}
        old = sorted(everything.values(), key=lambda one: one.at)[:limit]
        for attempt in old:
            await self.remove(attempt)
        return len(old)

    async def _lock(self, subject: bytes) -> tuple[LoginAttempt, ...]:
        await self._transaction.lock(_COUNTERS, subject)
        counter: _Counter | None = await self._transaction.get(_COUNTERS, subject)
        return counter.attempts if counter else ()

    async def _put(self, subject: bytes, attempts: tuple[LoginAttempt, ...]) -> None:
        if attempts:
            await self._transaction.put(_COUNTERS, subject, _Counter(subject, attempts))
        else:
            await self._transaction.delete(_COUNTERS, subject)


_SEARCHED: Final[tuple[Callable[[User], str | None], ...]] = (
    lambda user: user.username_key,
    lambda user: user.email_key,
    lambda user: user.display_name_key,
)


def _beginning_with(begin: str, users: list[User]) -> list[User]:
    """Return the users with a name or an address that has this prefix, unordered."""
    found: dict[str, User] = {}
    for key_of in _SEARCHED:
        fitting = [(key, user.id, user) for user in users if (key := key_of(user)) and key.startswith(begin)]
        found.update((user_id, user) for _, user_id, user in sorted(fitting)[:USER_SEARCH_LIMIT])
    return list(found.values())


class MemoryUserQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def principal(self, session_id: str) -> Principal | None:
        await asyncio.sleep(0)
        session: Session | None = self._store.tables[_SESSIONS].get(session_id)
        if session is None or session.revoked_at is not None:
            return None
        user: User = self._store.tables[USERS][session.user_id]
        if not user.active:
            return None
        return Principal(user.id, user.username, user.role, session_id, has_second_factor=user.totp_enabled)

    async def user(self, user_id: str) -> UserView | None:
        await asyncio.sleep(0)
        user: User | None = self._store.tables[USERS].get(user_id)
        return UserView.of(user) if user is not None and user.closed_at is None else None

    async def user_by_username(self, username: str) -> UserView | None:
        found = _found(await self._open_users(), username) if username_key(username) else None
        return UserView.of(found) if found else None

    async def sessions(self, user_id: str) -> list[SessionView]:
        await asyncio.sleep(0)
        every: list[Session] = list(self._store.tables[_SESSIONS].values())
        found = [session for session in every if session.user_id == user_id]
        found.sort(key=lambda session: (session.created_at, session.id))
        return [
            SessionView(session.id, session.created_at, session.expires_at, session.revoked_at)
            for session in found
        ]

    async def page(self, page: int, limit: int, search: str = "") -> Page[UserView]:
        users = await self._open_users()
        if begin := search_key(search):
            users = _beginning_with(begin, users)
        users.sort(key=lambda user: user.id)
        shown = users[(page - 1) * limit : page * limit]
        return Page(page, limit, len(users), [UserView.of(user) for user in shown])

    async def walk(self, after: str, limit: int) -> list[UserView]:
        users = sorted(
            (user for user in await self._open_users() if user.id > after), key=lambda user: user.id
        )
        return [UserView.of(user) for user in users[:limit]]

    async def _open_users(self) -> list[User]:
        await asyncio.sleep(0)
        return [user for user in self._store.tables[USERS].values() if user.closed_at is None]
