"""Methods with which a test injects failures of Stripe and of the network."""

import asyncio
from collections.abc import Callable

from tests.stripe_server.connections import Connections
from tests.stripe_server.faults import Fault, FaultKind, Faults, Hang


class Failures:
    """Each injected failure affects the next request of its operation, such as `payment_intents.create`, once.

    That request may be a retry under a known idempotency key: its answer is lost or replaced, and the saved answer
    stays. Requests without the right secret key are not affected.
    """

    def __init__(self, faults: Faults, connections: Connections, loop: asyncio.AbstractEventLoop) -> None:
        self._faults = faults
        self._connections = connections
        self._loop = loop

    def fail_next(
        self,
        operation: str,
        status: int = 500,
        *,
        after_effect: bool = False,
        saved: bool = True,
        times: int = 1,
    ) -> None:
        """Answer with a 5xx, before the request takes effect or after it.

        Stripe saves a 500 that occurs in an operation under the request's key, and replays it for a day. Errors that
        occur before the operation, such as a 503, are not saved: `saved=False`.
        """
        fault = Fault(FaultKind.FAIL, after_effect=after_effect, status=status, saved=saved)
        self._faults.inject(operation, fault, times)

    def drop_next(self, operation: str, *, after_effect: bool = True, times: int = 1) -> None:
        """Close the connection without an answer. If the request took effect, its answer is saved under the key."""
        self._faults.inject(operation, Fault(FaultKind.DROP, after_effect=after_effect), times)

    def hang_next(self, operation: str, *, after_effect: bool = False, bound: float = 30) -> Hang:
        """Let a request wait until it is released, at most `bound` seconds. Its key is in use meanwhile.

        When it is released, it takes effect even if the client has given up.
        """
        hang = Hang(bound)
        self._faults.inject(operation, Fault(FaultKind.HANG, after_effect=after_effect, hang=hang))
        return hang

    def rate_limit_next(self, operation: str, *, code: str = "rate_limit", times: int = 1) -> None:
        """Answer with 429, without an effect. `code` may also be `lock_timeout`, which clients retry at once."""
        self._faults.inject(operation, Fault(FaultKind.RATE_LIMIT, code=code), times)

    @property
    def faults_pending(self) -> int:
        """The number of injected failures that have not affected a request yet."""
        return self._faults.pending()

    def clear_faults(self) -> None:
        """Remove all injected failures, and release the requests that wait."""
        self._faults.clear()

    def down(self) -> None:
        """Close every connection without an answer, until `up()`. Running requests still take effect."""
        self._in_loop(self._connections.refuse)

    def up(self) -> None:
        self._in_loop(self._connections.accept)

    def _in_loop(self, change: Callable[[], None]) -> None:
        async def changed() -> None:
            change()

        asyncio.run_coroutine_threadsafe(changed(), self._loop).result()
