"""Wiring of the outbox room."""

from dependency_injector import providers

from shop.adapters.metrics.deliveries import PrometheusWebhookDeliveries
from shop.adapters.webhooks.sender import HttpWebhookSender
from shop.application.framework.secret_answers import SecretAnswers
from shop.application.outbox.attempts import MakeAttempt
from shop.application.outbox.backlog import ReadOutboxBacklog
from shop.application.outbox.delivering import DeliverToWebhooks, QueueDeliveries
from shop.application.outbox.feed import ReadEvents
from shop.application.outbox.listening import ListenToEvents
from shop.application.outbox.requested_deliveries import Redeliver, SendTestEvent
from shop.application.outbox.sequencing import AssignPositions, PurgeEvents
from shop.application.outbox.webhooks import (
    ChangeWebhook,
    CreateWebhook,
    DeleteWebhook,
    RotateWebhookSecret,
    WebhookSecrets,
)
from shop.application.ports.messages import MessageQueries
from shop.application.ports.outbox import EventQueries, WebhookQueries
from shop.container.room import Room


class Outbox(Room):
    """Events, webhooks, and the worker's jobs on them."""

    event_queries = providers.Dependency(instance_of=EventQueries)
    webhook_queries = providers.Dependency(instance_of=WebhookQueries)
    message_queries = providers.Dependency(instance_of=MessageQueries)

    read_backlog = providers.Singleton(
        ReadOutboxBacklog,
        events=event_queries,
        webhooks=webhook_queries,
        messages=message_queries,
        clock=Room.clock,
    )
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
    secret_answers = providers.Singleton(SecretAnswers, box=Room.secret_box)
    webhook_secrets = providers.Singleton(WebhookSecrets, ids=Room.ids, box=Room.secret_box)
    create_webhook = providers.Singleton(
        CreateWebhook,
        unit_of_work=Room.unit_of_work,
        secrets=webhook_secrets,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
        secret_answers=secret_answers,
        allow_private=Room.settings.provided.webhooks_allow_private,
    )
    change_webhook = providers.Singleton(
        ChangeWebhook,
        unit_of_work=Room.unit_of_work,
        audit=Room.audit,
        allow_private=Room.settings.provided.webhooks_allow_private,
    )
    rotate_webhook_secret = providers.Singleton(
        RotateWebhookSecret,
        unit_of_work=Room.unit_of_work,
        secrets=webhook_secrets,
        clock=Room.clock,
        audit=Room.audit,
        secret_answers=secret_answers,
    )
    delete_webhook = providers.Singleton(DeleteWebhook, unit_of_work=Room.unit_of_work, audit=Room.audit)
    webhook_sender = providers.Singleton(
        HttpWebhookSender, allow_private=Room.settings.provided.webhooks_allow_private
    )
    listening_sender = providers.Singleton(HttpWebhookSender, allow_private=True)
    listen_to_events = providers.Singleton(
        ListenToEvents, events=event_queries, sender=listening_sender, clock=Room.clock, ids=Room.ids
    )
    delivery_observer = providers.Singleton(PrometheusWebhookDeliveries, Room.registry)
    make_attempt = providers.Singleton(
        MakeAttempt,
        unit_of_work=Room.unit_of_work,
        sender=webhook_sender,
        secrets=webhook_secrets,
        clock=Room.clock,
        record=Room.record_events,
        observer=delivery_observer,
    )
    send_test_event = providers.Singleton(
        SendTestEvent,
        unit_of_work=Room.unit_of_work,
        make_attempt=make_attempt,
        clock=Room.clock,
        ids=Room.ids,
        audit=Room.audit,
    )
    redeliver = providers.Singleton(
        Redeliver, unit_of_work=Room.unit_of_work, clock=Room.clock, audit=Room.audit
    )
    queue_deliveries = providers.Singleton(
        QueueDeliveries, unit_of_work=Room.unit_of_work, events=event_queries, clock=Room.clock
    )
    deliver_to_webhooks = providers.Singleton(
        DeliverToWebhooks,
        unit_of_work=Room.unit_of_work,
        webhooks=webhook_queries,
        make_attempt=make_attempt,
        clock=Room.clock,
    )
