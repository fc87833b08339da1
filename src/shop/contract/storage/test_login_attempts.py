"""Contract tests: login attempts, and the addresses from which an account has logged in."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from shop.application.framework.transactions import retry_on_conflict
from shop.contract.account_samples import NOW, attempt, digest, stored, user

pytestmark = pytest.mark.anyio


class TestLoginAttempts:
    async def test_attempts_of_account_and_address_are_returned(self, storage: Any) -> None:
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
        @retry_on_conflict
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

    async def test_old_attempts_are_deleted_oldest_first(self, storage: Any) -> None:
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


class TestLoginAddresses:
    async def test_an_address_has_the_time_of_its_last_login(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)
        for at in (NOW - timedelta(days=2), NOW):
            async with storage.unit_of_work() as work:
                await work.login_addresses.remember(ada.id, digest("home"), at)
        async with storage.unit_of_work() as work:
            known = work.login_addresses.of_user
            assert await known(ada.id, NOW, 10) == {digest("home")}
            assert await known(ada.id, NOW + timedelta(microseconds=1), 10) == set()
            assert await known(user("Bob").id, NOW, 10) == set()

    async def test_only_the_latest_addresses_are_returned(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)
        async with storage.unit_of_work() as work:
            for hours in (2, 3, 1):
                at = NOW - timedelta(hours=hours)
                await work.login_addresses.remember(ada.id, digest(f"{hours}"), at)
        async with storage.unit_of_work() as work:
            known = await work.login_addresses.of_user(ada.id, NOW - timedelta(days=1), limit=2)
        assert known == {digest("1"), digest("2")}

    async def test_concurrent_logins_from_one_address_all_succeed(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)

        @retry_on_conflict
        async def remember() -> None:
            async with storage.unit_of_work() as work:
                await work.login_addresses.remember(ada.id, digest("home"), NOW)

        await asyncio.gather(*(remember() for _ in range(12)))
        async with storage.unit_of_work() as work:
            assert await work.login_addresses.delete_before(NOW + timedelta(days=1), limit=10) == 1

    async def test_all_addresses_of_one_user_are_deleted(self, storage: Any) -> None:
        ada, bob = user("Ada"), user("Bob")
        await stored(storage, ada, bob)
        async with storage.unit_of_work() as work:
            for owner, place in ((ada, "home"), (ada, "office"), (bob, "office")):
                await work.login_addresses.remember(owner.id, digest(place), NOW)
        async with storage.unit_of_work() as work:
            await work.login_addresses.forget_user(ada.id)
        async with storage.unit_of_work() as work:
            assert await work.login_addresses.of_user(ada.id, NOW, 10) == set()
            assert await work.login_addresses.of_user(bob.id, NOW, 10) == {digest("office")}

    async def test_old_addresses_are_deleted_oldest_first(self, storage: Any) -> None:
        ada = user()
        await stored(storage, ada)
        async with storage.unit_of_work() as work:
            for days in (1, 3, 2):
                at = NOW - timedelta(days=days)
                await work.login_addresses.remember(ada.id, digest(f"{days}"), at)
        for deleted, left in ((1, ["1", "2"]), (1, ["1"]), (0, ["1"])):
            async with storage.unit_of_work() as work:
                assert await work.login_addresses.delete_before(NOW - timedelta(days=1), limit=1) == deleted
                known = await work.login_addresses.of_user(ada.id, NOW - timedelta(days=9), 10)
            assert known == {digest(days) for days in left}
