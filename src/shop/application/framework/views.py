"""What every read shares: a page of things, and the one encoder that turns views into JSON."""

from typing import Generic, TypeVar

import msgspec

Item = TypeVar("Item")


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """One page of a collection: `items` are those of page `page` (from 1) of `limit` each, out of `total`."""

    page: int
    limit: int
    total: int
    items: list[Item]


class DoneView(msgspec.Struct, frozen=True):
    """The answer of what leaves nothing to show."""

    ok: bool = True


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def encode(view: object) -> bytes:
    """`view` as UTF-8 JSON: decimals as numbers with every digit they have, times in ISO 8601 with `Z`."""
    return _ENCODER.encode(view)
