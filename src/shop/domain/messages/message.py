"""A message: one mail to one recipient, from the moment it is queued until it is sent or given up."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, ClassVar, Final, Self

from shop.domain.errors import ShopError
from shop.domain.outbox.schedule import DeliveryStatus, Schedule

MAX_SUBJECT_LENGTH: Final = 200


class Template(StrEnum):
    """What a message is about."""

    ORDER_PLACED = "order_placed"
    ORDER_PAID = "order_paid"
    ORDER_REFUNDED = "order_refunded"
    ORDER_CANCELLED = "order_cancelled"
    PASSWORD_RESET = "password_reset"  # noqa: S105 (no password)
    VERIFY_EMAIL = "verify_email"
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 (no password)
    EMAIL_CHANGED = "email_changed"
    OWNER_NOTICE = "owner_notice"

    @property
    def term(self) -> timedelta:
        """Return how long sending is tried, from the moment the message was queued."""
        return timedelta(minutes=30) if self in _ACCOUNT_TOKENS else timedelta(hours=24)

    @property
    def token_lifetime(self) -> timedelta | None:
        """Return how long the message's token for an account works; None if the message has no such token."""
        return _ACCOUNT_TOKENS.get(self)


_ACCOUNT_TOKENS: Final = {
    Template.PASSWORD_RESET: timedelta(minutes=30),
    Template.VERIFY_EMAIL: timedelta(hours=24),
}


class MessageStatus(StrEnum):
    """The state of a message: `queued` until the mail server accepts it (`sent`) or time runs out (`failed`)."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


class MessageOutdated(ShopError):
    """The message can't be sent again: the account has another email address, or none, now."""

    code: ClassVar[str] = "MESSAGE_OUTDATED"

    def __init__(self) -> None:
        super().__init__("The account no longer has the email address that this message was for.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A mail that waits to be sent, or was sent, or was given up."""

    id: str
    template: Template
    recipient: str
    subject: str
    facts: Mapping[str, Any] = field(repr=False)
    """The values of the template's placeholders, as JSON types."""
    user_id: str | None = None
    """The account that the message is about."""
    order_id: str | None = None
    created_at: datetime
    queued_at: datetime
    """When it was queued last: created, or sent again by staff."""
    schedule: Schedule
    resends: int = 0
    token_digest: bytes | None = field(default=None, repr=False)
    """SHA-256 of the account token in the mail; None if the message has none, or the token was used or ended."""

    def __post_init__(self) -> None:
        assert self.resends >= 0
        assert self.created_at <= self.queued_at
        assert self.schedule.deadline == self.queued_at + self.template.term
        assert self.token_digest is None or len(self.token_digest) == 32
        assert self.token_digest is None or self.template.token_lifetime is not None

    @classmethod
    def queue(
        cls,
        *,
        message_id: str,
        template: Template,
        recipient: str,
        subject: str,
        facts: Mapping[str, Any],
        at: datetime,
        user_id: str | None = None,
        order_id: str | None = None,
        token_digest: bytes | None = None,
    ) -> Self:
        """Return a new message, which is due immediately."""
        return cls(
            id=message_id,
            template=template,
            recipient=recipient,
            subject=subject[:MAX_SUBJECT_LENGTH],
            facts=facts,
            user_id=user_id,
            order_id=order_id,
            created_at=at,
            queued_at=at,
            schedule=Schedule.begin(at, at + template.term),
            token_digest=token_digest,
        )

    @property
    def status(self) -> MessageStatus:
        return _STATUSES[self.schedule.status]

    @property
    def has_lost_its_token(self) -> bool:
        """Return whether the mail would contain a link that no longer works."""
        return self.template.token_lifetime is not None and self.token_digest is None

    def token_works(self, at: datetime) -> bool:
        """Return whether the message's account token may still be used."""
        lifetime = self.template.token_lifetime
        return lifetime is not None and self.token_digest is not None and at < self.queued_at + lifetime

    def with_schedule(self, schedule: Schedule) -> Self:
        """Return the message at this point of its delivery."""
        return replace(self, schedule=schedule)

    def queue_again(self, at: datetime, token_digest: bytes | None) -> Self:
        """Return the message, queued again with a new token."""
        return replace(
            self,
            resends=self.resends + 1,
            queued_at=at,
            schedule=self.schedule.restart(at, at + self.template.term),
            token_digest=token_digest,
        )


_STATUSES: Final = {
    DeliveryStatus.PENDING: MessageStatus.QUEUED,
    DeliveryStatus.SUCCEEDED: MessageStatus.SENT,
    DeliveryStatus.FAILED: MessageStatus.FAILED,
}
