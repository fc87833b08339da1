"""Dependencies of every room: settings, clock, ids, transactions, audit trail, selling rules, caches and metrics."""

from contextlib import AsyncExitStack
from typing import TypeAlias

from dependency_injector import containers, providers
from prometheus_client import CollectorRegistry

from shop.application.addresses import AddressTerms
from shop.application.audit.trail import Audit
from shop.application.messages.queueing import MailLimits, QueueMessage
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.catalogue import CatalogueCache
from shop.application.ports.places import Places
from shop.application.ports.pricing import CurrentRules
from shop.application.ports.shared_reads import SharedReads
from shop.application.ports.system import Clock, Ids, KeyedDigests, SecretBox
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.application.statistics.calendar import Calendar
from shop.settings import Settings

Dependencies: TypeAlias = dict[str, object]
"""Dependencies of several objects, by the names of their parameters."""


class Room(containers.DeclarativeContainer):
    """The base of every room's container.

    A room declares its external needs as typed dependencies, and its use cases as singletons. The room's HTTP
    handlers request an object by the name of its provider.
    """

    settings = providers.Dependency(instance_of=Settings)
    registry = providers.Dependency(instance_of=CollectorRegistry)
    resources = providers.Dependency(instance_of=AsyncExitStack)
    unit_of_work = providers.Dependency(instance_of=UnitOfWorkFactory)
    clock = providers.Dependency(instance_of=Clock)
    ids = providers.Dependency(instance_of=Ids)
    digests = providers.Dependency(instance_of=KeyedDigests)
    secret_box = providers.Dependency(instance_of=SecretBox)
    queue_message = providers.Dependency(instance_of=QueueMessage)
    mail_limits = providers.Dependency(instance_of=MailLimits)
    audit = providers.Dependency(instance_of=Audit)
    record_events = providers.Dependency(instance_of=RecordEvents)
    calendar = providers.Dependency(instance_of=Calendar)
    address_terms = providers.Dependency(instance_of=AddressTerms)
    places = providers.Dependency(instance_of=Places)
    current_rules = providers.Dependency(instance_of=CurrentRules)
    catalogue_cache = providers.Dependency(instance_of=CatalogueCache)
    shared_reads: providers.Provider[SharedReads | None] = providers.Object(None)
    """Provided only if instances share a Redis."""
