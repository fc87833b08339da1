"""The worker's tasks in SQL."""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate
from shop.adapters.sql.framework.tables import worker_tasks
from shop.application.ports.system import WorkerTask

_FIND: Final = select(worker_tasks).where(worker_tasks.c.name == bindparam("task")).with_for_update()
_REACHED: Final = select(worker_tasks.c.reached).where(worker_tasks.c.name == bindparam("task"))
_ADD: Final = insert(worker_tasks)
_UPDATE: Final = (
    update(worker_tasks)
    .where(worker_tasks.c.name == bindparam("task"))
    .values(leased_until=bindparam("until"), reached=bindparam("done_until"))
)


class SqlWorkerTasks:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def lease(self, name: str, *, at: datetime, until: datetime) -> WorkerTask | None:
        current = (await self._connection.execute(_FIND, {"task": name})).one_or_none()
        if current is None:
            return await self._begin(name, until)
        if current.leased_until > at:
            return None
        await self._put(name, until, current.reached)
        return WorkerTask(name, current.reached)

    async def finish(self, task: WorkerTask, *, at: datetime, reached: datetime) -> None:
        await self._put(task.name, at, reached)

    async def reached(self, name: str) -> datetime | None:
        found = (await self._connection.execute(_REACHED, {"task": name})).one_or_none()
        return None if found is None else found.reached

    async def _begin(self, name: str, until: datetime) -> WorkerTask | None:
        try:
            await self._connection.execute(_ADD, {"name": name, "leased_until": until, "reached": None})
        except IntegrityError as error:
            if is_duplicate(error):
                return None  # another worker has just begun it
            raise
        return WorkerTask(name, None)

    async def _put(self, name: str, until: datetime, reached: datetime | None) -> None:
        await self._connection.defer(_UPDATE, {"task": name, "until": until, "done_until": reached})
