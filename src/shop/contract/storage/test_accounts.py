"""Contract tests: users."""

import asyncio
from typing import Any

import pytest

from shop.application.accounts.views import UserView
from shop.application.framework.transactions import retry_on_conflict
from shop.contract.account_samples import NOW, opened, saved, session, stored, user
from shop.domain.accounts.credentials import EmailTaken, UsernameTaken
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import LastAdmin, Principal, User

pytestmark = pytest.mark.anyio


class TestUsers:
    async def test_a_user_comes_back_as_stored(self, storage: Any) -> None:
        ada = user("Ada", display_name="Ada ✓ Löve", email="Ada@Example.com", role=Role.ADMIN)
        await stored(storage, ada)
        async with storage.unit_of_work() as work:
            assert await work.users.get(ada.id) == ada
            assert await work.users.lock(ada.id) == ada
            assert await work.users.lock_by_username("aDA") == ada

    @pytest.mark.parametrize("name", ["ada.l", "ADA.L", "ada@example.com", "aDa@eXample.COM"])
    async def test_a_user_is_found_by_either_name_in_any_case(self, storage: Any, name: str) -> None:
        ada = user("Ada.L", email="Ada@Example.com")
        await stored(storage, ada, user("Bob", email="bob@example.com"))
        async with storage.unit_of_work() as work:
            assert await work.users.find(name) == ada

    @pytest.mark.parametrize(
        "name", ["ada ", " ada", "ada\x00", "", "ad%", "\u0430da", "ada@example.com ", "x" * 9999]
    )
    async def test_an_unknown_name_finds_no_user(self, storage: Any, name: str) -> None:
        await stored(storage, user("Ada", email="ada@example.com"))
        async with storage.unit_of_work() as work:
            assert await work.users.find(name) is None
            assert await work.users.lock_by_username(name) is None
        assert await storage.users.user_by_username(name) is None

    @pytest.mark.parametrize("user_id", ["", "x", "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"])
    async def test_an_unknown_id_finds_no_user(self, storage: Any, user_id: str) -> None:
        async with storage.unit_of_work() as work:
            assert await work.users.get(user_id) is None
            assert await work.users.lock(user_id) is None
        assert await storage.users.user(user_id) is None
        assert await storage.users.principal(user_id) is None

    async def test_names_are_unique_without_case(self, storage: Any) -> None:
        await stored(storage, user("Ada", email="ada@example.com"), user("Bob"), user("Cyd"))
        with pytest.raises(UsernameTaken):
            await stored(storage, user("ADA"))
        with pytest.raises(EmailTaken):
            await stored(storage, user("Dan", email="ADA@example.com"))

    async def test_changing_to_a_taken_email_is_refused_and_changes_nothing(self, storage: Any) -> None:
        bob = user("Bob")
        await stored(storage, user("Ada", email="ada@example.com"), bob)
        with pytest.raises(EmailTaken):
            await saved(storage, bob.change_profile("Bob", "Ada@example.com"))
        async with storage.unit_of_work() as work:
            assert await work.users.get(bob.id) == bob

    async def test_every_changed_field_is_saved(self, storage: Any) -> None:
        ada = user("Ada", email="ada@example.com")
        await stored(storage, ada)
        for changed in (
            ada.change_profile("Ada L", "ada@example.org"),
            ada.change_profile(None, None),
            ada.change_password("another hash"),
            ada.change_rights(Role.ADMIN, active=False, other_active_admins=1),
            ada.close(NOW, other_active_admins=1),
        ):
            await saved(storage, changed)
            async with storage.unit_of_work() as work:
                assert await work.users.get(ada.id) == changed

    async def test_a_closed_account_frees_its_names(self, storage: Any) -> None:
        ada = user("Ada", email="ada@example.com")
        await stored(storage, ada)
        async with storage.unit_of_work() as work:
            await work.users.save(ada.close(NOW, other_active_admins=0))
        another = user("ada", email="ada@example.com")
        await stored(storage, another)
        async with storage.unit_of_work() as work:
            assert await work.users.find("Ada") == another
            assert await work.users.find(f"deleted-{ada.id.replace('-', '')}") is None

    async def test_a_rolled_back_user_is_not_stored(self, storage: Any) -> None:
        ada = user("Ada")

        async def fail_after_adding() -> None:
            async with storage.unit_of_work() as work:
                await work.users.add(ada)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail_after_adding()
        assert await storage.users.user(ada.id) is None
        await stored(storage, user("Ada"))

    async def test_one_of_several_concurrent_sign_ups_gets_the_name(self, storage: Any) -> None:
        @retry_on_conflict
        async def sign_up(number: int) -> None:
            async with storage.unit_of_work() as work:
                await work.users.add(user("ada" if number % 2 else "ADA", email=f"ada{number}@example.com"))

        outcomes = await asyncio.gather(*(sign_up(number) for number in range(12)), return_exceptions=True)
        assert outcomes.count(None) == 1
        assert [type(outcome) for outcome in outcomes if outcome is not None] == [UsernameTaken] * 11

    async def test_only_active_admins_count(self, storage: Any) -> None:
        ada, bob = user("Ada", role=Role.ADMIN), user("Bob", role=Role.ADMIN)
        await stored(storage, ada, bob, user("Cyd", role=Role.ADMIN, active=False), user("Dan"))
        async with storage.unit_of_work() as work:
            assert await work.users.lock_active_admins() == {ada.id, bob.id}

    async def test_concurrent_mutual_demotion_leaves_one_admin(self, storage: Any) -> None:
        admins = [user(f"admin{number}", role=Role.ADMIN) for number in range(6)]
        await stored(storage, *admins)

        @retry_on_conflict
        async def demote(target: User) -> None:
            async with storage.unit_of_work() as work:
                others = await work.users.lock_active_admins() - {target.id}
                current = await work.users.lock_by_username(target.username)
                assert current is not None
                await work.users.save(
                    current.change_rights(Role.CUSTOMER, active=True, other_active_admins=len(others))
                )

        outcomes = await asyncio.gather(*map(demote, admins), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes if outcome is not None] == [LastAdmin]
        async with storage.unit_of_work() as work:
            assert len(await work.users.lock_active_admins()) == 1

    async def test_a_hash_is_replaced_unless_the_password_was_changed(self, storage: Any) -> None:
        ada = user("Ada")
        await stored(storage, ada)
        async with storage.unit_of_work() as work:
            await work.users.replace_password_hash(ada, "stronger hash")
        async with storage.unit_of_work() as work:
            await work.users.replace_password_hash(ada, "of the old password")
            current = await work.users.get(ada.id)
        assert current == ada.change_password("stronger hash")


class TestQueries:
    async def test_a_live_session_has_a_principal(self, storage: Any) -> None:
        ada = user(role=Role.ADMIN)
        await stored(storage, ada)
        one = session(ada)
        await opened(storage, one)
        assert await storage.users.principal(one.id) == Principal(ada.id, "Ada", Role.ADMIN, one.id)
        async with storage.unit_of_work() as work:
            await work.users.save(ada.change_rights(Role.CUSTOMER, active=True, other_active_admins=1))
        assert await storage.users.principal(one.id) == Principal(ada.id, "Ada", Role.CUSTOMER, one.id)
        async with storage.unit_of_work() as work:
            await work.users.save(ada.change_rights(Role.CUSTOMER, active=False, other_active_admins=1))
        assert await storage.users.principal(one.id) is None

    async def test_a_view_shows_the_users_fields(self, storage: Any) -> None:
        ada = user("Ada", display_name="Ada L", email="Ada@example.com", active=False)
        await stored(storage, ada)
        assert await storage.users.user(ada.id) == UserView.of(ada)
        assert await storage.users.user_by_username("ADA") == UserView.of(ada)

    async def test_pages_list_every_open_account_once_by_sign_up_time(self, storage: Any) -> None:
        users = [user(f"user{number}", active=number != 3) for number in range(7)]
        await stored(storage, *users)
        async with storage.unit_of_work() as work:
            await work.users.save(users[2].close(NOW, other_active_admins=0))
        left = [UserView.of(one) for one in users if one is not users[2]]
        pages = [await storage.users.page(page, 4) for page in (1, 2, 3)]
        assert [page.items for page in pages] == [left[:4], left[4:], []]
        assert {(page.total, page.limit) for page in pages} == {(6, 4)}
        far = await storage.users.page(1_000_000, 100)
        assert (far.page, far.total, far.items) == (1_000_000, 6, [])
        assert await storage.users.user(users[2].id) is None
