"""Time, identity and chance, and what only the shop can compute."""

from datetime import datetime
from typing import Protocol, runtime_checkable


@runtime_checkable
class Clock(Protocol):
    """The shop's only source of time."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC, to the microsecond."""


@runtime_checkable
class Ids(Protocol):
    """The shop's only source of identity and chance."""

    def new_id(self) -> str:
        """A new canonical UUIDv7: never given out before, and greater than those this process gave out before."""

    def new_secret(self) -> str:
        """At least 256 unguessable bits in URL-safe text."""


@runtime_checkable
class KeyedDigests(Protocol):
    """Digests that only the shop's processes can compute: HMAC-SHA256 with one key per purpose.

    The keys follow from the shop's secret: a shop that changes it gets other digests.
    """

    def __call__(self, purpose: str, *parts: str) -> bytes:
        """The 32-byte digest of the parts, in their order. Different lists of parts never share one."""
