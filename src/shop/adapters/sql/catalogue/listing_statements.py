"""What lists and searches share: filters, orders, totals, and the way from a page of ids to its products.

The statements depend on which filters and which sort are asked for (their shape), never on the values.
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
    ScalarSelect,
    Select,
    String,
    Subquery,
    bindparam,
    func,
    select,
    true,
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
"""From here on, gathering what is sold out costs less than looking at the stock of each row before the page."""


class Shape(NamedTuple):
    """Which filters there are."""

    category: bool
    min_price: bool
    max_price: bool
    in_stock: bool | None

    @property
    def has_price(self) -> bool:
        return self.min_price or self.max_price

    @property
    def of_listings(self) -> bool:
        """Whether there is a filter on the listings themselves."""
        return self.category or self.has_price

    def conditions(self, row: NamedFromClause = listings) -> list[ColumnElement[bool]]:
        """What a row of `source` must fulfil; `row` has the listing's category and price."""
        conditions: list[ColumnElement[bool]] = []
        if self.category:
            conditions.append(row.c.category == bindparam("category", type_=String))
        if self.min_price:
            conditions.append(row.c.price >= bindparam("min_price", type_=BigInteger))
        if self.max_price:
            conditions.append(row.c.price <= bindparam("max_price", type_=BigInteger))
        if self.in_stock:
            # Of what is sold out there is an index (see `source`); of what isn't, each row is looked at.
            conditions.append(_most_available(row.c.product_id) > 0)
        return conditions

    def source(self, row: NamedFromClause = listings, joined: FromClause | None = None) -> FromClause:
        """`row` (or what it is `joined` with), and what is sold out where that is asked for."""
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
    """The products of a page of ids, in its order, each row with the total; `hint` is for MySQL."""
    rows = page.join(products, products.c.id == page.c.product_id)
    return (
        select(products, units_of(products.c.id), total.label("total"))
        .select_from(rows)
        .order_by(*order)
        .prefix_with(f"{hint} STRAIGHT_JOIN".lstrip(), dialect="mysql")
    )


@lru_cache(maxsize=512)
def list_page(shape: Shape, sort: SortKey, descending: bool, *, far: bool) -> Select[Any]:
    """A page of the list and its total. Only the narrow index is walked; the products of the page are then fetched.

    `far` from FAR_OFFSET on: the same rows, but what is sold out is gathered first instead of looking up the stock
    of each row that is skipped.
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
        # Among a category's indexes MySQL takes any, and sorts the whole category then.
        page = page.with_hint(listings, f"FORCE INDEX (ix_listings_category_{column.name})", "mysql")
    rows = page.subquery("page")
    order = [directed(rows.c.sort, descending=descending), directed(rows.c.product_id, descending=descending)]
    return products_of(rows, order, list_total(shape))


@lru_cache(maxsize=64)
def list_total(shape: Shape) -> ScalarSelect[int]:
    """How many products pass. What is sold out is counted (there is little of it), what isn't follows from it."""
    if shape.in_stock is None:
        return _counted(shape) if shape.has_price else _kept_count(shape)
    sold_out = _counted(shape._replace(in_stock=False))
    if not shape.in_stock:
        return sold_out
    everything = list_total(shape._replace(in_stock=None))
    return select(everything - sold_out).scalar_subquery()


def units_of(product_id: ColumnElement[str]) -> ColumnElement[int]:
    """The stock of a product: the sum over its active variants. A subquery per row: to be asked of few rows."""
    units = (
        select(func.coalesce(func.sum(stock.c.available), 0))
        .where(stock.c.product_id == product_id, stock.c.active)
        .scalar_subquery()
    )
    return units.label("available")


def sold_out_products() -> Select[Any]:
    """The ids of the listed products without an active variant in stock, each once. There are few."""
    return (
        select(stock.c.product_id)
        .where(stock.c.sold_out == true(), func.coalesce(_most_available(stock.c.product_id), 0) == 0)
        .distinct()
    )


def _most_available(product_id: ColumnElement[str]) -> ScalarSelect[int]:
    """The largest stock of the product's active variants. Not an EXISTS: MySQL would make a join of it."""
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
