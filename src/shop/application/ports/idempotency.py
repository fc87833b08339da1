"""Idempotency keys, and their storage."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol, runtime_checkable


class KeyOwner(Enum):
    """What a key belongs to."""

    USER = "user"
    """An account, or an API key of the account."""
    CART = "guest cart"
    ORDER_TOKEN = "order token"  # noqa: S105 (no secret)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """The key that a caller gives a request, so that its retries are recognized."""

    scope: str
    """The key's namespace: the id of a user, API key, guest cart or order token.

    Two callers may use the same key independently."""
    key: str
    """The key as sent, 1 to 255 printable ASCII characters."""
    fingerprint: str
    """A keyed digest, in hex, of the request. The same key with another fingerprint is another request.

    The digest is keyed because a body may hold a password, which a plain digest would let others guess."""
    owner_id: str = ""
    """The id of the owner, whose claims are serialized; if omitted, it is the scope."""
    owner: KeyOwner = KeyOwner.USER

    def __post_init__(self) -> None:
        if not self.owner_id:
            object.__setattr__(self, "owner_id", self.scope)


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """The record of a key. Without an `answer`, the work is in progress until `leased_until`, or has died.

    `subject_id` is the order or refund that the work creates or changes, if the work spans several transactions.
    """

    fingerprint: str
    subject_id: str | None
    answer: bytes | None
    leased_until: datetime
    created_at: datetime


@runtime_checkable
class IdempotencyKeys(Protocol):
    """Records by caller and key, committed in the same transaction as the request's effect."""

    async def find(self, key: IdempotencyKey) -> KeyRecord | None:
        """Return the record under the key, whatever its age; None if the key is free."""

    async def claim(
        self, key: IdempotencyKey, record: KeyRecord, expired_before: datetime
    ) -> KeyRecord | None:
        """Store the record and return None if the key is free; otherwise return the existing record.

        A record created before `expired_before` counts as absent. Waits for a transaction that is claiming the same
        key (or another key of the same owner). One statement when the key is free. Raises Unauthenticated if the
        guest cart or order token that owns the key is gone.
        """

    async def take_over(self, key: IdempotencyKey, existing: KeyRecord, leased_until: datetime) -> bool:
        """Renew the lease of an unanswered record. Return False if the record has changed since `existing` was read."""

    async def save_answer(self, key: IdempotencyKey, answer: bytes) -> bool:
        """Store the answer for byte-for-byte replay. Return False and keep an existing answer. One statement."""

    async def delete_before(self, moment: datetime, limit: int) -> int:
        """Delete at most `limit` records created before the moment. Return the number deleted."""
