"""`/api/admin/roles`: roles of staff."""

from typing import Any, Final

import msgspec
from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from shop.application.accounts.roles import ChangeRole, CreateRole, DeleteRole, RoleInput, RolePatch
from shop.application.accounts.views import RoleView
from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.views import DoneView, encode
from shop.application.framework.views import Page as PageOf
from shop.application.ports.accounts import RoleQueries
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.permissions import ExceedsOwnPermissions, Permission
from shop.domain.accounts.role import RoleInUse, RoleNameTaken
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound, VersionConflict
from shop.entrypoints.http.framework.conditional import created, respond
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, shown

_EXAMPLE: Final = RoleInput("Warehouse", [Permission.ORDERS_WRITE, Permission.CATALOGUE_READ])


class RolesController(Controller):
    path = "/api/admin/roles"
    tags = ("Administration",)

    @get(policy=Permission.STAFF_READ)
    async def list_roles(
        self, role_queries: NamedDependency[RoleQueries], page: Page, limit: Limit = DEFAULT_LIMIT
    ) -> Response[PageOf[RoleView]]:
        """Staff who may read staff: all roles but `customer` and `admin`, oldest first."""
        return BytesResponse(encode(await role_queries.page(page, limit)))

    @post(
        policy=Permission.STAFF_WRITE,
        versioned=True,
        location=True,
        errors=(RoleNameTaken, ExceedsOwnPermissions),
        request_example=_EXAMPLE,
    )
    async def create_role(
        self,
        data: JSONBody[RoleInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        create_role: NamedDependency[CreateRole],
    ) -> Response[RoleView]:
        outcome = await create_role(principal, data, idempotency)
        role = shown(outcome, _RoleState)
        return created(outcome, f"{self.path}/{role.id}", str(role.version))

    @get("/{role_id:str}", policy=Permission.STAFF_READ, versioned=True)
    async def show_role(
        self, request: ApiRequest, role_id: FromPath[str], role_queries: NamedDependency[RoleQueries]
    ) -> Response[RoleView]:
        """Staff who may read staff: one role."""
        role = await role_queries.role(role_id)
        if role is None:
            raise NotFound("role")
        return _role(request, role)

    @patch(
        "/{role_id:str}",
        policy=Permission.STAFF_WRITE,
        versioned=True,
        errors=(RoleNameTaken, VersionConflict, ExceedsOwnPermissions),
        request_example=_EXAMPLE,
    )
    async def change_role(
        self,
        request: ApiRequest,
        role_id: FromPath[str],
        data: JSONBody[RolePatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        change_role: NamedDependency[ChangeRole],
    ) -> Response[RoleView]:
        return _role(request, await change_role(principal, role_id, data, expected_versions))

    @delete(
        "/{role_id:str}",
        policy=Permission.STAFF_WRITE,
        status_code=200,
        errors=(RoleInUse, ExceedsOwnPermissions),
    )
    async def delete_role(
        self,
        role_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        delete_role: NamedDependency[DeleteRole],
    ) -> Response[DoneView]:
        await delete_role(principal, role_id, expected_versions)
        return BytesResponse(encode(DoneView()))


class _RoleState(msgspec.Struct):
    id: str
    version: int


def _role(request: ApiRequest, role: RoleView) -> BytesResponse[Any]:
    return respond(request, encode(role), etag=str(role.version))
