"""Answers that leave in one piece.

uvicorn writes an answer's head and its body one after the other, and uvloop sends each at once. A process that dies in
between leaves a proxy with half an answer, when it is too late to ask another instance; and each answer costs two
system calls.
"""

import asyncio
from typing import Any


class GatheringTransport:
    """Sends what was written in one turn of the event loop together, at its end; all else is up to `transport`."""

    __slots__ = ("_loop", "_transport", "_waiting")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting: list[bytes] = []

    def write(self, data: bytes) -> None:
        if not self._waiting:
            self._loop.call_soon(self._send)
        self._waiting.append(data)

    def write_eof(self) -> None:
        """Send what waits, and nothing after it."""
        self._send()
        if not self._transport.is_closing():
            self._transport.write_eof()

    def close(self) -> None:
        """Send what waits, and close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        together = b"".join(self._waiting)
        self._waiting.clear()
        if together and not self._transport.is_closing():
            self._transport.write(together)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
