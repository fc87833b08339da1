"""All products, listed or not, in SQL.

A page walks an index from the latest change. No total scans all products: the total of listed products is stored,
and inactive products are counted in an index.
"""

from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    bindparam,
    cast,
    false,
    func,
    literal,
    select,
    true,
    union_all,
)

from shop.adapters.sql.catalogue.category_tables import EVERYTHING, listing_counts
from shop.adapters.sql.catalogue.listing_statements import units_of
from shop.adapters.sql.catalogue.queries import listed_view_of, next_product_views
from shop.adapters.sql.catalogue.tables import products
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.framework.statements import Identifier
from shop.application.catalogue.views import ListedProductView, ProductView
from shop.application.framework.views import Page
from shop.application.ports.catalogue import AdminProductsQuery
from shop.domain.money import Currency

_NEWEST: Final = (products.c.updated_at.desc(), products.c.id.desc())
_NOT_DELETED: Final = products.c.deleted == false()
_ACTIVE: Final = products.c.active == true()
_INACTIVE: Final = products.c.active == false()
_INACTIVE_TOTAL: Final = (
    select(func.count()).select_from(products).where(_INACTIVE, _NOT_DELETED).scalar_subquery()
)
# MySQL returns sums as decimals.
_LISTED_COUNT: Final = select(cast(func.coalesce(func.sum(listing_counts.c.listed), 0), Integer))
_LISTED_TOTAL: Final = _LISTED_COUNT.where(
    listing_counts.c.category_id == literal(EVERYTHING, Identifier)
).scalar_subquery()


def _changed_last(condition: ColumnElement[bool]) -> Select[Any]:
    """Select the active or the inactive products, in the order of their index."""
    return (
        select(products.c.id, products.c.updated_at)
        .where(condition, _NOT_DELETED)
        .order_by(*_NEWEST)
        .with_hint(products, "FORCE INDEX (ix_products_active)", "mysql")
    )


def _all_changed_last() -> Select[Any]:
    """Merge active and inactive products, each limited to the end of the page. No index has both in one order."""
    reached = bindparam("reached", type_=Integer)
    parts = [_changed_last(condition).limit(reached).subquery() for condition in (_ACTIVE, _INACTIVE)]
    merged = union_all(*(select(part) for part in parts)).subquery()
    return select(merged.c.id, merged.c.updated_at).order_by(merged.c.updated_at.desc(), merged.c.id.desc())


def _page(ids: Select[Any]) -> Select[Any]:
    shown = only_page(ids).subquery()
    return (
        select(products, units_of(products.c.id))
        .select_from(shown.join(products, products.c.id == shown.c.id))
        .order_by(*_NEWEST)
    )


_NEXT: Final = (
    select(products.c.id)
    .where(products.c.id > bindparam("after"), _NOT_DELETED)
    .order_by(products.c.id)
    .limit(bindparam("most", type_=Integer))
)
# By the `active` filter: the statement for the total, and the one for the page.
_STATEMENTS: Final[dict[bool | None, tuple[Select[Any], Select[Any]]]] = {
    None: (select(_LISTED_TOTAL + _INACTIVE_TOTAL), _page(_all_changed_last())),
    True: (select(_LISTED_TOTAL), _page(_changed_last(_ACTIVE))),
    False: (select(_INACTIVE_TOTAL), _page(_changed_last(_INACTIVE))),
}


class SqlAdminProductQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, query: AdminProductsQuery, currency: Currency) -> Page[ListedProductView]:
        total, rows = _STATEMENTS[query.active]
        return await counted_page(
            self._database,
            total,
            rows,
            {"reached": query.page * query.limit},
            lambda row: listed_view_of(row, currency),
            page=query.page,
            limit=query.limit,
        )

    async def walk(self, after: str, limit: int, currency: Currency) -> list[ProductView]:
        async with self._database.reading() as connection:
            return await next_product_views(connection, _NEXT, after, limit, currency)
