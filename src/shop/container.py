"""The composition root: the only module that knows ports and adapters both.

Read it top-down: what is given, the adapters, then the use cases by flow. A provider's name is also the name
under which HTTP handlers ask for its object.
"""

from importlib.metadata import version
from typing import Any

from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry, ProcessCollector, disable_created_metrics

from shop.adapters.cache.catalogue_cache import InProcessCatalogueCache
from shop.adapters.clock import SystemClock
from shop.adapters.ids import RandomIds
from shop.adapters.metrics.payments import PrometheusPaymentOutcomes, ProviderCalls
from shop.adapters.metrics.pools import PoolMetrics
from shop.adapters.payments.sandbox import SandboxPayments
from shop.adapters.payments.stripe import StripePayments
from shop.adapters.places.iso import IsoPlaces
from shop.adapters.security.keyed_digests import HmacDigests
from shop.adapters.security.passwords import Argon2Passwords, load_common_passwords
from shop.adapters.security.tokens import JwtAccessTokens
from shop.adapters.sql.framework.backup import back_up, restore
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.migrations import require_compatible, upgrade
from shop.adapters.sql.seeding.seed import SqlSeed
from shop.adapters.sql.storage import SqlStorage
from shop.application.accounts.administration import ChangeUser, CloseAccount, CloseOwnAccount
from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.forgetting import ForgetOldLogins
from shop.application.accounts.logging_in import LogIn, LogOut, RefreshSession
from shop.application.accounts.own_account import ChangePassword, UpdateProfile
from shop.application.accounts.password_check import PasswordCheck
from shop.application.accounts.setting_passwords import SetPassword
from shop.application.accounts.signing_up import CreateAccount, CreateAdmin, SignUp
from shop.application.audit.trail import Audit
from shop.application.carts.cart import (
    AddToCart,
    ApplyPromoCode,
    CartPricing,
    ClearCart,
    DropPromoCode,
    GetCart,
    RemoveFromCart,
    SetQuantity,
)
from shop.application.catalogue.browsing import BrowseAllProducts, BrowseProducts, SearchProducts, ShowProduct
from shop.application.catalogue.editing import ProductEditing
from shop.application.catalogue.products import CreateProduct, DeleteProduct, ReviseProduct
from shop.application.catalogue.stock import AdjustStock, ForgetOldSales
from shop.application.catalogue.terms import ProductTerms
from shop.application.catalogue.variant_terms import VariantTerms
from shop.application.catalogue.variants import ReplaceVariants, ReviseVariant, ShowVariant
from shop.application.orders.addresses import AddressTerms
from shop.application.orders.administration import MoveOrder
from shop.application.orders.checkout import PlaceOrder
from shop.application.orders.reading import GetOrder
from shop.application.payments.cancelling import CancelOrder
from shop.application.payments.intents import CreateIntent
from shop.application.payments.missed_events import CatchUpWithEvents
from shop.application.payments.opening import OpenPayment
from shop.application.payments.reconciling import Reconcile
from shop.application.payments.refunding import RefundOrder
from shop.application.payments.sandbox import ConfirmSandboxPayment, GetSandboxPayment
from shop.application.payments.statements import SettlePayment
from shop.application.payments.sweeping import SweepOrders
from shop.application.payments.webhooks import ReceiveWebhook
from shop.application.promotions.promo_codes import (
    ChangePromoCode,
    CheckPromoCode,
    CreatePromoCode,
    DeletePromoCode,
    PromoCodeTerms,
)
from shop.application.statistics.calendar import Calendar
from shop.application.statistics.dashboard import GetDashboard
from shop.application.statistics.insights import FindInsights
from shop.application.statistics.items import GetItemStatistics
from shop.application.statistics.keeping import KeepFigures
from shop.application.statistics.own import GetOwnItemStatistics, GetOwnStatistics
from shop.application.statistics.storefront import ShowPublicDashboard
from shop.settings import Payments, Settings


def _registry() -> CollectorRegistry:
    # A second series for each counter, which nobody reads.
    disable_created_metrics()  # type: ignore[no-untyped-call]
    return CollectorRegistry()


def _shared_reads(redis_url: str | None, secret: str) -> Any:
    """What the instances share; None: nothing."""
    if redis_url is None:
        return None
    # The client loads what it may be asked to measure, and whoever has no Redis does without it.
    from shop.adapters.cache.redis.connection import RedisConnection  # noqa: PLC0415
    from shop.adapters.cache.redis.shared_reads import RedisReads  # noqa: PLC0415

    return RedisReads(RedisConnection(redis_url), secret, release=version("shop"))


class Container(containers.DeclarativeContainer):
    """Every object of a running shop, made on first use and once."""

    settings = providers.Dependency(instance_of=Settings)
    storage: providers.Dependency[Any] = providers.Dependency()
    # Traces: nothing, unless they are switched on.
    tracing: providers.Object[Any] = providers.Object(None)
    request_tracer: providers.Object[Any] = providers.Object(None)
    trace_task: providers.Object[Any] = providers.Object(None)
    registry = providers.Singleton(_registry)

    # What storage offers, by port.
    unit_of_work = storage.provided.unit_of_work
    user_queries = storage.provided.users
    catalogue_queries = storage.provided.catalogue
    cart_queries = storage.provided.carts
    promo_code_queries = storage.provided.promo_codes
    order_queries = storage.provided.orders
    statistics_queries = storage.provided.statistics
    figures = storage.provided.figures
    admin_order_queries = storage.provided.admin_orders
    admin_product_queries = storage.provided.admin_products
    refund_queries = storage.provided.refunds
    audit_queries = storage.provided.audit

    back_up = providers.Callable(back_up, settings.provided.database_file)
    restore = providers.Callable(restore, settings.provided.database_file)
    upgrade_schema = providers.Callable(upgrade, settings.provided.database_url)
    require_usable_schema = providers.Callable(require_compatible, settings.provided.database_url)
    seed = providers.Singleton(SqlSeed, storage.provided.database, settings.provided.currency)

    # The other adapters.
    clock = providers.Singleton(SystemClock)
    ids = providers.Singleton(RandomIds)
    places = providers.Singleton(IsoPlaces)
    digests = providers.Singleton(HmacDigests, settings.provided.jwt_secret)
    passwords = providers.Singleton(Argon2Passwords, threads=settings.provided.hash_concurrency)
    common_passwords = providers.Singleton(load_common_passwords)
    access_tokens = providers.Singleton(
        JwtAccessTokens,
        secret=settings.provided.jwt_secret,
        lifetime=settings.provided.access_token_ttl,
        clock=clock,
        ids=ids,
    )
    audit = providers.Singleton(Audit, clock=clock, ids=ids)
    calendar = providers.Singleton(Calendar, settings.provided.time_zone)
    shared_reads = providers.Singleton(
        _shared_reads, settings.provided.redis_url, settings.provided.jwt_secret
    )
    catalogue_cache = providers.Singleton(InProcessCatalogueCache, shared=shared_reads)
    sandbox_payments = providers.Singleton(
        SandboxPayments, ledger=storage.provided.sandbox_ledger, clock=clock, ids=ids
    )
    provider_calls = providers.Singleton(ProviderCalls, registry)
    stripe_payments = providers.Singleton(
        StripePayments,
        secret_key=settings.provided.stripe_secret_key,
        webhook_secrets=settings.provided.stripe_webhook_secrets,
        payment_method_types=settings.provided.stripe_payment_method_types,
        api_base=settings.provided.stripe_api_base,
        clock=clock,
        observe=provider_calls,
    )
    payment_provider = providers.Selector(
        settings.provided.payments, sandbox=sandbox_payments, stripe=stripe_payments
    )
    payment_outcomes = providers.Singleton(
        PrometheusPaymentOutcomes, registry, provider=settings.provided.payments
    )

    # Accounts.
    authenticate = providers.Singleton(
        Authenticate,
        access_tokens=access_tokens,
        user_queries=user_queries,
        clock=clock,
        shared=shared_reads,
    )
    password_check = providers.Singleton(
        PasswordCheck,
        unit_of_work=unit_of_work,
        passwords=passwords,
        clock=clock,
        ids=ids,
        digests=digests,
        shared=shared_reads,
    )
    create_account = providers.Singleton(
        CreateAccount,
        unit_of_work=unit_of_work,
        passwords=passwords,
        common_passwords=common_passwords,
        clock=clock,
        ids=ids,
        audit=audit,
    )
    sign_up = providers.Singleton(SignUp, create_account=create_account)
    create_admin = providers.Singleton(CreateAdmin, create_account=create_account)
    set_password = providers.Singleton(
        SetPassword,
        unit_of_work=unit_of_work,
        passwords=passwords,
        common_passwords=common_passwords,
        clock=clock,
        audit=audit,
    )
    log_in = providers.Singleton(
        LogIn,
        unit_of_work=unit_of_work,
        password_check=password_check,
        passwords=passwords,
        access_tokens=access_tokens,
        clock=clock,
        ids=ids,
        refresh_lifetime=settings.provided.refresh_token_ttl,
    )
    refresh_session = providers.Singleton(
        RefreshSession,
        unit_of_work=unit_of_work,
        authenticate=authenticate,
        access_tokens=access_tokens,
        clock=clock,
        digests=digests,
        refresh_lifetime=settings.provided.refresh_token_ttl,
    )
    log_out = providers.Singleton(LogOut, unit_of_work=unit_of_work, authenticate=authenticate, clock=clock)
    update_profile = providers.Singleton(UpdateProfile, unit_of_work=unit_of_work)
    change_password = providers.Singleton(
        ChangePassword,
        unit_of_work=unit_of_work,
        password_check=password_check,
        passwords=passwords,
        common_passwords=common_passwords,
        authenticate=authenticate,
        clock=clock,
    )
    change_user = providers.Singleton(
        ChangeUser, unit_of_work=unit_of_work, authenticate=authenticate, clock=clock, audit=audit
    )
    close_own_account = providers.Singleton(
        CloseOwnAccount, unit_of_work=unit_of_work, authenticate=authenticate, clock=clock, audit=audit
    )
    close_account = providers.Singleton(
        CloseAccount, unit_of_work=unit_of_work, authenticate=authenticate, clock=clock, audit=audit
    )
    forget_old_logins = providers.Singleton(ForgetOldLogins, unit_of_work=unit_of_work, clock=clock)

    # Catalogue.
    browse_products = providers.Singleton(
        BrowseProducts, queries=catalogue_queries, cache=catalogue_cache, currency=settings.provided.currency
    )
    search_products = providers.Singleton(
        SearchProducts, queries=catalogue_queries, cache=catalogue_cache, currency=settings.provided.currency
    )
    browse_all_products = providers.Singleton(
        BrowseAllProducts, queries=admin_product_queries, currency=settings.provided.currency
    )
    show_product = providers.Singleton(
        ShowProduct, queries=catalogue_queries, cache=catalogue_cache, currency=settings.provided.currency
    )
    variant_terms = providers.Singleton(VariantTerms, currency=settings.provided.currency, ids=ids)
    product_terms = providers.Singleton(
        ProductTerms, currency=settings.provided.currency, variant_terms=variant_terms
    )
    product_editing = providers.Singleton(ProductEditing, ids=ids, zone=settings.provided.time_zone)
    create_product = providers.Singleton(
        CreateProduct,
        unit_of_work=unit_of_work,
        clock=clock,
        ids=ids,
        terms=product_terms,
        cache=catalogue_cache,
        audit=audit,
    )
    revise_product = providers.Singleton(
        ReviseProduct,
        unit_of_work=unit_of_work,
        clock=clock,
        terms=product_terms,
        editing=product_editing,
        cache=catalogue_cache,
        audit=audit,
    )
    show_variant = providers.Singleton(
        ShowVariant, queries=catalogue_queries, currency=settings.provided.currency
    )
    replace_variants = providers.Singleton(
        ReplaceVariants,
        unit_of_work=unit_of_work,
        clock=clock,
        ids=ids,
        terms=product_terms,
        variant_terms=variant_terms,
        editing=product_editing,
        cache=catalogue_cache,
        audit=audit,
    )
    revise_variant = providers.Singleton(
        ReviseVariant,
        unit_of_work=unit_of_work,
        clock=clock,
        ids=ids,
        terms=product_terms,
        variant_terms=variant_terms,
        editing=product_editing,
        cache=catalogue_cache,
        audit=audit,
    )
    delete_product = providers.Singleton(
        DeleteProduct,
        unit_of_work=unit_of_work,
        terms=product_terms,
        clock=clock,
        cache=catalogue_cache,
        audit=audit,
    )
    adjust_stock = providers.Singleton(
        AdjustStock,
        unit_of_work=unit_of_work,
        clock=clock,
        ids=ids,
        terms=product_terms,
        cache=catalogue_cache,
        audit=audit,
    )
    forget_old_sales = providers.Singleton(
        ForgetOldSales, unit_of_work=unit_of_work, clock=clock, cache=catalogue_cache
    )

    # Cart and promo codes.
    cart_pricing = providers.Singleton(CartPricing, clock=clock, currency=settings.provided.currency)
    get_cart = providers.Singleton(
        GetCart, carts=cart_queries, unit_of_work=unit_of_work, ids=ids, pricing=cart_pricing
    )
    add_to_cart = providers.Singleton(
        AddToCart, unit_of_work=unit_of_work, ids=ids, pricing=cart_pricing, clock=clock
    )
    set_quantity = providers.Singleton(SetQuantity, unit_of_work=unit_of_work, ids=ids, pricing=cart_pricing)
    remove_from_cart = providers.Singleton(
        RemoveFromCart, unit_of_work=unit_of_work, ids=ids, pricing=cart_pricing
    )
    clear_cart = providers.Singleton(ClearCart, unit_of_work=unit_of_work, ids=ids, pricing=cart_pricing)
    apply_promo_code = providers.Singleton(
        ApplyPromoCode, unit_of_work=unit_of_work, ids=ids, pricing=cart_pricing, clock=clock
    )
    drop_promo_code = providers.Singleton(
        DropPromoCode, unit_of_work=unit_of_work, ids=ids, pricing=cart_pricing
    )
    promo_code_terms = providers.Singleton(PromoCodeTerms, clock=clock, currency=settings.provided.currency)
    create_promo_code = providers.Singleton(
        CreatePromoCode, unit_of_work=unit_of_work, ids=ids, terms=promo_code_terms, audit=audit
    )
    change_promo_code = providers.Singleton(
        ChangePromoCode, unit_of_work=unit_of_work, terms=promo_code_terms, audit=audit
    )
    delete_promo_code = providers.Singleton(
        DeletePromoCode, unit_of_work=unit_of_work, terms=promo_code_terms, audit=audit
    )
    check_promo_code = providers.Singleton(CheckPromoCode, promo_codes=promo_code_queries, clock=clock)

    # Orders and their payments.
    settle_payment = providers.Singleton(
        SettlePayment,
        unit_of_work=unit_of_work,
        provider=payment_provider,
        clock=clock,
        ids=ids,
        cache=catalogue_cache,
        outcomes=payment_outcomes,
    )
    create_intent = providers.Singleton(CreateIntent, unit_of_work=unit_of_work, provider=payment_provider)
    open_payment = providers.Singleton(
        OpenPayment,
        unit_of_work=unit_of_work,
        provider=payment_provider,
        create_intent=create_intent,
        settle=settle_payment,
        clock=clock,
    )
    address_terms = providers.Singleton(AddressTerms, places=places)
    place_order = providers.Singleton(
        PlaceOrder,
        unit_of_work=unit_of_work,
        provider=payment_provider,
        open_payment=open_payment,
        clock=clock,
        ids=ids,
        cache=catalogue_cache,
        currency=settings.provided.currency,
        addresses=address_terms,
        term=settings.provided.order_ttl,
    )
    get_order = providers.Singleton(GetOrder, orders=order_queries, provider=payment_provider)
    cancel_order = providers.Singleton(
        CancelOrder,
        unit_of_work=unit_of_work,
        provider=payment_provider,
        create_intent=create_intent,
        settle=settle_payment,
        clock=clock,
        ids=ids,
        cache=catalogue_cache,
        audit=audit,
    )
    move_order = providers.Singleton(
        MoveOrder,
        unit_of_work=unit_of_work,
        cancel_order=cancel_order,
        get_order=get_order,
        clock=clock,
        audit=audit,
    )
    refund_order = providers.Singleton(
        RefundOrder,
        unit_of_work=unit_of_work,
        provider=payment_provider,
        settle=settle_payment,
        clock=clock,
        ids=ids,
        audit=audit,
    )
    receive_webhook = providers.Singleton(
        ReceiveWebhook,
        provider=payment_provider,
        settle=settle_payment,
        clock=clock,
        outcomes=payment_outcomes,
    )
    get_sandbox_payment = providers.Singleton(GetSandboxPayment, card=sandbox_payments)
    confirm_sandbox_payment = providers.Singleton(
        ConfirmSandboxPayment, card=sandbox_payments, receive_webhook=receive_webhook, get=get_sandbox_payment
    )
    catch_up_with_events = providers.Singleton(
        CatchUpWithEvents,
        unit_of_work=unit_of_work,
        provider=payment_provider,
        receive_webhook=receive_webhook,
        clock=clock,
    )
    sweep_orders = providers.Singleton(
        SweepOrders,
        orders=order_queries,
        unit_of_work=unit_of_work,
        provider=payment_provider,
        open_payment=open_payment,
        cancel_order=cancel_order,
        settle=settle_payment,
        clock=clock,
    )
    reconcile = providers.Singleton(
        Reconcile, orders=order_queries, provider=payment_provider, settle=settle_payment
    )

    # Figures.
    keep_figures = providers.Singleton(KeepFigures, figures=figures, zone=settings.provided.time_zone)
    get_own_statistics = providers.Singleton(
        GetOwnStatistics,
        queries=statistics_queries,
        zone=settings.provided.time_zone,
        currency=settings.provided.currency,
    )
    get_own_item_statistics = providers.Singleton(
        GetOwnItemStatistics,
        queries=statistics_queries,
        zone=settings.provided.time_zone,
        currency=settings.provided.currency,
    )
    get_item_statistics = providers.Singleton(
        GetItemStatistics,
        queries=statistics_queries,
        zone=settings.provided.time_zone,
        currency=settings.provided.currency,
    )
    find_insights = providers.Singleton(
        FindInsights,
        queries=statistics_queries,
        promo_codes=promo_code_queries,
        clock=clock,
        zone=settings.provided.time_zone,
        currency=settings.provided.currency,
    )
    get_dashboard = providers.Singleton(
        GetDashboard,
        queries=statistics_queries,
        find_insights=find_insights,
        clock=clock,
        zone=settings.provided.time_zone,
        currency=settings.provided.currency,
    )
    show_public_dashboard = providers.Singleton(
        ShowPublicDashboard,
        catalogue=catalogue_queries,
        statistics=statistics_queries,
        promo_codes=promo_code_queries,
        cache=catalogue_cache,
        clock=clock,
        currency=settings.provided.currency,
    )


def build_container(settings: Settings) -> Container:
    """The container of a shop on the database that its settings name."""
    if settings.tracing:
        return _watched(_traced_container(settings))
    database = Database(settings.database_url, settings.database_pool_size)
    return _watched(Container(settings=settings, storage=SqlStorage(database)))


def _watched(container: Container) -> Container:
    database = container.storage().database
    container.registry().register(PoolMetrics(database))
    ProcessCollector(registry=container.registry())
    return container


def _traced_container(settings: Settings) -> Container:
    # Whoever has no traces does without these modules, and what they import.
    from shop.adapters.tracing.calls import TracedCalls  # noqa: PLC0415
    from shop.adapters.tracing.requests import RequestTracing  # noqa: PLC0415
    from shop.adapters.tracing.sdk import Tracing  # noqa: PLC0415
    from shop.adapters.tracing.sql import TracedStorage, traced_database  # noqa: PLC0415

    tracing = Tracing(version("shop"))
    database = traced_database(settings.database_url, settings.database_pool_size, tracing)
    container = Container(
        settings=settings,
        storage=TracedStorage(database, tracing),
        tracing=tracing,
        request_tracer=RequestTracing(tracing),
        trace_task=providers.Object(tracing.task),
    )
    container.provider_calls.override(TracedCalls(tracing, container.provider_calls()))
    return container


async def close_container(container: Container) -> None:
    """Close every connection that was opened, and send the last traces."""
    if (shared_reads := container.shared_reads()) is not None:
        await shared_reads.connection.close()
    await container.storage().close()
    if container.settings().payments is Payments.STRIPE:
        await container.stripe_payments().close()
    if (tracing := container.tracing()) is not None:
        await tracing.close()
