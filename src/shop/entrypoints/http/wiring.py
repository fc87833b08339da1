"""Wires the HTTP application of a shop: its controllers and their dependencies."""

import inspect
from collections.abc import Callable, Collection, Sequence
from importlib.metadata import version
from typing import Final

from dependency_injector import providers
from litestar import Litestar, Router
from litestar.controller import Controller
from litestar.di import Provide
from litestar.handlers import HTTPRouteHandler
from litestar.types import ExceptionHandlersMap

from shop.container.room import Room
from shop.container.shop import Shop
from shop.entrypoints.http.accounts.addresses import AddressesController
from shop.entrypoints.http.accounts.api_keys import ApiKeysController
from shop.entrypoints.http.accounts.auth import AuthController
from shop.entrypoints.http.accounts.customers_export import CustomersExportController
from shop.entrypoints.http.accounts.recovery import RecoveryController
from shop.entrypoints.http.accounts.roles import RolesController
from shop.entrypoints.http.accounts.second_factors import SecondFactorsController
from shop.entrypoints.http.accounts.users import UsersController
from shop.entrypoints.http.audit.audit import AuditController
from shop.entrypoints.http.carts.cart import CartController
from shop.entrypoints.http.carts.guest_carts import GuestCartsController
from shop.entrypoints.http.carts.shipping import CartShippingController
from shop.entrypoints.http.catalogue.admin_products import AdminProductsController
from shop.entrypoints.http.catalogue.browsing import BrowsingController
from shop.entrypoints.http.catalogue.categories import CategoriesController
from shop.entrypoints.http.catalogue.drawings import DrawingsController
from shop.entrypoints.http.catalogue.exports import ProductsExportController
from shop.entrypoints.http.catalogue.feeds import FeedsController
from shop.entrypoints.http.catalogue.imports import ImportsController
from shop.entrypoints.http.catalogue.media import MediaController, MediaFilesController
from shop.entrypoints.http.catalogue.products import ProductsController
from shop.entrypoints.http.catalogue.variants import VariantsController
from shop.entrypoints.http.compat import dialects_of
from shop.entrypoints.http.compat.dialect import Dialect
from shop.entrypoints.http.compat.documents import document_route
from shop.entrypoints.http.compat.errors import DialectErrors
from shop.entrypoints.http.framework.app import Lifespan, create_app, documented_app
from shop.entrypoints.http.framework.middleware import RequestMetrics, ShowMetrics
from shop.entrypoints.http.framework.policies import TokenReaders
from shop.entrypoints.http.framework.responses import CACHE_DEPENDENCY
from shop.entrypoints.http.fulfilment.shipping_methods import ShippingMethodsController
from shop.entrypoints.http.fulfilment.shipping_zones import ShippingZonesController
from shop.entrypoints.http.lookups import Lookups, readers_of, register_metrics
from shop.entrypoints.http.messages.messages import MessagesController
from shop.entrypoints.http.orders.admin_orders import AdminOrdersController
from shop.entrypoints.http.orders.exports import OrdersExportController
from shop.entrypoints.http.orders.notes import OrderNotesController
from shop.entrypoints.http.orders.orders import CartCheckoutController, CheckoutCounts, OrdersController
from shop.entrypoints.http.outbox.events import EventsController
from shop.entrypoints.http.outbox.webhooks import AdminWebhooksController
from shop.entrypoints.http.payments.marking_paid import MarkPaidController
from shop.entrypoints.http.payments.refunds import AdminRefundsController, RefundsController
from shop.entrypoints.http.payments.sandbox import SandboxController
from shop.entrypoints.http.payments.webhooks import WebhooksController
from shop.entrypoints.http.pricing.tax_rates import TaxRatesController
from shop.entrypoints.http.promotions.promo_codes import PromoCodesController
from shop.entrypoints.http.setup.settings import SettingsController
from shop.entrypoints.http.statistics.statistics import (
    AdminStatisticsController,
    OwnStatisticsController,
    PublicDashboardController,
)
from shop.entrypoints.web.assets import asset_of
from shop.entrypoints.web.catalogue_pages import catalogue_pages_controller, home_page_controller
from shop.entrypoints.web.configuration import PageConfiguration
from shop.entrypoints.web.content_security import page_headers
from shop.entrypoints.web.cookies import page_token
from shop.entrypoints.web.pages import answer_unknown_addresses, pages_controller
from shop.entrypoints.web.rendering import Storefront
from shop.entrypoints.web.session import SessionController
from shop.entrypoints.web.shells import render_site
from shop.settings import Payments, Service

_PAYMENT_CONTROLLERS: Final[dict[Payments, Sequence[type[Controller]]]] = {
    Payments.SANDBOX: [SandboxController],
    Payments.STRIPE: [WebhooksController],
    Payments.MANUAL: [MarkPaidController],
}
"""The controllers of routes that exist only with a certain payment provider."""
_ACCOUNT_CONTROLLERS: Final[list[type[Controller]]] = [
    AuthController,
    RecoveryController,
    SecondFactorsController,
    UsersController,
    AddressesController,
    CustomersExportController,
]
_CATALOGUE_CONTROLLERS: Final[list[type[Controller]]] = [
    BrowsingController,
    ProductsController,
    VariantsController,
    CategoriesController,
    MediaController,
    MediaFilesController,
    DrawingsController,
    FeedsController,
    ProductsExportController,
    ImportsController,
]
_ORDER_CONTROLLERS: Final[list[type[Controller]]] = [
    CartCheckoutController,
    OrdersController,
    AdminOrdersController,
    OrderNotesController,
    OrdersExportController,
]


def controllers_of(shop: Shop, services: Collection[Service]) -> list[tuple[Room, list[type[Controller]]]]:
    """Return the controllers of these services, each with the room whose use cases it may request."""
    payment_controllers = [
        controller
        for name in shop.settings.payments or ()
        for controller in _PAYMENT_CONTROLLERS.get(name, ())
    ]
    every: dict[Service, list[tuple[Room, list[type[Controller]]]]] = {
        Service.ACCOUNTS: [(shop.accounts, _ACCOUNT_CONTROLLERS)],
        Service.CATALOGUE: [
            (shop.catalogue, _CATALOGUE_CONTROLLERS),
            (shop.statistics, [PublicDashboardController]),
        ],
        Service.ORDERS: [
            (shop.carts, [CartController, CartShippingController, GuestCartsController]),
            (shop.catalogue, [AdminProductsController]),
            (shop.promotions, [PromoCodesController]),
            (shop.fulfilment, [ShippingZonesController, ShippingMethodsController]),
            (shop.pricing, [TaxRatesController]),
            (shop.orders, _ORDER_CONTROLLERS),
            (shop.payments, [*payment_controllers, RefundsController, AdminRefundsController]),
            (shop.statistics, [OwnStatisticsController, AdminStatisticsController]),
            (shop.accounts, [RolesController, ApiKeysController]),
            (shop.outbox, [EventsController, AdminWebhooksController]),
            (shop.audit, [AuditController]),
            (shop.messages, [MessagesController]),
            (shop.setup, [SettingsController]),
        ],
    }
    return [room for service in services for room in every[service]]


def http_app(
    shop: Shop,
    services: Collection[Service] = tuple(Service),
    lifespan: Sequence[Lifespan] = (),
    show_metrics: ShowMetrics | None = None,
) -> Litestar:
    """Return the application that offers these services.

    `/metrics` shows this process's metrics unless `show_metrics` is given; it is absent if metrics have their own
    port.
    """
    metrics = RequestMetrics(CheckoutCounts(shop.registry))
    register_metrics(shop, services, metrics)
    return app_with(metrics, readers_of(shop), shop, services, lifespan, show_metrics)


def app_with(
    metrics: RequestMetrics,
    readers: TokenReaders,
    shop: Shop,
    services: Collection[Service],
    lifespan: Sequence[Lifespan] = (),
    show_metrics: ShowMetrics | None = None,
) -> Litestar:
    """Return the application that offers these services; the caller registers the metrics."""
    settings, lookups = shop.settings, Lookups(shop)
    routes: list[Router | type[Controller] | HTTPRouteHandler] = [
        _router(lookups, room, controllers) for room, controllers in controllers_of(shop, services)
    ]
    unknown_addresses: ExceptionHandlersMap = {}
    if Service.ACCOUNTS in services:  # the pages need its login route
        page_configuration = PageConfiguration.of(settings, shop.pricing.places())
        routes += [
            _router(lookups, shop.accounts, [SessionController], page_configuration=page_configuration),
            *_pages(shop, lookups, page_configuration, unknown_addresses),
        ]
    dialects = dialects_of(settings.compat)
    routes += _dialect_routes(shop, lookups, dialects)
    app = create_app(
        routes,
        lookups.digests,
        readers,
        version=version("shop"),
        metrics=metrics,
        show_metrics=None if settings.metrics_port else show_metrics or lookups.show_metrics,
        currency=settings.currency,
        other_token=page_token,
        lifespan=lifespan,
        readiness_checks=lookups.readiness_checks(),
        cors_origins=settings.cors_origins,
        trusted_proxies=[str(network) for network in settings.trusted_proxies],
        tracer=shop.request_tracer,
        clock_offset=shop.clock_offset,
    )
    app.exception_handlers.update(unknown_addresses)
    if dialects:
        app.asgi_handler = DialectErrors(app.asgi_handler, dialects)
    return app


def _pages(
    shop: Shop, lookups: Lookups, configuration: PageConfiguration, unknown_addresses: ExceptionHandlersMap
) -> list[Router | type[Controller]]:
    """Return the routes of the pages. Most pages are rendered here, once. Raises SettingsError.

    Adds the handler of addresses without a route to `unknown_addresses`, under the status 404.
    """
    site, security = render_site(configuration), page_headers(configuration.payments)
    admin_security = page_headers(configuration.payments, data_images=True)
    storefront = Storefront(site.shell, site.scripts, configuration.name, shop.catalogue.catalogue_links())
    not_found = asset_of("not-found.html", storefront.not_found())
    unknown_addresses[404] = answer_unknown_addresses(not_found, security)
    return [
        pages_controller(site, not_found, security, admin_security),
        _router(
            lookups,
            shop.catalogue,
            [catalogue_pages_controller(storefront, site.products, not_found, security)],
        ),
        _router(lookups, shop.statistics, [home_page_controller(storefront, site.products, security)]),
    ]


def _dialect_routes(
    shop: Shop, lookups: Lookups, dialects: Sequence[Dialect]
) -> list[Router | HTTPRouteHandler]:
    """Return the dialects' routes, which the main document omits, and the routes of their documents."""
    routes: list[Router | HTTPRouteHandler] = []
    for dialect in dialects:
        routers = [_router(lookups, room, controllers) for room, controllers in dialect.rooms(shop)]
        documented = documented_app(
            [Router(dialect.path, route_handlers=routers)], version("shop"), shop.settings.currency
        )
        routes.append(Router(dialect.path, route_handlers=routers, include_in_schema=False))
        routes.append(document_route(dialect, documented))
    return routes


def _router(lookups: Lookups, room: Room, controllers: Sequence[type[Controller]], **more: object) -> Router:
    """Return a router for controllers that may request their room's providers by name, and `more`."""
    requested = {name for controller in controllers for name in _requested_names(controller)}
    dependencies: dict[str, Callable[[], object]] = {
        name: lookups.provider(room, name)
        for name, provider in room.providers.items()
        if name in requested and isinstance(provider, providers.Singleton | providers.Dependency)
    }
    dependencies |= {name: _constant(value) for name, value in more.items()}
    return Router(
        "/",
        route_handlers=controllers,
        # A provider always returns the same object, so Litestar may skip it in later requests.
        dependencies={
            name: Provide(made, use_cache=True, sync_to_thread=False) for name, made in dependencies.items()
        },
    )


def _requested_names(controller: type[Controller]) -> set[str]:
    """Return the names of the dependencies that a controller's handlers may request.

    The router gets no others, because Litestar compares all of its dependencies pairwise, for every route.
    """
    names = {CACHE_DEPENDENCY}
    for each in (each for base in controller.__mro__ for each in vars(base).values()):
        if isinstance(each, HTTPRouteHandler):
            own = (
                made.dependency if isinstance(made, Provide) else made
                for made in (each.dependencies or {}).values()
            )
            names.update(name for asking in (each.fn, *own) for name in inspect.signature(asking).parameters)
    return names


def _constant(value: object) -> Callable[[], object]:
    return lambda: value
