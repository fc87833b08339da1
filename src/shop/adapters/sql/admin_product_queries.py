"""All products, listed or not, in SQL.

A page walks an index from its newest change. The number is not counted over all products: that of the listed ones
is kept, and that of those switched off is counted in an index.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, Select, bindparam, cast, false, func, select, true

from shop.adapters.sql.database import Database
from shop.adapters.sql.listing_statements import view_of
from shop.adapters.sql.pages import counted_page
from shop.adapters.sql.tables.catalogue import category_counts, products, stock
from shop.application.catalogue_views import ProductView
from shop.application.ports.catalogue import AdminProductsQuery
from shop.application.views import Page
from shop.domain.money import Currency

_NEWEST: Final = (products.c.updated_at.desc(), products.c.id.desc())
_KEPT: Final = products.c.deleted == false()
_ON: Final = products.c.active == true()
_OFF: Final = products.c.active == false()
_OFF_TOTAL: Final = select(func.count()).select_from(products).where(_OFF, _KEPT).scalar_subquery()
# MySQL's sums are decimals.
_LISTED_TOTAL: Final = select(
    cast(func.coalesce(func.sum(category_counts.c.listed), 0), Integer)
).scalar_subquery()


def _page(index: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    """A page of the products; `index` is the one that MySQL is to walk rather than to sort them all."""
    ids = (
        select(products.c.id)
        .where(*conditions)
        .order_by(*_NEWEST)
        .limit(bindparam("most", type_=Integer))
        .offset(bindparam("skipped", type_=Integer))
        .with_hint(products, f"FORCE INDEX ({index})", "mysql")
        .subquery()
    )
    return (
        select(products, stock.c.available)
        .select_from(ids.join(products, products.c.id == ids.c.id))
        .join(stock, stock.c.product_id == products.c.id)
        .order_by(*_NEWEST)
    )


# By what is asked for: the statement of the number, and that of the page.
_STATEMENTS: Final[dict[bool | None, tuple[Select[Any], Select[Any]]]] = {
    None: (select(_LISTED_TOTAL + _OFF_TOTAL), _page("ix_products_updated_at", _KEPT)),
    True: (select(_LISTED_TOTAL), _page("ix_products_active", _ON, _KEPT)),
    False: (select(_OFF_TOTAL), _page("ix_products_active", _OFF, _KEPT)),
}


class SqlAdminProductQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, query: AdminProductsQuery, currency: Currency) -> Page[ProductView]:
        total, rows = _STATEMENTS[query.active]
        return await counted_page(
            self._database,
            total,
            rows,
            {},
            lambda row: view_of(row, currency),
            page=query.page,
            limit=query.limit,
        )
