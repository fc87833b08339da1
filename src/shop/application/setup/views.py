"""Views of the shop's settings, and of what is missing before it opens."""

from enum import StrEnum

import msgspec


class MailKind(StrEnum):
    """Where e-mail goes."""

    SERVER = "server"
    FOLDER = "folder"
    OFF = "off"


class ChecklistId(StrEnum):
    """What a shop needs before it opens, in the order in which an owner would set it up."""

    PAYMENTS = "payments"
    PROVIDER_WEBHOOK = "provider_webhook"
    MAIL = "mail"
    ADDRESS = "address"
    TAX = "tax"
    SHIPPING = "shipping"
    PAGES = "pages"
    SECOND_FACTOR = "second_factor"
    BACKUP = "backup"


class ChecklistItemView(msgspec.Struct, frozen=True):
    """One requirement for opening the shop. `done` is null if the shop cannot check it."""

    id: ChecklistId
    done: bool | None
    message: str
    link: str | None


class ConfiguredView(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """The settings with which the server was started, without secrets."""

    name: str
    url: str | None
    currency: str
    country: str | None
    time_zone: str
    prices_include_tax: bool
    reverse_charge: bool
    payments: tuple[str, ...]
    payments_live: bool
    mail: MailKind
    mail_from: str
    owner_email: str | None
    guests: bool
    staff_need_second_factor: bool
    terms_version: str | None
    footer_pages: tuple[str, ...]


class SettingsView(ConfiguredView, frozen=True, rename="camel", kw_only=True):
    """The settings with which the server was started, without secrets, and what is missing before the shop opens."""

    checklist: list[ChecklistItemView]
