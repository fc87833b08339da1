"""A process's single connection to Redis, with a circuit breaker."""

import asyncio
import contextlib
import contextvars
import random
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import structlog
from redis.asyncio import Connection, ConnectionPool
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

BUDGET_SECONDS: Final = 0.02
"""Time limit for a read: the rest of the exchange in progress, then the read's own exchange."""
_MIN_EXCHANGE_SECONDS: Final = 0.005
"""An exchange gets at least this long, however long its reads have waited before it."""
_TIMER_TOLERANCE_SECONDS: Final = 0.003
"""A timer that fires later than this was delayed by this process."""
_CONNECT_SECONDS: Final = 1.0
_FIRST_PAUSE_SECONDS: Final = 1.0
_MAX_PAUSE_SECONDS: Final = 8.0
_MAX_READS: Final = 300
_MAX_WRITES: Final = 30
"""Per exchange. Excess calls skip the cache, so that no call waits for more than one exchange before its own."""

_log = structlog.get_logger("shop.redis")

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Answer:
    """A key's value, and the server's time after reading it.

    `asked` and `here` are the local times of the request and of the reply. All times are in seconds.
    """

    value: bytes | None
    server_time: float
    asked: float
    here: float


@dataclass(frozen=True, slots=True)
class _PendingRead:
    key: bytes
    asked: float
    answer: asyncio.Future[Answer | None]


@dataclass(frozen=True, slots=True)
class _PendingWrite:
    key: bytes
    value: bytes
    until: int
    """When the server deletes the value: Unix time in milliseconds, by the server's clock."""


class RedisConnection:
    """Reads and writes values over one connection, which only a dedicated background task uses.

    Callers wait for a future, never for the network: connecting and health checks happen in the background, and
    a cancelled request leaves no half-read reply behind. Commands that arrive during an exchange are sent with
    the next one. The first failure or late reply opens the breaker: all waiting callers get None immediately, and
    calls are skipped until the server has answered in time again.
    """

    def __init__(self, url: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.errors: Counter[str] = Counter()
        """Number of failures by kind: `timeout`, `connection`, `refused`."""
        self._monotonic = monotonic
        self._pool = ConnectionPool.from_url(
            url,
            # Failures are not retried here, and only the necessary commands are sent to the server.
            retry=Retry(NoBackoff(), 0),
            socket_timeout=None,
            socket_connect_timeout=_CONNECT_SECONDS,
            protocol=2,
            driver_info=None,
        )
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._reachable = False
        self._was_reachable: bool | None = None
        self._wanted = asyncio.Event()
        self._reads: list[_PendingRead] = []
        self._under_way: list[_PendingRead] = []
        self._writes: list[_PendingWrite] = []

    @property
    def is_open(self) -> bool:
        """Return whether the breaker is open, so that calls are skipped."""
        return not self._reachable

    def start(self) -> None:
        """Start connecting; call it on the event loop. The first `get` also starts it."""
        if self._task is None and not self._closed:
            # In an empty context: otherwise every log line would carry the id of the first request.
            self._task = asyncio.get_running_loop().create_task(
                self._stay_connected(), context=contextvars.Context()
            )

    async def get(self, key: bytes) -> Answer | None:
        """Return the stored value; None when the server is unreachable, overloaded or late."""
        if not self._reachable or len(self._reads) >= _MAX_READS:
            self.start()
            return None
        read = _PendingRead(key, self._monotonic(), asyncio.get_running_loop().create_future())
        self._reads.append(read)
        self._wanted.set()
        return await read.answer

    def keep(self, key: bytes, value: bytes, until: int) -> None:
        """Store a value until a time of the server's clock (ms); drop it if the server is unreachable or overloaded."""
        if self._reachable and len(self._writes) < _MAX_WRITES:
            self._writes.append(_PendingWrite(key, value, until))
            self._wanted.set()

    async def close(self) -> None:
        """Close the connection; later calls behave as if the server were unreachable."""
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _stay_connected(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            connection: Connection = self._pool.make_connection()  # type: ignore[no-untyped-call]
            try:
                await _within(_CONNECT_SECONDS, connection.connect())  # type: ignore[no-untyped-call]
                await self._exchange(connection)
                self._close_breaker()
                pause = _FIRST_PAUSE_SECONDS
                while True:
                    await self._wanted.wait()
                    await self._exchange(connection)
            except Exception as error:  # noqa: BLE001 — the shop continues without the shared cache
                self._open_breaker(error)
            finally:
                self._reachable = False
                self._release_callers()
                with contextlib.suppress(RedisError, OSError):
                    await connection.disconnect(nowait=True)
            # Jitter, so that instances don't reconnect at the same moment.
            await asyncio.sleep(pause * random.uniform(0.8, 1.2))  # noqa: S311 (no secret)
            pause = min(2 * pause, _MAX_PAUSE_SECONDS)

    async def _exchange(self, connection: Connection) -> None:
        """Send all waiting commands in one round trip; without any, it is a health check."""
        self._wanted.clear()
        self._under_way, self._reads = self._reads, []
        writes, self._writes = self._writes, []
        commands: list[Sequence[Any]] = [
            ("SET", write.key, write.value, "PXAT", write.until) for write in writes
        ]
        if self._under_way:
            commands.append(("MGET", *(read.key for read in self._under_way)))
        # TIME goes last: all values were read before this time.
        commands.append(("TIME",))
        asked = self._monotonic()
        waited = asked - self._under_way[0].asked if self._under_way else 0.0
        budget = max(BUDGET_SECONDS - waited, _MIN_EXCHANGE_SECONDS)
        replies = await _within(budget, self._send(connection, commands))
        here = self._monotonic()
        seconds, microseconds = map(int, replies[-1])
        server_time = seconds + microseconds / 1_000_000
        for read, value in zip(self._under_way, replies[-2] if self._under_way else (), strict=True):
            if not read.answer.done():
                read.answer.set_result(Answer(value, server_time, asked, here))
        self._under_way = []

    async def _send(self, connection: Connection, commands: Sequence[Sequence[Any]]) -> list[Any]:
        await connection.send_packed_command(connection.pack_commands(commands))
        replies: list[Any] = []
        for command in commands:
            try:
                replies.append(await connection.read_response())
            except ResponseError:
                # A full or read-only server still answers reads.
                if command[0] != "SET":
                    raise
                self.errors["refused"] += 1
                replies.append(None)
        return replies

    def _close_breaker(self) -> None:
        self._reachable = True
        if not self._was_reachable:
            _log.info("redis can be reached")
        self._was_reachable = True

    def _open_breaker(self, error: Exception) -> None:
        self.errors["timeout" if isinstance(error, TimeoutError) else "connection"] += 1
        if self._was_reachable is not False:
            _log.warning(
                "redis can't be reached: the shop continues without it",
                error=f"{type(error).__name__}: {error}",
            )
        self._was_reachable = False

    def _release_callers(self) -> None:
        """Release every waiting caller."""
        for read in (*self._under_way, *self._reads):
            if not read.answer.done():
                read.answer.set_result(None)
        self._under_way, self._reads, self._writes = [], [], []


async def _within(seconds: float, work: Coroutine[Any, Any, Result]) -> Result:
    """Return the result of the work; raise TimeoutError when it takes longer.

    If this process was too busy to notice a reply in time, the timeout is granted once more.
    """
    task = asyncio.ensure_future(work)
    try:
        for _ in range(2):
            due = time.monotonic() + seconds
            # A wait may end early: a busy event loop may time it from before it was blocked.
            while not task.done() and (left := due - time.monotonic()) > 0:
                await asyncio.wait({task}, timeout=left)
            if task.done() or time.monotonic() - due < _TIMER_TOLERANCE_SECONDS:
                break
        if not task.done():
            raise TimeoutError
        return task.result()
    finally:
        if not task.done():
            task.cancel()
            await asyncio.wait({task})
