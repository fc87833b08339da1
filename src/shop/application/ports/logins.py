"""Logins: sessions, failed attempts, second factors, passwords and access tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.domain.accounts.login_attempt import LoginAttempt
from shop.domain.accounts.second_factor import SecondFactor
from shop.domain.accounts.session import Session


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
        """Return the time step whose code this is, at most one step from `at`; None if it is invalid."""


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
