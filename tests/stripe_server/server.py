"""Starting and stopping the fake, in a thread of the test's process."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import stripe as sdk
import uvicorn

from shop.testing import ManualClock
from tests.stripe_server.account import Account, random_letters
from tests.stripe_server.application import application
from tests.stripe_server.connections import Connections
from tests.stripe_server.control import StripeServer
from tests.stripe_server.faults import Faults
from tests.stripe_server.gateway import Gateway


@contextmanager
def stripe_server(
    *, clock: ManualClock | None = None, livemode: bool = False, api_version: str = sdk.api_version
) -> Iterator[StripeServer]:
    """A fresh Stripe account on a free port of this machine.

    Its time stands still until `clock` is told to go on: the shop's, or one of its own that starts at this very
    moment, as signatures are checked against. A shop in the test's own process and one in another reach it alike.
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
        config = uvicorn.Config(
            app,
            http=connections.protocol(),
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=5,
        )
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        with _serving(uvicorn.Server(config), listening, faults.clear) as loop:
            yield StripeServer(account, gateway, faults, connections, loop, url=url, secret_key=secret_key)


@contextmanager
def _serving(
    server: uvicorn.Server, listening: socket.socket, let_go: Callable[[], None]
) -> Iterator[asyncio.AbstractEventLoop]:
    """The socket listens already, so nobody needs to wait until the server accepts."""
    loop = asyncio.new_event_loop()
    serving = threading.Thread(
        target=loop.run_until_complete,
        args=[server.serve(sockets=[listening])],
        name="stripe-server",
        daemon=True,
    )
    serving.start()
    try:
        yield loop
    finally:
        let_go()
        server.should_exit = True
        serving.join()
        loop.close()
