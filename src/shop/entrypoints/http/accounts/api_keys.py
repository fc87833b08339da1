"""`/api/admin/api-keys`: keys for programs that act for the shop's staff."""

from typing import Any, Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from shop.application.accounts.api_keys import (
    ApiKeyInput,
    ApiKeyPatch,
    ChangeApiKey,
    CreateApiKey,
    NewApiKeyView,
    RevokeApiKey,
)
from shop.application.accounts.views import ApiKeyView
from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.secret_answers import AnswerGone
from shop.application.framework.views import DoneView, encode
from shop.application.framework.views import Page as PageOf
from shop.application.ports.accounts import ApiKeyQueries
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import SecretKeysMissing
from shop.domain.accounts.permissions import ExceedsOwnPermissions, Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound, VersionConflict
from shop.entrypoints.http.framework.conditional import created, respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, Identified, shown

_EXAMPLE: Final = ApiKeyInput("Warehouse scanner", [Permission.ORDERS_WRITE, Permission.CATALOGUE_READ])


class ApiKeysController(Controller):
    path = "/api/admin/api-keys"
    tags = ("Administration",)

    @get(policy=Permission.STAFF_READ)
    async def list_api_keys(
        self, api_key_queries: NamedDependency[ApiKeyQueries], page: Page, limit: Limit = DEFAULT_LIMIT
    ) -> Response[PageOf[ApiKeyView]]:
        """Staff who may read staff: all API keys, oldest first, without their secrets."""
        return BytesResponse(encode(await api_key_queries.page(page, limit)))

    @post(
        policy=Permission.STAFF_WRITE,
        location=True,
        errors=(ExceedsOwnPermissions, AnswerGone, SecretKeysMissing),
        request_example=_EXAMPLE,
    )
    async def create_api_key(
        self,
        data: JSONBody[ApiKeyInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        create_api_key: NamedDependency[CreateApiKey],
    ) -> Response[NewApiKeyView]:
        outcome = await create_api_key(principal, data, idempotency)
        return created(outcome, f"{self.path}/{shown(outcome, Identified).id}")

    @get("/{key_id:str}", policy=Permission.STAFF_READ, versioned=True)
    async def show_api_key(
        self, request: ApiRequest, key_id: FromPath[str], api_key_queries: NamedDependency[ApiKeyQueries]
    ) -> Response[ApiKeyView]:
        """Staff who may read staff: one API key, without its secret."""
        key = await api_key_queries.key(key_id)
        if key is None:
            raise NotFound("API key")
        return _key(request, key)

    @patch(
        "/{key_id:str}",
        policy=Permission.STAFF_WRITE,
        versioned=True,
        errors=(VersionConflict, ExceedsOwnPermissions),
        request_example=_EXAMPLE,
    )
    async def change_api_key(
        self,
        request: ApiRequest,
        key_id: FromPath[str],
        data: JSONBody[ApiKeyPatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        change_api_key: NamedDependency[ChangeApiKey],
    ) -> Response[ApiKeyView]:
        return _key(request, await change_api_key(principal, key_id, data, expected_versions))

    @delete("/{key_id:str}", policy=Permission.STAFF_WRITE, status_code=200, errors=(ExceedsOwnPermissions,))
    async def revoke_api_key(
        self,
        key_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        revoke_api_key: NamedDependency[RevokeApiKey],
    ) -> Response[DoneView]:
        await revoke_api_key(principal, key_id, expected_versions)
        return BytesResponse(encode(DoneView()))


def _key(request: ApiRequest, key: ApiKeyView) -> BytesResponse[Any]:
    return respond_versioned(request, key, key.version)
