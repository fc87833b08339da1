"""Runs the worker until it is told to stop."""

import asyncio
from contextlib import suppress
from typing import Final, Protocol

STOP_SECONDS: Final = 6
"""The time that a worker has to finish its current step: the whole process must exit within 10 s."""


class Worker(Protocol):
    """Does background work step by step."""

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish the current step and return."""


async def work(worker: Worker, stop: asyncio.Event, *, stop_seconds: float = STOP_SECONDS) -> None:
    """Run `worker` until `stop` is set, and at most `stop_seconds` longer. Raises what it raises."""
    working = asyncio.create_task(worker.run(stop))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.wait({working}, timeout=stop_seconds)
    finally:
        stopping.cancel()
        working.cancel()
    with suppress(asyncio.CancelledError):
        await working
