"""Pages of a list with its total."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from sqlalchemy import Integer, Row, Select, bindparam

from shop.adapters.sql.framework.database import Database
from shop.application.framework.views import Page

_View = TypeVar("_View")


def only_page(rows: Select[Any]) -> Select[Any]:
    """Return the rows of one page; the caller binds `most` (the page size) and `skipped` (the offset)."""
    return rows.limit(bindparam("most", type_=Integer)).offset(bindparam("skipped", type_=Integer))


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
    """Return one page of the rows found by `values`, with the total; past the end, only the total is queried.

    `rows_of_page` gets its bounds from `only_page`.
    """
    skipped = (page - 1) * limit
    async with database.reading() as connection:
        total: int = (await connection.execute(count, values)).scalar_one()
        if skipped >= total:
            return Page(page, limit, total, [])
        rows = await connection.execute(rows_of_page, {**values, "most": limit, "skipped": skipped})
        return Page(page, limit, total, [view_of(row) for row in rows])
