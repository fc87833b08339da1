"""Wiring of the audit room."""

from dependency_injector import providers

from shop.application.ports.audit import AuditQueries
from shop.container.room import Room


class AuditTrail(Room):
    """The audit trail."""

    audit_queries = providers.Dependency(instance_of=AuditQueries)
