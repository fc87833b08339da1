"""Query parameters shared by many routes; an out-of-range value gives a 400 that names the parameter."""

from typing import Annotated, Final

from litestar.params import QueryParameter

Page = Annotated[
    int,
    QueryParameter(ge=1, le=1_000_000, description="The page, counted from 1. A page past the end is empty."),
]
"""`page: Page` — required."""

Limit = Annotated[int, QueryParameter(ge=1, le=100, description="The maximum number of items on a page.")]
"""`limit: Limit = DEFAULT_LIMIT`."""

DEFAULT_LIMIT = 20

# The Calendar validates it: its message includes an example.
_DAY_OR_MOMENT: Final = {"pattern": r"^\d{4}-\d{2}-\d{2}([T ].+)?$"}

From = Annotated[
    str | None,
    QueryParameter(
        name="from",
        schema_extra=_DAY_OR_MOMENT,
        description="Not before this: a moment (2026-01-31T12:00:00Z) or a day of the shop (2026-01-31).",
    ),
]
"""`since: From = None`; the Calendar reads it."""

To = Annotated[
    str | None,
    QueryParameter(
        name="to",
        schema_extra=_DAY_OR_MOMENT,
        description="Before this moment (2026-01-31T12:00:00Z), or not after this day (2026-01-31).",
    ),
]
"""`until: To = None`; the Calendar reads it."""
