"""Query parameters of lists, searches and filters of products."""

from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from litestar.params import QueryParameter

from shop.application.catalogue.browsing import Browsing, SortOrder
from shop.application.ports.catalogue import SortKey as SortedBy
from shop.domain.catalogue.attributes import MAX_ATTRIBUTE_NAME, MAX_ATTRIBUTE_VALUE
from shop.domain.catalogue.facets import Wanted, facet_key, wanted_of
from shop.domain.catalogue.slug import MAX_SLUG
from shop.domain.catalogue.variant import MAX_OPTION_NAME, MAX_OPTION_VALUE
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.wire_names import InvalidRequest

MAX_VALUES = 100
"""How many values of options, and of attributes, one request can ask for."""


class SortKey(StrEnum):
    """What a list of products can be sorted by."""

    PRICE = "price"
    NAME = "name"
    CREATED_AT = "createdAt"
    POPULARITY = "popularity"


Category = Annotated[
    str | None,
    QueryParameter(
        max_length=MAX_SLUG,
        description="The slug or the name of a category; includes the categories below it.",
    ),
]
MinPrice = Annotated[
    Decimal | None, QueryParameter(name="minPrice", description="At least this price, in major units.")
]
MaxPrice = Annotated[
    Decimal | None, QueryParameter(name="maxPrice", description="At most this price, in major units.")
]
InStock = Annotated[
    bool | None,
    QueryParameter(name="inStock", description="Only products in stock, or only sold-out ones."),
]
Options = Annotated[
    list[str] | None,
    QueryParameter(
        name="option",
        max_items=MAX_VALUES,
        description="An option and its value, as `Size:M`. Values of one option are alternatives; options add up.",
    ),
]
Attributes = Annotated[
    list[str] | None,
    QueryParameter(
        name="attribute",
        max_items=MAX_VALUES,
        description="An attribute and its value, as `Material:Wool`. Values of one attribute are alternatives; "
        "attributes add up.",
    ),
]


Exact = Annotated[bool, QueryParameter(description="Whether a search that finds nothing keeps its spelling.")]


def provide_filtering(
    *,
    category: Category = None,
    min_price: MinPrice = None,
    max_price: MaxPrice = None,
    in_stock: InStock = None,
    options: Options = None,
    attributes: Attributes = None,
) -> Browsing:
    return Browsing(
        category=category,
        min_price=min_price,
        max_price=max_price,
        in_stock=in_stock,
        options=_wanted("option", options, MAX_OPTION_NAME + 1 + MAX_OPTION_VALUE),
        attributes=_wanted("attribute", attributes, MAX_ATTRIBUTE_NAME + 1 + MAX_ATTRIBUTE_VALUE),
    )


def provide_browsing(
    *,
    page: Page,
    limit: Limit = DEFAULT_LIMIT,
    category: Category = None,
    min_price: MinPrice = None,
    max_price: MaxPrice = None,
    in_stock: InStock = None,
    options: Options = None,
    attributes: Attributes = None,
    sort: Annotated[
        SortKey | None,
        QueryParameter(description="The sort key; by default creation or, in a search, relevance."),
    ] = None,
    order: Annotated[
        SortOrder,
        QueryParameter(
            description="The sort order; by default ascending. By relevance, the best is always first."
        ),
    ] = SortOrder.ASCENDING,
) -> Browsing:
    filtering = provide_filtering(
        category=category,
        min_price=min_price,
        max_price=max_price,
        in_stock=in_stock,
        options=options,
        attributes=attributes,
    )
    return replace(
        filtering,
        page=page,
        limit=limit,
        sort=None if sort is None else SortedBy[sort.name],
        order=order,
    )


def _wanted(parameter: str, given: list[str] | None, max_length: int) -> Wanted:
    pairs = []
    for text in given or ():
        name, colon, value = text.partition(":")
        if not (colon and facet_key(name) and facet_key(value)):
            raise InvalidRequest({parameter: "must be a name and a value with a colon between them"})
        if len(text) > max_length:
            raise InvalidRequest({parameter: f"must be at most {max_length} characters"})
        pairs.append((name, value))
    return wanted_of(pairs)
