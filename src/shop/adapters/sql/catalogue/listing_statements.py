"""Shared parts of lists and searches: filters, sort orders, totals, and the products of a page of ids.

The statements depend on which filters and which sort are used (their shape), never on the values.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    LargeBinary,
    ScalarSelect,
    Select,
    Subquery,
    Table,
    and_,
    bindparam,
    func,
    literal,
    select,
    true,
    type_coerce,
)
from sqlalchemy.sql.selectable import NamedFromClause

from shop.adapters.sql.catalogue.category_tables import EVERYTHING, category_listings, listing_counts
from shop.adapters.sql.catalogue.tables import listings, products, stock
from shop.adapters.sql.framework.statements import Identifier
from shop.application.ports.catalogue import SortKey

SORT_COLUMNS: Final[dict[SortKey, str]] = {
    SortKey.PRICE: "price",
    SortKey.NAME: "name_key",
    SortKey.CREATED_AT: "created_at",
    SortKey.POPULARITY: "units",
}
LIMIT: Final = bindparam("limit", type_=Integer)
OFFSET: Final = bindparam("offset", type_=Integer)
_CATEGORY: Final = bindparam("category", type_=Identifier)
FAR_OFFSET: Final = 1_000
"""From this offset on, collecting sold-out products costs less than checking the stock of each skipped row."""


class Shape(NamedTuple):
    """The set of filters in use."""

    categories: int
    """0: no filter, 1: one category, 2: several."""
    min_price: bool
    max_price: bool
    in_stock: bool | None
    among: bool = False
    """Whether only the products in the parameter `among` count."""

    @property
    def has_price(self) -> bool:
        return self.min_price or self.max_price

    @property
    def of_listings(self) -> bool:
        """Whether there is a filter on the listings themselves."""
        return self.categories > 0 or self.has_price or self.among

    @property
    def table(self) -> Table:
        """Return the table whose rows are walked: a single category has listings of its own."""
        return category_listings if self.categories == 1 else listings

    def conditions(self, row: NamedFromClause | None = None) -> list[ColumnElement[bool]]:
        """Return the conditions on a row of `source`; `row` has the listing's product id and price."""
        row = self.table if row is None else row
        conditions: list[ColumnElement[bool]] = []
        if self.categories == 1 and row is self.table:
            conditions.append(row.c.category_id == _CATEGORY)
        elif self.categories > 1:
            conditions.append(row.c.product_id.in_(_of_several_categories()))
        if self.min_price:
            conditions.append(row.c.price >= bindparam("min_price", type_=BigInteger))
        if self.max_price:
            conditions.append(row.c.price <= bindparam("max_price", type_=BigInteger))
        if self.among:
            raw_id = type_coerce(row.c.product_id, LargeBinary(16))
            conditions.append(raw_id.in_(bindparam("among", expanding=True, type_=LargeBinary(16))))
        if self.in_stock:
            # Sold-out products have an index (see `source`); products in stock are checked row by row.
            conditions.append(_most_available(row.c.product_id) > 0)
        return conditions

    def source(self, row: NamedFromClause | None = None, joined: FromClause | None = None) -> FromClause:
        """Return `row` (or what it is `joined` with), joined with the category's listings and sold-out products.

        They are joined only if the filters ask for them and `row` is not a listing of the category itself.
        """
        row = self.table if row is None else row
        source: FromClause = row if joined is None else joined
        if self.categories == 1 and row is not self.table:
            shown = category_listings.alias("in_category")
            source = source.join(
                shown, and_(shown.c.category_id == _CATEGORY, shown.c.product_id == row.c.product_id)
            )
        if self.in_stock is not False:
            return source
        sold_out = sold_out_products().subquery("sold_out")
        return source.join(sold_out, sold_out.c.product_id == row.c.product_id)


def directed(column: ColumnElement[Any], *, descending: bool) -> ColumnElement[Any]:
    return column.desc() if descending else column.asc()


def products_of(
    page: Subquery, order: Sequence[ColumnElement[Any]], total: ColumnElement[int], *, hint: str = ""
) -> Select[Any]:
    """Return the products of a page of ids in the page's order, each row with the total; `hint` is for MySQL."""
    rows = page.join(products, products.c.id == page.c.product_id)
    return (
        select(products, units_of(products.c.id), total.label("total"))
        .select_from(rows)
        .order_by(*order)
        .prefix_with(f"{hint} STRAIGHT_JOIN".lstrip(), dialect="mysql")
    )


@lru_cache(maxsize=512)
def list_page(shape: Shape, sort: SortKey, descending: bool, *, far: bool) -> Select[Any]:
    """Return a page of the list with its total. Walks only the narrow index, then fetches the products of the page.

    Pass `far` from FAR_OFFSET on: the rows are the same, but sold-out products are collected first instead of
    checking the stock of each skipped row.
    """
    listed, column = shape.table, shape.table.c[SORT_COLUMNS[sort]]
    walked, conditions = shape, shape.conditions()
    if far and shape.in_stock:
        walked = shape._replace(in_stock=None)
        conditions = [*walked.conditions(), listed.c.product_id.not_in(sold_out_products())]
    page = (
        select(listed.c.product_id, column.label("sort"))
        .select_from(walked.source())
        .where(*conditions)
        .order_by(
            directed(column, descending=descending), directed(listed.c.product_id, descending=descending)
        )
        .limit(LIMIT)
        .offset(OFFSET)
    )
    if walked.categories == 1 and not walked.has_price and walked.in_stock is not False:
        # Otherwise, MySQL may pick another of the category's indexes, and sort the whole category.
        page = page.with_hint(listed, f"FORCE INDEX (ix_category_listings_{column.name})", "mysql")
    rows = page.subquery("page")
    order = [directed(rows.c.sort, descending=descending), directed(rows.c.product_id, descending=descending)]
    return products_of(rows, order, list_total(shape))


@lru_cache(maxsize=64)
def list_total(shape: Shape) -> ScalarSelect[int]:
    """Return the number of matches. Counts sold-out products (there are few); those in stock are the difference."""
    if shape.in_stock is None:
        return _counted(shape) if shape.has_price or shape.categories > 1 else _stored_count(shape)
    sold_out = _counted(shape._replace(in_stock=False))
    if not shape.in_stock:
        return sold_out
    everything = list_total(shape._replace(in_stock=None))
    return select(everything - sold_out).scalar_subquery()


def units_of(product_id: ColumnElement[str]) -> ColumnElement[int]:
    """Return a product's stock: the sum over its active variants. One subquery per row: use it for few rows."""
    units = (
        select(func.coalesce(func.sum(stock.c.available), 0))
        .where(stock.c.product_id == product_id, stock.c.active)
        .scalar_subquery()
    )
    return units.label("available")


def sold_out_products() -> Select[Any]:
    """Return the ids of listed products without an active variant in stock, each once. There are few."""
    return (
        select(stock.c.product_id)
        .where(stock.c.sold_out == true(), func.coalesce(_most_available(stock.c.product_id), 0) == 0)
        .distinct()
    )


def _most_available(product_id: ColumnElement[str]) -> ScalarSelect[int]:
    """Return the largest stock of the product's active variants. Not an EXISTS, which MySQL turns into a join."""
    other = stock.alias("of_product")
    return (
        select(func.max(other.c.available))
        .where(other.c.product_id == product_id, other.c.active)
        .scalar_subquery()
    )


def _stored_count(shape: Shape) -> ScalarSelect[int]:
    counted: ColumnElement[str] = _CATEGORY if shape.categories else literal(EVERYTHING, Identifier)
    total = select(func.coalesce(func.sum(listing_counts.c.listed), 0))
    return total.where(listing_counts.c.category_id == counted).scalar_subquery()


def _of_several_categories() -> Select[Any]:
    wanted = bindparam("categories", type_=Identifier, expanding=True)
    return select(category_listings.c.product_id).where(category_listings.c.category_id.in_(wanted))


def _counted(shape: Shape) -> ScalarSelect[int]:
    if not shape.of_listings:
        assert shape.in_stock is False
        sold_out = sold_out_products().subquery("sold_out")
        return select(func.count()).select_from(sold_out).scalar_subquery().correlate(None)
    counted = select(func.count()).select_from(shape.source()).where(*shape.conditions())
    return counted.scalar_subquery().correlate(None)
