"""A session: one login of a user, from its password to its end."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Self

from shop.domain.errors import Unauthenticated


class InvalidRefreshToken(Unauthenticated):
    """The refresh token is unknown, used, expired, or its session has ended."""

    code: ClassVar[str] = "INVALID_REFRESH_TOKEN"

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid (any more): log in again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login. Of its family of refresh tokens only the newest is good; the digests of the others are kept
    elsewhere, to tell when one comes back."""

    id: str
    user_id: str
    refresh_digest: bytes = field(repr=False)
    """SHA-256 of the one refresh token that is good."""
    created_at: datetime
    expires_at: datetime
    """When that refresh token expires."""
    revoked_at: datetime | None = None

    def __post_init__(self) -> None:
        assert len(self.refresh_digest) == 32
        assert self.expires_at > self.created_at

    def is_live(self, at: datetime) -> bool:
        """Whether its refresh token may still be used."""
        return self.revoked_at is None and at < self.expires_at

    def refresh(self, digest: bytes, at: datetime, lifetime: timedelta) -> Self:
        """The session with another refresh token. Raises InvalidRefreshToken when it has ended."""
        if not self.is_live(at):
            raise InvalidRefreshToken
        return replace(self, refresh_digest=digest, expires_at=at + lifetime)
