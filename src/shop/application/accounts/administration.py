"""Changing users' roles and closing accounts."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.accounts.authentication import Authenticate
from shop.application.accounts.views import UserView
from shop.application.audit.trail import Audit, AuditedUser
from shop.application.framework.inputs import ExpectedVersions, Version, ensure_expected, takes_back, text
from shop.application.framework.transactions import retry_on_conflict
from shop.application.outbox.recording import RecordEvents
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.permissions import Permission, ensure_covers
from shop.domain.accounts.role import BUILT_IN, MAX_ROLE_NAME_LENGTH, Role
from shop.domain.accounts.user import Principal, User
from shop.domain.audit import AuditAction
from shop.domain.errors import Forbidden, NotFound, ValidationFailed, VersionConflict
from shop.domain.outbox.event import EventType


@takes_back(UserView)
class RightsChange(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The fields to change; a stale `version` is refused. Read-only fields are accepted and ignored.

    `role` is `customer`, `admin`, or the name of a staff role.
    """

    role: Annotated[str, text(MAX_ROLE_NAME_LENGTH, 1)] | UnsetType = UNSET
    active: bool | UnsetType = UNSET
    version: Version | UnsetType = UNSET


class ChangeUser:
    """Staff: change a user's role (`staff:write`), disable or enable a user (`customers:write`).

    The change applies from the user's next request. A disabled user can't log in, and all their sessions end. Fails
    with NOT_FOUND for an unknown user, FORBIDDEN when the user's current or new role has permissions that the caller
    lacks, a conflict when the shop would have no active admin left or `version` is stale, PRECONDITION_FAILED when the
    expected version is stale.
    """

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, authenticate: Authenticate, clock: Clock, audit: Audit
    ) -> None:
        self._unit_of_work = unit_of_work
        self._authenticate = authenticate
        self._clock = clock
        self._audit = audit

    async def __call__(
        self, admin: Principal, username: str, change: RightsChange, expected: ExpectedVersions = None
    ) -> UserView:
        user = await self._change(admin, username, change, expected)
        self._authenticate.forget_user(user.id)
        return UserView.of(user)

    @retry_on_conflict
    async def _change(
        self, admin: Principal, username: str, change: RightsChange, expected: ExpectedVersions
    ) -> User:
        async with self._unit_of_work() as work:
            admins = await work.users.lock_active_admins()
            user = await work.users.lock_by_username(username)
            if user is None:
                raise NotFound("user")
            ensure_expected(user.version, expected)
            if change.version is not UNSET and change.version != user.version:
                raise VersionConflict(change.version, user.version)
            role = user.role if change.role is UNSET else await _role_named(work, change.role)
            active = user.active if change.active is UNSET else change.active
            _ensure_may_change(admin, user, role, active=active)
            changed = user.change_rights(role, active=active, other_active_admins=len(admins - {user.id}))
            if changed is not user:
                await work.users.save(changed)
                old, new = AuditedUser.of(user), AuditedUser.of(changed)
                await self._audit(work, admin, AuditAction.USER_CHANGED, user.id, before=old, after=new)
            if user.active and not changed.active:
                await work.sessions.revoke_all(user.id, self._clock.now())
        return changed


class CloseOwnAccount:
    """Users: close their own account. Personal data is deleted, every session ends, orders are kept.

    The username and the email address become available to new accounts. Fails with a conflict for the last active
    admin, PRECONDITION_FAILED when the expected version is stale.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        authenticate: Authenticate,
        clock: Clock,
        audit: Audit,
        record: RecordEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._authenticate = authenticate
        self._clock = clock
        self._audit = audit
        self._record = record

    async def __call__(self, principal: Principal, expected: ExpectedVersions = None) -> None:
        await self._close(principal, expected)
        self._authenticate.forget_user(principal.user_id)

    @retry_on_conflict
    async def _close(self, principal: Principal, expected: ExpectedVersions) -> None:
        async with self._unit_of_work() as work:
            admins = await work.users.lock_active_admins()
            user = await work.users.lock(principal.user_id)
            user = await _close(work, user, admins, expected, self._clock, self._record)
            await _audit_closing(self._audit, work, principal, user)


class CloseAccount:
    """Staff: close a user's account, as the user could.

    Fails with NOT_FOUND for an unknown user, FORBIDDEN when the user's role has permissions that the caller lacks, a
    conflict for the last active admin, PRECONDITION_FAILED when the expected version is stale.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        authenticate: Authenticate,
        clock: Clock,
        audit: Audit,
        record: RecordEvents,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._authenticate = authenticate
        self._clock = clock
        self._audit = audit
        self._record = record

    async def __call__(self, admin: Principal, username: str, expected: ExpectedVersions = None) -> None:
        self._authenticate.forget_user(await self._close(admin, username, expected))

    @retry_on_conflict
    async def _close(self, admin: Principal, username: str, expected: ExpectedVersions) -> str:
        async with self._unit_of_work() as work:
            admins = await work.users.lock_active_admins()
            user = await work.users.lock_by_username(username)
            if user is not None:
                ensure_covers(admin.role.permissions, user.role.permissions)
            user = await _close(work, user, admins, expected, self._clock, self._record)
            await _audit_closing(self._audit, work, admin, user)
        return user.id


async def _role_named(work: UnitOfWork, name: str) -> Role:
    """Return the role with this name, locked until the unit of work ends. Raises ValidationFailed."""
    if (built_in := BUILT_IN.get(name)) is not None:
        return built_in
    role = await work.roles.lock_by_name(name)
    if role is None:
        raise ValidationFailed({"role": "must be customer, admin, or the name of a role"})
    return role.role


def _ensure_may_change(principal: Principal, user: User, role: Role, *, active: bool) -> None:
    """Raise Forbidden unless the principal may give the user this role, and enable or disable the user."""
    changed = {
        Permission.STAFF_WRITE: user.role != role,
        Permission.CUSTOMERS_WRITE: user.active != active,
    }
    needed = [permission for permission, is_needed in changed.items() if is_needed]
    missing = [permission for permission in needed if not principal.may(permission)]
    if missing:
        raise Forbidden(f"This needs the permission {' and '.join(missing)}.")
    if needed:
        ensure_covers(principal.role.permissions, user.role.permissions, role.permissions)


async def _close(
    work: UnitOfWork,
    user: User | None,
    admins: frozenset[str],
    expected: ExpectedVersions,
    clock: Clock,
    record: RecordEvents,
) -> User:
    """Close a locked user's account; all active admins must be locked, too. Return the user before the change."""
    if user is None or user.closed_at is not None:
        raise NotFound("user")
    ensure_expected(user.version, expected)
    now = clock.now()
    await work.users.save(user.close(now, other_active_admins=len(admins - {user.id})))
    await work.sessions.revoke_all(user.id, now)
    await work.login_addresses.forget_user(user.id)
    await work.address_books.delete(user.id)
    await work.events.remove_personal_data(user.id)
    await record.deletion(work, EventType.CUSTOMER_DELETED, user.id)
    await work.messages.forget_user(user.id)
    await work.second_factors.delete(user.id)
    return user


async def _audit_closing(audit: Audit, work: UnitOfWork, by: Principal, user: User) -> None:
    await audit(work, by, AuditAction.USER_DELETED, user.id, before=AuditedUser.of(user), after=None)
