"""Pages of a list that is counted beside."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Row, Select

from shop.adapters.sql.database import Database
from shop.application.views import Page

_View = TypeVar("_View")


async def counted_page(
    database: Database,
    count: Select[Any],
    rows_of_page: Select[Any],
    values: Mapping[str, Any],
    view_of: Callable[[Row[Any]], _View],
    *,
    page: int,
    limit: int,
) -> Page[_View]:
    """One page of what both statements find by `values`, and its number; past the end only the number is asked for.

    `rows_of_page` takes its bounds by the names `most` and `skipped`.
    """
    skipped = (page - 1) * limit
    async with database.reading() as connection:
        total: int = (await connection.execute(count, values)).scalar_one()
        if skipped >= total:
            return Page(page, limit, total, [])
        rows = await connection.execute(rows_of_page, {**values, "most": limit, "skipped": skipped})
        return Page(page, limit, total, [view_of(row) for row in rows])
