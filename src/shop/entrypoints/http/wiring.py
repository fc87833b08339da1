"""The HTTP application of a container: which controllers there are, and what they may ask for."""

from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from typing import Final

from dependency_injector import providers
from litestar import Litestar
from litestar.controller import Controller
from litestar.di import Provide

from shop.container import Container
from shop.entrypoints.http.accounts.addresses import AddressesController
from shop.entrypoints.http.accounts.auth import AuthController
from shop.entrypoints.http.accounts.users import UsersController
from shop.entrypoints.http.audit.audit import AuditController
from shop.entrypoints.http.carts.cart import CartController
from shop.entrypoints.http.catalogue.admin_products import AdminProductsController
from shop.entrypoints.http.catalogue.products import ProductsController
from shop.entrypoints.http.framework.app import Lifespan, create_app
from shop.entrypoints.http.framework.cache_metrics import Cache, CacheMetrics
from shop.entrypoints.http.framework.health import DEGRADED, ReadinessCheck
from shop.entrypoints.http.orders.admin_orders import AdminOrdersController
from shop.entrypoints.http.orders.orders import OrdersController
from shop.entrypoints.http.payments.refunds import AdminRefundsController, RefundsController
from shop.entrypoints.http.payments.sandbox import SandboxController
from shop.entrypoints.http.payments.webhooks import WebhooksController
from shop.entrypoints.http.promotions.promo_codes import PromoCodesController
from shop.entrypoints.http.statistics.statistics import (
    AdminStatisticsController,
    OwnStatisticsController,
    PublicDashboardController,
)
from shop.entrypoints.web.assets import load_assets
from shop.entrypoints.web.configuration import PageConfiguration
from shop.entrypoints.web.cookies import page_token
from shop.entrypoints.web.pages import pages_controller
from shop.entrypoints.web.session import SessionController
from shop.settings import Payments, Service

CONTROLLERS: Final[dict[Service, tuple[type[Controller], ...]]] = {
    Service.ACCOUNTS: (AuthController, UsersController, AddressesController),
    Service.CATALOGUE: (ProductsController, PublicDashboardController),
    Service.ORDERS: (
        CartController,
        OwnStatisticsController,
        OrdersController,
        PromoCodesController,
        AdminStatisticsController,
        AdminOrdersController,
        AdminProductsController,
        RefundsController,
        AdminRefundsController,
        AuditController,
    ),
}
_NOT_FOR_HANDLERS: Final = frozenset({"registry", "database", "figures", "shared_reads"})


def http_app(
    container: Container, services: Iterable[Service] = Service, lifespan: Sequence[Lifespan] = ()
) -> Litestar:
    """The application that offers these services."""
    settings = container.settings()
    controllers = [controller for service in services for controller in CONTROLLERS[service]]
    if Service.ORDERS in services:
        controllers.append(SandboxController if settings.payments is Payments.SANDBOX else WebhooksController)
        container.payment_outcomes()  # so that its counters are there, at 0, before the first payment
    page_configuration = PageConfiguration.of(settings)
    if Service.ACCOUNTS in services:  # where one logs in
        controllers += [pages_controller(load_assets(), page_configuration), SessionController]
    shared = container.shared_reads()
    caches: dict[str, Cache] = {
        "catalogue": container.catalogue_cache(),
        "sessions": container.authenticate(),
    }
    container.registry().register(CacheMetrics(caches, shared))
    return create_app(
        controllers,
        {
            **dependencies_of(container),
            "page_configuration": Provide(lambda: page_configuration, sync_to_thread=False),
        },
        container.authenticate(),
        version=version("shop"),
        registry=container.registry(),
        other_token=page_token,
        lifespan=lifespan,
        readiness_checks=_readiness_checks(container),
        cors_origins=settings.cors_origins,
        trusted_proxies=[str(network) for network in settings.trusted_proxies],
        tracer=container.request_tracer(),
    )


def _readiness_checks(container: Container) -> dict[str, ReadinessCheck]:
    checks: dict[str, ReadinessCheck] = {"database": container.storage().ping}
    if (shared := container.shared_reads()) is not None:

        async def redis() -> object:
            return DEGRADED if shared.is_open else None

        checks["redis"] = redis
    return checks


def dependencies_of(container: Container) -> dict[str, Provide]:
    """Every provider of the container as a Litestar dependency of its name, overrides honoured."""
    return {
        name: Provide(_without_parameters(provider), sync_to_thread=False)
        for name, provider in container.providers.items()
        if isinstance(provider, providers.Singleton | providers.AttributeGetter)
        and name not in _NOT_FOR_HANDLERS
    }


def _without_parameters(provider: providers.Provider[object]) -> Callable[[], object]:
    # Litestar takes a dependency's parameters for its own dependencies, and refuses provider objects.
    def provided() -> object:
        return provider()

    return provided
