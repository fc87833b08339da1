"""The root: joins the rooms of a shop, and opens and closes their shared resources."""

from contextlib import AsyncExitStack

from prometheus_client import ProcessCollector

from shop.adapters.cache.catalogue_cache import InProcessCatalogueCache
from shop.adapters.cache.kept import Kept
from shop.adapters.clock import SystemClock
from shop.adapters.ids import RandomIds
from shop.adapters.metrics.pools import PoolMetrics
from shop.adapters.places.iso import IsoPlaces
from shop.adapters.security.keyed_digests import HmacDigests
from shop.adapters.security.passwords import Argon2Passwords
from shop.adapters.security.secret_box import FernetBox
from shop.adapters.sql.storage import SqlStorage
from shop.adapters.vat_ids import StdnumVatIds
from shop.application.addresses import AddressTerms
from shop.application.audit.trail import Audit
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.accounts import PasswordHasher
from shop.application.ports.storage import Storage
from shop.application.ports.system import Clock, Ids
from shop.application.pricing.quoting import Quotes, SellingTerms
from shop.application.statistics.calendar import Calendar
from shop.container.accounts import Accounts
from shop.container.audit import AuditTrail
from shop.container.carts import Carts
from shop.container.catalogue import Catalogue
from shop.container.fulfilment import Fulfilment
from shop.container.messages import MailWriting, Messages
from shop.container.orders import Orders
from shop.container.outbox import Outbox
from shop.container.payments import Payments, sandbox_ledger_of
from shop.container.pricing import Pricing
from shop.container.promotions import Promotions
from shop.container.resources import closed_with, new_registry, open_shared_reads
from shop.container.setup import Setup
from shop.container.shop import Shop
from shop.container.statistics import Statistics
from shop.settings import Settings, SettingsError


def assemble_on(storage: SqlStorage, settings: Settings) -> Shop:
    """Return the shop on a database that it closes, with metrics of the connection pools and the process."""
    shop = assemble(settings, storage)
    closed_with(shop.resources, storage)
    shop.registry.register(PoolMetrics(storage.database))
    ProcessCollector(registry=shop.registry)
    return shop


def assemble(
    settings: Settings,
    storage: Storage,
    *,
    clock: Clock | None = None,
    ids: Ids | None = None,
    passwords: PasswordHasher | None = None,
) -> Shop:
    """Return the shop on a storage that the caller closes. Tests pass their own clock, ids and passwords."""
    resources = AsyncExitStack()
    clock, ids = clock or SystemClock(), ids or RandomIds()
    if passwords is None:
        passwords = Argon2Passwords(threads=settings.hash_concurrency)
        resources.callback(passwords.close)
    shared_reads = open_shared_reads(settings, resources)
    registry, catalogue_cache = new_registry(), InProcessCatalogueCache(shared=shared_reads)
    digests = HmacDigests(settings.jwt_secret)
    writing = MailWriting(settings=settings, clock=clock, ids=ids, digests=digests)
    common = {
        "settings": settings,
        "registry": registry,
        "resources": resources,
        "unit_of_work": storage.unit_of_work,
        "clock": clock,
        "ids": ids,
        "digests": digests,
        "secret_box": FernetBox(settings.secret_keys),
        "queue_message": writing.queue_message,
        "mail_limits": writing.mail_limits,
        "audit": Audit(clock=clock, ids=ids),
        "record_events": RecordEvents(clock=clock, ids=ids, low_stock=settings.low_stock),
        "address_terms": AddressTerms(IsoPlaces(), StdnumVatIds()),
        "calendar": Calendar(settings.time_zone),
        "catalogue_cache": catalogue_cache,
        **({} if shared_reads is None else {"shared_reads": shared_reads}),
    }
    rules = {
        "places": IsoPlaces(),
        "selling_rules_queries": storage.selling_rules,
        "current_rules": Kept(storage.selling_rules.read),
    }
    quotes = _quotes_of(settings)
    payments = Payments(
        **common,
        order_queries=storage.orders,
        refund_queries=storage.refunds,
        sandbox_ledger=sandbox_ledger_of(storage),
    )
    messages = Messages(
        **common,
        message_queries=storage.messages,
        order_token_queries=storage.order_tokens,
        event_queries=storage.events,
        payment_providers=payments.payment_providers,
        mail_texts=writing.mail_texts,
        message_tokens=writing.message_tokens,
    )
    carts = Carts(**common, **rules, cart_queries=storage.carts, quotes=quotes)
    return Shop(
        settings=settings,
        storage=storage,
        registry=registry,
        catalogue_cache=catalogue_cache,
        shared_reads=shared_reads,
        resources=resources,
        accounts=Accounts(
            **common,
            user_queries=storage.users,
            role_queries=storage.roles,
            api_key_queries=storage.api_keys,
            address_book_queries=storage.address_books,
            merge_carts=carts.merge_carts,
            get_cart=carts.get_cart,
            order_queries=storage.orders,
            payment_providers=payments.payment_providers,
            passwords=passwords,
        ),
        catalogue=Catalogue(
            **common,
            catalogue_queries=storage.catalogue,
            admin_product_queries=storage.admin_products,
            picture_queries=storage.pictures,
            import_queries=storage.imports,
            current_rules=rules["current_rules"],
            category_queries=storage.categories,
            current_categories=Kept(storage.categories.tree),
        ),
        carts=carts,
        promotions=Promotions(**common, promo_code_queries=storage.promo_codes),
        payments=payments,
        pricing=Pricing(**common, **rules),
        fulfilment=Fulfilment(**common, **rules),
        orders=Orders(
            **common,
            payment_providers=payments.payment_providers,
            open_payment=payments.open_payment,
            cancel_order=payments.cancel_order,
            order_events=payments.order_events,
            order_queries=storage.orders,
            admin_order_queries=storage.admin_orders,
            order_token_queries=storage.order_tokens,
            guest_rules=carts.guest_rules,
            secret_answers=payments.secret_answers,
            quotes=quotes,
        ),
        statistics=Statistics(
            **common,
            figures=storage.figures,
            statistics_queries=storage.statistics,
            promo_code_queries=storage.promo_codes,
            catalogue_queries=storage.catalogue,
            category_queries=storage.categories,
        ),
        outbox=Outbox(
            **common,
            event_queries=storage.events,
            webhook_queries=storage.webhooks,
            message_queries=storage.messages,
        ),
        audit=AuditTrail(**common, audit_queries=storage.audit),
        messages=messages,
        setup=Setup(**common, current_rules=rules["current_rules"], message_queries=storage.messages),
    )


def _quotes_of(settings: Settings) -> Quotes:
    places = IsoPlaces()
    if settings.country is not None and places.country(settings.country) is None:
        raise SettingsError(
            [f"SHOP_COUNTRY must be a country's two letters, such as DE, not {settings.country!r}."]
        )
    terms = SellingTerms(
        settings.currency, settings.country, settings.prices_include_tax, settings.reverse_charge
    )
    return Quotes(terms, places, StdnumVatIds())
