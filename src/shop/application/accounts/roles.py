"""Staff roles: named sets of permissions."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.views import RoleView
from shop.application.audit.trail import Audit
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.inputs import ExpectedVersions, Version, ensure_expected, takes_back, text
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.permissions import Permission, ensure_covers
from shop.domain.accounts.role import MAX_ROLE_NAME_LENGTH, RoleInUse, StaffRole
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.errors import NotFound, VersionConflict

PermissionList = Annotated[list[Permission], msgspec.Meta(max_length=2 * len(Permission))]


class RoleInput(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """A new role. Names compare without case and accents; permission to write includes permission to read."""

    name: Annotated[str, text(MAX_ROLE_NAME_LENGTH, 1)]
    permissions: PermissionList


@takes_back(RoleView)
class RolePatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The fields to change; an omitted field keeps its value. A stale `version` is refused."""

    name: Annotated[str, text(MAX_ROLE_NAME_LENGTH, 1)] | UnsetType = UNSET
    permissions: PermissionList | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class CreateRole:
    """Staff with `staff:write`: create a role with at most the caller's own permissions.

    Fails with a conflict when the name is taken, FORBIDDEN when the role would have permissions that the caller lacks,
    VALIDATION_FAILED for a bad name.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, clock: Clock, ids: Ids, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._ids = ids
        self._audit = audit

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, terms: RoleInput, key: IdempotencyKey | None = None
    ) -> Outcome[RoleView]:
        now = self._clock.now()
        role = StaffRole.create(self._ids.new_id(), terms.name, terms.permissions, now)
        ensure_covers(principal.role.permissions, role.permissions)
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, now)) is not None:
                return earlier
            await work.roles.add(role)
            view = RoleView.of(role)
            await self._audit(work, principal, AuditAction.ROLE_CREATED, role.id, before=None, after=view)
            return await save_answer(work, key, view)


class ChangeRole:
    """Staff with `staff:write`: change a role's name or permissions, for every user with the role.

    Fails with NOT_FOUND for an unknown role, a conflict when the name is taken or `version` is stale, FORBIDDEN when
    the role has, or would have, permissions that the caller lacks, PRECONDITION_FAILED, VALIDATION_FAILED for a bad
    name.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, authenticate: Authenticate, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._authenticate = authenticate
        self._audit = audit

    async def __call__(
        self, principal: Principal, role_id: str, patch: RolePatch, expected: ExpectedVersions = None
    ) -> RoleView:
        view = await self._change(principal, role_id, patch, expected)
        self._authenticate.forget_all_users()
        return view

    @retry_on_conflict
    async def _change(
        self, principal: Principal, role_id: str, patch: RolePatch, expected: ExpectedVersions
    ) -> RoleView:
        async with self._unit_of_work() as work:
            role = await _locked(work, role_id)
            ensure_expected(role.version, expected)
            if patch.version is not UNSET and patch.version != role.version:
                raise VersionConflict(patch.version, role.version)
            revised = role.revise(
                role.name if patch.name is UNSET else patch.name,
                role.permissions if patch.permissions is UNSET else patch.permissions,
            )
            ensure_covers(principal.role.permissions, role.permissions, revised.permissions)
            view = RoleView.of(revised)
            if revised is not role:
                await work.roles.save(revised)
                old = RoleView.of(role)
                await self._audit(work, principal, AuditAction.ROLE_CHANGED, role.id, before=old, after=view)
        return view


class DeleteRole:
    """Staff with `staff:write`: delete a role that no user has.

    Fails with NOT_FOUND for an unknown role, a conflict while users have it, FORBIDDEN when the role has permissions
    that the caller lacks, PRECONDITION_FAILED.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._audit = audit

    @retry_on_conflict
    async def __call__(self, principal: Principal, role_id: str, expected: ExpectedVersions = None) -> None:
        async with self._unit_of_work() as work:
            role = await _locked(work, role_id)
            ensure_expected(role.version, expected)
            ensure_covers(principal.role.permissions, role.permissions)
            if await work.roles.is_in_use(role_id):
                raise RoleInUse
            await work.roles.delete(role_id)
            old = RoleView.of(role)
            await self._audit(work, principal, AuditAction.ROLE_DELETED, role_id, before=old, after=None)


async def _locked(work: UnitOfWork, role_id: str) -> StaffRole:
    role = await work.roles.lock(role_id)
    if role is None:
        raise NotFound("role")
    return role
