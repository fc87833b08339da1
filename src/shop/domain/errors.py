"""Every error the shop answers with: a stable code, a kind, a sentence for a person, details for a program.

A kind says what the caller can do about it; the entrypoints map kinds and field names to their protocol.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any, ClassVar


class Kind(Enum):
    """What an error means to the caller."""

    REJECTED = "rejected"
    """The input is invalid regardless of the shop's state; a retry is pointless."""
    UNAUTHENTICATED = "unauthenticated"
    """Not authenticated: log in (again)."""
    FORBIDDEN = "forbidden"
    """Authenticated, but not allowed."""
    NOT_FOUND = "not found"
    """It does not exist, or the caller may not know that it exists."""
    CONFLICT = "conflict"
    """The input is valid, but the shop's current state does not allow it."""
    UNSUPPORTED = "unsupported"
    """The input has a format that the shop does not read."""
    GONE = "gone"
    """It existed, and is no longer available."""
    STALE = "stale"
    """The caller's precondition (a version they read) no longer holds."""
    KEY_REUSED = "key reused"
    """An idempotency key was reused for another request."""
    THROTTLED = "throttled"
    """Too many attempts; `retry_after` says when to retry."""
    UNAVAILABLE = "unavailable"
    """A dependency is down; `retry_after` says when to retry."""


class ShopError(Exception):
    """An expected refusal. Subclasses fix `code` and `kind`; `retry_after` is in seconds."""

    code: ClassVar[str] = "SHOP_ERROR"
    kind: ClassVar[Kind] = Kind.CONFLICT

    def __init__(
        self, message: str, details: Mapping[str, Any] | None = None, *, retry_after: int | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.details = dict(details) if details else {}
        self.retry_after = retry_after


class ValidationFailed(ShopError):
    """The input breaks a rule; `details` maps each offending field to the reason.

    Fields have their internal names (`compare_at_price`); the entrypoints translate them to the API's names.

    A reason is a verb phrase that follows the field's name: "must not be blank".
    """

    code = "VALIDATION_FAILED"
    kind = Kind.REJECTED

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__("; ".join(f"{field} {reason}" for field, reason in fields.items()) + ".", fields)


class NotFound(ShopError):
    """`what` (a noun for a person: "product") does not exist for this caller."""

    code = "NOT_FOUND"
    kind = Kind.NOT_FOUND

    def __init__(self, what: str) -> None:
        super().__init__(f"There is no such {what}.", {"resource": what})


class Unauthenticated(ShopError):
    code = "UNAUTHENTICATED"
    kind = Kind.UNAUTHENTICATED


class Forbidden(ShopError):
    code = "FORBIDDEN"
    kind = Kind.FORBIDDEN


class Throttled(ShopError):
    code = "TOO_MANY_REQUESTS"
    kind = Kind.THROTTLED


class TooMany(ShopError):
    """A limit per network address, email address or hour is reached."""

    code = "TOO_MANY"
    kind = Kind.THROTTLED


class Unavailable(ShopError):
    code = "UNAVAILABLE"
    kind = Kind.UNAVAILABLE


class VersionConflict(ShopError):
    """The `version` sent in a body is not the current one."""

    code = "VERSION_CONFLICT"

    def __init__(self, sent: int, current: int) -> None:
        super().__init__(
            f"This was changed since you read it: you sent version {sent}, the current version is {current}.",
            {"sent": sent, "present": current},
        )


class PreconditionFailed(ShopError):
    """The version that the caller expects is not the current one."""

    code = "PRECONDITION_FAILED"
    kind = Kind.STALE

    def __init__(self) -> None:
        super().__init__(
            "This was changed since you read it: the version that you expect is not the current one."
        )
