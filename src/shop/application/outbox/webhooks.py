"""Webhooks: creation, change, rotation of the secret and deletion by staff."""

import base64
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.audit.trail import Audit
from shop.application.framework.idempotency import Outcome, claim
from shop.application.framework.inputs import ExpectedVersions, Version, ensure_expected, takes_back, text
from shop.application.framework.secret_answers import SecretAnswers
from shop.application.framework.transactions import retry_on_conflict
from shop.application.outbox.webhook_views import WebhookView, WebhookWithSecretView
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids, SecretBox
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound, VersionConflict
from shop.domain.outbox.event import TYPE_PATTERNS, ensure_readable
from shop.domain.outbox.webhook import (
    MAX_DESCRIPTION_LENGTH,
    MAX_PATTERNS,
    MAX_URL_LENGTH,
    MAX_WEBHOOKS,
    SECRET_PREFIX,
    TooManyWebhooks,
    Webhook,
    checked_webhook,
)

_Url = Annotated[str, text(MAX_URL_LENGTH, 1, format="uri")]
_Pattern = Annotated[str, msgspec.Meta(extra_json_schema={"enum": list(TYPE_PATTERNS)})]
_Patterns = Annotated[list[_Pattern], msgspec.Meta(min_length=1, max_length=MAX_PATTERNS)]
_Description = Annotated[str, text(MAX_DESCRIPTION_LENGTH)]
_SECRET_BYTES: Final = 32


class WebhookInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new webhook. `events` are event types, groups of them such as `order.*`, or `*` for all."""

    url: _Url
    events: _Patterns
    active: bool = True
    description: _Description | None = None


@takes_back(WebhookView)
class WebhookPatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The fields to change; an omitted field keeps its value. A stale `version` is refused."""

    url: _Url | UnsetType = UNSET
    events: _Patterns | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    description: _Description | UnsetType | None = UNSET
    version: Version | UnsetType = UNSET


def new_webhook_secret(ids: Ids) -> str:
    """Return a new secret that signs messages."""
    random = ids.new_secret()
    key = base64.urlsafe_b64decode(random + "=" * (-len(random) % 4))[:_SECRET_BYTES]
    return SECRET_PREFIX + base64.b64encode(key).decode()


class WebhookSecrets:
    """Makes secrets that sign messages, and encrypts them for storage."""

    def __init__(self, ids: Ids, box: SecretBox) -> None:
        self._ids = ids
        self._box = box

    def make(self) -> tuple[str, bytes]:
        """Return a new secret, and its encrypted form. Raises SecretKeysMissing."""
        secret = new_webhook_secret(self._ids)
        return secret, self._box.seal(secret.encode())

    def opened(self, sealed: tuple[bytes, ...]) -> tuple[str, ...]:
        """Return the decrypted secrets, without those that no key decrypts any more."""
        found = [self._box.open(each) for each in sealed]
        return tuple(each.decode() for each in found if each is not None)


class CreateWebhook:
    """Staff with `settings:write`: create a webhook for events whose subjects they may read.

    The secret that signs its messages appears only in this response. Fails with EVENT_TYPES_NOT_READABLE,
    TOO_MANY_WEBHOOKS, SECRET_KEYS_MISSING, VALIDATION_FAILED for invalid fields.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        secrets: WebhookSecrets,
        clock: Clock,
        ids: Ids,
        audit: Audit,
        secret_answers: SecretAnswers,
        *,
        allow_private: bool,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._secrets = secrets
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._secret_answers = secret_answers
        self._allow_private = allow_private

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, terms: WebhookInput, key: IdempotencyKey | None = None
    ) -> Outcome[WebhookWithSecretView]:
        now = self._clock.now()
        url, events, description = checked_webhook(
            terms.url, terms.events, terms.description, allow_private=self._allow_private
        )
        secret, sealed = self._secrets.make()
        webhook = Webhook(
            id=self._ids.new_id(),
            url=url,
            events=events,
            active=terms.active,
            description=description,
            made_by=principal.user_id,
            created_at=now,
            secret=sealed,
        )
        ensure_readable(webhook.types, principal.role.permissions)
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, now)) is not None:
                return self._secret_answers.opened(earlier)
            if await work.webhooks.count() >= MAX_WEBHOOKS:
                raise TooManyWebhooks
            await work.webhooks.add(webhook)
            view = WebhookView.of(webhook)
            await self._audit(
                work, principal, AuditAction.WEBHOOK_CREATED, webhook.id, before=None, after=view
            )
            return await self._secret_answers.save(work, key, with_secret(view, secret))


class ChangeWebhook:
    """Staff with `settings:write`: change a webhook, or switch it on or off.

    Events that happen while it is switched off are not delivered to it. Fails with NOT_FOUND for an unknown
    webhook, EVENT_TYPES_NOT_READABLE when the caller may not read the subjects of its events, current or new,
    a conflict when `version` is stale, PRECONDITION_FAILED, VALIDATION_FAILED for invalid fields.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, audit: Audit, *, allow_private: bool) -> None:
        self._unit_of_work = unit_of_work
        self._audit = audit
        self._allow_private = allow_private

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, webhook_id: str, patch: WebhookPatch, expected: ExpectedVersions = None
    ) -> WebhookView:
        async with self._unit_of_work() as work:
            webhook = await locked_webhook(work, webhook_id)
            ensure_expected(webhook.version, expected)
            if patch.version is not UNSET and patch.version != webhook.version:
                raise VersionConflict(patch.version, webhook.version)
            url, events, description = checked_webhook(
                webhook.url if patch.url is UNSET else patch.url,
                webhook.events if patch.events is UNSET else patch.events,
                webhook.description if patch.description is UNSET else patch.description,
                # An address that was accepted before is not checked again, as a webhook is sent back as it was read.
                allow_private=self._allow_private or patch.url in {UNSET, webhook.url},
            )
            revised = webhook.revise(
                url=url,
                events=events,
                active=webhook.active if patch.active is UNSET else patch.active,
                description=description,
            )
            # A user who sets the address of events must be allowed to read all of them.
            ensure_readable(webhook.types | revised.types, principal.role.permissions)
            view = WebhookView.of(revised)
            if revised is not webhook:
                await work.webhooks.save(revised)
                old = WebhookView.of(webhook)
                await self._audit(
                    work, principal, AuditAction.WEBHOOK_CHANGED, webhook_id, before=old, after=view
                )
        return view


class RotateWebhookSecret:
    """Staff with `settings:write`: give a webhook a new secret. For 24 hours, the former one signs as well.

    The secret appears only in this response. Fails with NOT_FOUND for an unknown webhook, EVENT_TYPES_NOT_READABLE
    when the caller may not read the subjects of its events, SECRET_KEYS_MISSING.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        secrets: WebhookSecrets,
        clock: Clock,
        audit: Audit,
        secret_answers: SecretAnswers,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._secrets = secrets
        self._clock = clock
        self._audit = audit
        self._secret_answers = secret_answers

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, webhook_id: str, key: IdempotencyKey | None = None
    ) -> Outcome[WebhookWithSecretView]:
        now = self._clock.now()
        secret, sealed = self._secrets.make()
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, now)) is not None:
                return self._secret_answers.opened(earlier)
            webhook = await locked_webhook(work, webhook_id)
            ensure_readable(webhook.types, principal.role.permissions)
            rotated = webhook.rotate(sealed, now)
            await work.webhooks.save(rotated)
            old, view = WebhookView.of(webhook), WebhookView.of(rotated)
            await self._audit(
                work, principal, AuditAction.WEBHOOK_SECRET_ROTATED, webhook_id, before=old, after=view
            )
            return await self._secret_answers.save(work, key, with_secret(view, secret))


class DeleteWebhook:
    """Staff with `settings:write`: delete a webhook and its deliveries, also those that are not finished.

    Fails with NOT_FOUND for an unknown webhook, PRECONDITION_FAILED.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._audit = audit

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, webhook_id: str, expected: ExpectedVersions = None
    ) -> None:
        async with self._unit_of_work() as work:
            webhook = await locked_webhook(work, webhook_id)
            ensure_expected(webhook.version, expected)
            await work.webhooks.delete(webhook_id)
            old = WebhookView.of(webhook)
            await self._audit(
                work, principal, AuditAction.WEBHOOK_DELETED, webhook_id, before=old, after=None
            )


async def locked_webhook(work: UnitOfWork, webhook_id: str) -> Webhook:
    """Return the webhook, locked. Raises NotFound."""
    webhook = await work.webhooks.lock(webhook_id)
    if webhook is None:
        raise NotFound("webhook")
    return webhook


def with_secret(view: WebhookView, secret: str) -> WebhookWithSecretView:
    return WebhookWithSecretView(**msgspec.structs.asdict(view), secret=secret)
