"""CSV text, as spreadsheets read it: RFC 4180, with cells that would run as formulas quoted."""

import csv
import re
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from shop.application.framework.transactions import in_batches

Cell = str | int | bool | Decimal | datetime | None

_FORMULA: Final = re.compile("'*[=+\\-@\t\r\uff1d\uff0b\uff0d\uff20]")
"""Matches the start of a formula, also after apostrophes: unquoting would otherwise remove one of those."""


def quoted_formula(text: str) -> str:
    """Return the text with an apostrophe in front if a spreadsheet would run it as a formula."""
    return f"'{text}" if _FORMULA.match(text) else text


def unquoted_formula(text: str) -> str:
    """Return the text as it was before `quoted_formula`."""
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def csv_text(rows: Iterable[Sequence[Cell]]) -> str:
    """Return the rows as CSV, each ended by CR and LF. Numbers have a point; moments are in ISO 8601 with `Z`."""
    lines = _Lines()
    writer = csv.writer(lines, lineterminator="\r\n")
    for row in rows:
        writer.writerow([_spelled(cell) for cell in row])
    return "".join(lines)


async def csv_stream(
    header: Sequence[str], batches: AsyncIterator[Iterable[Sequence[Cell]]]
) -> AsyncIterator[str]:
    """Yield the header and then each batch of rows as CSV."""
    yield csv_text([header])
    async for rows in in_batches(batches):
        if text := csv_text(rows):
            yield text


class _Lines(list[str]):
    """Collects what the CSV writer writes."""

    write = list.append


def _spelled(cell: Cell) -> str:
    match cell:
        case None:
            return ""
        case bool():
            return "TRUE" if cell else "FALSE"
        case Decimal():
            return f"{cell:f}"
        case datetime():
            return cell.isoformat().replace("+00:00", "Z")
        case int():
            return str(cell)
        case _:
            return quoted_formula(cell)
