"""Keeping the figures ready."""

import asyncio
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from shop.application.ports.statistics import Difference, FigureKeeping

_MOST_BATCHES: Final = 20
_PAUSE_SECONDS: Final = 0.05


class KeepFigures:
    """The worker: take what was sold and refunded since the last time into the figures.

    Reading them is exact without it, and gets slower and slower.
    """

    def __init__(self, figures: FigureKeeping, zone: ZoneInfo) -> None:
        self._figures = figures
        self._zone = zone

    async def __call__(self) -> int:
        """How much it was. Much work is spread over several calls, between which others have their turn."""
        done = 0
        for _ in range(_MOST_BATCHES):
            folded = await self._figures.fold(self._zone)
            done += folded
            if folded == 0 or await self._figures.rebuilt_until() is not None:
                break
        return done

    async def rebuild(self, progress: Callable[[int, int], None]) -> int:
        """Add all figures up anew, telling `progress` how many months are done, out of how many; how many it were.

        Begun once, it is finished by the worker if this is interrupted.
        """
        months = await self._figures.begin_rebuilding(self._zone)
        while (until := await self._figures.rebuilt_until()) is not None:
            progress(sum(1 for month in months if month < until), len(months))
            if not await self._figures.fold(self._zone):
                await asyncio.sleep(_PAUSE_SECONDS)  # another process is at it
        progress(len(months), len(months))
        return len(months)

    async def differences(self) -> list[Difference]:
        """What of ledger and figures isn't what it should be: nothing, or there is a fault to look for."""
        return await self._figures.differences(self._zone)
