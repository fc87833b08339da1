"""`/api/products`, as anyone browses it: lists, searches and filters, and their query parameters."""

from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency, Provide
from litestar.handlers import get
from litestar.params import QueryParameter

from shop.application.catalogue.browsing import (
    MAX_SEARCH_LENGTH,
    BrowseCategories,
    BrowseProducts,
    Browsing,
    SearchProducts,
    SortOrder,
)
from shop.application.catalogue.filter_views import FiltersView
from shop.application.catalogue.filtering import ShowFilters
from shop.application.catalogue.views import CategoriesView, FoundProductsView, ListedProductView
from shop.application.framework.views import Page as PageOf
from shop.application.framework.views import encode
from shop.application.ports.catalogue import SortKey as SortedBy
from shop.domain.catalogue.attributes import MAX_ATTRIBUTE_NAME, MAX_ATTRIBUTE_VALUE
from shop.domain.catalogue.facets import Wanted, facet_key, wanted_of
from shop.domain.catalogue.slug import MAX_SLUG
from shop.domain.catalogue.variant import MAX_OPTION_NAME, MAX_OPTION_VALUE
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, CachedResponses, cache_key
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


class BrowsingController(Controller):
    path = "/api/products"
    tags = ("Catalogue",)

    @get(
        policy=Policy.PUBLIC,
        middleware=[CachedResponses()],
        dependencies={"browsing": Provide(provide_browsing, sync_to_thread=False)},
    )
    async def list_products(
        self,
        request: ApiRequest,
        browsing: NamedDependency[Browsing],
        browse_products: NamedDependency[BrowseProducts],
    ) -> Response[PageOf[ListedProductView]]:
        answer = await browse_products(cache_key(request.scope), browsing)
        return BytesResponse(answer.body)

    @get(
        "/search",
        policy=Policy.PUBLIC,
        middleware=[CachedResponses()],
        dependencies={"browsing": Provide(provide_browsing, sync_to_thread=False)},
    )
    async def search_products(
        self,
        request: ApiRequest,
        q: Annotated[str, QueryParameter(max_length=MAX_SEARCH_LENGTH, description="The words to find.")],
        browsing: NamedDependency[Browsing],
        search_products: NamedDependency[SearchProducts],
        exact: Exact = False,
    ) -> Response[FoundProductsView]:
        wanted = replace(browsing, search=q, exact=exact)
        answer = await search_products(cache_key(request.scope), wanted)
        return BytesResponse(answer.body)

    @get(
        "/filters",
        policy=Policy.PUBLIC,
        middleware=[CachedResponses()],
        dependencies={"filtering": Provide(provide_filtering, sync_to_thread=False)},
    )
    async def show_product_filters(
        self,
        request: ApiRequest,
        filtering: NamedDependency[Browsing],
        show_filters: NamedDependency[ShowFilters],
        q: Annotated[
            str | None, QueryParameter(max_length=MAX_SEARCH_LENGTH, description="The words of a search.")
        ] = None,
        exact: Exact = False,
    ) -> Response[FiltersView]:
        wanted = replace(filtering, search=q, exact=exact)
        answer = await show_filters(cache_key(request.scope), wanted)
        return BytesResponse(answer.body)

    @get("/categories", policy=Policy.PUBLIC)
    async def list_category_names(
        self, browse_categories: NamedDependency[BrowseCategories]
    ) -> Response[CategoriesView]:
        """Anyone: the names of all categories with products, and the number of products in each."""
        return BytesResponse(encode(await browse_categories.names()))


def _wanted(parameter: str, given: list[str] | None, max_length: int) -> Wanted:
    if not given:
        return ()
    pairs = []
    for text in given:
        name, colon, value = text.partition(":")
        if not (colon and facet_key(name) and facet_key(value)):
            raise InvalidRequest({parameter: "must be a name and a value with a colon between them"})
        if len(text) > max_length:
            raise InvalidRequest({parameter: f"must be at most {max_length} characters"})
        pairs.append((name, value))
    return wanted_of(pairs)
