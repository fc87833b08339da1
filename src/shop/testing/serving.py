"""Serves a test's application on a separate port, in the test's event loop."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, Final

import uvicorn
from litestar.types import ASGIApp
from uvicorn.server import ServerState

_SHUTDOWN_SECONDS: Final = 5.0


@asynccontextmanager
async def served(application: ASGIApp, port: int = 0) -> AsyncIterator[str]:
    """Serve the application on a free port, or on the given one, and yield its URL.

    It starts and stops immediately, because it has no signal handling, processes or logs.
    """
    config = uvicorn.Config(application, ws="none", lifespan="off", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    protocol_class: Any = config.http_protocol_class
    protocol = partial(protocol_class, config=config, server_state=state, app_state={})
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for connection in list(state.connections):
            connection.shutdown()
        if state.tasks:
            await asyncio.wait(state.tasks, timeout=_SHUTDOWN_SECONDS)
