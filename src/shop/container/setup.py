"""Wiring of the setup room."""

from collections.abc import Sequence
from typing import Final

from dependency_injector import providers

from shop.application.ports.messages import MessageQueries
from shop.application.setup.settings import ShowSettings
from shop.application.setup.views import ConfiguredView, MailKind
from shop.container.room import Room
from shop.settings import Payments, Settings
from shop.settings.mail import SmtpServer

_LIVE_KEYS: Final = ("sk_live_", "rk_live_")


def configured_view(settings: Settings) -> ConfiguredView:
    """Return the settings that staff may see."""
    return ConfiguredView(
        name=settings.shop_name or "Shop",
        url=settings.url,
        currency=settings.currency.code,
        country=settings.country,
        time_zone=settings.time_zone.key,
        prices_include_tax=settings.prices_include_tax,
        reverse_charge=settings.reverse_charge,
        payments=tuple(settings.payments or ()),
        payments_live=_are_live(settings),
        mail=_mail_kind(settings),
        mail_from=settings.mail_from.address,
        owner_email=settings.owner_email,
        guests=settings.guests,
        staff_need_second_factor=settings.staff_need_second_factor,
        terms_version=settings.terms_version,
        footer_pages=tuple(settings.footer_page_slugs),
    )


def _are_live(settings: Settings) -> bool:
    payments = settings.payments or ()
    if not payments or Payments.SANDBOX in payments:
        return False
    return Payments.STRIPE not in payments or (settings.stripe_secret_key or "").startswith(_LIVE_KEYS)


def _mail_kind(settings: Settings) -> MailKind:
    if settings.mail is None:
        return MailKind.OFF
    return MailKind.SERVER if isinstance(settings.mail, SmtpServer) else MailKind.FOLDER


def _with_webhooks(payments: Sequence[Payments] | None) -> tuple[str, ...]:
    return tuple(each for each in payments or () if each.sends_webhooks)


class Setup(Room):
    """The settings, and what is missing before the shop opens."""

    message_queries = providers.Dependency(instance_of=MessageQueries)

    show_settings = providers.Singleton(
        ShowSettings,
        configured=providers.Callable(configured_view, Room.settings),
        with_webhooks=providers.Callable(_with_webhooks, Room.settings.provided.payments),
        current_rules=Room.current_rules,
        message_queries=message_queries,
        unit_of_work=Room.unit_of_work,
        clock=Room.clock,
        embedded=providers.Callable(bool, Room.settings.provided.database_file),
    )
