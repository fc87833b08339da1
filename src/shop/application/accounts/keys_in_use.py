"""Principals of API keys: cached for less than a second; use is recorded at most twice per hour."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from shop.application.framework.transactions import run_again
from shop.application.ports.accounts import ApiKeyQueries, KeyInUse
from shop.application.ports.shared_reads import LIFETIME_SECONDS
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.errors import Unavailable

_MOST_REMEMBERED: Final = 1_000
_RECORDED_EVERY: Final = timedelta(minutes=30)


def digest_of(secret: str) -> bytes:
    """Return the stored digest of a key's secret. The secret has 256 random bits, so no salt or slow hash is needed."""
    return sha256(secret.encode()).digest()


class KeysInUse:
    """Turns API key secrets into principals, mostly from a cache."""

    def __init__(self, queries: ApiKeyQueries, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._queries = queries
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._remembered: dict[bytes, tuple[KeyInUse, float]] = {}
        self._forgotten = 0

    async def __call__(self, secret: str) -> Principal | None:
        """Return the key's principal; None if the key is unknown, expired or revoked, or its creator inactive."""
        digest, now = digest_of(secret), self._clock.now()
        found, fresh_until = self._remembered.get(digest, (None, 0.0))
        moment = asyncio.get_running_loop().time()
        if found is None or moment >= fresh_until:
            found = await self._looked_up(digest, moment + LIFETIME_SECONDS)
        if found is None or (found.expires_at is not None and found.expires_at <= now):
            return None
        return found.principal

    def forget_all(self) -> None:
        """Invalidate the cache: keys, or their creators' permissions, changed."""
        self._forgotten += 1
        self._remembered.clear()

    async def _looked_up(self, digest: bytes, fresh_until: float) -> KeyInUse | None:
        forgotten = self._forgotten
        found = await self._queries.in_use(digest)
        self._remembered.pop(digest, None)
        if found is None:
            return None
        if forgotten == self._forgotten:  # else it may predate the invalidation
            if len(self._remembered) >= _MOST_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]
            self._remembered[digest] = found, fresh_until
        now = self._clock.now()
        if found.last_used_at is None or now - found.last_used_at >= _RECORDED_EVERY:
            with suppress(Unavailable):  # the request does not depend on it
                await self._record_use(digest, now)
        return found

    @run_again
    async def _record_use(self, digest: bytes, now: datetime) -> None:
        async with self._unit_of_work() as work:
            await work.api_keys.record_use(digest, now, now - _RECORDED_EVERY)
