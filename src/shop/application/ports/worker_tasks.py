"""What several workers do in turns."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class WorkerTask:
    """A task that is ours for now. `reached` is how far in time it is done, None if it never was."""

    name: str
    reached: datetime | None


@runtime_checkable
class WorkerTasks(Protocol):
    """Tasks by name. One that was never heard of is free."""

    async def lease(self, name: str, *, at: datetime, until: datetime) -> WorkerTask | None:
        """Take the task until then; None while somebody else has it."""

    async def finish(self, task: WorkerTask, *, at: datetime, reached: datetime) -> None:
        """Give the task back, and say how far it is done now."""
