"""Requests under an idempotency key: the first one does the work, retries get its answer."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from shop.application.framework.idempotency import Answer, IdempotencyKey
from shop.application.ports.idempotency import KeyRecord
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.errors import Kind, ShopError

KEPT: Final = timedelta(hours=24)
_MARGIN: Final = timedelta(seconds=3)


class IdempotencyKeyReused(ShopError):
    """The key was already used for another request."""

    code: ClassVar[str] = "IDEMPOTENCY_KEY_REUSED"
    kind: ClassVar[Kind] = Kind.KEY_REUSED

    def __init__(self) -> None:
        super().__init__("This idempotency key was used for another request.")


class RequestStillRunning(ShopError):
    """The first request under the key has no answer yet."""

    code: ClassVar[str] = "REQUEST_STILL_RUNNING"

    def __init__(self) -> None:
        super().__init__("The first request under this idempotency key is still running.", retry_after=1)


def lease_for(time_budget: timedelta) -> timedelta:
    """Return how long a request with this time budget for external calls may run before it is presumed dead."""
    return time_budget + _MARGIN


async def claim(
    work: UnitOfWork,
    key: IdempotencyKey | None,
    at: datetime,
    *,
    subject_id: str | None = None,
    lease: timedelta = timedelta(0),
) -> Answer | KeyRecord | None:
    """Claim the key for the caller's unit of work, and for `lease` after it if the work goes on then.

    Return None to go on: the key is claimed (or there is none). Return an Answer to replay. Return a record if an
    earlier request under the key committed its effect on `record.subject_id` and died before its answer; the caller
    must finish it.
    Raises IdempotencyKeyReused, RequestStillRunning.
    """
    if key is None:
        return None
    record = KeyRecord(key.fingerprint, subject_id, None, leased_until=at + lease, created_at=at)
    present = await work.idempotency_keys.claim(key, record, expired_before=at - KEPT)
    if present is None:
        return None
    if (answer := _answer_of(present, key)) is not None:
        return answer
    if present.leased_until > at or not await work.idempotency_keys.take_over(key, present, at + lease):
        raise RequestStillRunning
    return present


async def earlier_answer(work: UnitOfWork, key: IdempotencyKey | None, at: datetime) -> Answer | None:
    """Return the earlier answer under the key, without claiming it. Raises IdempotencyKeyReused."""
    present = await work.idempotency_keys.find(key) if key is not None else None
    if key is None or present is None or present.created_at < at - KEPT:
        return None
    return _answer_of(present, key)


def _answer_of(present: KeyRecord, key: IdempotencyKey) -> Answer | None:
    if present.fingerprint != key.fingerprint:
        raise IdempotencyKeyReused
    return None if present.answer is None else Answer(present.answer, replayed=True)


async def save_answer(work: UnitOfWork, key: IdempotencyKey | None, body: bytes) -> Answer:
    """Store the encoded answer under the key, if there is one, to be committed with the effect.

    If a request that was presumed dead resumes and its key already has an answer, that answer is returned.
    """
    if key is not None and not await work.idempotency_keys.save_answer(key, body):
        present = await work.idempotency_keys.find(key)
        if present is not None and present.answer is not None:
            return Answer(present.answer, replayed=True)
    return Answer(body, replayed=False)
