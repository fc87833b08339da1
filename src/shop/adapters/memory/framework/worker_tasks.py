"""The worker's tasks in memory."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from shop.adapters.memory.framework.store import Transaction
from shop.application.ports.system import WorkerTask

_TASKS: Final = "worker_tasks"


@dataclass(frozen=True, slots=True)
class _Row:
    leased_until: datetime
    reached: datetime | None


class MemoryWorkerTasks:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def lease(self, name: str, *, at: datetime, until: datetime) -> WorkerTask | None:
        await self._transaction.lock(_TASKS, name)
        current: _Row | None = await self._transaction.get(_TASKS, name)
        if current is not None and current.leased_until > at:
            return None
        reached = current.reached if current else None
        await self._transaction.put(_TASKS, name, _Row(until, reached))
        return WorkerTask(name, reached)

    async def finish(self, task: WorkerTask, *, at: datetime, reached: datetime) -> None:
        await self._transaction.put(_TASKS, task.name, _Row(at, reached))

    async def reached(self, name: str) -> datetime | None:
        current: _Row | None = await self._transaction.get(_TASKS, name)
        return current.reached if current else None
