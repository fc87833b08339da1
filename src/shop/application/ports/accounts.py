"""Users, their sessions, their failed logins; what hashes passwords and signs tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from shop.application.accounts.views import UserView
from shop.application.framework.views import Page
from shop.domain.accounts.login_attempt import LoginAttempt
from shop.domain.accounts.session import Session
from shop.domain.accounts.user import Principal, User


@runtime_checkable
class Users(Protocol):
    """Everybody who has or had an account. Closed accounts have no name to be found by."""

    async def add(self, user: User) -> None:
        """Store a new user. A taken name or email raises UsernameTaken or EmailTaken (here or at commit)."""

    async def get(self, user_id: str) -> User | None:
        """The user, closed or not."""

    async def find(self, login_name: str) -> User | None:
        """The user whose username or email this is, compared without case."""

    async def lock(self, user_id: str) -> User | None:
        """The user, *locked*; None if there is none. No session can be opened for a locked user."""

    async def lock_by_username(self, username: str) -> User | None:
        """The user of this name, compared without case, *locked*; None if there is none."""

    async def lock_active_admins(self) -> frozenset[str]:
        """The ids of all active admins, *locked*, in their order. To be called before other locks."""

    async def save(self, user: User) -> None:
        """Store a changed user whom this unit of work has locked. EmailTaken as for `add`."""

    async def replace_password_hash(self, user: User, password_hash: str) -> None:
        """Store another hash of the same password, unless the password was changed since `user` was read."""


@runtime_checkable
class Sessions(Protocol):
    """Logins and their refresh tokens, of which only digests are stored."""

    async def open(self, session: Session, password_hash: str) -> bool:
        """Store a new session if its user is active and their password's hash is still this one; else False.

        The user stays *locked* against changes, so that a session can't slip past a change of password.
        """

    async def find_by_refresh_digest(self, digest: bytes) -> Session | None:
        """The session whose current refresh token this is, live or not."""

    async def find_by_spent_digest(self, digest: bytes) -> Session | None:
        """The session that had this refresh token before its current one."""

    async def refresh(self, before: Session, after: Session) -> bool:
        """Give a session its next refresh token and remember the old one as spent.

        False, and nothing is changed, when `before` is no longer how it stands: somebody else was first, or
        the session was revoked. Of any number of calls with the same `before` exactly one gets True.
        """

    async def revoke(self, session_id: str, at: datetime) -> None:
        """End a session. Nothing happens to one that has ended."""

    async def revoke_all(self, user_id: str, at: datetime, keep: str | None = None) -> None:
        """End every session of a user, but the one whose id is `keep`."""

    async def delete_expired_before(self, moment: datetime, limit: int) -> int:
        """Forget at most `limit` sessions that expired before the moment; how many it were."""


@runtime_checkable
class LoginAttempts(Protocol):
    """Passwords that are being compared or were wrong lately."""

    async def lock_counters(self, attempt: LoginAttempt, since: datetime) -> list[LoginAttempt]:
        """The attempts after `since` for the account of this one or from its address, in no order.

        Both counters are *locked*: nobody else can add an attempt for this account or from this address.
        """

    async def add(self, attempt: LoginAttempt) -> None:
        """Store an attempt whose counters this unit of work has locked."""

    async def mark_failed(self, attempt: LoginAttempt) -> None:
        """The password was wrong."""

    async def remove(self, attempt: LoginAttempt) -> None:
        """The password was right."""

    async def delete_before(self, moment: datetime, limit: int) -> int:
        """Forget at most `limit` attempts made before the moment; how many it were."""


class LoginAddresses(Protocol):
    """Network addresses, as keyed digests, that users logged in from lately."""

    async def remember(self, user_id: str, address: bytes, at: datetime) -> None:
        """Store that the user logged in from this address at this moment, or renew it."""

    async def of_user(self, user_id: str, since: datetime, limit: int) -> frozenset[bytes]:
        """The addresses that the user logged in from at or after `since`: the latest, at most `limit`."""

    async def forget_user(self, user_id: str) -> None:
        """Delete every address of a user."""

    async def delete_before(self, moment: datetime, limit: int) -> int:
        """Delete at most `limit` addresses whose last login was before the moment. Return the number deleted."""


USER_SEARCH_LIMIT: Final = 10_000
"""How far a search among users looks."""


@runtime_checkable
class UserQueries(Protocol):
    """Plain reads of committed state. Closed accounts are not shown."""

    async def principal(self, session_id: str) -> Principal | None:
        """Who acts in this session; None unless it is unrevoked and its user active. One statement."""

    async def user(self, user_id: str) -> UserView | None:
        """One user by id."""

    async def user_by_username(self, username: str) -> UserView | None:
        """One user by name, compared without case."""

    async def page(self, page: int, limit: int, search: str = "") -> Page[UserView]:
        """One page of the users, disabled ones too, in the order of their ids. At most two statements.

        With a `search`, those whose username, email address or display name begins with it, all of them folded by
        `search_key`; a blank one finds everybody. Of usernames, of addresses and of display names
        only the first USER_SEARCH_LIMIT that begin so are looked at, in the order of their code points (ties by id).
        """


@runtime_checkable
class PasswordHasher(Protocol):
    """Slow one-way hashes of passwords, made beside the event loop, a bounded number at a time."""

    async def hash(self, password: str) -> str:
        """A salted hash of the whole password, with the parameters it was made with."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Whether this is the hash of that password. None is nobody's hash: False, and it takes as long."""

    def is_outdated(self, password_hash: str) -> bool:
        """Whether new hashes are made with other parameters than this one was."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a genuine access token says."""

    session_id: str
    expires_at: datetime


@runtime_checkable
class AccessTokens(Protocol):
    """Signed tokens that name a session for a short while."""

    def issue(self, user_id: str, session_id: str) -> tuple[str, int]:
        """A token for the session, and the seconds for which it is good from now on."""

    def read(self, token: str) -> AccessClaims | None:
        """What the token says; None when it is not one of ours, or expired. Touches nothing but the clock."""
