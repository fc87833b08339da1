"""Roles in memory."""

import asyncio
from dataclasses import replace
from typing import Final

from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.application.accounts.views import RoleView
from shop.application.framework.views import Page
from shop.domain.accounts.role import StaffRole, role_name_key
from shop.domain.accounts.user import User

ROLES: Final = "roles"
_USERS: Final = "users"
UNIQUE_KEYS: Final[UniqueKeys] = {ROLES: {"uq_roles_name": lambda role: role.name_key}}


class MemoryRoles:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def add(self, role: StaffRole) -> None:
        await self._transaction.put(ROLES, role.id, role)

    async def lock(self, role_id: str) -> StaffRole | None:
        await self._transaction.lock(ROLES, role_id)
        role: StaffRole | None = await self._transaction.get(ROLES, role_id)
        return role

    async def lock_by_name(self, name: str) -> StaffRole | None:
        key = role_name_key(name)
        found: list[StaffRole] = await self._transaction.scan(ROLES)
        role_id = next((role.id for role in found if role.name_key == key), None)
        role = await self.lock(role_id) if role_id is not None else None
        return role if role is not None and role.name_key == key else None

    async def save(self, role: StaffRole) -> None:
        await self._transaction.put(ROLES, role.id, role)
        users: list[User] = await self._transaction.scan(_USERS)
        for user in users:
            if user.role.id == role.id:  # a stored user comes with the role as it is
                await self._transaction.put(_USERS, user.id, replace(user, role=role.role))

    async def is_in_use(self, role_id: str) -> bool:
        users: list[User] = await self._transaction.scan(_USERS)
        return any(user.role.id == role_id for user in users)

    async def delete(self, role_id: str) -> None:
        await self._transaction.delete(ROLES, role_id)


class MemoryRoleQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, page: int, limit: int) -> Page[RoleView]:
        await asyncio.sleep(0)
        roles: list[StaffRole] = sorted(self._store.tables[ROLES].values(), key=lambda role: role.id)
        shown = roles[(page - 1) * limit : page * limit]
        return Page(page, limit, len(roles), [RoleView.of(role) for role in shown])

    async def role(self, role_id: str) -> RoleView | None:
        await asyncio.sleep(0)
        role: StaffRole | None = self._store.tables[ROLES].get(role_id)
        return None if role is None else RoleView.of(role)
