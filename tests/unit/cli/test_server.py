"""Where the server listens, and how a worker beside it is stopped."""

import asyncio
import socket

import pytest

from shop.domain.errors import Unavailable
from shop.entrypoints.cli.server import listen, url_of
from shop.entrypoints.cli.working import STOP_SECONDS, Worker, work


@pytest.mark.parametrize(
    ("host", "reached_by"), [("127.0.0.1", "127.0.0.1"), ("localhost", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")]
)
def test_connections_wait_from_the_first_moment(host: str, reached_by: str) -> None:
    with listen(host, 0) as listening:
        port = listening.getsockname()[1]
        assert url_of(listening) == f"http://{reached_by}:{port}"
        socket.create_connection((reached_by, port), timeout=5).close()


def test_a_taken_port_gets_a_clear_message() -> None:
    with listen("127.0.0.1", 0) as listening:
        port = listening.getsockname()[1]
        with pytest.raises(Unavailable) as refusal:
            listen("127.0.0.1", port)
    assert refusal.value.message == (
        f"Port {port} of 127.0.0.1 is taken: stop what uses it, or choose another by --port."
    )


@pytest.mark.parametrize("host", ["192.0.2.1", "no host", "a..b", "a" * 64])
def test_an_unavailable_listen_address_gets_a_clear_message(host: str) -> None:
    with pytest.raises(Unavailable, match=f"Nothing can listen on {host}: "):
        listen(host, 0)


class Diligent:
    """Finishes its current work when told to stop."""

    def __init__(self) -> None:
        self.finished = False

    async def run(self, stop: asyncio.Event) -> None:
        await stop.wait()
        await asyncio.sleep(0)
        self.finished = True


class Stubborn:
    """Does not listen."""

    def __init__(self) -> None:
        self.cancelled = False

    async def run(self, stop: asyncio.Event) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            self.cancelled = True


class Broken:
    async def run(self, stop: asyncio.Event) -> None:
        raise LookupError("broken")


async def stopped(worker: Worker, stop_seconds: float = STOP_SECONDS) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(work(worker, stop, stop_seconds=stop_seconds))
    await asyncio.sleep(0)
    stop.set()
    await running


def test_a_worker_finishes_its_step() -> None:
    worker = Diligent()
    asyncio.run(stopped(worker))
    assert worker.finished


def test_a_worker_is_cancelled_after_the_stop_time() -> None:
    worker = Stubborn()
    asyncio.run(asyncio.wait_for(stopped(worker, 0.01), 5))
    assert worker.cancelled


def test_a_worker_s_failure_is_not_swallowed() -> None:
    with pytest.raises(LookupError, match="broken"):
        asyncio.run(asyncio.wait_for(work(Broken(), asyncio.Event()), 5))
