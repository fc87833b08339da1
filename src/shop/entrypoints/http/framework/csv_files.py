"""Streamed CSV files."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from litestar.params import QueryParameter
from litestar.response import Stream

CSV: Final = "text/csv"
_BYTE_ORDER_MARK: Final = "\ufeff"

Marked = Annotated[
    bool,
    QueryParameter(name="bom", description="Start with a byte order mark, so that Excel recognizes UTF-8."),
]
"""Declared by handlers as `bom: Marked = False`."""


def csv_file(name: str, parts: AsyncIterator[str], *, bom: bool) -> Stream:
    """Return the response that streams the parts of a file to be saved under this name."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Stream(_marked(parts) if bom else parts, media_type=CSV, headers=headers)


async def _marked(parts: AsyncIterator[str]) -> AsyncIterator[str]:
    yield _BYTE_ORDER_MARK
    async for part in parts:
        yield part
