"""Shared parts of views: pages, and the encoder that turns views into JSON."""

from collections.abc import Callable
from typing import Final, Generic, TypeVar

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


encode: Final[Callable[[object], bytes]] = msgspec.json.Encoder(decimal_format="number").encode
"""Returns a view as UTF-8 JSON: decimals as numbers with all their digits, times in ISO 8601 with `Z`."""
