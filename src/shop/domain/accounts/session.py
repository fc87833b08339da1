"""A session: one login of a user."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import ClassVar, Final, Self

from shop.domain.errors import Unauthenticated

REUSE_GRACE: Final = timedelta(seconds=30)
"""How long the previous refresh token is still accepted, for concurrent refreshes and for lost responses."""


class InvalidRefreshToken(Unauthenticated):
    """The refresh token is unknown, used, expired, or its session has ended."""

    code: ClassVar[str] = "INVALID_REFRESH_TOKEN"

    def __init__(self) -> None:
        super().__init__("The refresh token is invalid or has expired: log in again.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One login. Only its newest refresh token is valid, and its predecessor for a short grace period.
    The digests of spent tokens are stored elsewhere, to detect their reuse."""

    id: str
    user_id: str
    refresh_digest: bytes = field(repr=False)
    """SHA-256 of the current refresh token."""
    created_at: datetime
    expires_at: datetime
    """When the current refresh token expires."""
    revoked_at: datetime | None = None
    rotated_at: datetime | None = None
    """When the current refresh token replaced the previous one; None if no previous one may still be used."""

    def __post_init__(self) -> None:
        assert len(self.refresh_digest) == 32
        assert self.expires_at > self.created_at

    def is_live(self, at: datetime) -> bool:
        """Return whether its refresh token may still be used."""
        return self.revoked_at is None and at < self.expires_at

    def refresh(self, digest: bytes, at: datetime, lifetime: timedelta) -> Self:
        """Return the session with its next refresh token. Raises InvalidRefreshToken when it has ended."""
        if not self.is_live(at):
            raise InvalidRefreshToken
        return replace(self, refresh_digest=digest, expires_at=at + lifetime, rotated_at=at)

    def may_repeat_refresh(self, successor_digest: bytes, at: datetime) -> bool:
        """Return whether a spent token may be used again, because its response may have been lost.

        `successor_digest` is the digest of the token that replaced it, which must be the current token. The
        grace period must not be over.
        """
        return (
            self.is_live(at)
            and self.rotated_at is not None
            and at <= self.rotated_at + REUSE_GRACE
            and successor_digest == self.refresh_digest
        )
