"""The one door to comparing a password: behind it, wrong ones are counted."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Final

from shop.application.accounts.refused_logins import RefusedLogins
from shop.application.framework.transactions import run_again
from shop.application.ports.accounts import PasswordHasher, Users
from shop.application.ports.shared_reads import SharedReads
from shop.application.ports.system import Clock, Ids, KeyedDigests
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.login_attempt import LOGIN_LIMITS, LoginAttempt, LoginLimits, TooManyFailedLogins
from shop.domain.accounts.user import MAX_PASSWORD_LENGTH, User

_AT_ONCE: Final = 8
"""Attempts under way in this process: enough to keep the hasher busy, fewer than an account may fail."""
_PAUSE: Final = 0.02
_MOST_PAUSES: Final = 400
"""How long an attempt waits for others to be decided: as often as a comparison takes, for 8 s."""

_ACCOUNT: Final = "login account"
_ADDRESS: Final = "login address"
"""Purposes of digests."""

_FindUser = Callable[[Users], Awaitable[User | None]]


@dataclass(frozen=True, slots=True)
class RightPassword:
    """An active user's password was right. The transaction that acts on it removes the `attempt`."""

    user: User
    password_hash: str
    """The one that the password was compared with."""
    attempt: LoginAttempt


class PasswordCheck:
    """Compares a password, unless the account or the address had too many wrong ones lately.

    An attempt is stored before its password is looked at, so of any number of guesses that come at once no
    more than the limit are compared, by all instances together. An attempt that might be one too many, if
    those before it fail, waits for them: right passwords never use up the limit. Unknown accounts are
    counted, and take as long, like known ones. Where an account logged in lately, only its failures from there count
    against it: guesses from elsewhere don't lock its owner out.
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
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def by_login_name(self, login_name: str, password: str, address: str) -> RightPassword | None:
        """Compare with the password of the user who has this username or email address.

        None when it is wrong, or the user unknown or disabled. Raises TooManyFailedLogins.
        """
        async with self._refused.around(f"name {login_name}", self._digest_of(address)):
            return await self._check(lambda users: users.find(login_name), login_name, password, address)

    async def by_user_id(self, user_id: str, password: str, address: str) -> RightPassword | None:
        """Compare with the password of this user; the rest as above."""
        async with self._refused.around(f"user {user_id}", self._digest_of(address)):
            return await self._check(lambda users: users.get(user_id), user_id, password, address)

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
        for _ in range(_MOST_PAUSES):
            admitted = await self._admit(find, sought, address)
            if admitted is not None:
                return admitted
            await asyncio.sleep(_PAUSE)
        raise TooManyFailedLogins(retry_after=1)

    @run_again
    async def _admit(
        self, find: _FindUser, sought: str, address: str
    ) -> tuple[User | None, LoginAttempt] | None:
        """The user (if any) and the stored attempt; None when it has to wait for others."""
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
        return self._digests(_ADDRESS, _network(address))

    @run_again
    async def _mark_failed(self, attempt: LoginAttempt) -> None:
        async with self._unit_of_work() as work:
            await work.login_attempts.mark_failed(attempt)


def _network(address: str) -> str:
    """What counts as one address: of IPv6 the /64 network, which is what one customer of a provider gets."""
    try:
        parsed = ip_address(address)
    except ValueError:  # a Unix socket's peer has no address
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:  # how a socket that listens on both shows a client of IPv4
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, 64), strict=False))
