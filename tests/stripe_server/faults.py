"""Injected faults: each strikes the next request of its operation, once."""

import asyncio
import threading
from collections import defaultdict, deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.stripe_server.operations import NAMES


class FaultKind(Enum):
    FAIL = auto()
    """A status of 500 and above, instead of the effect or of the answer."""
    DROP = auto()
    """The connection is closed without an answer."""
    HANG = auto()
    """Nothing goes on until the test says so."""
    RATE_LIMIT = auto()


class Hang:
    """A request that stands still, once it has come, until `release()` or until its bound is over."""

    def __init__(self, bound: float) -> None:
        self._bound = bound
        self._reached: Future[None] = Future()
        self._released: Future[None] = Future()

    async def reached(self, within: float = 10) -> None:
        """Return when a request hangs; TimeoutError if none comes within so many seconds."""
        await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._reached)), within)

    def wait_until_reached(self, within: float = 10) -> None:
        """The same for those without an event loop."""
        self._reached.result(within)

    def release(self) -> None:
        """Let it go on; also beforehand, and again."""
        _resolve(self._released)

    async def stand_still(self) -> None:
        """For the server: until it is released."""
        _resolve(self._reached)
        try:
            await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._released)), self._bound)
        except TimeoutError:
            self.release()


def _resolve(future: Future[None]) -> None:
    if not future.done():
        future.set_result(None)


@dataclass(frozen=True, slots=True)
class Fault:
    kind: FaultKind
    after_effect: bool = False
    status: int = 500
    saved: bool = True
    """Whether an answer of 500 is kept under the request's idempotency key."""
    code: str = "rate_limit"
    hang: Hang = field(default_factory=lambda: Hang(0))


class Faults:
    """Those still to come, by operation. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ordered: dict[str, deque[Fault]] = defaultdict(deque)
        self._hangs: list[Hang] = []

    def order(self, operation: str, fault: Fault, times: int = 1) -> None:
        if operation not in NAMES:
            raise ValueError(f"there is no operation {operation!r}; there are {', '.join(sorted(NAMES))}")
        with self._lock:
            self._ordered[operation].extend([fault] * times)
            self._hangs.append(fault.hang)

    def take(self, operation: str) -> Fault | None:
        with self._lock:
            ordered = self._ordered[operation]
            return ordered.popleft() if ordered else None

    def pending(self) -> int:
        """How many have struck nothing so far."""
        with self._lock:
            return sum(len(ordered) for ordered in self._ordered.values())

    def clear(self) -> None:
        """Order nothing more, and let go what hangs."""
        with self._lock:
            self._ordered.clear()
            for hang in self._hangs:
                hang.release()
            self._hangs.clear()
