"""Contract tests: sessions."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.account_samples import NOW, attempt, digest, opened, session, stored, user
from shop.domain.accounts.credentials import UsernameTaken
from shop.domain.accounts.role import Role
from shop.domain.accounts.session import Session
from shop.domain.accounts.user import Principal

pytestmark = pytest.mark.anyio


class TestSessions:
    async def test_a_session_is_found_by_its_current_token(self, storage: Any) -> None:
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
    async def test_sessions_need_an_active_user_and_the_current_password(
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

    async def test_no_session_survives_a_concurrent_password_change(self, storage: Any) -> None:
        """One transaction waits for the other: the session is revoked, or the login sees the new hash."""
        ada = user()
        await stored(storage, ada)

        @retry_on_conflict
        async def change() -> None:
            async with storage.unit_of_work() as work:
                current = await work.users.lock(ada.id)
                assert current is not None
                await work.users.save(current.change_password("new hash"))
                await asyncio.sleep(0.01)
                await work.sessions.revoke_all(ada.id, NOW)

        @retry_on_conflict
        async def log_in(one: Session) -> bool:
            async with storage.unit_of_work() as work:
                is_open: bool = await work.sessions.open(one, "hash")
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

    async def test_one_of_several_concurrent_refreshes_succeeds(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)
        before = session(ada)
        await opened(storage, before)

        @retry_on_conflict
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

    async def test_revoking_ends_all_sessions_or_all_but_one(self, storage: Any) -> None:
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

    async def test_expired_sessions_are_deleted_oldest_first(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)
        sessions = [session(ada, expires_at=NOW + timedelta(days=days)) for days in (3, 1, 2)]
        third, first, second = sessions
        await opened(storage, *sessions)
        refreshed = first.refresh(digest("next"), NOW, timedelta(days=1))
        async with storage.unit_of_work() as work:
            assert await work.sessions.refresh(first, refreshed)
        for number, left in ((1, {second, third}), (1, {third}), (0, {third})):
            async with storage.unit_of_work() as work:
                deleted = await work.sessions.delete_expired_before(NOW + timedelta(days=3), limit=1)
            found = {one for one in sessions if await storage.users.principal(one.id)}
            assert (deleted, found) == (number, left)
        async with storage.unit_of_work() as work:
            assert await work.sessions.find_by_spent_digest(first.refresh_digest) is None
            await work.sessions.revoke_all(ada.id, NOW)


async def test_a_refused_unit_of_work_stores_nothing(storage: Any) -> None:
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


async def test_the_sessions_of_a_user_are_listed_oldest_first(storage: Any) -> None:
    ada, bob = user(), user("Bob")
    await stored(storage, ada, bob)
    later, earlier = session(ada, created_at=NOW + timedelta(minutes=1)), session(ada)
    await opened(storage, later, earlier, session(bob))
    ended = NOW + timedelta(minutes=2)
    async with storage.unit_of_work() as work:
        await work.sessions.revoke(earlier.id, ended)
    listed = await storage.users.sessions(ada.id)
    assert [(view.id, view.ended_at) for view in listed] == [(earlier.id, ended), (later.id, None)]
