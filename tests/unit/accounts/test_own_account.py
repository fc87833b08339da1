"""Users' changes to their own account, and admins' changes to all accounts."""

import asyncio

import pytest
from msgspec import UNSET

from shop.application.accounts.administration import RightsChange
from shop.application.accounts.own_account import PasswordChange, Profile, ProfileUpdate
from shop.application.accounts.signing_up import NewAccount
from shop.domain.accounts.credentials import EmailTaken
from shop.domain.accounts.login_attempt import TooManyFailedLogins
from shop.domain.accounts.role import Role
from shop.domain.accounts.session import InvalidRefreshToken
from shop.domain.accounts.user import LastAdmin, WrongCredentials, WrongPassword
from shop.domain.errors import NotFound, PreconditionFailed, ValidationFailed, VersionConflict
from tests.accounts import ADDRESS, PASSWORD, Accounts

pytestmark = pytest.mark.anyio


class TestProfile:
    async def test_omitted_fields_stay_and_null_clears(self, accounts: Accounts) -> None:
        await accounts.customer(display_name="Ada", email="ada@example.com")
        ada = await accounts.principal(await accounts.login())
        user = await accounts.update_profile(ada, ProfileUpdate(Profile(display_name="Ada L")))
        assert (user.profile.display_name, user.profile.email) == ("Ada L", "ada@example.com")
        user = await accounts.update_profile(ada, ProfileUpdate(Profile(email=None)))
        assert (user.profile.display_name, user.profile.email) == ("Ada L", None)
        assert user == await accounts.queries.user(ada.user_id)

    async def test_a_stale_write_changes_nothing(self, accounts: Accounts) -> None:
        await accounts.customer()
        ada = await accounts.principal(await accounts.login())
        fresh = await accounts.update_profile(ada, ProfileUpdate(Profile("Ada"), version=1), frozenset({1}))
        assert fresh.version == 2
        with pytest.raises(PreconditionFailed):
            await accounts.update_profile(ada, ProfileUpdate(Profile("Eve")), frozenset({1}))
        with pytest.raises(VersionConflict):
            await accounts.update_profile(ada, ProfileUpdate(Profile("Eve"), version=1))
        assert await accounts.queries.user(ada.user_id) == fresh

    async def test_an_unchanged_profile_keeps_its_version(self, accounts: Accounts) -> None:
        await accounts.customer(display_name="Ada")
        ada = await accounts.principal(await accounts.login())
        for update in (Profile(), Profile(display_name="Ada"), Profile(UNSET, None)):
            assert (await accounts.update_profile(ada, ProfileUpdate(update))).version == 1

    async def test_one_of_ten_edits_of_a_version_succeeds(self, accounts: Accounts) -> None:
        await accounts.customer()
        ada = await accounts.principal(await accounts.login())
        outcomes = await asyncio.gather(
            *(
                accounts.update_profile(ada, ProfileUpdate(Profile(f"Ada {number}")), frozenset({1}))
                for number in range(10)
            ),
            return_exceptions=True,
        )
        assert sum(isinstance(outcome, PreconditionFailed) for outcome in outcomes) == 9

    async def test_bad_or_taken_values_are_refused(self, accounts: Accounts) -> None:
        await accounts.customer("bob", email="bob@example.com")
        await accounts.customer()
        ada = await accounts.principal(await accounts.login())
        with pytest.raises(EmailTaken):
            await accounts.update_profile(ada, ProfileUpdate(Profile(email="BOB@example.com")))
        with pytest.raises(ValidationFailed) as refusal:
            await accounts.update_profile(ada, ProfileUpdate(Profile(" ", "x")))
        assert refusal.value.details.keys() == {"profile.displayName", "profile.email"}


class TestPassword:
    async def test_changing_the_password_ends_every_other_login(self, accounts: Accounts) -> None:
        await accounts.customer()
        here, there = await accounts.login(), await accounts.login()
        await accounts.principal(there)
        ada = await accounts.principal(here)
        await accounts.change_password(ada, PasswordChange(PASSWORD, "a new password"), ADDRESS)
        assert await accounts.authenticate(there.access_token) is None
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(there)
        assert await accounts.principal(here) == ada
        await accounts.refresh(here)
        with pytest.raises(WrongCredentials):
            await accounts.login()
        await accounts.login(password="a new password")

    async def test_a_wrong_one_changes_nothing_and_counts_as_a_failed_login(self, accounts: Accounts) -> None:
        await accounts.customer()
        ada = await accounts.principal(await accounts.login())
        for _ in range(10):
            with pytest.raises(WrongPassword) as refusal:
                await accounts.change_password(ada, PasswordChange("wrong", "a new password"), ADDRESS)
        assert refusal.value.details.keys() == {"current_password"}
        with pytest.raises(TooManyFailedLogins):
            await accounts.change_password(ada, PasswordChange(PASSWORD, "a new password"), ADDRESS)
        accounts.clock.advance(minutes=15)
        await accounts.login()

    @pytest.mark.parametrize("new", ["short", "password123", "PassWord123", "x" * 257])
    async def test_a_new_one_has_to_keep_the_rules(self, accounts: Accounts, new: str) -> None:
        await accounts.customer()
        ada = await accounts.principal(await accounts.login())
        with pytest.raises(ValidationFailed) as refusal:
            await accounts.change_password(ada, PasswordChange(PASSWORD, new), ADDRESS)
        assert refusal.value.details.keys() == {"new_password"}

    async def test_one_of_several_concurrent_changes_succeeds(self, accounts: Accounts) -> None:
        await accounts.customer()
        ada = await accounts.principal(await accounts.login())
        outcomes = await asyncio.gather(
            *(
                accounts.change_password(ada, PasswordChange(PASSWORD, f"new password {number}"), ADDRESS)
                for number in range(5)
            ),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes].count(WrongPassword) == 4


class TestPasswordSetAtTheCommandLine:
    @pytest.mark.parametrize("name", ["ada", "ADA", "ada@example.com"])
    async def test_the_new_password_works_and_every_login_ends(self, accounts: Accounts, name: str) -> None:
        await accounts.customer("ada", email="ada@example.com")
        login = await accounts.login()
        assert (await accounts.set_password(name, "another password")).username == "ada"
        with pytest.raises(WrongCredentials):
            await accounts.login()
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(login)
        fresh = Accounts(accounts.storage, accounts.clock)
        assert await fresh.authenticate(login.access_token) is None
        await fresh.login("ada", "another password")
        fresh.passwords.close()

    async def test_an_entry_records_the_change_without_the_password(self, accounts: Accounts) -> None:
        await accounts.create_admin("boss", PASSWORD)
        user = await accounts.set_password("boss", "another password")
        entries = accounts.storage.store.tables["audit_entries"].values()
        [entry] = [each for each in entries if each.action == "user.password-set"]
        assert (entry.user_id, entry.subject_id, entry.before, entry.after) == (None, user.id, {}, {})

    async def test_setting_a_password_needs_an_open_account(self, accounts: Accounts) -> None:
        await accounts.customer("ada")
        await accounts.close_own_account(await accounts.principal(await accounts.login()))
        [closed] = accounts.storage.store.tables["users"].values()
        for name in ("ada", "nobody", "", closed.username):
            with pytest.raises(NotFound):
                await accounts.set_password(name, "another password")

    @pytest.mark.parametrize("password", ["short", "password123", "x" * 257])
    async def test_the_rules_for_passwords_hold(self, accounts: Accounts, password: str) -> None:
        await accounts.customer("ada")
        with pytest.raises(ValidationFailed):
            await accounts.set_password("ada", password)
        await accounts.login()


class TestClosing:
    async def test_deletion_removes_personal_data_and_frees_the_names(self, accounts: Accounts) -> None:
        await accounts.customer("Zoe", display_name="Zoe L", email="zoe@example.com")
        login = await accounts.login("zoe")
        zoe = await accounts.principal(login)
        await accounts.close_own_account(zoe)
        assert await accounts.authenticate(login.access_token) is None
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(login)
        with pytest.raises(WrongCredentials):
            await accounts.login("zoe")
        async with accounts.storage.unit_of_work() as work:
            left = await work.users.get(zoe.user_id)
        assert "zoe" not in repr(left).lower(), "no id has a z"
        assert left.password_hash is None
        assert (await accounts.queries.page(1, 20)).items == []
        await accounts.customer("zoe", email="zoe@example.com")
        assert (await accounts.login("zoe")).user.id != zoe.user_id

    async def test_an_account_is_closed_once(self, accounts: Accounts) -> None:
        await accounts.customer()
        ada = await accounts.principal(await accounts.login())
        await accounts.close_own_account(ada)
        with pytest.raises(NotFound):
            await accounts.close_own_account(ada)
        with pytest.raises(NotFound):
            await accounts.update_profile(ada, ProfileUpdate(Profile("Ada")))
        for name in ("ada", f"deleted-{ada.user_id.replace('-', '')}"):
            with pytest.raises(NotFound):
                await accounts.close_account(name)
            with pytest.raises(NotFound):
                await accounts.change_user(name, RightsChange(active=True))

    async def test_an_admin_can_do_it_unless_the_page_is_stale(self, accounts: Accounts) -> None:
        await accounts.customer()
        login = await accounts.login()
        await accounts.principal(login)
        with pytest.raises(PreconditionFailed):
            await accounts.close_account("ADA", frozenset({2}))
        await accounts.close_account("ADA", frozenset({1}))
        assert await accounts.authenticate(login.access_token) is None


class TestRights:
    async def test_a_new_role_takes_effect_immediately(self, accounts: Accounts) -> None:
        await accounts.customer()
        login = await accounts.login()
        assert (await accounts.principal(login)).role == Role.CUSTOMER
        view = await accounts.change_user("Ada", RightsChange(role="admin"))
        assert (view.role, view.version) == ("admin", 2)
        assert (await accounts.principal(login)).role == Role.ADMIN

    async def test_disabling_ends_all_logins_for_good(self, accounts: Accounts) -> None:
        await accounts.customer()
        login = await accounts.login()
        await accounts.principal(login)
        assert not (await accounts.change_user("ada", RightsChange(active=False))).active
        assert await accounts.authenticate(login.access_token) is None
        with pytest.raises(WrongCredentials):
            await accounts.login()
        await accounts.change_user("ada", RightsChange(active=True))
        assert await accounts.authenticate(login.access_token) is None
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(login)
        await accounts.login()

    async def test_changing_nothing_keeps_the_version(self, accounts: Accounts) -> None:
        await accounts.create_admin("boss", PASSWORD)
        for change in (RightsChange(), RightsChange(role="admin", active=True)):
            assert (await accounts.change_user("boss", change)).version == 1

    async def test_stale_changes_are_refused(self, accounts: Accounts) -> None:
        await accounts.customer()
        with pytest.raises(PreconditionFailed):
            await accounts.change_user("ada", RightsChange(role="admin"), frozenset())
        with pytest.raises(VersionConflict):
            await accounts.change_user("ada", RightsChange(role="admin", version=2))
        view = await accounts.queries.user_by_username("ada")
        assert view is not None
        assert view.role == "customer"

    async def test_the_last_active_admin_cannot_be_removed(self, accounts: Accounts) -> None:
        await accounts.create_admin("boss", PASSWORD)
        await accounts.create_admin("disabled", PASSWORD)
        await accounts.change_user("disabled", RightsChange(active=False))
        boss = await accounts.principal(await accounts.login("boss"))
        with pytest.raises(LastAdmin):
            await accounts.change_user("boss", RightsChange(role="customer"))
        with pytest.raises(LastAdmin):
            await accounts.change_user("boss", RightsChange(active=False))
        with pytest.raises(LastAdmin):
            await accounts.close_account("boss")
        with pytest.raises(LastAdmin):
            await accounts.close_own_account(boss)
        await accounts.change_user("disabled", RightsChange(active=True))
        await accounts.close_own_account(boss)

    async def test_concurrent_mutual_removal_leaves_one_admin(self, accounts: Accounts) -> None:
        for number in range(4):
            await accounts.create_admin(f"admin{number}", PASSWORD)
        outcomes = await asyncio.gather(
            accounts.change_user("admin0", RightsChange(role="customer")),
            accounts.change_user("admin1", RightsChange(active=False)),
            accounts.close_account("admin2"),
            accounts.close_account("admin3"),
            return_exceptions=True,
        )
        assert [type(outcome) for outcome in outcomes].count(LastAdmin) == 1
        async with accounts.storage.unit_of_work() as work:
            assert len(await work.users.lock_active_admins()) == 1


async def test_names_of_closed_accounts_are_reserved(accounts: Accounts) -> None:
    await accounts.customer()
    ada = await accounts.principal(await accounts.login())
    reserved = f"Deleted-{ada.user_id.replace('-', '')}"
    with pytest.raises(Exception, match="is taken"):
        await accounts.sign_up(NewAccount(username=reserved, password=PASSWORD))
    await accounts.customer("deleted-scenes")
    await accounts.close_own_account(ada)
