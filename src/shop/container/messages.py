"""Wiring of the messages room."""

from dependency_injector import providers

from shop.adapters.mail.folder import FolderMailer
from shop.adapters.mail.links import Links
from shop.adapters.mail.smtp import SmtpMailer
from shop.adapters.mail.texts import JinjaMailTexts
from shop.application.ports.mail import Mailer
from shop.container.room import Room
from shop.settings import Settings
from shop.settings.mail import SmtpServer


def _mailer_of(settings: Settings) -> Mailer:
    if isinstance(settings.mail, SmtpServer):
        return SmtpMailer(settings.mail, settings.mail_from)
    assert settings.mail_folder is not None, "a shop without mail"
    return FolderMailer(settings.mail_folder, settings.mail_from)


class Messages(Room):
    """Mail to customers and to the shop's owner."""

    mailer = providers.Singleton(_mailer_of, Room.settings)
    links = providers.Singleton(
        Links,
        shop_url=Room.settings.provided.base_url,
        reset=Room.settings.provided.link_reset,
        verify=Room.settings.provided.link_verify,
        order=Room.settings.provided.link_order,
    )
    mail_texts = providers.Singleton(
        JinjaMailTexts,
        shop_name=Room.settings.provided.mail_from.name,
        links=links,
        folder=Room.settings.provided.mail_templates,
    )
