"""Injected faults: each affects the next request of its operation, once."""

import asyncio
import threading
from collections import defaultdict, deque
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import Enum, auto

from tests.stripe_server.operations import NAMES


class FaultKind(Enum):
    FAIL = auto()
    """Answer with a 5xx, without performing the request or after performing it."""
    DROP = auto()
    """Close the connection without an answer."""
    HANG = auto()
    """Wait until the test releases the request."""
    RATE_LIMIT = auto()


class Hang:
    """A fault that makes a request wait until `release()`, at most `bound` seconds."""

    def __init__(self, bound: float) -> None:
        self._bound = bound
        self._reached: Future[None] = Future()
        self._released: Future[None] = Future()

    async def reached(self, within: float = 10) -> None:
        """Wait until a request hangs. TimeoutError if none does within `within` seconds."""
        await asyncio.wait_for(asyncio.shield(asyncio.wrap_future(self._reached)), within)

    def wait_until_reached(self, within: float = 10) -> None:
        """Do the same as `reached` in a thread without an event loop."""
        self._reached.result(within)

    def release(self) -> None:
        """Let the request continue. May be called before the request comes, and more than once."""
        _resolve(self._released)

    async def wait(self) -> None:
        """Wait in the server until the request is released."""
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
    """Whether a 5xx answer is saved under the request's idempotency key."""
    code: str = "rate_limit"
    hang: Hang = field(default_factory=lambda: Hang(0))


class Faults:
    """The faults that have not affected a request yet, by operation. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._injected: dict[str, deque[Fault]] = defaultdict(deque)
        self._hangs: list[Hang] = []

    def inject(self, operation: str, fault: Fault, times: int = 1) -> None:
        if operation not in NAMES:
            raise ValueError(f"there is no operation {operation!r}; there are {', '.join(sorted(NAMES))}")
        with self._lock:
            self._injected[operation].extend([fault] * times)
            self._hangs.append(fault.hang)

    def take(self, operation: str) -> Fault | None:
        with self._lock:
            injected = self._injected[operation]
            return injected.popleft() if injected else None

    def pending(self) -> int:
        """Return the number of faults that have not affected a request yet."""
        with self._lock:
            return sum(len(faults) for faults in self._injected.values())

    def clear(self) -> None:
        """Remove all faults, and release the requests that hang."""
        with self._lock:
            self._injected.clear()
            for hang in self._hangs:
                hang.release()
            self._hangs.clear()
