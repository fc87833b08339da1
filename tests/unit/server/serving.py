"""An application behind the shop's HTTP protocol, on a real socket."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import uvicorn
from litestar.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from shop.entrypoints.server.connections import Connections, Limits
from shop.entrypoints.server.protocol import ShopProtocol
from shop.entrypoints.server.served import ServedApplication


@dataclass(slots=True)
class Server:
    port: int
    connections: Connections
    received: Counter[int]
    """Bytes that each connection's protocol was given."""

    async def connect(self) -> "Client":
        return Client(*await asyncio.open_connection("127.0.0.1", self.port))

    async def answers_to(self, sent: bytes) -> bytes:
        """Everything that the server says until it closes the connection."""
        async with await self.connect() as client:
            client.send(sent)
            return await client.rest()


@dataclass(slots=True)
class Client:
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter

    async def __aenter__(self) -> "Client":
        return self

    async def __aexit__(self, *_: object) -> None:
        self._writer.close()

    def send(self, data: bytes) -> None:
        self._writer.write(data)

    async def answer(self) -> bytes:
        """One answer with a Content-Length."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
        return head + await self._reader.readexactly(int(length.partition(b":")[2]))

    async def rest(self) -> bytes:
        """What comes until the server closes."""
        try:
            return await self._reader.read()
        except ConnectionResetError:
            return b""


@asynccontextmanager
async def serving(application: ASGIApp, limits: Limits) -> AsyncIterator[Server]:
    connections = Connections(limits)
    served = ServedApplication(application, connections)
    config = uvicorn.Config(
        cast("Any", served),
        interface="asgi3",
        http=ShopProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        proxy_headers=False,
    )
    config.load()
    state = ServerState()
    received: Counter[int] = Counter()

    class Counted(ShopProtocol):
        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            received[id(self)] += len(data)

    protocol = partial(Counted, config, state, {})
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    try:
        yield Server(server.sockets[0].getsockname()[1], connections, received)
    finally:
        server.close()
        for connection in list(state.connections):
            cast("ShopProtocol", connection).transport.abort()


async def echo(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer with the path, and the body's length once it is read."""
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            return
        size, more = size + len(message["body"]), message["more_body"]
    body = f"{scope['path']} {size}".encode()
    await respond(send, body)


async def respond(send: Send, body: bytes) -> None:
    headers = [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": body, "more_body": False})
