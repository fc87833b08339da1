"""Users, sessions and login attempts for the contract suites, and helpers that store them."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

from shop.adapters.security.secrets import RandomIds
from shop.domain.accounts.login_attempt import LoginAttempt
from shop.domain.accounts.role import Role
from shop.domain.accounts.session import Session
from shop.domain.accounts.user import User

NOW = datetime(2026, 3, 14, 9, 26, 53, 589793, UTC)
_ids = RandomIds()
_numbers = count()


def user(username: str = "Ada", **fields: Any) -> User:
    values = {"password_hash": "hash", "role": Role.CUSTOMER, "created_at": NOW, **fields}
    return User(id=_ids.new_id(), username=username, **values)


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def session(owner: User, **fields: Any) -> Session:
    values = {"created_at": NOW, "expires_at": NOW + timedelta(days=30), **fields}
    return Session(
        id=_ids.new_id(), user_id=owner.id, refresh_digest=digest(f"token {next(_numbers)}"), **values
    )


def attempt(account: str = "ada", address: str = "192.0.2.1", at: datetime = NOW) -> LoginAttempt:
    return LoginAttempt(_ids.new_id(), digest(account), digest(address), at)


async def stored(storage: Any, *users: User) -> None:
    for one in users:
        async with storage.unit_of_work() as work:
            await work.users.add(one)


async def saved(storage: Any, changed: User) -> None:
    async with storage.unit_of_work() as work:
        await work.users.lock(changed.id)
        await work.users.save(changed)


async def opened(storage: Any, *sessions: Session) -> None:
    for one in sessions:
        async with storage.unit_of_work() as work:
            assert await work.sessions.open(one, "hash")
