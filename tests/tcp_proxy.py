"""A TCP proxy in the test's own event loop, for accidents on the way to a server."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import StrEnum


class Manner(StrEnum):
    """How the proxy treats a connection."""

    FORWARDED = "bytes go through"
    MUTE = "it is accepted and stays open, and nothing comes through"
    HUNG_UP = "it is accepted and closed at once"


class TcpProxy:
    """`manner` is for connections to come, which lead to `target`; `silence` is for those that are open."""

    def __init__(self, target: tuple[str, int]) -> None:
        self.target = target
        self.manner = Manner.FORWARDED
        self.accepted = 0
        self._open: dict[asyncio.Task[None], tuple[asyncio.Event, asyncio.Event]] = {}

    def silence(self, *, towards_server: bool = True) -> None:
        """From now on nothing comes through the open connections: no byte, no end, no reset; or no answer only."""
        for to_server, to_client in self._open.values():
            if towards_server:
                to_server.clear()
            to_client.clear()

    def restore(self) -> None:
        """Let everything through again, what was held back first."""
        self.manner = Manner.FORWARDED
        for both in self._open.values():
            for audible in both:
                audible.set()

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


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, audible: asyncio.Event) -> None:
    try:
        with suppress(OSError):
            while data := await reader.read(65536):
                await audible.wait()
                writer.write(data)
                await writer.drain()
        await audible.wait()
    finally:
        writer.transport.abort()
