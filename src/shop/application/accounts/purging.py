"""Purging expired sessions, old failed logins and old login addresses."""

from datetime import timedelta
from typing import Final

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.login_attempt import LOGIN_LIMITS, LoginLimits

_BATCH_SIZE: Final = 500
# An access token may outlive its refresh token; the session must be kept until both have expired.
_GRACE_PERIOD: Final = timedelta(days=1)


class PurgeExpiredSessions:
    """The worker: delete expired sessions with their spent refresh tokens, old failed logins, and old addresses.

    Returns the number of rows deleted, 0 when nothing is left. It can be interrupted and rerun at any time.
    """

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, clock: Clock, limits: LoginLimits = LOGIN_LIMITS
    ) -> None:
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._limits = limits

    @retry_on_conflict
    async def __call__(self) -> int:
        now = self._clock.now()
        async with self._unit_of_work() as work:
            attempts = await work.login_attempts.delete_before(now - self._limits.window, _BATCH_SIZE)
            sessions = await work.sessions.delete_expired_before(now - _GRACE_PERIOD, _BATCH_SIZE)
            addresses = await work.login_addresses.delete_before(now - self._limits.known_for, _BATCH_SIZE)
        return attempts + sessions + addresses
