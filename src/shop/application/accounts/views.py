"""Views of users, roles, API keys and logins."""

from datetime import datetime
from enum import StrEnum
from typing import Self

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.carts.merged_views import MergedCartView
from shop.domain.accounts.api_key import ApiKey
from shop.domain.accounts.permissions import Permission, in_order
from shop.domain.accounts.role import StaffRole
from shop.domain.accounts.user import User


class ProfileView(msgspec.Struct, rename="camel", frozen=True):
    """A user's profile."""

    display_name: str | None
    email: str | None
    email_verified: bool
    """Whether the user has opened a link that was sent to this address."""


class UserView(msgspec.Struct, rename="camel", frozen=True):
    """A user, as shown to themselves and to admins."""

    id: str
    username: str
    role: str
    active: bool
    totp_enabled: bool
    profile: ProfileView
    created_at: datetime
    version: int

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            id=user.id,
            username=user.username,
            role=user.role.name,
            active=user.active,
            totp_enabled=user.totp_enabled,
            profile=ProfileView(user.display_name, user.email, user.email_verified),
            created_at=user.created_at,
            version=user.version,
        )


class SessionView(msgspec.Struct, rename="camel", frozen=True):
    """A login. `ended_at` is null while it lasts."""

    id: str
    created_at: datetime
    expires_at: datetime
    ended_at: datetime | None


class RoleView(msgspec.Struct, rename="camel", frozen=True):
    """A staff role. Permission to write includes permission to read."""

    id: str
    name: str
    permissions: list[Permission]
    created_at: datetime
    version: int

    @classmethod
    def of(cls, role: StaffRole) -> Self:
        return cls(role.id, role.name, in_order(role.permissions), role.created_at, role.version)


class ApiKeyView(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """An API key, without its secret. Permission to write includes permission to read."""

    id: str
    name: str
    prefix: str
    permissions: list[Permission]
    expires_at: datetime | None
    last_used_at: datetime | None
    created_at: datetime
    version: int

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        return cls(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            permissions=in_order(key.permissions),
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            created_at=key.created_at,
            version=key.version,
        )


class AccountView(msgspec.Struct, rename="camel", frozen=True):
    """An account in short."""

    id: str
    username: str
    role: str

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(id=user.id, username=user.username, role=user.role.name)


class SignedUpView(msgspec.Struct, rename="camel", frozen=True):
    """The answer to a sign-up. `cart` is present if a guest's cart was merged."""

    user: AccountView
    cart: MergedCartView | UnsetType = UNSET


class TokenType(StrEnum):
    """The kind of an access token: a bearer token."""

    BEARER = "Bearer"


class LoginView(msgspec.Struct, rename="camel", frozen=True):
    """The tokens of a session. Both are secrets; the refresh token works once."""

    access_token: str
    expires_in: int
    """Seconds."""
    refresh_token: str
    user: AccountView
    token_type: TokenType = TokenType.BEARER
    cart: MergedCartView | UnsetType = UNSET
    """Present if a guest's cart was merged."""
