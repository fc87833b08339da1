"""Ports for users, sessions, failed logins, password hashing and token signing."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from shop.application.accounts.views import ApiKeyView, RoleView, SessionView, UserView
from shop.application.framework.views import Page
from shop.domain.accounts.address_book import AddressBook, SavedAddress
from shop.domain.accounts.api_key import ApiKey
from shop.domain.accounts.login_attempt import LoginAttempt
from shop.domain.accounts.role import StaffRole
from shop.domain.accounts.second_factor import SecondFactor
from shop.domain.accounts.session import Session
from shop.domain.accounts.user import Principal, User


@runtime_checkable
class Users(Protocol):
    """All users, including closed accounts, which have no name to be found by."""

    async def add(self, user: User) -> None:
        """Store a new user. A taken name or email raises UsernameTaken or EmailTaken (here or at commit)."""

    async def get(self, user_id: str) -> User | None:
        """Return the user, even if the account is closed; None if there is none."""

    async def find(self, login_name: str) -> User | None:
        """Return the user with this username or email address, ignoring case; None if there is none."""

    async def lock(self, user_id: str) -> User | None:
        """Return the user, *locked*; None if there is none. No session can be opened for a locked user."""

    async def lock_by_username(self, username: str) -> User | None:
        """Return the user with this username, ignoring case, *locked*; None if there is none."""

    async def lock_active_admins(self) -> frozenset[str]:
        """Return the ids of all active admins, *locked* in id order. Call this before taking other locks."""

    async def save(self, user: User) -> None:
        """Store a changed user that this unit of work has locked. Raises EmailTaken like `add`."""

    async def replace_password_hash(self, user: User, password_hash: str) -> None:
        """Store a new hash of the same password, unless the password has changed since `user` was read."""


@runtime_checkable
class Roles(Protocol):
    """Staff roles created by the shop's owners. A stored user holds the role's id; a loaded user holds the role."""

    async def add(self, role: StaffRole) -> None:
        """Store a new role. Raises RoleNameTaken (here or at commit) when another role has the name."""

    async def lock(self, role_id: str) -> StaffRole | None:
        """Return the role, *locked*; None if there is none."""

    async def lock_by_name(self, name: str) -> StaffRole | None:
        """Return the role with this name, ignoring case and accents, *locked* against changes and deletion."""

    async def save(self, role: StaffRole) -> None:
        """Store a changed role that this unit of work has locked. Raises RoleNameTaken like `add`."""

    async def is_in_use(self, role_id: str) -> bool:
        """Return whether any user has the role. While the role is locked, it can't be assigned to another user."""

    async def delete(self, role_id: str) -> None:
        """Delete a role that this unit of work has locked and that no user has."""


@runtime_checkable
class ApiKeys(Protocol):
    """API keys. Only digests of their secrets are stored. Revoked keys are kept for the audit trail."""

    async def add(self, key: ApiKey) -> None:
        """Store a new key."""

    async def lock(self, key_id: str) -> ApiKey | None:
        """Return the key, *locked*; None if it does not exist or was revoked."""

    async def save(self, key: ApiKey) -> None:
        """Store a changed or revoked key that this unit of work has locked. Its time of last use is not overwritten."""

    async def record_use(self, digest: bytes, at: datetime, before: datetime) -> None:
        """Store `at` as the last use of the key with this digest, unless a use after `before` is already stored."""


class SecondFactors(Protocol):
    """Second factors. Secrets are stored encrypted, recovery codes as keyed digests."""

    async def get(self, user_id: str) -> SecondFactor | None:
        """Return the user's second factor, in force or pending, not locked; None if there is none."""

    async def prepare(self, user_id: str, secret: bytes) -> None:
        """Store a pending secret, in place of an earlier one. The secret in force is not affected."""

    async def save_confirmed(self, factor: SecondFactor) -> None:
        """Store a factor whose pending secret was confirmed, with its recovery codes only. The user must be locked."""

    async def spend_step(self, user_id: str, secret: bytes, step: int) -> bool:
        """Record that a code of this time step was used, and return True.

        Return False and change nothing if a code of this step or a later one was used, or `secret` is not in force. Of
        any number of concurrent calls, exactly one returns True.
        """

    async def spend_recovery_code(self, user_id: str, digest: bytes) -> bool:
        """Delete an unused recovery code. Of any number of concurrent calls, exactly one returns True."""

    async def delete(self, user_id: str) -> None:
        """Delete the user's second factor, if there is one, and its recovery codes."""


@runtime_checkable
class OneTimeCodes(Protocol):
    """Time-based one-time codes, as apps on phones make them."""

    def uri(self, secret: str, username: str) -> str:
        """Return the `otpauth:` URI of a secret in base 32, which apps read from a QR code."""

    def qr_code(self, uri: str) -> str:
        """Return a QR code of the URI as an SVG image in a `data:` URI."""

    def step_of(self, secret: str, code: str, at: datetime) -> int | None:
        """Return the time step whose code this is, at most one step from `at`; None if it is none."""


@runtime_checkable
class Sessions(Protocol):
    """Login sessions and their refresh tokens. Only digests of the tokens are stored."""

    async def open(self, session: Session, password_hash: str) -> bool:
        """Store a new session and return True, or return False if its user is inactive or has another password hash.

        The user stays *locked* against changes, so no session can be opened concurrently with a password change.
        """

    async def find_by_refresh_digest(self, digest: bytes) -> Session | None:
        """Return the session with this current refresh token, even if expired or revoked; None if there is none."""

    async def find_by_spent_digest(self, digest: bytes) -> Session | None:
        """Return the session that had this refresh token immediately before its current one."""

    async def refresh(self, before: Session, after: Session) -> bool:
        """Replace a session's refresh token and record the old one as spent.

        Return False and change nothing if `before` is stale: another request refreshed first, or the session was
        revoked. Of any number of calls with the same `before`, exactly one returns True.
        """

    async def revoke(self, session_id: str, at: datetime) -> None:
        """End a session. Idempotent."""

    async def revoke_all(self, user_id: str, at: datetime, keep: str | None = None) -> None:
        """End every session of a user except the session with id `keep`."""

    async def delete_expired_before(self, moment: datetime, limit: int) -> int:
        """Delete at most `limit` sessions that expired before the moment. Return the number deleted."""


@runtime_checkable
class LoginAttempts(Protocol):
    """Login attempts that are in progress or failed recently."""

    async def lock_counters(self, attempt: LoginAttempt, since: datetime) -> list[LoginAttempt]:
        """Return the attempts after `since` for the same account or from the same address, unordered.

        Both counters are *locked*: no other unit of work can add an attempt for this account or from this address.
        """

    async def add(self, attempt: LoginAttempt) -> None:
        """Store an attempt whose counters this unit of work has locked."""

    async def mark_failed(self, attempt: LoginAttempt) -> None:
        """Mark the attempt as failed: the password was wrong."""

    async def remove(self, attempt: LoginAttempt) -> None:
        """Delete the attempt: the password was right."""

    async def delete_before(self, moment: datetime, limit: int) -> int:
        """Delete at most `limit` attempts made before the moment. Return the number deleted."""


class LoginAddresses(Protocol):
    """Network addresses, as keyed digests, that users recently logged in from."""

    async def remember(self, user_id: str, address: bytes, at: datetime) -> None:
        """Store or update the time at which the user logged in from this address."""

    async def of_user(self, user_id: str, since: datetime, limit: int) -> frozenset[bytes]:
        """Return the latest addresses, at most `limit`, that the user logged in from at or after `since`."""

    async def forget_user(self, user_id: str) -> None:
        """Delete every address of a user."""

    async def delete_before(self, moment: datetime, limit: int) -> int:
        """Delete at most `limit` addresses whose last login was before the moment. Return the number deleted."""


class AddressBooks(Protocol):
    """Users' saved addresses."""

    async def of_user(self, user_id: str) -> AddressBook:
        """Return the user's addresses, locked, in the order in which they were added.

        A user without any has nothing to lock: lock the user first.
        """

    async def get(self, user_id: str, address_id: str) -> SavedAddress | None:
        """Return one of the user's addresses, not locked; None if the user has no address with this id."""

    async def save(self, before: AddressBook, after: AddressBook) -> None:
        """Store the difference between the two: insert, update and delete addresses."""

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
    """The principal of an API key, its expiry, and the last recorded use."""

    principal: Principal
    expires_at: datetime | None
    last_used_at: datetime | None


@runtime_checkable
class ApiKeyQueries(Protocol):
    """Plain reads of API keys. Revoked keys are left out."""

    async def page(self, page: int, limit: int) -> Page[ApiKeyView]:
        """One page of the keys, oldest first."""

    async def key(self, key_id: str) -> ApiKeyView | None:
        """One key by id."""

    async def in_use(self, digest: bytes) -> KeyInUse | None:
        """Return the creator of the key with this digest, limited to permissions that both creator and key have.

        Expired keys are returned too. None when the key does not exist, was revoked, or its creator is not active.
        One statement.
        """


USER_SEARCH_LIMIT: Final = 10_000
"""The maximum number of matches per field that a user search considers."""


@runtime_checkable
class UserQueries(Protocol):
    """Plain reads of committed state. Closed accounts are left out."""

    async def principal(self, session_id: str) -> Principal | None:
        """Return the session's principal; None if the session is revoked or its user inactive. One statement."""

    async def user(self, user_id: str) -> UserView | None:
        """Return one user by id."""

    async def user_by_username(self, username: str) -> UserView | None:
        """Return one user by username, ignoring case."""

    async def sessions(self, user_id: str) -> list[SessionView]:
        """Return the user's stored sessions, oldest first (ties by id)."""

    async def page(self, page: int, limit: int, search: str = "") -> Page[UserView]:
        """Return one page of the users, disabled ones included, ordered by id. At most two statements.

        `search` keeps users whose username, email address or display name begins with it, all folded by
        `search_key`; a blank search matches every user. In each of the three fields, only the first
        USER_SEARCH_LIMIT matches are considered, in code point order (ties by id).
        """

    async def walk(self, after: str, limit: int) -> list[UserView]:
        """Return the next users with an id above `after` (`""`: the first), disabled ones included, by id."""


@runtime_checkable
class PasswordHasher(Protocol):
    """Slow one-way password hashing, off the event loop, with bounded concurrency."""

    async def hash(self, password: str) -> str:
        """Return a salted hash of the whole password; the hash includes its parameters."""

    async def verify(self, password_hash: str | None, password: str) -> bool:
        """Return whether the password matches the hash. A hash of None never matches, and takes as long to check."""

    def is_outdated(self, password_hash: str) -> bool:
        """Return whether this hash was made with other parameters than new hashes."""


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """The claims of a genuine access token."""

    session_id: str
    expires_at: datetime


@runtime_checkable
class AccessTokens(Protocol):
    """Short-lived signed tokens that name a session."""

    def issue(self, user_id: str, session_id: str) -> tuple[str, int]:
        """Return a token for the session and the number of seconds until it expires."""

    def read(self, token: str) -> AccessClaims | None:
        """Return the token's claims; None if it is forged or expired. Does no I/O; reads only the clock."""
