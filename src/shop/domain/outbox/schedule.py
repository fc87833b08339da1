"""When a delivery is attempted: immediately, then after growing pauses.

It ends when an attempt succeeds, when the maximum number of attempts is reached, or at its deadline.

Webhooks and mails share this schedule and its leases.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Self

PAUSES: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The pauses between attempts, from the end of one to the start of the next."""
MAX_ATTEMPTS: Final = len(PAUSES) + 1
LEASE: Final = timedelta(seconds=60)
"""How long a worker may take for one attempt, including storing its result, before the delivery is due again."""
MAX_ERROR_LENGTH: Final = 300
LAST_CHANCE: Final = timedelta(minutes=5)
"""How long before its deadline a delivery is attempted for the last time, if its next regular attempt is too late."""


class DeliveryStatus(StrEnum):
    """Whether a delivery still has attempts, has arrived, or was given up."""

    PENDING = "pending"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """The progress of one delivery. Every method returns the schedule after the step.

    `due_at` is the time of the next attempt, None once the delivery is finished. A lease moves it to the lease's end:
    if the worker dies, the delivery is due again then. Store a success whatever the lease, and a failure only while
    `due_at` is still the end of the worker's own lease: another worker may have taken over since.
    """

    due_at: datetime | None
    status: DeliveryStatus = DeliveryStatus.PENDING
    attempts: int = 0
    first_attempt_at: datetime | None = None
    finished_at: datetime | None = None
    deadline: datetime | None = None
    """No attempt is made after this time; None if only the number of attempts is limited."""
    error: str | None = None
    """Why the last attempt failed."""

    def __post_init__(self) -> None:
        is_pending = self.status is DeliveryStatus.PENDING
        assert is_pending == (self.due_at is not None) == (self.finished_at is None)
        assert 0 <= self.attempts <= MAX_ATTEMPTS
        assert self.error is None or len(self.error) <= MAX_ERROR_LENGTH

    @classmethod
    def begin(cls, at: datetime, deadline: datetime | None = None) -> Self:
        """Return the schedule of a new delivery, which is due immediately."""
        return cls(due_at=at, deadline=deadline)

    def lease(self, at: datetime) -> Self:
        """Return the schedule of a due delivery that is being attempted from `at` on."""
        assert self.due_at is not None and self.due_at <= at
        return replace(self, due_at=at + LEASE)

    def succeed(self, at: datetime) -> Self:
        """Record a successful attempt, begun at `at`."""
        return replace(
            self._attempted(at), status=DeliveryStatus.SUCCEEDED, due_at=None, finished_at=at, error=None
        )

    def fail(self, at: datetime, error: str) -> Self:
        """Record a failed attempt. The delivery fails for good after its last attempt, or just before its deadline."""
        attempted = replace(self._attempted(at), error=error[:MAX_ERROR_LENGTH])
        if attempted.attempts < MAX_ATTEMPTS:
            next_at = at + PAUSES[attempted.attempts - 1]
            if self.deadline is not None:
                next_at = min(next_at, self.deadline - LAST_CHANCE)
            if next_at > at:
                return replace(attempted, due_at=next_at)
        return attempted.give_up(at, error)

    def give_up(self, at: datetime, error: str) -> Self:
        """End the delivery without success."""
        return replace(
            self,
            status=DeliveryStatus.FAILED,
            due_at=None,
            finished_at=at,
            error=error[:MAX_ERROR_LENGTH],
        )

    def restart(self, at: datetime, deadline: datetime | None = None) -> Self:
        """Return the schedule of a delivery that is requested again: due immediately, with all its attempts."""
        return replace(self.begin(at, deadline), error=self.error)

    def _attempted(self, at: datetime) -> Self:
        assert self.status is DeliveryStatus.PENDING
        return replace(self, attempts=self.attempts + 1, first_attempt_at=self.first_attempt_at or at)
