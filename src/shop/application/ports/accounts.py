"""Storage of users, staff roles, API keys and address books."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, runtime_checkable

from shop.application.accounts.views import ApiKeyView, RoleView, SessionView, UserView
from shop.application.framework.views import Page
from shop.domain.accounts.address_book import AddressBook, SavedAddress
from shop.domain.accounts.api_key import ApiKey
from shop.domain.accounts.role import StaffRole
from shop.domain.accounts.user import Principal, User

USER_SEARCH_LIMIT: Final = 10_000
"""The maximum number of matches per field that a user search considers."""


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


class AddressBooks(Protocol):
    """Users' saved addresses."""

    async def of_user(self, user_id: str) -> AddressBook:
        """Return the user's addresses, *locked*, in the order in which they were added.

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
    """Reads of address books outside a unit of work."""

    async def of_user(self, user_id: str) -> AddressBook:
        """Return the user's addresses, in the order in which they were added."""


@runtime_checkable
class RoleQueries(Protocol):
    """Reads of staff roles outside a unit of work."""

    async def page(self, page: int, limit: int) -> Page[RoleView]:
        """Return one page of the roles, oldest first."""

    async def role(self, role_id: str) -> RoleView | None:
        """Return one role by id; None if there is none."""


@dataclass(frozen=True, slots=True)
class ActiveApiKey:
    """The principal of an API key, its expiry, and the last recorded use."""

    principal: Principal
    expires_at: datetime | None
    last_used_at: datetime | None


@runtime_checkable
class ApiKeyQueries(Protocol):
    """Reads of API keys outside a unit of work. Revoked keys are left out."""

    async def page(self, page: int, limit: int) -> Page[ApiKeyView]:
        """Return one page of the keys, oldest first."""

    async def key(self, key_id: str) -> ApiKeyView | None:
        """Return one key by id; None if there is none."""

    async def active(self, digest: bytes) -> ActiveApiKey | None:
        """Return the principal of the key with this digest: its creator, with the permissions that both have.

        Expired keys are returned too. None when the key does not exist, was revoked, or its creator is not active.
        One statement.
        """


@runtime_checkable
class UserQueries(Protocol):
    """Reads of users and their sessions outside a unit of work. Closed accounts are left out."""

    async def principal(self, session_id: str) -> Principal | None:
        """Return the session's principal; None if the session is revoked or its user inactive. One statement."""

    async def user(self, user_id: str) -> UserView | None:
        """Return one user by id; None if there is none."""

    async def user_by_username(self, username: str) -> UserView | None:
        """Return one user by username, ignoring case; None if there is none."""

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
