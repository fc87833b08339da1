"""How failed logins are counted, and how long the next one has to wait."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.domain.accounts.login_attempt import LoginAttempt, LoginLimits, TooManyFailedLogins
from tests.unit.accounts.test_user import ID, NOW


def attempt(seconds: float = 0, account: str = "ada", address: str = "here", **fields: Any) -> LoginAttempt:
    at = NOW + timedelta(seconds=seconds)
    return LoginAttempt(
        ID, sha256(account.encode()).digest(), sha256(address.encode()).digest(), at, **fields
    )


class TestLoginLimits:
    limits = LoginLimits(per_account=3, per_address=5, window=timedelta(seconds=100))

    def test_failures_below_the_limit_do_no_harm(self) -> None:
        assert self.limits.admits(attempt(), [attempt(-1, failed=True), attempt(-1, failed=True)])

    def test_the_wait_ends_when_enough_failures_are_forgotten(self) -> None:
        failures = [attempt(-seconds, failed=True) for seconds in (90, 50.5, 10, 5)]
        with pytest.raises(TooManyFailedLogins) as refusal:
            self.limits.admits(attempt(), failures)
        assert refusal.value.retry_after == 50  # 49.5: when all but two are older than the window
        assert self.limits.admits(attempt(49.5), failures)

    def test_an_address_is_counted_over_all_accounts(self) -> None:
        failures = [attempt(-1, f"user {number}", failed=True) for number in range(5)]
        with pytest.raises(TooManyFailedLogins):
            self.limits.admits(attempt(), failures)
        assert self.limits.admits(attempt(address="there"), failures)

    def test_undecided_attempts_are_awaited(self) -> None:
        others = [attempt(-1, failed=True), attempt(-1), attempt(-1)]
        assert not self.limits.admits(attempt(), others)

    def test_attempts_without_a_result_count_as_failed(self) -> None:
        with pytest.raises(TooManyFailedLogins):
            self.limits.admits(attempt(), [attempt(-30), attempt(-31), attempt(-32)])

    @given(st.lists(st.tuples(st.integers(0, 200), st.booleans()), max_size=12))
    def test_a_caller_is_admitted_after_retry_after(self, ages: list[tuple[int, bool]]) -> None:
        others = [attempt(-age, failed=failed) for age, failed in ages]
        try:
            admitted = self.limits.admits(attempt(), others)
        except TooManyFailedLogins as refusal:
            wait = refusal.retry_after or 0
        else:
            assert admitted == (sum(age < 100 for age, _ in ages) < 3)
            return
        decided = [other for other in others if other.failed or other.at <= NOW - timedelta(seconds=30)]
        assert 1 <= wait <= 100
        assert self.limits.admits(attempt(wait), decided)
