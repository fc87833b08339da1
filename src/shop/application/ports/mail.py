"""E-mail: handing mail to a server, and rendering it from templates."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from shop.domain.messages.message import Template


class MailNotAccepted(Exception):
    """The mail server could not be reached, or did not accept the mail. It may accept it later."""


class AddressUnusable(MailNotAccepted):
    """No mail can ever be sent to this address: it breaks the rules of e-mail addresses."""


@dataclass(frozen=True, slots=True)
class MailText:
    """The subject and the text of a mail, as plain text and as HTML."""

    subject: str
    plain: str
    html: str


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one recipient. Two mails with the same `message_id` are the same mail, sent twice."""

    message_id: str
    """Unique per mail: letters, digits, dots and hyphens."""
    recipient: str
    text: MailText
    at: datetime


@runtime_checkable
class Mailer(Protocol):
    """Sends mail."""

    async def send(self, mail: Mail) -> None:
        """Return once the mail server has accepted the mail. Never takes longer than 30 seconds.

        Raises MailNotAccepted otherwise. If the server's answer was lost, the mail may have been sent nevertheless.
        """


@runtime_checkable
class MailTexts(Protocol):
    """Renders the subjects and texts of mails from templates."""

    def subject(self, template: Template, facts: Mapping[str, Any]) -> str:
        """Return the subject: one line, without control characters."""

    def text(self, template: Template, facts: Mapping[str, Any], token: str | None) -> MailText:
        """Return the whole text. `token` becomes part of the template's link only."""
