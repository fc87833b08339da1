"""Users, and principals: users as authenticated in a session or through an API key."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import ClassVar, Self

from shop.domain.accounts.credentials import (
    CLOSED_USERNAME,
    USERNAME,
    display_name_fault,
    email_fault,
    raise_faults,
    search_key,
)
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.role import Role
from shop.domain.errors import Kind, ShopError, Unauthenticated
from shop.domain.text import one_line
from shop.domain.versions import FIRST_VERSION


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated user, in one session or acting through an API key."""

    user_id: str
    username: str
    role: Role
    session_id: str
    """The id of the session or of the API key."""
    api_key: str | None = None
    """The id of the API key that acts for the user; None in a session."""
    has_second_factor: bool = False
    must_set_up_second_factor: bool = False
    """Whether the shop withholds the role's permissions until the user has a second factor."""

    @property
    def scope(self) -> str:
        """Return the scope of its idempotency keys: the account for all sessions, or the API key."""
        return self.api_key or self.user_id

    def without_second_factor(self) -> Self:
        """Return the principal for a shop that requires a second factor of its staff.

        Staff in a session lose all permissions while they have none; API keys and customers are not affected.
        """
        if self.has_second_factor or self.api_key is not None or not self.role.permissions:
            return self
        role = Role(self.role.name, frozenset(), self.role.id)
        return replace(self, role=role, must_set_up_second_factor=True)

    def owns(self, user_id: str) -> bool:
        """Return whether the principal is this user in a session. An API key never owns customer data."""
        return self.api_key is None and self.user_id == user_id

    def may(self, permission: Permission) -> bool:
        """Return whether the principal's role has this permission."""
        return permission in self.role.permissions


class LastAdmin(ShopError):
    """The change would leave the shop without an active admin."""

    code: ClassVar[str] = "LAST_ADMIN"

    def __init__(self) -> None:
        super().__init__("This is the last active admin: make another user an admin first.")


class WrongCredentials(Unauthenticated):
    """The login name or the password is wrong; the error does not say which."""

    code: ClassVar[str] = "WRONG_CREDENTIALS"

    def __init__(self) -> None:
        super().__init__("The username or the password is wrong.")


class WrongPassword(ShopError):
    """A logged-in user entered a wrong current password."""

    code: ClassVar[str] = "WRONG_PASSWORD"
    kind: ClassVar[Kind] = Kind.REJECTED

    def __init__(self, field: str) -> None:
        super().__init__("The current password is incorrect.", {field: "is not the current password"})


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A user account. `version` counts the changes to its visible fields (not to its password).

    A closed account keeps its id, because orders refer to it, but no personal data: its username becomes `deleted-`
    and the id's 32 hex digits, which frees the name; display name, email and password are deleted. A closed account
    can't be logged in to or reopened.
    """

    id: str
    username: str
    password_hash: str | None = field(repr=False)
    role: Role
    display_name: str | None = None
    email: str | None = None
    email_verified: bool = False
    """Whether the user has opened a link that was sent to the current email address."""
    verified_email_digest: bytes | None = field(default=None, repr=False)
    """A keyed digest of the verified address: guests with this address are the same customer."""
    created_at: datetime
    active: bool = True
    totp_enabled: bool = False
    """Whether logins need a code of the user's second factor."""
    closed_at: datetime | None = None
    version: int = FIRST_VERSION

    def __post_init__(self) -> None:
        if self.display_name is not None:
            object.__setattr__(self, "display_name", one_line(self.display_name))
        assert USERNAME.fullmatch(self.username), "a malformed username"
        assert self.version >= 1
        assert self.email is not None or not self.email_verified, "a verified address that is missing"
        assert self.email_verified or self.verified_email_digest is None, "a digest of an unverified address"
        if self.closed_at is not None:
            assert CLOSED_USERNAME.fullmatch(self.username), "a closed account with a name"
            assert not self.active, "a closed account in use"
            assert self.role == Role.CUSTOMER, "a closed account with rights"
            assert self.password_hash is self.email is self.display_name is None, "a closed account with data"

    @property
    def username_key(self) -> str:
        return self.username.lower()

    @property
    def email_key(self) -> str | None:
        return None if self.email is None else self.email.lower()

    @property
    def display_name_key(self) -> str | None:
        return None if self.display_name is None else search_key(self.display_name)

    @property
    def is_active_admin(self) -> bool:
        return self.active and self.role == Role.ADMIN

    def change_profile(self, display_name: str | None, email: str | None) -> Self:
        """Return the user with this profile; the next version unless nothing changes. Raises ValidationFailed."""
        raise_faults(
            {
                "profile.displayName": display_name_fault(display_name),
                "profile.email": email_fault(email),
            }
        )
        verified = self.email_verified and email is not None and email.lower() == self.email_key
        changed = replace(
            self,
            display_name=display_name,
            email=email,
            email_verified=verified,
            verified_email_digest=self.verified_email_digest if verified else None,
            version=self.version + 1,
        )
        if (changed.display_name, changed.email) == (self.display_name, self.email):
            return self
        return changed

    def verify_email(self, digest: bytes) -> Self:
        """Return the user with a verified email address; the next version unless it was verified already.

        `digest` is the keyed digest of the address.
        """
        verified = replace(self, email_verified=True, verified_email_digest=digest)
        return verified if self.email_verified else replace(verified, version=self.version + 1)

    def change_password(self, password_hash: str) -> Self:
        """Return the user with another password hash."""
        assert self.closed_at is None, "a closed account has no password"
        return replace(self, password_hash=password_hash)

    def with_second_factor(self, *, enabled: bool) -> Self:
        """Return the user with a second factor in force, or without one; the next version unless nothing changes."""
        assert self.closed_at is None, "a closed account has no second factor"
        if enabled == self.totp_enabled:
            return self
        return replace(self, totp_enabled=enabled, version=self.version + 1)

    def change_rights(self, role: Role, *, active: bool, other_active_admins: int) -> Self:
        """Return the user with this role, enabled or disabled; the next version unless nothing changes.

        Raises LastAdmin when that would leave the shop without an active admin.
        """
        assert self.closed_at is None, "a closed account has no rights"
        if (role, active) == (self.role, self.active):
            return self
        changed = replace(self, role=role, active=active, version=self.version + 1)
        if self.is_active_admin and not changed.is_active_admin and not other_active_admins:
            raise LastAdmin
        return changed

    def close(self, at: datetime, other_active_admins: int) -> Self:
        """Return the closed account, without personal data. Irreversible. Raises LastAdmin."""
        assert self.closed_at is None, "closed already"
        if self.is_active_admin and not other_active_admins:
            raise LastAdmin
        return replace(
            self,
            username=f"deleted-{self.id.replace('-', '')}",
            password_hash=None,
            role=Role.CUSTOMER,
            display_name=None,
            email=None,
            email_verified=False,
            verified_email_digest=None,
            totp_enabled=False,
            active=False,
            closed_at=at,
            version=self.version + 1,
        )
