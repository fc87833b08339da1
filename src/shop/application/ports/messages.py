"""Storage of messages and of requests for password resets; the mail server, and the texts of mails."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from shop.application.framework.views import Page
from shop.application.messages.views import MessageView
from shop.domain.messages.message import Message, Template


class Messages(Protocol):
    """The shop's messages, queued and finished."""

    async def add(self, message: Message) -> None:
        """Store a new message."""

    async def lease_due(self, at: datetime, limit: int) -> list[Message]:
        """Lease at most `limit` messages that are due, the longest due first, and return them as leased.

        Messages that another unit of work has locked are skipped without waiting.
        """

    async def save_attempt(self, leased: Message, after: Message) -> None:
        """Store the result of an attempt.

        A success is stored unless the message was resent meanwhile. A failure is stored only while the lease is
        unchanged since `leased`: another worker may have taken over.
        """

    async def get(self, message_id: str) -> Message | None:
        """Return the message; None if there is none."""

    async def lock(self, message_id: str) -> Message | None:
        """Return the message, *locked*; None if there is none."""

    async def save(self, message: Message) -> None:
        """Store a changed message that this unit of work has locked."""

    async def find_by_token(self, digest: bytes) -> Message | None:
        """Return the message whose account token has this digest, not locked; None if there is none."""

    async def spend_token(self, digest: bytes) -> bool:
        """End the token with this digest. Of any number of concurrent calls, exactly one returns True."""

    async def end_tokens(self, user_id: str, template: Template) -> None:
        """End all account tokens of the user's messages of this kind."""

    async def forget_user(self, user_id: str) -> None:
        """Delete every message about the user."""

    async def purge(self, before: datetime, limit: int) -> int:
        """Delete at most `limit` finished messages that were queued before the moment. Return the number deleted."""


@dataclass(frozen=True, slots=True)
class ResetRequest:
    """A request to reset a password. `user_id` is None if no user has the given name or address."""

    id: str
    user_id: str | None
    at: datetime


class ResetRequests(Protocol):
    """Requests for password resets that the worker has not handled yet."""

    async def add(self, request: ResetRequest) -> None:
        """Store a new request."""

    async def take(self) -> ResetRequest | None:
        """Delete the oldest request and return it; None if there is none.

        Requests that another unit of work has taken are skipped without waiting.
        """


@dataclass(frozen=True, slots=True)
class MessageBacklog:
    """The queued messages; without any, both times are None."""

    messages: int
    """Counted up to BACKLOG_LIMIT, those that are due first."""
    oldest: datetime | None
    """When the oldest of them was queued."""
    first_due: datetime | None
    """When the next attempt is due, or was."""


@runtime_checkable
class MessageQueries(Protocol):
    """Reads of messages outside a unit of work."""

    async def backlog(self) -> MessageBacklog:
        """Return the queued messages, those that are being attempted included."""

    async def page(self, page: int, limit: int) -> Page[MessageView]:
        """Return one page of the messages, newest first."""

    async def of_user(self, user_id: str) -> list[MessageView]:
        """Return all stored messages to a user, newest first."""

    async def message(self, message_id: str) -> MessageView | None:
        """Return one message by id; None if there is none."""


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
