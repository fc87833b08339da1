"""Outcomes of requests that may carry an idempotency key."""

from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

import msgspec

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
