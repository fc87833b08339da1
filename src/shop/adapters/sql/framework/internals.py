"""All private names of SQLAlchemy, asyncmy and aiosqlite that the shop relies on.

A test (`tests/unit/framework/test_driver_internals.py`) fails when an installed version changes one of them, or when
another module uses a private name.
"""

import asyncio
import socket
from collections.abc import Callable
from time import perf_counter
from typing import Any, Final

from sqlalchemy.pool import AsyncAdaptedQueuePool, ConnectionPoolEntry, Pool, PoolProxiedConnection

from shop.application.framework.waiting import seconds_left

CREATOR: Final = "async_creator_fn"
"""The connect argument with which SQLAlchemy's asyncmy dialect accepts a coroutine function for connecting."""


class WatchedPool(AsyncAdaptedQueuePool):
    """A pool that counts the waiters for a connection. Runs entirely on the event loop's thread."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.waiting = 0
        """Number of units of work that are waiting now."""
        self.waits = 0
        """Total number of units of work that had to wait, whether or not they got a connection."""
        self.waited_seconds = 0.0
        self.longest_wait = self._timeout

    def _do_get(self) -> ConnectionPoolEntry:
        if self.checkedout() < self.size():
            return super()._do_get()
        self._timeout = min(self.longest_wait, seconds_left())  # read before any other task runs
        self.waiting += 1
        self.waits += 1
        started = perf_counter()
        try:
            return super()._do_get()
        finally:
            self.waiting -= 1
            self.waited_seconds += perf_counter() - started


class MySQLPool(WatchedPool):
    """A pool that never hands out a connection that the server has closed or may be about to close.

    It replaces a connection that was idle for more than `max_idle_seconds`, or that is older than a failure that
    invalidated all connections of its age.
    """

    max_idle_seconds = float("inf")

    def _do_get(self) -> ConnectionPoolEntry:
        entry = super()._do_get()
        driver = entry.driver_connection
        if driver is not None and self._is_stale(entry, driver):
            drop(driver)  # a regular close could wait as long as an unresponsive server
            entry.invalidate()
        return entry

    def _is_stale(self, entry: ConnectionPoolEntry, driver: Any) -> bool:
        return bool(
            driver._stream_broken
            or driver.loop.time() - driver.last_usage > self.max_idle_seconds
            or self._invalidate_time > entry.starttime  # type: ignore[attr-defined]
        )


def invalidate_generation(pool: Pool, connection: PoolProxiedConnection, error: BaseException) -> None:
    """Make the pool replace every connection at least as old as this one instead of handing it out again."""
    pool._invalidate(connection, error, _checkin=False)


def drop(driver: Any) -> None:
    """Close an asyncmy connection's socket immediately. A pending statement fails with OperationalError 2013."""
    transport: asyncio.Transport | None = driver._transport
    if transport is not None:
        transport.abort()


def socket_of(driver: Any) -> socket.socket | None:
    """Return the socket of an open asyncmy connection."""
    found: socket.socket | None = driver._transport.get_extra_info("socket")
    return found


async def run_in_connection_thread(driver: Any, work: Callable[[Any], Any]) -> Any:
    """Call `work` with the sqlite3 connection of an aiosqlite connection, on the only thread that may use it."""
    return await driver._execute(work, driver._conn)
