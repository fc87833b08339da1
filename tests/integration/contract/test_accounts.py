"""What every storage of accounts must do alike."""

import asyncio
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import count
from typing import Any

import pytest

from shop.adapters.ids import RandomIds
from shop.application.account_views import UserView
from shop.application.transactions import run_again
from shop.domain.login_attempt import LoginAttempt
from shop.domain.session import Session
from shop.domain.user import EmailTaken, LastAdmin, Principal, Role, User, UsernameTaken

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 3, 14, 9, 26, 53, 589793, UTC)
_ids = RandomIds()
_numbers = count()


def user(username: str = "Ada", **fields: Any) -> User:
    values = {"password_hash": "hash", "role": Role.CUSTOMER, "created_at": NOW, **fields}
    return User(id=_ids.new_id(), username=username, **values)


def digest(text: str) -> bytes:
    return sha256(text.encode()).digest()


def session(owner: User, **fields: Any) -> Session:
    values = {"created_at": NOW, "expires_at": NOW + timedelta(days=30), **fields}
    return Session(
        id=_ids.new_id(), user_id=owner.id, refresh_digest=digest(f"token {next(_numbers)}"), **values
    )


def attempt(account: str = "ada", address: str = "192.0.2.1", at: datetime = NOW) -> LoginAttempt:
    return LoginAttempt(_ids.new_id(), digest(account), digest(address), at)


async def stored(storage: Any, *users: User) -> None:
    for one in users:
        async with storage.unit_of_work() as work:
            await work.users.add(one)


async def saved(storage: Any, changed: User) -> None:
    async with storage.unit_of_work() as work:
        await work.users.lock(changed.id)
        await work.users.save(changed)


async def opened(storage: Any, *sessions: Session) -> None:
    for one in sessions:
        async with storage.unit_of_work() as work:
            assert await work.sessions.open(one, "hash")


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
    async def test_what_is_nobodys_name_finds_nobody(self, storage: Any, name: str) -> None:
        await stored(storage, user("Ada", email="ada@example.com"))
        async with storage.unit_of_work() as work:
            assert await work.users.find(name) is None
            assert await work.users.lock_by_username(name) is None
        assert await storage.users.user_by_username(name) is None

    @pytest.mark.parametrize("user_id", ["", "x", "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"])
    async def test_an_unknown_id_is_nobodys(self, storage: Any, user_id: str) -> None:
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

    async def test_a_rolled_back_user_was_never_there(self, storage: Any) -> None:
        ada = user("Ada")

        async def fail_after_adding() -> None:
            async with storage.unit_of_work() as work:
                await work.users.add(ada)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await fail_after_adding()
        assert await storage.users.user(ada.id) is None
        await stored(storage, user("Ada"))

    async def test_of_several_who_want_one_name_exactly_one_gets_it(self, storage: Any) -> None:
        @run_again
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

    async def test_admins_who_demote_each_other_leave_one(self, storage: Any) -> None:
        admins = [user(f"admin{number}", role=Role.ADMIN) for number in range(6)]
        await stored(storage, *admins)

        @run_again
        async def demote(target: User) -> None:
            async with storage.unit_of_work() as work:
                others = await work.users.lock_active_admins() - {target.id}
                present = await work.users.lock_by_username(target.username)
                assert present is not None
                await work.users.save(
                    present.change_rights(Role.CUSTOMER, active=True, other_active_admins=len(others))
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
            present = await work.users.get(ada.id)
        assert present == ada.change_password("stronger hash")


class TestSessions:
    async def test_a_session_comes_back_by_its_present_token(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)
        first, second = session(ada), session(ada)
        await opened(storage, first, second)
        async with storage.unit_of_work() as work:
            assert await work.sessions.find_by_refresh_digest(first.refresh_digest) == first
            assert await work.sessions.find_by_refresh_digest(digest("unknown")) is None
            assert await work.sessions.find_by_spent_digest(first.refresh_digest) is None

    @pytest.mark.parametrize(
        ("fields", "password_hash"), [({}, "another hash"), ({"active": False}, "hash"), ({}, "HASH")]
    )
    async def test_only_active_users_with_the_right_password_get_one(
        self, storage: Any, fields: dict[str, Any], password_hash: str
    ) -> None:
        ada = user(**fields)
        await stored(storage, ada)
        refused = session(ada)
        async with storage.unit_of_work() as work:
            assert not await work.sessions.open(refused, password_hash)
        async with storage.unit_of_work() as work:
            assert not await work.sessions.open(session(user("Unknown")), "hash")
            assert await work.sessions.find_by_refresh_digest(refused.refresh_digest) is None

    async def test_no_session_slips_past_a_change_of_password(self, storage: Any) -> None:
        """Whoever comes second waits: either the session is seen and ended, or the new hash is."""
        ada = user()
        await stored(storage, ada)

        @run_again
        async def change() -> None:
            async with storage.unit_of_work() as work:
                present = await work.users.lock(ada.id)
                assert present is not None
                await work.users.save(present.change_password("new hash"))
                await asyncio.sleep(0.01)
                await work.sessions.revoke_all(ada.id, NOW)

        @run_again
        async def log_in(one: Session) -> bool:
            async with storage.unit_of_work() as work:
                is_open = await work.sessions.open(one, "hash")
                await asyncio.sleep(0.01)
                return is_open

        sessions = [session(ada) for _ in range(6)]
        await asyncio.gather(*map(log_in, sessions[:3]), change(), *map(log_in, sessions[3:]))
        for one in sessions:
            assert await storage.users.principal(one.id) is None

    async def test_a_refresh_spends_the_old_token(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)
        before = session(ada)
        await opened(storage, before)
        after = before.refresh(digest("next"), NOW + timedelta(days=1), timedelta(days=30))
        async with storage.unit_of_work() as work:
            assert await work.sessions.refresh(before, after)
        async with storage.unit_of_work() as work:
            assert await work.sessions.find_by_refresh_digest(before.refresh_digest) is None
            assert await work.sessions.find_by_spent_digest(before.refresh_digest) == after
            assert await work.sessions.find_by_refresh_digest(after.refresh_digest) == after
            assert not await work.sessions.refresh(before, after)

    async def test_of_several_refreshes_exactly_one_wins(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)
        before = session(ada)
        await opened(storage, before)

        @run_again
        async def refresh(number: int) -> bool:
            async with storage.unit_of_work() as work:
                after = before.refresh(digest(f"next {number}"), NOW, timedelta(days=30))
                won: bool = await work.sessions.refresh(before, after)
                return won

        assert sorted(await asyncio.gather(*map(refresh, range(10)))) == [False] * 9 + [True]

    async def test_a_revoked_session_is_not_refreshed(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)
        before = session(ada)
        await opened(storage, before)
        async with storage.unit_of_work() as work:
            await work.sessions.revoke(before.id, NOW)
            await work.sessions.revoke("unknown", NOW)
        async with storage.unit_of_work() as work:
            await work.sessions.revoke(before.id, NOW + timedelta(days=1))
            found = await work.sessions.find_by_refresh_digest(before.refresh_digest)
            assert found is not None
            assert found.revoked_at == NOW
            assert not await work.sessions.refresh(
                before, before.refresh(digest("next"), NOW, timedelta(days=1))
            )
        async with storage.unit_of_work() as work:
            assert await work.sessions.find_by_spent_digest(before.refresh_digest) is None

    async def test_all_or_all_others_of_one_user_end(self, storage: Any) -> None:
        ada, bob = user("Ada"), user("Bob")
        await stored(storage, ada, bob)
        kept, other, bobs = session(ada), session(ada), session(bob)
        await opened(storage, kept, other, bobs)
        async with storage.unit_of_work() as work:
            await work.sessions.revoke_all(ada.id, NOW, keep=kept.id)
        assert await storage.users.principal(kept.id) == Principal(ada.id, "Ada", Role.CUSTOMER, kept.id)
        assert await storage.users.principal(other.id) is None
        async with storage.unit_of_work() as work:
            await work.sessions.revoke_all(ada.id, NOW)
        assert await storage.users.principal(kept.id) is None
        assert await storage.users.principal(bobs.id) is not None

    async def test_expired_sessions_are_forgotten_oldest_first(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)
        sessions = [session(ada, expires_at=NOW + timedelta(days=days)) for days in (3, 1, 2)]
        third, first, second = sessions
        await opened(storage, *sessions)
        refreshed = first.refresh(digest("next"), NOW, timedelta(days=1))
        async with storage.unit_of_work() as work:
            assert await work.sessions.refresh(first, refreshed)
        for left in ({second, third}, {third}, {third}):
            async with storage.unit_of_work() as work:
                deleted = await work.sessions.delete_expired_before(NOW + timedelta(days=3), limit=1)
            found = {one for one in sessions if await storage.users.principal(one.id)}
            assert found == left
        assert deleted == 0
        async with storage.unit_of_work() as work:
            assert await work.sessions.find_by_spent_digest(first.refresh_digest) is None
            await work.sessions.revoke_all(ada.id, NOW)


class TestLoginAttempts:
    async def test_attempts_of_the_account_and_of_the_address_are_seen(self, storage: Any) -> None:
        same_account = attempt("ada", "192.0.2.2")
        same_address = attempt("bob", "192.0.2.1")
        both, neither = attempt(), attempt("bob", "192.0.2.2")
        too_old = attempt(at=NOW - timedelta(minutes=15))
        for one in (same_account, same_address, both, neither, too_old):
            async with storage.unit_of_work() as work:
                await work.login_attempts.lock_counters(one, NOW)
                await work.login_attempts.add(one)
        async with storage.unit_of_work() as work:
            seen = await work.login_attempts.lock_counters(attempt(), NOW - timedelta(minutes=15))
        assert len(seen) == 3
        assert set(seen) == {same_account, same_address, both}

    async def test_an_attempt_fails_or_is_removed(self, storage: Any) -> None:
        wrong, right = attempt(), attempt()
        async with storage.unit_of_work() as work:
            await work.login_attempts.lock_counters(wrong, NOW)
            await work.login_attempts.add(wrong)
            await work.login_attempts.add(right)
        async with storage.unit_of_work() as work:
            await work.login_attempts.mark_failed(wrong)
            await work.login_attempts.remove(right)
        async with storage.unit_of_work() as work:
            seen = await work.login_attempts.lock_counters(attempt(), NOW - timedelta(minutes=1))
        assert [(one.id, one.failed) for one in seen] == [(wrong.id, True)]

    @pytest.mark.parametrize("shared", ["account", "address"])
    async def test_counters_are_locked_until_the_end(self, storage: Any, shared: str) -> None:
        @run_again
        async def add_unless_five(number: int) -> bool:
            one = attempt(
                "ada" if shared == "account" else f"user {number}",
                "192.0.2.1" if shared == "address" else f"192.0.2.{number}",
            )
            async with storage.unit_of_work() as work:
                if len(await work.login_attempts.lock_counters(one, NOW - timedelta(minutes=1))) >= 5:
                    return False
                await work.login_attempts.add(one)
                return True

        assert sum(await asyncio.gather(*map(add_unless_five, range(30)))) == 5

    async def test_old_attempts_are_forgotten_oldest_first(self, storage: Any) -> None:
        attempts = [attempt(at=NOW - timedelta(minutes=age)) for age in (1, 30, 20)]
        for one in attempts:
            async with storage.unit_of_work() as work:
                await work.login_attempts.lock_counters(one, one.at)
                await work.login_attempts.add(one)
        for left in ({attempts[0], attempts[2]}, {attempts[0]}, {attempts[0]}):
            async with storage.unit_of_work() as work:
                await work.login_attempts.delete_before(NOW - timedelta(minutes=15), limit=1)
            async with storage.unit_of_work() as work:
                seen = await work.login_attempts.lock_counters(attempt(), NOW - timedelta(hours=1))
            assert set(seen) == left


class TestQueries:
    async def test_a_principal_is_who_acts_in_a_live_session(self, storage: Any) -> None:
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

    async def test_a_view_shows_what_the_user_is(self, storage: Any) -> None:
        ada = user("Ada", display_name="Ada L", email="Ada@example.com", active=False)
        await stored(storage, ada)
        assert await storage.users.user(ada.id) == UserView.of(ada)
        assert await storage.users.user_by_username("ADA") == UserView.of(ada)

    async def test_pages_meet_every_open_account_once_in_the_order_of_sign_up(self, storage: Any) -> None:
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


async def test_nothing_of_a_refused_unit_of_work_stays(storage: Any) -> None:
    ada = user()
    await stored(storage, ada)
    one = session(ada)

    async def refused() -> None:
        async with storage.unit_of_work() as work:
            assert await work.sessions.open(one, "hash")
            await work.login_attempts.lock_counters(attempt(), NOW)
            await work.login_attempts.add(attempt())
            raise UsernameTaken

    with pytest.raises(UsernameTaken):
        await refused()
    assert await storage.users.principal(one.id) is None
    async with storage.unit_of_work() as work:
        assert await work.login_attempts.lock_counters(attempt(), NOW - timedelta(hours=1)) == []
