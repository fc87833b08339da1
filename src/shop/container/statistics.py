"""Wiring of the statistics room."""

from dependency_injector import providers

from shop.application.ports.accounts import UserQueries
from shop.application.ports.catalogue import CatalogueQueries
from shop.application.ports.categories import CategoryQueries
from shop.application.ports.promotions import PromoCodeQueries
from shop.application.ports.statistics import FigureMaintenance, StatisticsQueries
from shop.application.statistics.dashboard import GetDashboard
from shop.application.statistics.insights import FindInsights
from shop.application.statistics.items import GetItemStatistics
from shop.application.statistics.maintenance import MaintainFigures
from shop.application.statistics.own import GetCustomerStatistics, GetOwnItemStatistics, GetOwnStatistics
from shop.application.statistics.storefront import ShowHomePage, ShowPublicDashboard
from shop.container.room import Room


class Statistics(Room):
    """Figures, dashboards and insights."""

    figures = providers.Dependency(instance_of=FigureMaintenance)
    statistics_queries = providers.Dependency(instance_of=StatisticsQueries)
    promo_code_queries = providers.Dependency(instance_of=PromoCodeQueries)
    catalogue_queries = providers.Dependency(instance_of=CatalogueQueries)
    user_queries = providers.Dependency(instance_of=UserQueries)
    category_queries = providers.Dependency(instance_of=CategoryQueries)

    maintain_figures = providers.Singleton(
        MaintainFigures, figures=figures, zone=Room.settings.provided.time_zone
    )
    get_own_statistics = providers.Singleton(
        GetOwnStatistics,
        queries=statistics_queries,
        zone=Room.settings.provided.time_zone,
        currency=Room.settings.provided.currency,
    )
    get_customer_statistics = providers.Singleton(
        GetCustomerStatistics, users=user_queries, get_own_statistics=get_own_statistics
    )
    get_own_item_statistics = providers.Singleton(
        GetOwnItemStatistics,
        queries=statistics_queries,
        zone=Room.settings.provided.time_zone,
        currency=Room.settings.provided.currency,
    )
    get_item_statistics = providers.Singleton(
        GetItemStatistics,
        queries=statistics_queries,
        zone=Room.settings.provided.time_zone,
        currency=Room.settings.provided.currency,
    )
    find_insights = providers.Singleton(
        FindInsights,
        queries=statistics_queries,
        promo_codes=promo_code_queries,
        clock=Room.clock,
        zone=Room.settings.provided.time_zone,
        currency=Room.settings.provided.currency,
    )
    get_dashboard = providers.Singleton(
        GetDashboard,
        queries=statistics_queries,
        find_insights=find_insights,
        clock=Room.clock,
        zone=Room.settings.provided.time_zone,
        currency=Room.settings.provided.currency,
    )
    show_public_dashboard = providers.Singleton(
        ShowPublicDashboard,
        catalogue=catalogue_queries,
        statistics=statistics_queries,
        promo_codes=promo_code_queries,
        cache=Room.catalogue_cache,
        clock=Room.clock,
        currency=Room.settings.provided.currency,
    )
    show_home_page = providers.Singleton(
        ShowHomePage,
        show_public_dashboard=show_public_dashboard,
        categories=category_queries,
        cache=Room.catalogue_cache,
    )
