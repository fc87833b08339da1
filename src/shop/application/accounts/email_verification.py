"""Verifying that a user's email address is theirs, by a link that is sent to it."""

from typing import ClassVar

import msgspec

from shop.application.accounts.inputs import MailToken
from shop.application.accounts.password_reset import spend_token
from shop.application.framework.email_addresses import email_digest
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.transactions import retry_on_conflict
from shop.application.framework.views import DoneView
from shop.application.messages.queueing import MailLimits, QueueMessage, digest_of_token
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, KeyedDigests
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound, ShopError
from shop.domain.messages.message import Template


class MailOff(ShopError):
    """The shop sends no mail: its owner has not set it up."""

    code: ClassVar[str] = "MAIL_OFF"

    def __init__(self) -> None:
        super().__init__("The shop sends no e-mail: its owner has to set SHOP_MAIL.")


class NoEmail(ShopError):
    """The account has no email address."""

    code: ClassVar[str] = "NO_EMAIL"

    def __init__(self) -> None:
        super().__init__("Your account has no email address: add one to your profile first.")


class EmailVerification(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The token of the link in the mail."""

    token: MailToken


class RequestEmailVerification:
    """Users: request a mail with a link that verifies their email address. Earlier links end.

    An address that is verified already gets no mail. Fails with NO_EMAIL without an address, TOO_MANY after 5 mails
    within an hour (`SHOP_MAILS_PER_HOUR`), MAIL_OFF if the shop sends no mail.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        queue_message: QueueMessage,
        limits: MailLimits,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._queue_message = queue_message
        self._limits = limits
        self._clock = clock

    @retry_on_conflict
    async def __call__(self, principal: Principal, key: IdempotencyKey | None = None) -> Outcome[DoneView]:
        if not self._queue_message.is_on:
            raise MailOff
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, self._clock.now())) is not None:
                return earlier
            user = await work.users.lock(principal.user_id)
            if user is None or user.closed_at is not None:
                raise NotFound("user")
            if user.email is None:
                raise NoEmail
            if not user.email_verified:
                await self._limits.ensure(work, Template.VERIFY_EMAIL, user.id)
                await work.messages.end_tokens(user.id, Template.VERIFY_EMAIL)
                facts = {"username": user.username}
                await self._queue_message(work, Template.VERIFY_EMAIL, user.email, facts, user_id=user.id)
            return await save_answer(work, key, DoneView())


class VerifyEmail:
    """Anyone with the token of a verification mail: verify the email address that the mail was sent to.

    From then on, the account and a guest with this address are one customer to a promo code's limit per customer. A
    token works once, for 24 hours, until a newer one is sent or the address changes. Fails with TOKEN_INVALID, alike
    for used, wrong and old tokens.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, digests: KeyedDigests) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._digests = digests

    @retry_on_conflict
    async def __call__(self, verification: EmailVerification) -> None:
        digest = digest_of_token(verification.token)
        async with self._unit_of_work() as work:
            user = await spend_token(work, digest, Template.VERIFY_EMAIL, self._clock)
            assert user.email is not None
            await work.users.save(user.verify_email(email_digest(self._digests, user.email)))
