"""A shop that traces requests, transactions, statements, provider calls and the worker's jobs."""

from importlib.metadata import version

from shop.adapters.tracing.calls import TracedCalls
from shop.adapters.tracing.requests import RequestTracing
from shop.adapters.tracing.sdk import Tracing
from shop.adapters.tracing.sql import TracedStorage, traced_database
from shop.container.resources import closed_with
from shop.container.root import assemble_on
from shop.container.shop import Shop
from shop.settings import Settings


def build_traced_shop(settings: Settings, *, patient: bool) -> Shop:
    """Return the traced shop on the configured database."""
    tracing = Tracing(version("shop"))
    database = traced_database(settings.database_url, settings.database_pool_size, tracing, patient=patient)
    shop = assemble_on(TracedStorage(database, tracing), settings)
    closed_with(shop.resources, tracing)
    shop.payments.provider_calls.override(TracedCalls(tracing, shop.payments.provider_calls()))
    shop.request_tracer = RequestTracing(tracing)
    shop.trace_task = tracing.task
    return shop
