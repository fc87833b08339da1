"""Time, ids, randomness, keyed digests and encryption; storage of rate limits, leases and settings."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Protocol, runtime_checkable

from shop.domain.errors import ShopError

BACKLOG_LIMIT: Final = 1_000
"""Where counts of pending work stop, so that a long backlog costs no more to count."""


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


class SecretKeysMissing(ShopError):
    """No keys for encrypting secrets are configured."""

    code: ClassVar[str] = "SECRET_KEYS_MISSING"

    def __init__(self) -> None:
        super().__init__(
            "The shop has no keys to encrypt secrets with: its owner has to set SHOP_SECRET_KEYS."
        )


@runtime_checkable
class SecretDigests(Protocol):
    """HMAC-SHA256 digests with the keys in SHOP_SECRET_KEYS, one key per purpose."""

    def texts(self, purpose: str, *parts: str) -> tuple[str, ...]:
        """Return the digests of the parts as URL-safe text, one per key, the newest key's first.

        Raises SecretKeysMissing.
        """


@runtime_checkable
class SecretBox(Protocol):
    """Reversible encryption of secrets with the keys in SHOP_SECRET_KEYS."""

    def seal(self, secret: bytes) -> bytes:
        """Return the secret, encrypted and authenticated. Raises SecretKeysMissing."""

    def open(self, sealed: bytes) -> bytes | None:
        """Return the decrypted secret; None when no key decrypts it."""


@runtime_checkable
class RateLimits(Protocol):
    """Counts of events by subject. A subject is a keyed digest, such as one of a network address and its purpose."""

    async def take(self, subject: bytes, limit: int, *, at: datetime, window: timedelta) -> datetime | None:
        """Count one event of the subject, and return None.

        If `limit` events were counted since the window began, count nothing and return the end of the window. A window
        begins with the first event after the last window. Locks the subject until the unit of work ends. Raises
        TransactionConflict if another unit of work counted the subject's first event: retry.
        """

    async def delete_before(self, moment: datetime, limit: int) -> int:
        """Delete at most `limit` subjects whose window began before the moment. Return their number."""


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """A leased task. `reached` is the time up to which it has been completed; None if never."""

    name: str
    reached: datetime | None


@runtime_checkable
class WorkerTasks(Protocol):
    """Tasks by name. A task without a row is free."""

    async def lease(self, name: str, *, at: datetime, until: datetime) -> WorkerTask | None:
        """Lease the task until `until`. Return None while another worker holds it."""

    async def finish(self, task: WorkerTask, *, at: datetime, reached: datetime) -> None:
        """Release the task and store `reached`."""

    async def reached(self, name: str) -> datetime | None:
        """Return the time up to which the task has been completed; None if never. Locks nothing."""


class StoredSettings(Protocol):
    """Settings by variable name, each with the value in force when the stored numbers were written."""

    async def add_if_missing(self, variable: str, value: str) -> str:
        """Store the value unless the variable has one already. Return the stored value.

        If several units of work store a first value concurrently, one wins and all return its value.
        """

    async def find(self, variable: str) -> str | None:
        """Return the stored value; None if the variable has none."""

    async def replace(self, variable: str, value: str) -> None:
        """Replace the stored value of a variable that has one."""
