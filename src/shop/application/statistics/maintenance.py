"""Maintenance of the precomputed figures."""

import asyncio
from collections.abc import Callable
from typing import Final
from zoneinfo import ZoneInfo

from shop.application.ports.statistics import Difference, FigureMaintenance

_MAX_BATCHES: Final = 20
_PAUSE_SECONDS: Final = 0.05


class MaintainFigures:
    """The worker: fold new sales and refunds into the figures.

    Without it, reads stay exact but become slower over time.
    """

    def __init__(self, figures: FigureMaintenance, zone: ZoneInfo) -> None:
        self._figures = figures
        self._zone = zone

    async def __call__(self) -> int:
        """Return the number of entries folded. A large backlog is spread over several calls, so other tasks can run."""
        done = 0
        for _ in range(_MAX_BATCHES):
            folded = await self._figures.fold(self._zone)
            done += folded
            if folded == 0 or await self._figures.rebuilt_until() is not None:
                break
        return done

    async def rebuild(self, progress: Callable[[int, int], None]) -> int:
        """Rebuild all figures. Return the number of months; `progress` gets the months done and their total.

        If it is interrupted, the worker finishes the rebuild.
        """
        months = await self._figures.begin_rebuilding(self._zone)
        while (until := await self._figures.rebuilt_until()) is not None:
            progress(sum(1 for month in months if month < until), len(months))
            if not await self._figures.fold(self._zone):
                await asyncio.sleep(_PAUSE_SECONDS)  # another process holds the lock
        progress(len(months), len(months))
        return len(months)

    async def differences(self) -> list[Difference]:
        """Return the differences between ledger, figures and orders. Any difference indicates a bug."""
        return await self._figures.differences(self._zone)
