"""Wiring of the outbox room."""

from dependency_injector import providers

from shop.application.outbox.feed import ReadEvents
from shop.application.outbox.sequencing import AssignPositions, PurgeEvents
from shop.application.ports.outbox import EventQueries
from shop.container.room import Room


class Outbox(Room):
    """Events and the worker's jobs on them."""

    event_queries = providers.Dependency(instance_of=EventQueries)

    read_events = providers.Singleton(ReadEvents, events=event_queries)
    assign_positions = providers.Singleton(
        AssignPositions, unit_of_work=Room.unit_of_work, events=event_queries
    )
    purge_events = providers.Singleton(
        PurgeEvents,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        lifetime=Room.settings.provided.event_lifetime,
    )
