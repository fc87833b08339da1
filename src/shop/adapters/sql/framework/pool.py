"""A pool of connections that can be asked how it is doing."""

from time import perf_counter
from typing import Any

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry


class WatchedPool(AsyncAdaptedQueuePool):
    """Counts who has to wait for a connection. All of it happens on the event loop's thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waiting = 0
        """How many wait now."""
        self.waits = 0
        """How many had to, until they got one or gave up."""
        self.waited_seconds = 0.0

    def _do_get(self) -> ConnectionPoolEntry:
        if self.checkedout() < self.size():
            return super()._do_get()
        self.waiting += 1
        self.waits += 1
        started = perf_counter()
        try:
            return super()._do_get()
        finally:
            self.waiting -= 1
            self.waited_seconds += perf_counter() - started
