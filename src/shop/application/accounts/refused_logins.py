"""A cache of recent login refusals, so that bursts of guesses are refused without database access."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Final

import msgspec

from shop.application.framework.bounded_cache import remember
from shop.application.ports.shared_reads import LIFETIME_SECONDS, LookUp, SharedReads
from shop.application.ports.system import Clock
from shop.domain.accounts.login_attempt import TooManyFailedLogins

_LIFETIME: Final = timedelta(seconds=LIFETIME_SECONDS)
_MAX_ENTRIES: Final = 10_000


class Refusal(msgspec.Struct, frozen=True, array_like=True):
    """How long a login name or an address must wait, according to the database."""

    seconds: int
    exempt: frozenset[bytes] = frozenset()
    """Addresses to which the refusal does not apply."""


class RefusedLogins:
    """Cached refusals, keyed by login name (as typed) and by address.

    An entry lives for less than a second and never longer than the refusal itself: the cache refuses no login
    that the database would admit. If the cache is lost, the database refuses instead. At an address where an
    account is known, refusals of that account are cached separately.
    """

    def __init__(self, clock: Clock, shared: SharedReads | None = None) -> None:
        self._clock = clock
        self._shared = shared
        self._refusals: dict[str, tuple[Refusal, datetime]] = {}

    @asynccontextmanager
    async def guard(self, account: str, address: bytes) -> AsyncIterator[None]:
        """Wrap an attempt: raise a cached TooManyFailedLogins before it, and cache one that it raises.

        `address` is a keyed digest.
        """
        there = address.hex()
        names = (f"account {account}", f"account {account} at {there}", f"address {there}")
        entries = [self._known(name) for name in names]
        look_ups: Sequence[LookUp[Refusal]] = (LookUp(), LookUp(), LookUp())
        if not _seconds(entries, address) and self._shared is not None:
            look_ups = await asyncio.gather(
                *(self._shared.look_up("refusals", name.encode(), Refusal) for name in names)
            )
            entries = [look_up.value for look_up in look_ups]
        if seconds := _seconds(entries, address):
            raise TooManyFailedLogins(seconds)
        try:
            yield
        except TooManyFailedLogins as refused:
            known = frozenset(refused.known_addresses)
            elsewhere = refused.account_waits if address not in known else 0
            here = refused.account_waits - elsewhere
            refusals = (Refusal(elsewhere, known), Refusal(here), Refusal(refused.address_waits))
            for name, look_up, refusal in zip(names, look_ups, refusals, strict=True):
                if refusal.seconds > 1:  # rounded up: the refusal may end before the entry would
                    self._keep(name, refusal)
                    look_up.keep(refusal)
            raise

    def _known(self, name: str) -> Refusal | None:
        refusal, until = self._refusals.get(name, (None, self._clock.now()))
        return refusal if self._clock.now() < until else None

    def _keep(self, name: str, refusal: Refusal) -> None:
        remember(self._refusals, name, (refusal, self._clock.now() + _LIFETIME), _MAX_ENTRIES)


def _seconds(entries: Iterable[Refusal | None], address: bytes) -> int:
    """Return how long a client at this address must wait according to the entries; 0 for no wait."""
    return max(
        (entry.seconds for entry in entries if entry is not None and address not in entry.exempt), default=0
    )
