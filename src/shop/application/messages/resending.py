"""Sending a message again."""

from shop.application.audit.trail import Audit
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.transactions import retry_on_conflict
from shop.application.messages.queueing import MailLimits, MessageTokens, digest_of_token
from shop.application.messages.views import MessageView
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound
from shop.domain.messages.message import Message, MessageOutdated


class ResendMessage:
    """Staff with `settings:write`: send a message again, with a new link. The former link of the message ends.

    Fails with NOT_FOUND for an unknown message, MESSAGE_OUTDATED when it has a link for an account that no longer has
    the address, TOO_MANY when too many messages of this kind were sent about the same order or account within an hour.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        tokens: MessageTokens,
        limits: MailLimits,
        clock: Clock,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._tokens = tokens
        self._limits = limits
        self._clock = clock
        self._audit = audit

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, message_id: str, key: IdempotencyKey | None = None
    ) -> Outcome[MessageView]:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, now)) is not None:
                return earlier
            message = await work.messages.lock(message_id)
            if message is None:
                raise NotFound("message")
            await self._limits.ensure(
                work, message.template, message.order_id or message.user_id or message.id
            )
            token_digest = None
            if message.template.token_lifetime is not None:
                await _ensure_current(work, message)
                token_digest = digest_of_token(self._tokens.new(message.id, message.resends + 1))
            if message.order_id is not None:
                order_token = self._tokens.new(message.id, message.resends + 1)
                await work.order_tokens.replace(message.id, digest_of_token(order_token))
            again = message.queue_again(now, token_digest)
            await work.messages.save(again)
            await self._audit(
                work, principal, AuditAction.MESSAGE_RESENT, message.id, before=None, after=None
            )
            return await save_answer(work, key, MessageView.of(again))


async def _ensure_current(work: UnitOfWork, message: Message) -> None:
    """Raise MessageOutdated unless the message's account still has the message's address."""
    user = await work.users.get(message.user_id) if message.user_id is not None else None
    if user is None or user.email is None or user.email.lower() != message.recipient.lower():
        raise MessageOutdated
