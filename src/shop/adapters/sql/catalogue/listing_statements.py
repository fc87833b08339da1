"""Shared parts of lists and searches: filters, sort orders, totals, and the products of a page of ids.

The statements depend on which filters and which sort are used (their shape), never on the values.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    FromClause,
    Integer,
    LargeBinary,
    ScalarSelect,
    Select,
    String,
    Subquery,
    bindparam,
    func,
    select,
    true,
    type_coerce,
)
from sqlalchemy.sql.selectable import NamedFromClause

from shop.adapters.sql.catalogue.tables import category_counts, listings, products, stock
from shop.application.ports.catalogue import ProductFilter, ProductQuery, SortKey

SORT_COLUMNS: Final[dict[SortKey, Column[Any]]] = {
    SortKey.PRICE: listings.c.price,
    SortKey.NAME: listings.c.name_key,
    SortKey.CREATED_AT: listings.c.created_at,
    SortKey.POPULARITY: listings.c.units,
}
LIMIT: Final = bindparam("limit", type_=Integer)
OFFSET: Final = bindparam("offset", type_=Integer)
FAR_OFFSET: Final = 1_000
"""From this offset on, collecting sold-out products costs less than checking the stock of each skipped row."""


class Shape(NamedTuple):
    """The set of filters in use."""

    category: bool
    min_price: bool
    max_price: bool
    in_stock: bool | None
    among: bool = False
    """Whether only the products named by the parameter `among` count."""

    @property
    def has_price(self) -> bool:
        return self.min_price or self.max_price

    @property
    def of_listings(self) -> bool:
        """Whether there is a filter on the listings themselves."""
        return self.category or self.has_price or self.among

    def conditions(self, row: NamedFromClause = listings) -> list[ColumnElement[bool]]:
        """Return the conditions on a row of `source`; `row` has the listing's category and price."""
        conditions: list[ColumnElement[bool]] = []
        if self.category:
            conditions.append(row.c.category == bindparam("category", type_=String))
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

    def source(self, row: NamedFromClause = listings, joined: FromClause | None = None) -> FromClause:
        """Return `row` (or what it is `joined` with), joined with sold-out products if the filter asks for them."""
        source = row if joined is None else joined
        if self.in_stock is not False:
            return source
        sold_out = sold_out_products().subquery("sold_out")
        return source.join(sold_out, sold_out.c.product_id == row.c.product_id)


def shape_of(wanted: ProductFilter) -> Shape:
    return Shape(
        wanted.category is not None,
        wanted.min_price is not None,
        wanted.max_price is not None,
        wanted.in_stock,
    )


def filter_parameters(wanted: ProductFilter) -> dict[str, Any]:
    values = {"category": wanted.category, "min_price": wanted.min_price, "max_price": wanted.max_price}
    return {name: value for name, value in values.items() if value is not None}


def page_parameters(query: ProductQuery) -> dict[str, Any]:
    return {
        **filter_parameters(query.filter),
        "limit": query.limit,
        "offset": (query.page - 1) * query.limit,
    }


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
    column = SORT_COLUMNS[sort]
    walked, conditions = shape, shape.conditions()
    if far and shape.in_stock:
        walked = shape._replace(in_stock=None)
        conditions = [*walked.conditions(), listings.c.product_id.not_in(sold_out_products())]
    page = (
        select(listings.c.product_id, column.label("sort"))
        .select_from(walked.source())
        .where(*conditions)
        .order_by(
            directed(column, descending=descending), directed(listings.c.product_id, descending=descending)
        )
        .limit(LIMIT)
        .offset(OFFSET)
    )
    if walked.category and not walked.has_price and walked.in_stock is not False:
        # MySQL picks any of a category's indexes, and then sorts the whole category.
        page = page.with_hint(listings, f"FORCE INDEX (ix_listings_category_{column.name})", "mysql")
    rows = page.subquery("page")
    order = [directed(rows.c.sort, descending=descending), directed(rows.c.product_id, descending=descending)]
    return products_of(rows, order, list_total(shape))


@lru_cache(maxsize=64)
def list_total(shape: Shape) -> ScalarSelect[int]:
    """Return the number of matches. Counts sold-out products (there are few); those in stock are the difference."""
    if shape.in_stock is None:
        return _counted(shape) if shape.has_price else _kept_count(shape)
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


def _kept_count(shape: Shape) -> ScalarSelect[int]:
    total = select(func.coalesce(func.sum(category_counts.c.listed), 0))
    if shape.category:
        total = total.where(category_counts.c.category == bindparam("category", type_=String))
    return total.scalar_subquery()


def _counted(shape: Shape) -> ScalarSelect[int]:
    if not shape.of_listings:
        assert shape.in_stock is False
        sold_out = sold_out_products().subquery("sold_out")
        return select(func.count()).select_from(sold_out).scalar_subquery().correlate(None)
    counted = select(func.count()).select_from(shape.source()).where(*shape.conditions())
    return counted.scalar_subquery().correlate(None)
