"""API keys: creation, change and revocation by staff."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.accounts.api_key_authentication import ApiKeyAuthentication, digest_of
from shop.application.accounts.roles import PermissionList
from shop.application.accounts.views import ApiKeyView
from shop.application.audit.trail import Audit
from shop.application.framework.idempotency import Outcome, claim
from shop.application.framework.inputs import (
    ExpectedVersions,
    Moment,
    Version,
    ensure_expected,
    takes_back,
    text,
)
from shop.application.framework.secret_answers import SecretAnswers
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.api_key import MAX_API_KEY_NAME_LENGTH, SECRET_PREFIX, ApiKey
from shop.domain.accounts.permissions import ensure_covers
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound, VersionConflict

_Name = Annotated[str, text(MAX_API_KEY_NAME_LENGTH, 1)]


class ApiKeyInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new key. Without `expiresAt` it works until it is revoked or its creator's account is closed."""

    name: _Name
    permissions: PermissionList
    expires_at: Moment | None = None


@takes_back(ApiKeyView)
class ApiKeyPatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The fields to change; an omitted field keeps its value. A stale `version` is refused."""

    name: _Name | UnsetType = UNSET
    permissions: PermissionList | UnsetType = UNSET
    expires_at: Moment | UnsetType | None = UNSET
    version: Version | UnsetType = UNSET


class NewApiKeyView(ApiKeyView, frozen=True, rename="camel", kw_only=True):
    """A new key with its secret, which is not shown again."""

    secret: str


class CreateApiKey:
    """Staff with `staff:write`: create an API key with at most the caller's own permissions.

    The secret appears only in this response. Fails with FORBIDDEN when the key would have permissions that the caller
    lacks, VALIDATION_FAILED for invalid fields.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        clock: Clock,
        ids: Ids,
        audit: Audit,
        secret_answers: SecretAnswers,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._audit = audit
        self._secret_answers = secret_answers

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, terms: ApiKeyInput, key: IdempotencyKey | None = None
    ) -> Outcome[NewApiKeyView]:
        now, secret = self._clock.now(), SECRET_PREFIX + self._ids.new_secret()
        made = ApiKey.create(
            key_id=self._ids.new_id(),
            name=terms.name,
            secret=secret,
            digest=digest_of(secret),
            permissions=terms.permissions,
            made_by=principal.user_id,
            expires_at=terms.expires_at,
            at=now,
        )
        ensure_covers(principal.role.permissions, made.permissions)
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, now)) is not None:
                return self._secret_answers.opened(earlier)
            await work.api_keys.add(made)
            view = ApiKeyView.of(made)
            await self._audit(work, principal, AuditAction.API_KEY_CREATED, made.id, before=None, after=view)
            shown = NewApiKeyView(**msgspec.structs.asdict(view), secret=secret)
            return await self._secret_answers.save(work, key, shown)


class ChangeApiKey:
    """Staff with `staff:write`: change an API key's name, permissions or expiry.

    Fails with NOT_FOUND for an unknown key, FORBIDDEN when the key has, or would have, permissions that the caller
    lacks, a conflict when `version` is stale, PRECONDITION_FAILED, VALIDATION_FAILED for invalid fields.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        api_key_authentication: ApiKeyAuthentication,
        clock: Clock,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._api_keys = api_key_authentication
        self._clock = clock
        self._audit = audit

    async def __call__(
        self, principal: Principal, key_id: str, patch: ApiKeyPatch, expected: ExpectedVersions = None
    ) -> ApiKeyView:
        view = await self._change(principal, key_id, patch, expected)
        self._api_keys.forget_all()
        return view

    @retry_on_conflict
    async def _change(
        self, principal: Principal, key_id: str, patch: ApiKeyPatch, expected: ExpectedVersions
    ) -> ApiKeyView:
        async with self._unit_of_work() as work:
            key = await _locked(work, key_id)
            ensure_expected(key.version, expected)
            if patch.version is not UNSET and patch.version != key.version:
                raise VersionConflict(patch.version, key.version)
            revised = key.revise(
                key.name if patch.name is UNSET else patch.name,
                key.permissions if patch.permissions is UNSET else patch.permissions,
                key.expires_at if patch.expires_at is UNSET else patch.expires_at,
                self._clock.now(),
            )
            ensure_covers(principal.role.permissions, key.permissions, revised.permissions)
            view = ApiKeyView.of(revised)
            if revised is not key:
                await work.api_keys.save(revised)
                old = ApiKeyView.of(key)
                await self._audit(
                    work, principal, AuditAction.API_KEY_CHANGED, key.id, before=old, after=view
                )
        return view


class RevokeApiKey:
    """Staff with `staff:write`: revoke an API key. It stops working immediately.

    Fails with NOT_FOUND for an unknown key, FORBIDDEN when the key has permissions that the caller lacks,
    PRECONDITION_FAILED.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        api_key_authentication: ApiKeyAuthentication,
        clock: Clock,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._api_keys = api_key_authentication
        self._clock = clock
        self._audit = audit

    async def __call__(self, principal: Principal, key_id: str, expected: ExpectedVersions = None) -> None:
        await self._revoke(principal, key_id, expected)
        self._api_keys.forget_all()

    @retry_on_conflict
    async def _revoke(self, principal: Principal, key_id: str, expected: ExpectedVersions) -> None:
        async with self._unit_of_work() as work:
            key = await _locked(work, key_id)
            ensure_expected(key.version, expected)
            ensure_covers(principal.role.permissions, key.permissions)
            await work.api_keys.save(key.revoke(self._clock.now()))
            old = ApiKeyView.of(key)
            await self._audit(work, principal, AuditAction.API_KEY_REVOKED, key_id, before=old, after=None)


async def _locked(work: UnitOfWork, key_id: str) -> ApiKey:
    key = await work.api_keys.lock(key_id)
    if key is None:
        raise NotFound("API key")
    return key
