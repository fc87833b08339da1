"""Shared parts of views: pages, and the encoder that turns views into JSON."""

from typing import Generic, TypeVar

import msgspec

Item = TypeVar("Item")


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """One page of a collection: `items` of page `page` (from 1), at most `limit` per page, out of `total`."""

    page: int
    limit: int
    total: int
    items: list[Item]


class DoneView(msgspec.Struct, frozen=True):
    """The answer of an operation that has nothing else to return."""

    ok: bool = True


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(view: object) -> bytes:
    """Return `view` as UTF-8 JSON: decimals as numbers with all their digits, times in ISO 8601 with `Z`."""
    return _ENCODER.encode(view)
