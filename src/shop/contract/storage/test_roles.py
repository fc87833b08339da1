"""Contract tests: staff roles."""

import asyncio
from typing import Any

import pytest

from shop.adapters.security.secrets import RandomIds
from shop.application.accounts.views import RoleView
from shop.application.framework.transactions import retry_on_conflict
from shop.contract.account_samples import NOW, opened, saved, session, stored, user
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.role import Role, RoleNameTaken, StaffRole
from shop.domain.accounts.user import Principal

pytestmark = pytest.mark.anyio

_ids = RandomIds()


def a_role(name: str = "Packer", *permissions: Permission) -> StaffRole:
    return StaffRole.create(_ids.new_id(), name, permissions or (Permission.ORDERS_WRITE,), NOW)


async def kept(storage: Any, *roles: StaffRole) -> None:
    for role in roles:
        async with storage.unit_of_work() as work:
            await work.roles.add(role)


async def test_a_role_comes_back_as_stored(storage: Any) -> None:
    role = a_role("Päcker ✓", *Permission)
    nothing = StaffRole.create(_ids.new_id(), "Nothing", (), NOW)
    await kept(storage, role, nothing)
    async with storage.unit_of_work() as work:
        assert await work.roles.lock(role.id) == role
        assert await work.roles.lock_by_name("PACKER ✓") == role
        assert await work.roles.lock_by_name("Packers") is None
        assert await work.roles.lock("unknown") is None
    assert await storage.roles.role(nothing.id) == RoleView.of(nothing)
    assert await storage.roles.role("unknown") is None
    page = await storage.roles.page(1, 1)
    assert (page.total, page.items) == (2, [RoleView.of(role)])
    assert (await storage.roles.page(2, 1)).items == [RoleView.of(nothing)]


async def test_names_are_unique_without_case_and_accents(storage: Any) -> None:
    other = a_role("Other")
    await kept(storage, a_role("Packer"), other)
    with pytest.raises(RoleNameTaken):
        await kept(storage, a_role("PÄCKER"))

    async def rename() -> None:
        async with storage.unit_of_work() as work:
            await work.roles.lock(other.id)
            await work.roles.save(other.revise("packer", other.permissions))

    with pytest.raises(RoleNameTaken):
        await rename()
    assert await storage.roles.role(other.id) == RoleView.of(other)


async def test_one_of_several_concurrent_roles_of_one_name_is_created(storage: Any) -> None:
    @retry_on_conflict
    async def add(role: StaffRole) -> None:
        await kept(storage, role)

    outcomes = await asyncio.gather(*(add(a_role()) for _ in range(8)), return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(RoleNameTaken) == 7
    assert (await storage.roles.page(1, 10)).total == 1


async def test_users_come_with_their_current_role(storage: Any) -> None:
    role = a_role()
    ada = user(role=role.role)
    await kept(storage, role)
    await stored(storage, ada)
    one = session(ada)
    await opened(storage, one)
    for revised in (role, role.revise("Clerk", (Permission.STATISTICS_READ,))):
        async with storage.unit_of_work() as work:
            await work.roles.lock(role.id)
            await work.roles.save(revised)
        async with storage.unit_of_work() as work:
            for found in (
                await work.users.get(ada.id),
                await work.users.find("ada"),
                await work.users.lock(ada.id),
                await work.users.lock_by_username("ada"),
            ):
                assert found.role == revised.role
            assert await work.users.lock_active_admins() == frozenset()
        assert await storage.users.principal(one.id) == Principal(ada.id, "Ada", revised.role, one.id)
        for view in (
            await storage.users.user(ada.id),
            await storage.users.user_by_username("ada"),
            *(await storage.users.page(1, 10)).items,
            *(await storage.users.page(1, 10, "ad")).items,
        ):
            assert view.role == revised.name


async def test_a_role_that_a_user_has_is_in_use(storage: Any) -> None:
    role = a_role()
    await kept(storage, role)
    ada = user(role=role.role)
    await stored(storage, ada)
    async with storage.unit_of_work() as work:
        assert await work.roles.is_in_use(role.id)
    await saved(storage, ada.change_rights(Role.CUSTOMER, active=True, other_active_admins=0))
    async with storage.unit_of_work() as work:
        await work.roles.lock(role.id)
        assert not await work.roles.is_in_use(role.id)
        await work.roles.delete(role.id)
    assert await storage.roles.role(role.id) is None


async def test_a_role_is_not_deleted_while_it_is_being_assigned(storage: Any) -> None:
    role = a_role()
    await kept(storage, role)
    users = [user(f"user{number}") for number in range(4)]
    await stored(storage, *users)

    @retry_on_conflict
    async def give(user_id: str) -> bool:
        async with storage.unit_of_work() as work:
            somebody = await work.users.lock(user_id)
            given = await work.roles.lock_by_name("packer")
            if given is None:
                return False
            await asyncio.sleep(0.01)
            await work.users.save(somebody.change_rights(given.role, active=True, other_active_admins=0))
            return True

    @retry_on_conflict
    async def delete() -> bool:
        async with storage.unit_of_work() as work:
            await work.roles.lock(role.id)
            if await work.roles.is_in_use(role.id):
                return False
            await work.roles.delete(role.id)
            return True

    *given, deleted = await asyncio.gather(*(give(each.id) for each in users), delete())
    for somebody, has_it in zip(users, given, strict=True):
        view = await storage.users.user(somebody.id)
        assert view.role == ("Packer" if has_it else "customer")
    assert deleted is (await storage.roles.role(role.id) is None)
    assert not (deleted and any(given))
