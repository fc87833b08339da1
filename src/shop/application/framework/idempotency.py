"""Requests that may carry an idempotency key: the first one does the work, retries get its answer."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Final, Generic, TypeAlias, TypeVar

import msgspec

from shop.application.framework.views import encode
from shop.application.ports.idempotency import IdempotencyKey, KeyRecord
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.errors import Kind, ShopError

RETENTION: Final = timedelta(hours=24)
"""How long a key is remembered, from its first request."""
_MARGIN: Final = timedelta(seconds=3)

View = TypeVar("View")
_Fields = TypeVar("_Fields")


@dataclass(frozen=True, slots=True)
class Done(Generic[View]):
    """The request took effect."""

    view: View
    body: bytes
    """The view as JSON, encoded once: the bytes to send are the bytes saved under the key."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """An earlier request under the key took effect. The answer is the first one, byte for byte."""

    body: bytes

    def read(self, fields: type[_Fields]) -> _Fields:
        """Return the fields of the first answer that the struct declares."""
        return msgspec.json.decode(self.body, type=fields)


@dataclass(frozen=True, slots=True)
class InProgress:
    """An earlier request under the key has committed its effect but not its answer, and has died since.

    The caller now holds the key and must finish the work on the subject.
    """

    subject_id: str


Outcome: TypeAlias = Done[View] | Replayed


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


async def claim(work: UnitOfWork, key: IdempotencyKey | None, at: datetime) -> Replayed | None:
    """Claim the key for a request whose effect and answer the caller's unit of work commits together.

    Return None to go on. Raises IdempotencyKeyReused, RequestStillRunning.
    """
    earlier = await _claim(work, key, at, None, timedelta(0))
    return earlier if isinstance(earlier, Replayed) else None


async def claim_steps(
    work: UnitOfWork, key: IdempotencyKey | None, at: datetime, *, subject_id: str, lease: timedelta
) -> Replayed | InProgress | None:
    """Claim the key for work on the subject that goes on for at most `lease` after the caller's unit of work.

    Return None to begin the work. Raises IdempotencyKeyReused, RequestStillRunning.
    """
    return await _claim(work, key, at, subject_id, lease)


async def _claim(
    work: UnitOfWork, key: IdempotencyKey | None, at: datetime, subject_id: str | None, lease: timedelta
) -> Replayed | InProgress | None:
    if key is None:
        return None
    record = KeyRecord(key.fingerprint, subject_id, None, leased_until=at + lease, created_at=at)
    existing = await work.idempotency_keys.claim(key, record, expired_before=at - RETENTION)
    if existing is None:
        return None
    if (replayed := _replayed(existing, key)) is not None:
        return replayed
    if existing.leased_until > at or not await work.idempotency_keys.take_over(key, existing, at + lease):
        raise RequestStillRunning
    return None if existing.subject_id is None else InProgress(existing.subject_id)


async def stored_answer(work: UnitOfWork, key: IdempotencyKey | None, at: datetime) -> Replayed | None:
    """Return the earlier answer under the key, without claiming it. Raises IdempotencyKeyReused."""
    existing = await work.idempotency_keys.find(key) if key is not None else None
    if key is None or existing is None or existing.created_at < at - RETENTION:
        return None
    return _replayed(existing, key)


def _replayed(existing: KeyRecord, key: IdempotencyKey) -> Replayed | None:
    if existing.fingerprint != key.fingerprint:
        raise IdempotencyKeyReused
    return None if existing.answer is None else Replayed(existing.answer)


async def save_answer(work: UnitOfWork, key: IdempotencyKey | None, view: View) -> Outcome[View]:
    """Encode the view, and store the bytes under the key, if there is one, to be committed with the effect.

    If a request that was presumed dead resumes and its key already has an answer, that answer is returned.
    """
    body = encode(view)
    return await save_body(work, key, body) or Done(view, body)


async def save_body(work: UnitOfWork, key: IdempotencyKey | None, body: bytes) -> Replayed | None:
    """Store the bytes under the key, if there is one. Return the answer that the key already has, if any."""
    if key is not None and not await work.idempotency_keys.save_answer(key, body):
        existing = await work.idempotency_keys.find(key)
        if existing is not None and existing.answer is not None:
            return Replayed(existing.answer)
    return None
