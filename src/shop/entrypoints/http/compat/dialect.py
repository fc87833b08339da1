"""The parts of a dialect."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
from litestar.controller import Controller

from shop.application.framework.idempotency import Outcome, Replayed
from shop.application.framework.views import encode
from shop.container.room import Room
from shop.container.shop import Shop
from shop.entrypoints.http.framework.responses import BytesResponse
from shop.settings.values import DialectName

MAX_LIST_LENGTH: Final = 1_000
"""Maximum number of products in a list of a dialect without pages; `?page=` returns the rest."""

_View = TypeVar("_View")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """A back end whose clients the shop supports."""

    name: DialectName
    title: str
    rooms: Callable[[Shop], Sequence[tuple[Room, Sequence[type[Controller]]]]]
    """The dialect's controllers, each with the room whose use cases it may request."""
    error_field: str
    """The field that contains the message of an error."""
    token_scheme: bytes = b"Bearer"
    """The scheme that clients may use in `Authorization` besides `Bearer`."""

    @property
    def path(self) -> str:
        return f"/compat/{self.name}"


class Message(msgspec.Struct):
    """A confirmation message."""

    message: str


def projected(body: bytes, view: type[_View]) -> _View:
    """Return the fields of a cached answer that `view` declares."""
    return msgspec.json.decode(body, type=view)


def projection(view: msgspec.Struct, fields: type[_View]) -> _View:
    """Return the fields of a view that `fields` declares."""
    return msgspec.convert(view, fields, from_attributes=True)


def read(outcome: Outcome[Any], fields: type[_View]) -> _View:
    """Return the fields of an outcome's view that `fields` declares."""
    return outcome.read(fields) if isinstance(outcome, Replayed) else projection(outcome.view, fields)


def translated(outcome: Outcome[Any], view: msgspec.Struct) -> BytesResponse[Any]:
    """Return the view as a 201 response, marked as replayed if an earlier request created the resource."""
    headers = {"Idempotent-Replayed": "true"} if isinstance(outcome, Replayed) else None
    return BytesResponse(encode(view), status=201, headers=headers)


def answer(view: msgspec.Struct | Sequence[msgspec.Struct], status: int = 200) -> BytesResponse[Any]:
    return BytesResponse(encode(view), status=status)
