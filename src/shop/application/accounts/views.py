"""What is shown of users and logins."""

from datetime import datetime
from enum import StrEnum
from typing import Self

import msgspec

from shop.domain.accounts.user import Role, User


class ProfileView(msgspec.Struct, rename="camel", frozen=True):
    """What users tell of themselves."""

    display_name: str | None
    email: str | None


class UserView(msgspec.Struct, rename="camel", frozen=True):
    """A user, as shown to themselves and to admins."""

    id: str
    username: str
    role: Role
    active: bool
    profile: ProfileView
    created_at: datetime
    version: int

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(
            id=user.id,
            username=user.username,
            role=user.role,
            active=user.active,
            profile=ProfileView(display_name=user.display_name, email=user.email),
            created_at=user.created_at,
            version=user.version,
        )


class AccountView(msgspec.Struct, rename="camel", frozen=True):
    """Whose account it is, in short."""

    id: str
    username: str
    role: Role

    @classmethod
    def of(cls, user: User) -> Self:
        return cls(id=user.id, username=user.username, role=user.role)


class SignedUpView(msgspec.Struct, rename="camel", frozen=True):
    """The answer to a sign-up."""

    user: AccountView


class TokenType(StrEnum):
    """How an access token is to be sent: `Authorization: Bearer …`."""

    BEARER = "Bearer"


class LoginView(msgspec.Struct, rename="camel", frozen=True):
    """The tokens of a session. Both are secrets; the refresh token works once."""

    access_token: str
    expires_in: int
    """Seconds."""
    refresh_token: str
    user: AccountView
    token_type: TokenType = TokenType.BEARER
