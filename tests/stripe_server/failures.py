"""Injecting failures of Stripe and of the network."""

import asyncio
from collections.abc import Callable

from tests.stripe_server.connections import Connections
from tests.stripe_server.faults import Fault, FaultKind, Faults, Hang


class Failures:
    """Orders are by operation, such as `payment_intents.create`, and each strikes the next such request, once.

    They also strike replays of saved answers, without changing them. Only requests with the right secret
    key are struck.
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
        """Answer with an error of Stripe's own, without the effect or with it.

        A 500 from within an operation is saved under the request's key, and so replayed for a day; one from further
        out, say a 503, isn't: `saved=False`.
        """
        fault = Fault(FaultKind.FAIL, after_effect=after_effect, status=status, saved=saved)
        self._faults.order(operation, fault, times)

    def drop_next(self, operation: str, *, after_effect: bool = True, times: int = 1) -> None:
        """Close the connection without an answer. After the effect, the answer is saved under the key."""
        self._faults.order(operation, Fault(FaultKind.DROP, after_effect=after_effect), times)

    def hang_next(self, operation: str, *, after_effect: bool = False, bound: float = 30) -> Hang:
        """Let a request stand still until it is released, at most for `bound` seconds; its key is in use so long.

        Released, it is carried out even if the client has given up by then.
        """
        hang = Hang(bound)
        self._faults.order(operation, Fault(FaultKind.HANG, after_effect=after_effect, hang=hang))
        return hang

    def rate_limit_next(self, operation: str, *, code: str = "rate_limit", times: int = 1) -> None:
        """Answer 429, without an effect; `code` may be `lock_timeout`, which is to be tried again."""
        self._faults.order(operation, Fault(FaultKind.RATE_LIMIT, code=code), times)

    @property
    def faults_pending(self) -> int:
        """How many orders have struck nothing so far."""
        return self._faults.pending()

    def clear_faults(self) -> None:
        """Take back all orders, and let go what hangs."""
        self._faults.clear()

    def down(self) -> None:
        """From now on, close every connection without an answer; running requests still take effect."""
        self._in_loop(self._connections.refuse)

    def up(self) -> None:
        self._in_loop(self._connections.accept)

    def _in_loop(self, change: Callable[[], None]) -> None:
        async def changed() -> None:
            change()

        asyncio.run_coroutine_threadsafe(changed(), self._loop).result()
