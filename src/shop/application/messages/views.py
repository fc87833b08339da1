"""Views of messages."""

from datetime import datetime
from typing import Self

import msgspec

from shop.domain.messages.message import Message, MessageStatus, Template


class MessageView(msgspec.Struct, rename="camel", frozen=True, kw_only=True):
    """A message, without its text. `error` is why the last attempt failed."""

    id: str
    to: str
    template: Template
    subject: str
    status: MessageStatus
    attempts: int
    error: str | None
    created_at: datetime

    @classmethod
    def of(cls, message: Message) -> Self:
        return cls(
            id=message.id,
            to=message.recipient,
            template=message.template,
            subject=message.subject,
            status=message.status,
            attempts=message.schedule.attempts,
            error=message.schedule.error,
            created_at=message.created_at,
        )
