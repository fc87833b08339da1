"""Time, identity and chance, and what only the shop can compute."""

from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from shop.domain.errors import ShopError


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


class SecretKeysMissing(ShopError):
    """The shop has no keys to encrypt secrets with."""

    code: ClassVar[str] = "SECRET_KEYS_MISSING"

    def __init__(self) -> None:
        super().__init__(
            "The shop has no keys to encrypt secrets with: its owner has to set SHOP_SECRET_KEYS."
        )


@runtime_checkable
class SecretBox(Protocol):
    """Encrypts secrets that have to be read again, under the keys of SHOP_SECRET_KEYS."""

    def seal(self, secret: bytes) -> bytes:
        """The secret, encrypted and authenticated. Raises SecretKeysMissing."""

    def open(self, sealed: bytes) -> bytes | None:
        """The secret; None when none of the keys opens it."""
