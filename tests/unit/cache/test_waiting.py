"""However slow the server is, no caller waits longer than the bound."""

import asyncio
from collections.abc import Coroutine, Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.adapters.cache.redis import connection as connecting
from shop.adapters.cache.redis.connection import RedisConnection

BOUND = 0.025
TWO = 0.05
"""The time limit of two look-ups, one after the other."""


class SlowServer:
    """Takes each of the durations for one exchange, on its own clock; after these, it no longer answers."""

    def __init__(self, durations: Iterator[float]) -> None:
        self.now = 100.0
        self.exchanges = 0
        self._durations = durations
        self._replies: list[Any] = []

    async def within(self, seconds: float, work: Coroutine[Any, Any, Any]) -> Any:
        if seconds == connecting._CONNECT_SECONDS:
            return await work
        takes = next(self._durations, 3600.0)
        self.exchanges += 1
        for _ in range(5):  # meanwhile, other callers ask
            await asyncio.sleep(0)
            self.now += min(takes, seconds) / 5
        if takes > seconds:
            work.close()
            raise TimeoutError
        return await work

    async def connect(self) -> None:
        pass

    def pack_commands(self, commands: Sequence[Sequence[Any]]) -> None:
        self._replies = [
            [None] * (len(command) - 1) if command[0] == "MGET" else [1, 0] for command in commands
        ]

    async def send_packed_command(self, _: None) -> None:
        pass

    async def read_response(self) -> Any:
        return self._replies.pop(0)

    async def disconnect(self, *, nowait: bool) -> None:
        pass


async def waits_of(server: SlowServer, customers: int, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Return how long each customer waited for two look-ups. The customers begin at different moments."""
    monkeypatch.setattr(connecting, "_within", server.within)
    connection = RedisConnection("redis://slow.example", monotonic=lambda: server.now)
    monkeypatch.setattr(connection._pool, "make_connection", lambda: server)
    connection.start()
    while connection.is_open:  # noqa: ASYNC110 (nothing to wait for)
        await asyncio.sleep(0)

    async def customer(number: int) -> float:
        for _ in range(number):
            await asyncio.sleep(0)
        began = server.now
        for _ in range(2):
            asked = server.now
            await connection.get(b"key")
            assert server.now - asked <= BOUND + 1e-9
        return server.now - began

    waits = await asyncio.gather(*map(customer, range(customers)))
    await connection.close()
    return waits


@given(st.lists(st.floats(0, 0.03), max_size=12), st.integers(1, 50))
def test_no_caller_waits_longer_than_the_bound(durations: list[float], customers: int) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        server = SlowServer(iter([0.0, *durations]))
        assert max(asyncio.run(waits_of(server, customers, monkeypatch))) <= TWO + 1e-9


@pytest.mark.anyio
async def test_one_late_reply_opens_the_breaker(monkeypatch: pytest.MonkeyPatch) -> None:
    server = SlowServer(iter([0.0]))
    waits = await waits_of(server, 50, monkeypatch)
    assert server.exchanges == 2, "the health check, and the late exchange"
    assert max(waits) <= BOUND


@pytest.mark.anyio
async def test_a_busy_process_grants_the_reply_more_time() -> None:
    """If the timeout and the reply are both due when the process is no longer busy, the reply counts."""
    loop = asyncio.get_running_loop()

    async def answered_late() -> str:
        await asyncio.sleep(0.03)
        return "an answer"

    loop.call_later(0.01, _be_busy, 0.05)
    assert await connecting._within(0.02, answered_late()) == "an answer"
    with pytest.raises(TimeoutError):
        await connecting._within(0.02, asyncio.sleep(3600))


def _be_busy(seconds: float) -> None:
    deadline = connecting.time.monotonic() + seconds
    while connecting.time.monotonic() < deadline:
        pass
