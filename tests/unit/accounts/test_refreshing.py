"""Refreshing and ending logins."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from shop.application.accounts.logging_in import RefreshRequest
from shop.domain.accounts.session import InvalidRefreshToken
from tests.accounts import Accounts
from tests.unit.accounts.test_logging_in import fail, throttled

pytestmark = pytest.mark.anyio


class TestRefreshing:
    async def test_rotates_both_tokens_within_one_session(self, accounts: Accounts) -> None:
        await accounts.customer()
        first = await accounts.login()
        second = await accounts.refresh(first)
        assert second.refresh_token != first.refresh_token
        assert second.access_token != first.access_token
        assert await accounts.principal(second) == await accounts.principal(first)
        assert (await accounts.refresh(second)).user == first.user

    async def test_a_spent_token_ends_its_family(self, accounts: Accounts) -> None:
        await accounts.customer()
        first, other = await accounts.login(), await accounts.login()
        second = await accounts.refresh(first)
        third = await accounts.refresh(second)
        await accounts.principal(third)
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(first)
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(third)
        assert await accounts.authenticate(third.access_token) is None
        await accounts.principal(other)
        await accounts.refresh(other)

    async def test_the_immediate_predecessor_gets_the_same_successor_for_30_seconds(
        self, accounts: Accounts
    ) -> None:
        await accounts.customer()
        first = await accounts.login()
        second = await accounts.refresh(first)
        accounts.clock.advance(seconds=30)
        again = await accounts.refresh(first)
        assert again.refresh_token == second.refresh_token
        assert again.access_token != second.access_token
        assert await accounts.principal(again) == await accounts.principal(second)
        assert (await accounts.refresh(second)).user == first.user

    async def test_a_repeated_refresh_does_not_extend_the_session(self, accounts: Accounts) -> None:
        await accounts.customer()
        first = await accounts.login()
        second = await accounts.refresh(first)
        accounts.clock.advance(seconds=20)
        await accounts.refresh(first)
        accounts.clock.advance(days=30, seconds=-20)
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(second)

    async def test_a_predecessor_after_its_grace_period_ends_the_family(self, accounts: Accounts) -> None:
        await accounts.customer()
        first = await accounts.login()
        second = await accounts.refresh(first)
        accounts.clock.advance(seconds=30, microseconds=1)
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(first)
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(second)
        assert await accounts.authenticate(second.access_token) is None

    async def test_the_token_before_the_predecessor_has_no_grace_period(self, accounts: Accounts) -> None:
        await accounts.customer()
        first = await accounts.login()
        second = await accounts.refresh(first)
        third = await accounts.refresh(second)
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(first)
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(third)

    async def test_a_session_without_a_time_of_rotation_has_no_grace_period(self, accounts: Accounts) -> None:
        """An older version rotated it."""
        await accounts.customer()
        first = await accounts.login()
        await accounts.refresh(first)
        sessions = accounts.storage.store.tables["sessions"]
        for session_id, session in sessions.items():
            sessions[session_id] = replace(session, rotated_at=None)
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(first)

    async def test_a_predecessor_of_a_session_that_was_ended_is_refused(self, accounts: Accounts) -> None:
        await accounts.customer()
        first = await accounts.login()
        await accounts.log_out(await accounts.principal(await accounts.refresh(first)))
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(first)

    async def test_concurrent_refreshes_get_the_same_successor(self, accounts: Accounts) -> None:
        await accounts.customer()
        login = await accounts.login()
        answers = await asyncio.gather(*(accounts.refresh(login) for _ in range(5)))
        assert len({answer.refresh_token for answer in answers}) == 1
        assert len({answer.access_token for answer in answers}) == 5

    @pytest.mark.parametrize(
        "spoil", [str.upper, lambda token: "", lambda token: "x", lambda token: token + "x"]
    )
    async def test_an_unknown_token_ends_nothing(
        self, accounts: Accounts, spoil: Callable[[str], str]
    ) -> None:
        await accounts.customer()
        login = await accounts.login()
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh_session(RefreshRequest(spoil(login.refresh_token)))
        await accounts.refresh(login)

    async def test_a_token_expires_thirty_days_after_it_was_given(self, accounts: Accounts) -> None:
        await accounts.customer()
        login = await accounts.login()
        accounts.clock.advance(days=29)
        login = await accounts.refresh(login)
        accounts.clock.advance(days=29, hours=23)
        login = await accounts.refresh(login)
        accounts.clock.advance(days=30)
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(login)


class TestLoggingOut:
    async def test_logging_out_ends_only_this_login(self, accounts: Accounts) -> None:
        await accounts.customer()
        login, other = await accounts.login(), await accounts.login()
        await accounts.log_out(await accounts.principal(login))
        assert await accounts.authenticate(login.access_token) is None
        with pytest.raises(InvalidRefreshToken):
            await accounts.refresh(login)
        await accounts.principal(other)
        await accounts.refresh(other)


class TestForgetting:
    async def test_old_records_are_purged_and_current_ones_kept(self, accounts: Accounts) -> None:
        await accounts.customer()
        await accounts.refresh(await accounts.login())
        await fail(accounts, 2)
        assert await accounts.purge_expired_sessions() == 0
        accounts.clock.advance(minutes=15, seconds=1)
        await fail(accounts, 9)
        assert await accounts.purge_expired_sessions() == 2
        await fail(accounts, 1)
        await throttled(accounts)
        accounts.clock.advance(days=30)
        await accounts.login()
        assert await accounts.purge_expired_sessions() == 10
        accounts.clock.advance(days=1)
        assert await accounts.purge_expired_sessions() == 1
        accounts.clock.advance(days=31)
        assert await accounts.purge_expired_sessions() == 2, "the session, and where it came from"
        assert await accounts.purge_expired_sessions() == 0
