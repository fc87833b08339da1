"""A TCP proxy in the test's own event loop, which injects network failures between a client and a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum


class Manner(StrEnum):
    """How the proxy treats a new connection."""

    FORWARDED = "its bytes are forwarded"
    MUTE = "it is accepted and stays open, but nothing is forwarded"
    HUNG_UP = "it is accepted and closed at once"


class TcpProxy:
    """Forwards connections to `target`. `manner` applies to new connections, `silence` to those that are open."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.manner = Manner.FORWARDED
        self.accepted = 0
        self._open: dict[asyncio.Task[None], tuple[asyncio.Event, asyncio.Event]] = {}

    def silence(self, *, towards_server: bool = True) -> None:
        """Stop forwarding on the open connections: no byte, no end and no reset.

        With `towards_server=False`, only answers are held back.
        """
        for to_server, to_client in self._open.values():
            if towards_server:
                to_server.clear()
            to_client.clear()

    def restore(self) -> None:
        """Forward everything again, beginning with what was held back."""
        self.manner = Manner.FORWARDED
        for both in self._open.values():
            for forwarding in both:
                forwarding.set()

    @asynccontextmanager
    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[tuple[str, int]]:
        server = await asyncio.start_server(self._accept, host, port)
        try:
            yield server.sockets[0].getsockname()[:2]
        finally:
            server.close()
            for task in self._open:
                task.cancel()
            await asyncio.gather(*self._open, return_exceptions=True)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self.manner is Manner.HUNG_UP:
            writer.close()
            return
        task = asyncio.current_task()
        assert task is not None
        to_server, to_client = self._open[task] = (asyncio.Event(), asyncio.Event())
        if self.manner is Manner.FORWARDED:
            to_server.set()
            to_client.set()
        try:
            await to_server.wait()
            answers, requests = await asyncio.open_connection(*self.target)
            await asyncio.gather(_pump(reader, requests, to_server), _pump(answers, writer, to_client))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self._open.pop(task, None)
            writer.transport.abort()


async def _pump(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, forwarding: asyncio.Event
) -> None:
    try:
        with suppress(OSError):
            while data := await reader.read(65536):
                await forwarding.wait()
                writer.write(data)
                await writer.drain()
        await forwarding.wait()
    finally:
        writer.transport.abort()
