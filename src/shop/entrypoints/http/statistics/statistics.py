"""Figures for customers (`/api/orders/statistics`), admins (`/api/admin`) and everyone (`/api/dashboard`)."""

from typing import Annotated

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import get
from litestar.params import FromPath, QueryParameter

from shop.application.catalogue.browsing import SortOrder
from shop.application.framework.views import Page as PageOf
from shop.application.framework.views import encode
from shop.application.ports.statistics import ItemSort, SoldBy
from shop.application.statistics.dashboard import GetDashboard
from shop.application.statistics.items import GetItemStatistics, SoldItemView
from shop.application.statistics.own import (
    GetCustomerStatistics,
    GetOwnItemStatistics,
    GetOwnStatistics,
    OwnItemView,
    OwnStatisticsView,
)
from shop.application.statistics.storefront import ShowPublicDashboard
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.periods import Granularity
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, From, Limit, Page, To
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import BytesResponse
from shop.entrypoints.http.statistics.insights import DashboardView
from shop.entrypoints.http.statistics.storefront import PublicDashboardView, public_dashboard_body

By = Annotated[SoldBy, QueryParameter(description="Whether to add up by variant or by product.")]


class OwnStatisticsController(Controller):
    path = "/api/orders/statistics"
    tags = ("Orders",)

    @get(policy=Policy.USER)
    async def get_own_statistics(
        self,
        principal: NamedDependency[Principal],
        get_own_statistics: NamedDependency[GetOwnStatistics],
        since: From = None,
        until: To = None,
    ) -> Response[OwnStatisticsView]:
        return BytesResponse(encode(await get_own_statistics(principal.user_id, since, until)))

    @get("/items", policy=Policy.USER)
    async def list_own_items(
        self,
        principal: NamedDependency[Principal],
        get_own_item_statistics: NamedDependency[GetOwnItemStatistics],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
        by: By = SoldBy.VARIANT,
        since: From = None,
        until: To = None,
    ) -> Response[PageOf[OwnItemView]]:
        items = await get_own_item_statistics(principal.user_id, page, limit, by, since, until)
        return BytesResponse(encode(items))


class AdminStatisticsController(Controller):
    path = "/api/admin"
    tags = ("Administration",)

    @get("/dashboard", policy=Permission.STATISTICS_READ)
    async def get_dashboard(
        self,
        get_dashboard: NamedDependency[GetDashboard],
        since: From = None,
        until: To = None,
        granularity: Annotated[
            Granularity,
            QueryParameter(description="The length of the periods in `series`; by default a day."),
        ] = Granularity.DAY,
    ) -> Response[DashboardView]:
        return BytesResponse(encode(DashboardView.of(await get_dashboard(since, until, granularity))))

    @get("/statistics/customers/{username:str}", policy=Permission.CUSTOMERS_READ, errors=(NotFound,))
    async def get_customer_statistics(
        self,
        username: FromPath[str],
        get_customer_statistics: NamedDependency[GetCustomerStatistics],
        since: From = None,
        until: To = None,
    ) -> Response[OwnStatisticsView]:
        return BytesResponse(encode(await get_customer_statistics(username, since, until)))

    @get("/statistics/items", policy=Permission.STATISTICS_READ)
    async def list_sold_items(
        self,
        get_item_statistics: NamedDependency[GetItemStatistics],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
        sort: Annotated[
            ItemSort, QueryParameter(description="By net revenue (the default) or by units sold.")
        ] = ItemSort.REVENUE,
        order: Annotated[
            SortOrder | None, QueryParameter(description="The sort order; by default the best first.")
        ] = None,
        by: By = SoldBy.VARIANT,
        since: From = None,
        until: To = None,
    ) -> Response[PageOf[SoldItemView]]:
        items = await get_item_statistics(page, limit, sort, order, by, since, until)
        return BytesResponse(encode(items))


class PublicDashboardController(Controller):
    path = "/api/dashboard"
    tags = ("Catalogue",)

    @get(policy=Policy.PUBLIC)
    async def get_public_dashboard(
        self, show_public_dashboard: NamedDependency[ShowPublicDashboard]
    ) -> Response[PublicDashboardView]:
        return BytesResponse(public_dashboard_body(await show_public_dashboard()))
