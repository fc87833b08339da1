"""Queueing messages in the transaction of the change that they report; their tokens and hourly limits."""

from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from math import ceil
from typing import Any, Final

from shop.application.ports.messages import MailTexts
from shop.application.ports.system import Clock, Ids, KeyedDigests, SecretDigests
from shop.application.ports.unit_of_work import UnitOfWork
from shop.domain.errors import TooMany
from shop.domain.messages.message import Message, Template
from shop.domain.orders.access import OrderToken

_HOUR: Final = timedelta(hours=1)


def digest_of_token(token: str) -> bytes:
    """Return the digest under which a message's token is stored."""
    return sha256(token.encode()).digest()


class MessageTokens:
    """The tokens in messages: derived from the message, so that every attempt to send it carries the same one.

    Only digests are stored, so a copy of the database reveals no usable token.
    """

    def __init__(self, digests: SecretDigests) -> None:
        self._digests = digests

    def new(self, message_id: str, resends: int) -> str:
        """Return the token of a message that is being queued. Raises SecretKeysMissing."""
        return self._digests.texts("message token", message_id, str(resends))[0]

    def candidates(self, message: Message) -> tuple[str, ...]:
        """Return the tokens that the message may have, one per key."""
        return self._digests.texts("message token", message.id, str(message.resends))

    def find(self, message: Message, digest: bytes) -> str | None:
        """Return the message's token that has this digest, made with any of the keys; None if none has."""
        for token in self.candidates(message):
            if compare_digest(digest_of_token(token), digest):
                return token
        return None


class QueueMessage:
    """Queues messages. A message is sent if and only if the transaction commits. While mail is off, it does nothing."""

    def __init__(
        self, texts: MailTexts, tokens: MessageTokens, clock: Clock, ids: Ids, *, is_on: bool
    ) -> None:
        self.is_on = is_on
        self._texts = texts
        self._tokens = tokens
        self._clock = clock
        self._ids = ids

    async def __call__(
        self,
        work: UnitOfWork,
        template: Template,
        recipient: str | None,
        facts: Mapping[str, Any],
        *,
        user_id: str | None = None,
        order_id: str | None = None,
        has_order_token: bool = False,
    ) -> None:
        """Queue a message with these values of the template's placeholders. Without a recipient, do nothing.

        With `has_order_token`, the message's link gives access to its order without a login.
        """
        if not self.is_on or recipient is None:
            return
        message_id, now = self._ids.new_id(), self._clock.now()
        token_digest = None
        if template.token_lifetime is not None:
            token_digest = digest_of_token(self._tokens.new(message_id, 0))
        if has_order_token and order_id is not None:
            digest = digest_of_token(self._tokens.new(message_id, 0))
            await work.order_tokens.add(OrderToken(message_id, order_id, digest, now))
        await work.messages.add(
            Message.queue(
                message_id=message_id,
                template=template,
                recipient=recipient,
                subject=self._texts.subject(template, facts),
                facts=facts,
                at=now,
                user_id=user_id,
                order_id=order_id,
                token_digest=token_digest,
            )
        )


class MailLimits:
    """Limits messages of one kind per order or account and hour."""

    def __init__(self, digests: KeyedDigests, clock: Clock, *, per_hour: int) -> None:
        self._digests = digests
        self._clock = clock
        self._per_hour = per_hour

    async def admits(self, work: UnitOfWork, template: Template, subject_id: str) -> bool:
        """Count one message about the order or account, and return True; return False if the limit is reached."""
        return await self._wait(work, template, subject_id) is None

    async def ensure(self, work: UnitOfWork, template: Template, subject_id: str) -> None:
        """Count one message about the order or account. Raises TooMany if the limit is reached."""
        seconds = await self._wait(work, template, subject_id)
        if seconds is not None:
            raise TooMany("Too many of these messages were sent: try again later.", retry_after=seconds)

    async def _wait(self, work: UnitOfWork, template: Template, subject_id: str) -> int | None:
        now = self._clock.now()
        subject = self._digests("messages", template.value, subject_id)
        full_until = await work.rate_limits.take(subject, self._per_hour, at=now, window=_HOUR)
        return None if full_until is None else ceil((full_until - now).total_seconds())
