"""How many wrong passwords an account and an address have before they must wait."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import ClassVar, Final

from shop.domain.errors import Throttled


class TooManyFailedLogins(Throttled):
    """The account or the address has had too many wrong passwords lately."""

    code: ClassVar[str] = "TOO_MANY_FAILED_LOGINS"

    def __init__(
        self,
        retry_after: int,
        account_waits: int = 0,
        address_waits: int = 0,
        known_addresses: Collection[bytes] = (),
    ) -> None:
        """How many seconds the account and the address wait by their own failures.

        At the `known_addresses` it isn't the account's failures everywhere that count.
        """
        super().__init__("Too many failed logins; try again later.", retry_after=retry_after)
        self.account_waits = account_waits
        self.address_waits = address_waits
        self.known_addresses = known_addresses


@dataclass(frozen=True, slots=True)
class LoginAttempt:
    """A password that is being compared, or (`failed`) was wrong. A right one leaves no trace."""

    id: str
    account: bytes
    """Which account it is for: a digest, so that what people type as their name is kept nowhere."""
    address: bytes
    """Where it came from, as a digest too."""
    at: datetime
    failed: bool = False

    def __post_init__(self) -> None:
        assert len(self.account) == len(self.address) == 32


@dataclass(frozen=True, slots=True)
class LoginLimits:
    """At most so many failed logins within any `window`."""

    per_account: int = 10
    """From an address that the account is known at, its own failures alone count: others can't lock it out there."""
    per_address: int = 100
    window: timedelta = timedelta(minutes=15)
    known_for: timedelta = timedelta(days=30)
    """How long after a login an account is known at the address that it came from."""
    known_addresses: int = 100
    """Of an account's addresses, how many of the latest are known."""
    verdict_within: timedelta = timedelta(seconds=30)
    """An attempt that is still being compared after this long died with its process; it counts as failed."""

    def account_is_full(self, attempt: LoginAttempt, others: Iterable[LoginAttempt]) -> bool:
        """Whether `attempt` may be one too many of its account, so that it matters whether its address is known."""
        return len(self._of_account(attempt, others)) >= self.per_account

    def admits(
        self,
        attempt: LoginAttempt,
        others: Iterable[LoginAttempt],
        known_addresses: Collection[bytes] = (),
    ) -> bool:
        """Whether `attempt` may be made beside the `others` of its account and of its address.

        False when that depends on attempts that are still being compared: ask again when they are decided.
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
        overdue = now - self.verdict_within
        failures = sorted(attempt.at for attempt in attempts if attempt.failed or attempt.at <= overdue)
        if len(failures) < limit:
            return 0
        return max(1, ceil((failures[-limit] + self.window - now).total_seconds()))


LOGIN_LIMITS: Final = LoginLimits()
