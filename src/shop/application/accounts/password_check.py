"""Password checks with throttling. Every password comparison goes through this module."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Final

from shop.application.accounts.refused_logins import RefusedLogins
from shop.application.framework.network_addresses import network_of
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.accounts import Users
from shop.application.ports.logins import PasswordHasher
from shop.application.ports.shared_reads import SharedReads
from shop.application.ports.system import Clock, Ids, KeyedDigests
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.credentials import MAX_PASSWORD_LENGTH
from shop.domain.accounts.login_attempt import LOGIN_LIMITS, LoginAttempt, LoginLimits, TooManyFailedLogins
from shop.domain.accounts.user import User

_MAX_CONCURRENT: Final = 8
"""Concurrent attempts per process: enough to keep the hasher busy, fewer than an account's failure limit."""
_POLL_SECONDS: Final = 0.02
_MAX_POLLS: Final = 400
"""How often an attempt polls for the result of earlier attempts: once per comparison time, for 8 s in total."""

_ACCOUNT: Final = "login account"
_ADDRESS: Final = "login address"
"""Purposes of keyed digests."""

_FindUser = Callable[[Users], Awaitable[User | None]]


@dataclass(frozen=True, slots=True)
class RightPassword:
    """A successful check for an active user. The transaction that acts on it must remove the `attempt`."""

    user: User
    password_hash: str
    """The hash that the password matched."""
    attempt: LoginAttempt


class PasswordCheck:
    """Compares a password, unless the account or the address has had too many recent failures.

    An attempt is stored before its password is compared, so the limit holds for concurrent guesses across all
    instances. An attempt that would exceed the limit if earlier ones fail waits for their results: correct
    passwords never count towards the limit. Attempts on unknown accounts are counted like others, and take as
    long. At an address from which an account recently logged in, only its failures from there count against
    it: guesses from elsewhere don't lock its owner out.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        passwords: PasswordHasher,
        clock: Clock,
        ids: Ids,
        digests: KeyedDigests,
        limits: LoginLimits = LOGIN_LIMITS,
        shared: SharedReads | None = None,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._passwords = passwords
        self._clock = clock
        self._ids = ids
        self._digests = digests
        self._limits = limits
        self._refused = RefusedLogins(clock, shared)
        self._turns = asyncio.Semaphore(_MAX_CONCURRENT)

    async def by_login_name(self, login_name: str, password: str, address: str) -> RightPassword | None:
        """Compare with the password of the user with this username or email address.

        Return None when it is wrong, or the user unknown or disabled. Raises TooManyFailedLogins.
        """
        async with self._refused.guard(f"name {login_name}", self._digest_of(address)):
            return await self._check(lambda users: users.find(login_name), login_name, password, address)

    async def by_user_id(self, user_id: str, password: str, address: str) -> RightPassword | None:
        """Compare with the password of this user; otherwise like `by_login_name`."""
        async with self._refused.guard(f"user {user_id}", self._digest_of(address)):
            return await self._check(lambda users: users.get(user_id), user_id, password, address)

    async def count_as_failed(self, right: RightPassword) -> None:
        """Count the attempt as failed although the password was right: the second factor was wrong."""
        await self._mark_failed(right.attempt)

    @retry_on_conflict
    async def withdraw(self, right: RightPassword) -> None:
        """Delete the attempt: it does not count."""
        async with self._unit_of_work() as work:
            await work.login_attempts.remove(right.attempt)

    async def _check(self, find: _FindUser, sought: str, password: str, address: str) -> RightPassword | None:
        async with self._turns:
            user, attempt = await self._admitted(find, sought, address)
            password_hash = user.password_hash if user is not None else None
            right = len(password) <= MAX_PASSWORD_LENGTH and await self._passwords.verify(
                password_hash, password
            )
            if right and user is not None and user.active and password_hash is not None:
                return RightPassword(user, password_hash, attempt)
            await self._mark_failed(attempt)
            return None

    async def _admitted(self, find: _FindUser, sought: str, address: str) -> tuple[User | None, LoginAttempt]:
        for _ in range(_MAX_POLLS):
            admitted = await self._admit(find, sought, address)
            if admitted is not None:
                return admitted
            await asyncio.sleep(_POLL_SECONDS)
        raise TooManyFailedLogins(retry_after=1)

    @retry_on_conflict
    async def _admit(
        self, find: _FindUser, sought: str, address: str
    ) -> tuple[User | None, LoginAttempt] | None:
        """Return the user (if any) and the stored attempt; None when it must wait for earlier attempts."""
        async with self._unit_of_work() as work:
            user = await find(work.users)
            account = f"user {user.id}" if user is not None else f"name {sought.casefold()}"
            attempt = LoginAttempt(
                self._ids.new_id(),
                self._digests(_ACCOUNT, account),
                self._digest_of(address),
                self._clock.now(),
            )
            others = await work.login_attempts.lock_counters(attempt, attempt.at - self._limits.window)
            known: Collection[bytes] = ()
            if user is not None and self._limits.account_is_full(attempt, others):
                since = attempt.at - self._limits.known_for
                known = await work.login_addresses.of_user(user.id, since, self._limits.known_addresses)
            if not self._limits.admits(attempt, others, known):
                return None
            await work.login_attempts.add(attempt)
            return user, attempt

    def _digest_of(self, address: str) -> bytes:
        return self._digests(_ADDRESS, network_of(address))

    @retry_on_conflict
    async def _mark_failed(self, attempt: LoginAttempt) -> None:
        async with self._unit_of_work() as work:
            await work.login_attempts.mark_failed(attempt)
