"""The root: joins the rooms of a shop, and opens and closes their shared resources."""

from contextlib import AsyncExitStack

from prometheus_client import ProcessCollector

from shop.adapters.cache.cached_value import CachedValue
from shop.adapters.cache.catalogue_cache import InProcessCatalogueCache
from shop.adapters.clock import clock_with
from shop.adapters.metrics.pools import PoolMetrics
from shop.adapters.places.iso import IsoPlaces
from shop.adapters.security.secret_box import FernetBox
from shop.adapters.security.secrets import HmacDigests, RandomIds
from shop.adapters.sql.storage import SqlStorage
from shop.adapters.vat_ids import StdnumVatIds
from shop.application.addresses import AddressTerms
from shop.application.audit.trail import Audit
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.logins import PasswordHasher
from shop.application.ports.storage import Storage
from shop.application.ports.system import Clock, Ids
from shop.application.statistics.calendar import Calendar
from shop.container.audit import AuditTrail
from shop.container.fulfilment import Fulfilment
from shop.container.joining import (
    accounts_room,
    carts_room,
    catalogue_room,
    messages_room,
    orders_room,
    outbox_room,
    payments_room,
    statistics_room,
)
from shop.container.messages import MailWriting
from shop.container.pricing import Pricing, quotes_of
from shop.container.promotions import Promotions
from shop.container.resources import closed_with, new_registry, open_passwords, open_shared_reads
from shop.container.room import Dependencies
from shop.container.setup import Setup
from shop.container.shop import Shop
from shop.settings import Settings


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
    clock, ids = clock or clock_with(settings.clock_offset_file), ids or RandomIds()
    shared_reads = open_shared_reads(settings, resources)
    registry, catalogue_cache = new_registry(), InProcessCatalogueCache(shared=shared_reads)
    places, vat_ids, digests = IsoPlaces(), StdnumVatIds(), HmacDigests(settings.jwt_secret)
    writing = MailWriting(settings=settings, clock=clock, ids=ids, digests=digests)
    common: Dependencies = {
        "settings": settings,
        "registry": registry,
        "resources": resources,
        "unit_of_work": storage.unit_of_work,
        "clock": clock,
        "ids": ids,
        "digests": digests,
        "queue_message": writing.queue_message,
        "mail_limits": writing.mail_limits,
        "catalogue_cache": catalogue_cache,
        "secret_box": FernetBox(settings.secret_keys),
        "audit": Audit(clock=clock, ids=ids),
        "record_events": RecordEvents(clock=clock, ids=ids, low_stock=settings.low_stock),
        "address_terms": AddressTerms(places, vat_ids),
        "calendar": Calendar(settings.time_zone),
        "places": places,
        "current_rules": CachedValue(storage.selling_rules.read),
        **({} if shared_reads is None else {"shared_reads": shared_reads}),
    }
    quotes, payments = quotes_of(settings, places, vat_ids), payments_room(common, storage)
    carts = carts_room(common, storage, quotes)
    return Shop(
        settings=settings,
        storage=storage,
        registry=registry,
        catalogue_cache=catalogue_cache,
        shared_reads=shared_reads,
        resources=resources,
        accounts=accounts_room(
            common, storage, carts, payments, passwords or open_passwords(settings, resources)
        ),
        catalogue=catalogue_room(common, storage),
        carts=carts,
        promotions=Promotions(**common, promo_code_queries=storage.promo_codes),
        payments=payments,
        pricing=Pricing(**common, selling_rules_queries=storage.selling_rules),
        fulfilment=Fulfilment(**common, selling_rules_queries=storage.selling_rules),
        orders=orders_room(common, storage, carts, payments, quotes),
        statistics=statistics_room(common, storage),
        outbox=outbox_room(common, storage),
        audit=AuditTrail(**common, audit_queries=storage.audit),
        messages=messages_room(common, storage, payments, writing),
        setup=Setup(**common, message_queries=storage.messages),
    )
