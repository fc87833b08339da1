"""Starts and stops the fake, in a thread of the test's process."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

import stripe as sdk
import uvicorn
from litestar import Litestar
from uvicorn.server import ServerState

from shop.testing import ManualClock
from tests.stripe_server.account import Account, random_letters
from tests.stripe_server.application import application
from tests.stripe_server.connections import Connections
from tests.stripe_server.control import StripeServer
from tests.stripe_server.faults import Faults
from tests.stripe_server.gateway import Gateway

_STOP_SECONDS: Final = 5
"""The time that running requests have to end when the server stops."""


@contextmanager
def stripe_server(
    *, clock: ManualClock | None = None, livemode: bool = False, api_version: str = sdk.api_version
) -> Iterator[StripeServer]:
    """A fresh Stripe account on a free port of this machine.

    Its time is that of `clock`, which only the test advances. Without `clock`, it has its own clock, set to the current
    time, so that shops with the system's clock accept its signatures. Shops in any process can reach it.
    """
    if clock is None:
        clock = ManualClock(datetime.now(UTC))
    account = Account(clock, api_version, livemode=livemode)
    faults = Faults()
    connections = Connections()
    secret_key = f"sk_{'live' if livemode else 'test'}_{random_letters(24)}"
    gateway = Gateway(account, faults, secret_key)
    app = application(gateway, connections, clock, api_version)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        # asyncio sets this only on sockets that it creates; without it, each answer waits 40 ms for an acknowledgement.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with _serving(app, listening, connections, faults) as loop:
            yield StripeServer(account, gateway, faults, connections, loop, url=url, secret_key=secret_key)


@contextmanager
def _serving(
    app: Litestar, listening: socket.socket, connections: Connections, faults: Faults
) -> Iterator[asyncio.AbstractEventLoop]:
    """Serve in a thread; yield its event loop. The socket already listens, so early requests wait for their answer."""
    loop = asyncio.new_event_loop()
    stopped = asyncio.Event()
    serving = threading.Thread(
        target=loop.run_until_complete,
        args=[_serve(app, listening, connections, stopped)],
        name="stripe-server",
        daemon=True,
    )
    serving.start()
    try:
        yield loop
    finally:
        faults.clear()
        loop.call_soon_threadsafe(stopped.set)
        serving.join()
        loop.close()


async def _serve(
    app: Litestar, listening: socket.socket, connections: Connections, stopped: asyncio.Event
) -> None:
    """Serve with uvicorn's protocol, but without its server, which checks ten times per second whether to stop."""
    config = uvicorn.Config(app, http=connections.protocol(), ws="none", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    protocol_class: Any = config.http_protocol_class
    protocol = partial(protocol_class, config=config, server_state=state, app_state={})
    async with await asyncio.get_running_loop().create_server(protocol, sock=listening):
        await stopped.wait()
        connections.refuse()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=_STOP_SECONDS)
