"""Users, their sessions, their failed logins; what hashes passwords and signs tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from shop.application.accounts.views import ApiKeyView, RoleView, UserView
from shop.application.framework.views import Page
from shop.domain.accounts.address_book import AddressBook, SavedAddress
from shop.domain.accounts.api_key import ApiKey
from shop.domain.accounts.login_attempt import LoginAttempt
from shop.domain.accounts.role import StaffRole
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
class Roles(Protocol):
    """Roles of staff that the shop's owners made. A user is stored with the id of theirs, and read with the role."""

    async def add(self, role: StaffRole) -> None:
        """Store a new role. RoleNameTaken (here or at commit) when another has the name."""

    async def lock(self, role_id: str) -> StaffRole | None:
        """The role, *locked*; None if there is none."""

    async def lock_by_name(self, name: str) -> StaffRole | None:
        """The role of this name, compared without case and accents, *locked* against changes and deletion."""

    async def save(self, role: StaffRole) -> None:
        """Store a changed role that this unit of work has locked. RoleNameTaken as for `add`."""

    async def is_in_use(self, role_id: str) -> bool:
        """Whether a user has the role. While the role is locked, nobody else can be given it."""

    async def delete(self, role_id: str) -> None:
        """Delete a role that this unit of work has locked and that no user has."""


@runtime_checkable
class ApiKeys(Protocol):
    """API keys, of whose secrets only digests are stored. Revoked ones stay, for the audit trail to name."""

    async def add(self, key: ApiKey) -> None:
        """Store a new key."""

    async def lock(self, key_id: str) -> ApiKey | None:
        """The key, *locked*; None if there is none, or it was revoked."""

    async def save(self, key: ApiKey) -> None:
        """Store a changed or revoked key that this unit of work has locked. When it was used last is kept."""

    async def record_use(self, digest: bytes, at: datetime, before: datetime) -> None:
        """Store when the key of this digest was used, unless a use after `before` is stored."""


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


class AddressBooks(Protocol):
    """The addresses that users keep."""

    async def of_user(self, user_id: str) -> AddressBook:
        """Return the user's addresses, locked, in the order in which they were added.

        A user without any has nothing to lock: lock the user first.
        """

    async def get(self, user_id: str, address_id: str) -> SavedAddress | None:
        """Return this address of the user's, not locked; None if the user has no such address."""

    async def save(self, before: AddressBook, after: AddressBook) -> None:
        """Store what differs between the two: addresses that are new, changed or gone."""

    async def delete(self, user_id: str) -> None:
        """Delete every address of the user."""


@runtime_checkable
class AddressBookQueries(Protocol):
    """Plain reads of committed state."""

    async def of_user(self, user_id: str) -> AddressBook:
        """Return the user's addresses, in the order in which they were added."""


@runtime_checkable
class RoleQueries(Protocol):
    """Plain reads of staff roles."""

    async def page(self, page: int, limit: int) -> Page[RoleView]:
        """One page of the roles, oldest first."""

    async def role(self, role_id: str) -> RoleView | None:
        """One role by id."""


@dataclass(frozen=True, slots=True)
class KeyInUse:
    """Who acts with an API key, until when, and when a use of it was recorded last."""

    principal: Principal
    expires_at: datetime | None
    last_used_at: datetime | None


@runtime_checkable
class ApiKeyQueries(Protocol):
    """Plain reads of API keys. Revoked ones are not shown."""

    async def page(self, page: int, limit: int) -> Page[ApiKeyView]:
        """One page of the keys, oldest first."""

    async def key(self, key_id: str) -> ApiKeyView | None:
        """One key by id."""

    async def in_use(self, digest: bytes) -> KeyInUse | None:
        """Who acts with the key of this digest, expired or not: its maker, with what both of them may do.

        None when there is no such key, it was revoked, or its maker is not active. One statement.
        """


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
