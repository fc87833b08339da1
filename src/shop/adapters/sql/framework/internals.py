"""Every private name of SQLAlchemy, asyncmy and aiosqlite that the shop relies on.

A test fails when an installed version changes one (`tests/unit/framework/test_driver_internals.py`), or another
module uses one.
"""

import asyncio
import socket
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, Pool, PoolProxiedConnection

from shop.application.framework.waiting import seconds_left

CREATOR: Final = "async_creator_fn"
"""The connect argument under which SQLAlchemy's asyncmy dialect takes a coroutine function to connect with."""


class WatchedPool(AsyncAdaptedQueuePool):
    """A pool that counts who waits for a connection. All of it happens on the event loop's thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waiting = 0
        """Units of work that wait now."""
        self.waits = 0
        """Units of work that had to wait, until they got a connection or gave up."""
        self.waited_seconds = 0.0
        self.longest_wait = self._timeout

    def _do_get(self) -> ConnectionPoolEntry:
        if self.checkedout() < self.size():
            return super()._do_get()
        self._timeout = min(
            self.longest_wait, seconds_left()
        )  # read at once, before anybody else gets a turn
        self.waiting += 1
        self.waits += 1
        started = perf_counter()
        try:
            return super()._do_get()
        finally:
            self.waiting -= 1
            self.waited_seconds += perf_counter() - started


class MySQLPool(WatchedPool):
    """Hands out no connection that the server has closed, or may be about to close.

    A connection that was idle for more than `max_idle_seconds`, or is older than a failure that took all
    connections of its age along, is replaced by a new one.
    """

    max_idle_seconds = float("inf")

    def _do_get(self) -> ConnectionPoolEntry:
        entry = super()._do_get()
        driver = entry.driver_connection
        if driver is not None and self._is_stale(entry, driver):
            drop(driver)  # politeness could take as long as a peer that says nothing
            entry.invalidate()
        return entry

    def _is_stale(self, entry: ConnectionPoolEntry, driver: Any) -> bool:
        return bool(
            driver._stream_broken
            or driver.loop.time() - driver.last_usage > self.max_idle_seconds
            or self._invalidate_time > entry.starttime  # type: ignore[attr-defined]
        )


def invalidate_generation(pool: Pool, connection: PoolProxiedConnection, error: BaseException) -> None:
    """Let the pool replace every connection that is as old as this one, when it would hand it out next."""
    pool._invalidate(connection, error, _checkin=False)


def drop(driver: Any) -> None:
    """Close an asyncmy connection's socket at once. What waits for its answer gets OperationalError 2013."""
    transport: asyncio.Transport | None = driver._transport
    if transport is not None:
        transport.abort()


def socket_of(driver: Any) -> socket.socket | None:
    """The socket of an open asyncmy connection."""
    found: socket.socket | None = driver._transport.get_extra_info("socket")
    return found


async def in_its_thread(driver: Any, work: Callable[[Any], Any]) -> Any:
    """Call `work` with the sqlite3 connection of an aiosqlite connection, in the one thread that may use it."""
    return await driver._execute(work, driver._conn)
