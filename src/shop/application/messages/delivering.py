"""Sending queued messages."""

import asyncio
from datetime import timedelta
from typing import Final

from shop.application.framework.transactions import retry_on_conflict
from shop.application.messages.queueing import MessageTokens, QueueMessage, digest_of_token
from shop.application.ports.messages import AddressUnusable, Mail, Mailer, MailNotAccepted, MailTexts
from shop.application.ports.orders import OrderTokenQueries
from shop.application.ports.outbox import DeliveryObserver
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.messages.message import Message, MessageStatus, Template

_MAX_CONCURRENT: Final = 8
_PURGE_BATCH_SIZE: Final = 500
_RETENTION: Final = timedelta(days=90)


class DeliverMessages:
    """The worker: send every message that is due, and store each result.

    A message is leased in one transaction, sent with none open, and finished in another. If the process dies
    in between, the message is sent again when the lease ends, with the same `Message-ID`. A message whose
    address is unusable, or whose link no longer works, is given up immediately. The shop's owner gets a
    notice about messages that were given up.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        mailer: Mailer,
        texts: MailTexts,
        tokens: MessageTokens,
        order_tokens: OrderTokenQueries,
        queue_message: QueueMessage,
        clock: Clock,
        observer: DeliveryObserver,
        *,
        owner_email: str | None,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._mailer = mailer
        self._texts = texts
        self._tokens = tokens
        self._order_tokens = order_tokens
        self._queue_message = queue_message
        self._clock = clock
        self._observer = observer
        self._owner_email = owner_email

    async def __call__(self) -> int:
        """Return the number of attempts made."""
        attempts = 0
        while leased := await self._lease():
            await asyncio.gather(*(self._attempt(message) for message in leased))
            attempts += len(leased)
        return attempts

    @retry_on_conflict
    async def _lease(self) -> list[Message]:
        async with self._unit_of_work() as work:
            return await work.messages.lease_due(self._clock.now(), _MAX_CONCURRENT)

    async def _attempt(self, leased: Message) -> None:
        after = await self._sent(leased)
        await asyncio.shield(self._save(leased, after))
        if after.status is MessageStatus.FAILED:
            self._observer.given_up()

    async def _sent(self, message: Message) -> Message:
        """Try to send the message. Return it with the result."""
        begun, schedule = self._clock.now(), message.schedule
        assert schedule.deadline is not None
        token = None
        if message.has_lost_its_token:
            return message.with_schedule(schedule.give_up(begun, "Its link was used or replaced."))
        if message.token_digest is not None:
            token = self._tokens.find(message, message.token_digest)
            if token is None:
                error = "Its link can't be made any more: the keys in SHOP_SECRET_KEYS have changed."
                return message.with_schedule(schedule.give_up(begun, error))
        if message.order_id is not None:
            token = await self._order_token(message)
        if begun >= schedule.deadline:
            return message.with_schedule(schedule.give_up(begun, schedule.error or "No worker was running."))
        text = self._texts.text(message.template, message.facts, token)
        mail = Mail(f"{message.id}.{message.resends}", message.recipient, text, message.queued_at)
        try:
            await self._mailer.send(mail)
        except AddressUnusable as error:
            return message.with_schedule(schedule.give_up(begun, str(error)))
        except MailNotAccepted as error:
            self._observer.attempted(succeeded=False)
            return message.with_schedule(schedule.fail(self._clock.now(), str(error)))
        self._observer.attempted(succeeded=True)
        return message.with_schedule(schedule.succeed(begun))

    async def _order_token(self, message: Message) -> str | None:
        """Return the token of a guest's order that belongs to this message; None if it has none now."""
        for token in self._tokens.candidates(message):
            if await self._order_tokens.find(digest_of_token(token)) is not None:
                return token
        return None

    @retry_on_conflict
    async def _save(self, leased: Message, after: Message) -> None:
        async with self._unit_of_work() as work:
            await work.messages.save_attempt(leased, after)
            if after.status is MessageStatus.FAILED and after.template is not Template.OWNER_NOTICE:
                await self._queue_message(work, Template.OWNER_NOTICE, self._owner_email, _notice_of(after))


class PurgeMessages:
    """The worker: delete finished messages after 90 days. Returns the number of rows deleted."""

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock

    @retry_on_conflict
    async def __call__(self) -> int:
        async with self._unit_of_work() as work:
            return await work.messages.purge(self._clock.now() - _RETENTION, _PURGE_BATCH_SIZE)


def _notice_of(message: Message) -> dict[str, object]:
    return {
        "headline": "A message could not be sent",
        "lines": [
            f"To: {message.recipient}",
            f"Subject: {message.subject}",
            f"Reason: {message.schedule.error}",
            "You can send it again from the list of messages.",
        ],
    }
