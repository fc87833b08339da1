"""Limits of failed logins per account and per address."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import ClassVar, Final

from shop.domain.errors import Throttled


class TooManyFailedLogins(Throttled):
    """The account or the address has had too many recent failures."""

    code: ClassVar[str] = "TOO_MANY_FAILED_LOGINS"

    def __init__(
        self,
        retry_after: int,
        account_waits: int = 0,
        address_waits: int = 0,
        known_addresses: Collection[bytes] = (),
    ) -> None:
        """`account_waits` and `address_waits` are the seconds that each must wait for its own failures.

        At the `known_addresses`, the account's failures from other addresses don't count.
        """
        super().__init__("Too many failed logins; try again later.", retry_after=retry_after)
        self.account_waits = account_waits
        self.address_waits = address_waits
        self.known_addresses = known_addresses


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """A login attempt in progress or (`failed`) with a wrong password. Successful attempts are deleted."""

    id: str
    account: bytes
    """A digest of the login name, so that the text that users type is never stored."""
    address: bytes
    """A digest of the network address."""
    at: datetime
    failed: bool = False

    def __post_init__(self) -> None:
        assert len(self.account) == len(self.address) == 32


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """Maximum numbers of failed logins within any `window`."""

    per_account: int = 10
    """At a known address of the account, only failures from there count, so others can't lock its owner out."""
    per_address: int = 100
    window: timedelta = timedelta(minutes=15)
    known_for: timedelta = timedelta(days=30)
    """How long after a login its address counts as known for the account."""
    known_addresses: int = 100
    """The maximum number of an account's known addresses; the latest are kept."""
    result_within: timedelta = timedelta(seconds=30)
    """An attempt without a result after this time died with its process and counts as failed."""

    def account_is_full(self, attempt: LoginAttempt, others: Iterable[LoginAttempt]) -> bool:
        """Return whether `attempt` may exceed its account's limit, so that it matters whether its address is known."""
        return len(self._of_account(attempt, others)) >= self.per_account

    def admits(
        self,
        attempt: LoginAttempt,
        others: Iterable[LoginAttempt],
        known_addresses: Collection[bytes] = (),
    ) -> bool:
        """Return whether `attempt` is admitted, given the `others` of its account and its address.

        Return False when that depends on attempts still in progress: ask again when they have results.
        Raises TooManyFailedLogins, with the seconds until the account or the address may try again.
        """
        recent = [other for other in others if other.at > attempt.at - self.window]
        same_account = self._of_account(attempt, recent)
        same_address = [other for other in recent if other.address == attempt.address]
        if attempt.address in known_addresses:
            same_account = [other for other in same_account if other.address == attempt.address]
        account_waits = self._seconds_to_wait(same_account, self.per_account, attempt.at)
        address_waits = self._seconds_to_wait(same_address, self.per_address, attempt.at)
        if account_waits or address_waits:
            raise TooManyFailedLogins(
                max(account_waits, address_waits), account_waits, address_waits, known_addresses
            )
        return len(same_account) < self.per_account and len(same_address) < self.per_address

    def _of_account(self, attempt: LoginAttempt, others: Iterable[LoginAttempt]) -> list[LoginAttempt]:
        since = attempt.at - self.window
        return [other for other in others if other.account == attempt.account and other.at > since]

    def _seconds_to_wait(self, attempts: list[LoginAttempt], limit: int, now: datetime) -> int:
        overdue = now - self.result_within
        failures = sorted(attempt.at for attempt in attempts if attempt.failed or attempt.at <= overdue)
        if len(failures) < limit:
            return 0
        return max(1, ceil((failures[-limit] + self.window - now).total_seconds()))


LOGIN_LIMITS: Final = LoginLimits()
