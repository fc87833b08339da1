"""Where idempotency keys are kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from shop.application.framework.idempotency import IdempotencyKey


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is stored under a key. Without an `answer` the work is under way, or died, until `leased_until`.

    `subject_id` is the order, or the refund, that the work makes or changes, where it is more than one transaction's.
    """

    fingerprint: str
    subject_id: str | None
    answer: bytes | None
    leased_until: datetime
    created_at: datetime


@runtime_checkable
class IdempotencyKeys(Protocol):
    """Keys by caller and key. They commit with the effect that they stand for."""

    async def find(self, key: IdempotencyKey) -> KeyRecord | None:
        """What is stored under the key, whatever its age; None if it is free."""

    async def claim(
        self, key: IdempotencyKey, record: KeyRecord, expired_before: datetime
    ) -> KeyRecord | None:
        """Store the record under a free key and return None; return the record in the way otherwise.

        A record made before `expired_before` counts as absent. Waits for a transaction that is claiming the same
        key (or another one of the same user's). One statement when the key is free.
        """

    async def take_over(self, key: IdempotencyKey, present: KeyRecord, leased_until: datetime) -> bool:
        """Renew the lease of an unanswered record if nobody else did since `present` was read."""

    async def save_answer(self, key: IdempotencyKey, answer: bytes) -> bool:
        """Keep the answer to be given again, byte for byte; False when there is one, which stays. One statement."""

    async def delete_before(self, moment: datetime, limit: int) -> int:
        """Forget at most `limit` records made before the moment; how many it were."""
