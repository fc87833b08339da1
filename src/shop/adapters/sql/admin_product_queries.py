"""All products, listed or not, in SQL.

A page walks the index of the changes from its newest end. The number is not counted over all products: that of the
listed ones is kept, and what is switched off is found in an index, too.
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
# Of what is switched off `on_sale` is false, never unknown as it is for most of the others: that the index of it has
# what is sought, next to what was deleted, spares a walk through everything that is listed.
_SWITCHED_OFF: Final = (products.c.on_sale == false(), products.c.active == false(), _KEPT)
_OFF_TOTAL: Final = select(func.count()).select_from(products).where(*_SWITCHED_OFF).scalar_subquery()
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
    True: (select(_LISTED_TOTAL), _page("ix_products_updated_at", products.c.active == true(), _KEPT)),
    False: (select(_OFF_TOTAL), _page("ix_products_on_sale", *_SWITCHED_OFF)),
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
