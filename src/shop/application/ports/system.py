"""Time, ids, randomness, keyed digests and encryption."""

from datetime import datetime
from typing import ClassVar, Protocol, runtime_checkable

from shop.domain.errors import ShopError


@runtime_checkable
class Clock(Protocol):
    """The shop's only source of time."""

    def now(self) -> datetime:
        """Return the current time: timezone-aware, in UTC, to the microsecond."""


@runtime_checkable
class Ids(Protocol):
    """The shop's only source of ids and randomness."""

    def new_id(self) -> str:
        """Return a new canonical UUIDv7, unique, and greater than every earlier id from this process."""

    def new_secret(self) -> str:
        """Return at least 256 random bits as URL-safe text."""


@runtime_checkable
class KeyedDigests(Protocol):
    """Digests that only the shop's processes can compute: HMAC-SHA256 with one key per purpose.

    The keys are derived from the shop's secret: changing the secret changes every digest.
    """

    def __call__(self, purpose: str, *parts: str) -> bytes:
        """Return the 32-byte digest of the parts, in order. Different lists of parts never share a digest."""


@runtime_checkable
class SecretDigests(Protocol):
    """HMAC-SHA256 digests with the keys in SHOP_SECRET_KEYS, one key per purpose."""

    def texts(self, purpose: str, *parts: str) -> tuple[str, ...]:
        """Return the digests of the parts as URL-safe text, one per key, the newest key's first.

        Raises SecretKeysMissing.
        """


class SecretKeysMissing(ShopError):
    """No keys for encrypting secrets are configured."""

    code: ClassVar[str] = "SECRET_KEYS_MISSING"

    def __init__(self) -> None:
        super().__init__(
            "The shop has no keys to encrypt secrets with: its owner has to set SHOP_SECRET_KEYS."
        )


@runtime_checkable
class SecretBox(Protocol):
    """Reversible encryption of secrets with the keys in SHOP_SECRET_KEYS."""

    def seal(self, secret: bytes) -> bytes:
        """Return the secret, encrypted and authenticated. Raises SecretKeysMissing."""

    def open(self, sealed: bytes) -> bytes | None:
        """Return the decrypted secret; None when no key decrypts it."""
