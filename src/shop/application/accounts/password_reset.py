"""Resetting a forgotten password by a link that is sent by mail."""

from collections.abc import Container
from datetime import timedelta
from math import ceil
from typing import ClassVar, Final

import msgspec

from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.inputs import Email, LoginName, MailToken, NewPassword
from shop.application.framework.network_addresses import network_of
from shop.application.framework.transactions import retry_on_conflict
from shop.application.messages.queueing import MailLimits, QueueMessage, digest_of_token
from shop.application.ports.logins import PasswordHasher
from shop.application.ports.messages import ResetRequest
from shop.application.ports.system import Clock, Ids, KeyedDigests
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.credentials import MAX_EMAIL_LENGTH, check_new_password
from shop.domain.accounts.user import User
from shop.domain.errors import Kind, ShopError, TooMany, ValidationFailed
from shop.domain.messages.message import Message, Template

_WINDOW: Final = timedelta(hours=1)
_PER_ADDRESS: Final = 100
_REQUESTS: Final = "password resets"
"""The purpose of the keyed digests of network addresses."""


class TokenInvalid(ShopError):
    """The token is unknown, used, expired, or replaced by a newer one."""

    code: ClassVar[str] = "TOKEN_INVALID"
    kind: ClassVar[Kind] = Kind.REJECTED

    def __init__(self) -> None:
        super().__init__(
            "The link is invalid or has expired: request a new one.", {"token": "is invalid or has expired"}
        )


class PasswordResetRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """The account whose password was forgotten; `username` may be an email address, or `email` sent instead of it."""

    username: LoginName | None = None
    email: Email | None = None

    @property
    def login_name(self) -> str:
        """Return the username or the email address. Raises ValidationFailed when it is missing or too long."""
        field, name = ("email", self.email) if self.username is None else ("username", self.username)
        if name is None:
            raise ValidationFailed({"username": "is required, unless there is an email address"})
        if len(name) > MAX_EMAIL_LENGTH:
            raise ValidationFailed({field: f"must be at most {MAX_EMAIL_LENGTH} characters long"})
        return name


class PasswordReset(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The token of the link in the mail, and the new password."""

    token: MailToken
    new_password: NewPassword


class RequestPasswordReset:
    """Anyone: request a mail with a link to choose a new password.

    The answer and its time are the same whether or not there is such an account: the worker finds that out. An account
    gets at most 5 such mails an hour (`SHOP_MAILS_PER_HOUR`). Fails with TOO_MANY after 100 requests from a network
    address within an hour.
    """

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids, digests: KeyedDigests
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._digests = digests

    async def __call__(self, request: PasswordResetRequest, address: str) -> None:
        await self._store(request.login_name, self._digests(_REQUESTS, network_of(address)))

    @retry_on_conflict
    async def _store(self, login_name: str, subject: bytes) -> None:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            full_until = await work.rate_limits.take(subject, _PER_ADDRESS, at=now, window=_WINDOW)
            if full_until is not None:
                raise TooMany(
                    "Too many passwords were reset from this network address: try again later.",
                    retry_after=ceil((full_until - now).total_seconds()),
                )
            user = await work.users.find(login_name)
            user_id = None if user is None else user.id
            await work.reset_requests.add(ResetRequest(self._ids.new_id(), user_id, now))


class SendRequestedResets:
    """The worker: queue the mails for requested password resets.

    Each request ends the account's earlier reset links. Requests beyond the account's limit, for unknown users, and for
    users who are disabled or have no email address are dropped.
    """

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, queue_message: QueueMessage, limits: MailLimits
    ) -> None:
        self._unit_of_work = unit_of_work
        self._queue_message = queue_message
        self._limits = limits

    async def __call__(self) -> int:
        """Return the number of requests handled."""
        handled = 0
        while await self._handle_one():
            handled += 1
        return handled

    @retry_on_conflict
    async def _handle_one(self) -> bool:
        async with self._unit_of_work() as work:
            request = await work.reset_requests.take()
            if request is None:
                return False
            user = await work.users.lock(request.user_id) if request.user_id is not None else None
            if user is not None and user.active and user.email is not None and self._queue_message.is_on:
                await self._queue(work, user)
        return True

    async def _queue(self, work: UnitOfWork, user: User) -> None:
        if await self._limits.admits(work, Template.PASSWORD_RESET, user.id):
            await work.messages.end_tokens(user.id, Template.PASSWORD_RESET)
            facts = {"username": user.username}
            await self._queue_message(work, Template.PASSWORD_RESET, user.email, facts, user_id=user.id)


class ResetPassword:
    """Anyone with the token of a reset mail: choose a new password. Every login of the user ends.

    A token works once, for 30 minutes, and until a newer one is sent. A second factor stays in force. Fails with
    TOKEN_INVALID, alike for used, wrong and old tokens, VALIDATION_FAILED for a password that breaks a rule.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        passwords: PasswordHasher,
        common_passwords: Container[str],
        authenticate: Authenticate,
        queue_message: QueueMessage,
        clock: Clock,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._common_passwords = common_passwords
        self._authenticate = authenticate
        self._queue_message = queue_message
        self._clock = clock

    async def __call__(self, reset: PasswordReset) -> None:
        check_new_password(reset.new_password, self._common_passwords, "new_password")
        digest = digest_of_token(reset.token)
        await self._ensure_valid(digest)  # before the costly hash
        user_id = await self._reset(digest, await self._passwords.hash(reset.new_password))
        self._authenticate.forget_user(user_id)

    @retry_on_conflict
    async def _ensure_valid(self, digest: bytes) -> None:
        async with self._unit_of_work() as work:
            await find_message(work, digest, Template.PASSWORD_RESET, self._clock)

    @retry_on_conflict
    async def _reset(self, digest: bytes, password_hash: str) -> str:
        async with self._unit_of_work() as work:
            user = await spend_token(work, digest, Template.PASSWORD_RESET, self._clock)
            await work.users.save(user.change_password(password_hash))
            await work.sessions.revoke_all(user.id, self._clock.now())
            await work.messages.end_tokens(user.id, Template.PASSWORD_RESET)
            facts = {"username": user.username}
            await self._queue_message(work, Template.PASSWORD_CHANGED, user.email, facts, user_id=user.id)
        return user.id


async def find_message(work: UnitOfWork, digest: bytes, template: Template, clock: Clock) -> Message:
    """Return the message whose token has this digest and still works. Raises TokenInvalid."""
    message = await work.messages.find_by_token(digest)
    if message is None or message.template is not template or not message.token_works(clock.now()):
        raise TokenInvalid
    return message


async def spend_token(work: UnitOfWork, digest: bytes, template: Template, clock: Clock) -> User:
    """End the token and return the user whom it was sent to, locked. Raises TokenInvalid.

    The user must still have the address that the token was sent to.
    """
    message = await find_message(work, digest, template, clock)
    user = await work.users.lock(message.user_id) if message.user_id is not None else None
    if user is None or user.email_key != message.recipient.lower() or user.closed_at is not None:
        raise TokenInvalid
    if not await work.messages.spend_token(digest):
        raise TokenInvalid  # a concurrent request was faster
    return user
