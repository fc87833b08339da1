"""Principals of API keys: cached for less than a second; use is recorded at most twice per hour."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from shop.application.framework.bounded_cache import remember
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.accounts import ActiveApiKey, ApiKeyQueries
from shop.application.ports.shared_reads import LIFETIME_SECONDS
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.errors import Unavailable

_MAX_ENTRIES: Final = 1_000
_RECORD_INTERVAL: Final = timedelta(minutes=30)


def digest_of(secret: str) -> bytes:
    """Return the stored digest of a key's secret. The secret has 256 random bits, so no salt or slow hash is needed."""
    return sha256(secret.encode()).digest()


class ApiKeyAuthentication:
    """Turns API key secrets into principals, mostly from a cache."""

    def __init__(self, queries: ApiKeyQueries, unit_of_work: UnitOfWorkFactory, clock: Clock) -> None:
        self._queries = queries
        self._unit_of_work = unit_of_work
        self._clock = clock
        self._remembered: dict[bytes, tuple[ActiveApiKey, float]] = {}
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

    async def _looked_up(self, digest: bytes, fresh_until: float) -> ActiveApiKey | None:
        forgotten = self._forgotten
        found = await self._queries.active(digest)
        self._remembered.pop(digest, None)
        if found is None:
            return None
        if forgotten == self._forgotten:  # else the read may predate the invalidation
            remember(self._remembered, digest, (found, fresh_until), _MAX_ENTRIES)
        now = self._clock.now()
        if found.last_used_at is None or now - found.last_used_at >= _RECORD_INTERVAL:
            with suppress(Unavailable):  # the request does not depend on it
                await self._record_use(digest, now)
        return found

    @retry_on_conflict
    async def _record_use(self, digest: bytes, now: datetime) -> None:
        async with self._unit_of_work() as work:
            await work.api_keys.record_use(digest, now, now - _RECORD_INTERVAL)
