"""The worker: runs the shop's unfinished business, round after round."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from shop.container import Container
from shop.domain.errors import ShopError

_log = structlog.get_logger()

LONGEST_PAUSE_SECONDS: Final = 60.0


@dataclass(slots=True)
class Job:
    """Something to do again and again, `every` so many seconds; less and less often while it fails."""

    name: str
    run: Callable[[], Awaitable[object]]
    every: float
    failures: int = 0
    due: float = 0.0

    def schedule(self, now: float, *, failed: bool) -> None:
        """Set when it is due next, by the monotonic clock."""
        self.failures = self.failures + 1 if failed else 0
        longest = max(self.every, LONGEST_PAUSE_SECONDS)
        self.due = now + min(self.every * 2 ** min(self.failures, 16), longest)


class Worker:
    """Runs every job when it is due, one at a time."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set. A job that fails is logged, and tried again after a pause that doubles."""
        while not stop.is_set():
            job = min(self._jobs, key=lambda each: each.due)
            try:
                await asyncio.wait_for(stop.wait(), max(job.due - time.monotonic(), 0))
            except TimeoutError:
                failed = not await _succeeds(job)
                job.schedule(time.monotonic(), failed=failed)


def worker_of(container: Container) -> Worker:
    """The worker of a shop, with everything that becomes due."""
    return Worker(
        [
            Job("orders", container.sweep_orders(), every=1),
            Job("figures", container.keep_figures(), every=1),
            Job("sales", container.forget_old_sales(), every=60),
            Job("logins", container.forget_old_logins(), every=60),
        ]
    )


async def _succeeds(job: Job) -> bool:
    try:
        await job.run()
    except ShopError as error:
        _log.warning("worker_job_incomplete", job=job.name, reason=error.message)
        return False
    except Exception:  # noqa: BLE001 (one broken job must not stop the others; the log has it all)
        _log.exception("worker_job_failed", job=job.name)
        return False
    return True
