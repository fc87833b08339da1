"""Wiring of the messages room."""

from dependency_injector import containers, providers

from shop.adapters.mail.folder import FolderMailer
from shop.adapters.mail.links import Links
from shop.adapters.mail.smtp import SmtpMailer
from shop.adapters.mail.texts import JinjaMailTexts
from shop.adapters.metrics.deliveries import PrometheusMails
from shop.adapters.security.secrets import KeyringDigests
from shop.application.messages.delivering import DeliverMessages, PurgeMessages
from shop.application.messages.event_messages import QueueEventMessages
from shop.application.messages.order_messages import OrderMessages
from shop.application.messages.queueing import MailLimits, MessageTokens, QueueMessage
from shop.application.messages.resending import ResendMessage
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.messages import Mailer, MailTexts, MessageQueries
from shop.application.ports.orders import OrderTokenQueries
from shop.application.ports.outbox import EventQueries
from shop.application.ports.system import Clock, Ids, KeyedDigests
from shop.container.room import Room
from shop.settings import Settings
from shop.settings.mail import SmtpServer


def _mailer_of(settings: Settings) -> Mailer:
    if isinstance(settings.mail, SmtpServer):
        return SmtpMailer(settings.mail, settings.mail_from)
    assert settings.mail_folder is not None, "a shop without mail"
    return FolderMailer(settings.mail_folder, settings.mail_from)


class MailWriting(containers.DeclarativeContainer):
    """What every room needs to queue messages."""

    settings = providers.Dependency(instance_of=Settings)
    clock = providers.Dependency(instance_of=Clock)
    ids = providers.Dependency(instance_of=Ids)
    digests = providers.Dependency(instance_of=KeyedDigests)

    links = providers.Singleton(
        Links,
        shop_url=settings.provided.base_url,
        reset=settings.provided.link_reset,
        verify=settings.provided.link_verify,
        order=settings.provided.link_order,
    )
    mail_texts = providers.Singleton(
        JinjaMailTexts,
        shop_name=settings.provided.mail_from.display_name,
        links=links,
        folder=settings.provided.mail_templates,
    )
    message_tokens = providers.Singleton(
        MessageTokens, providers.Singleton(KeyringDigests, settings.provided.secret_keys)
    )
    queue_message = providers.Singleton(
        QueueMessage,
        texts=mail_texts,
        tokens=message_tokens,
        clock=clock,
        ids=ids,
        is_on=settings.provided.sends_mail,
    )
    mail_limits = providers.Singleton(
        MailLimits, digests=digests, clock=clock, per_hour=settings.provided.mails_per_hour
    )


class Messages(Room):
    """Mail to customers and to the shop's owner."""

    message_queries = providers.Dependency(instance_of=MessageQueries)
    mail_texts = providers.Dependency(instance_of=MailTexts)
    message_tokens = providers.Dependency(instance_of=MessageTokens)

    order_token_queries = providers.Dependency(instance_of=OrderTokenQueries)
    event_queries = providers.Dependency(instance_of=EventQueries)
    payment_providers = providers.Dependency(instance_of=PaymentProviders)

    queue_event_messages = providers.Singleton(
        QueueEventMessages,
        unit_of_work=Room.unit_of_work,
        events=event_queries,
        queue_message=Room.queue_message,
        order_messages=providers.Singleton(
            OrderMessages, queue_message=Room.queue_message, payment_providers=payment_providers
        ),
        owner_email=Room.settings.provided.owner_email,
    )
    mailer = providers.Singleton(_mailer_of, Room.settings)
    deliver_messages = providers.Singleton(
        DeliverMessages,
        unit_of_work=Room.unit_of_work,
        mailer=mailer,
        texts=mail_texts,
        tokens=message_tokens,
        order_tokens=order_token_queries,
        queue_message=Room.queue_message,
        clock=Room.clock,
        observer=providers.Singleton(PrometheusMails, Room.registry),
        owner_email=Room.settings.provided.owner_email,
    )
    purge_messages = providers.Singleton(PurgeMessages, unit_of_work=Room.unit_of_work, clock=Room.clock)
    resend_message = providers.Singleton(
        ResendMessage,
        unit_of_work=Room.unit_of_work,
        tokens=message_tokens,
        limits=Room.mail_limits,
        clock=Room.clock,
        audit=Room.audit,
    )
