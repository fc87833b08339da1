"""Leases on tasks that only one worker may run at a time."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """A leased task. `reached` is the time up to which it has been completed; None if never."""

    name: str
    reached: datetime | None


@runtime_checkable
class WorkerTasks(Protocol):
    """Tasks by name. A task without a row is free."""

    async def lease(self, name: str, *, at: datetime, until: datetime) -> WorkerTask | None:
        """Lease the task until `until`. Return None while another worker holds it."""

    async def finish(self, task: WorkerTask, *, at: datetime, reached: datetime) -> None:
        """Release the task and store `reached`."""

    async def reached(self, name: str) -> datetime | None:
        """Return the time up to which the task has been completed; None if never. Locks nothing."""
