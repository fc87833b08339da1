"""Sends each response in one piece.

uvicorn writes a response's headers and body separately, and uvloop sends each write immediately. A process
that dies in between leaves a proxy with half a response, too late to retry on another instance; and every
response costs two system calls.
"""

import asyncio
from typing import Any


class CoalescingTransport:
    """Batches all writes of one event loop iteration; delegates everything else to `transport`."""

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
        """Send the buffered data, then the end of the stream."""
        self._send()
        if not self._transport.is_closing():
            self._transport.write_eof()

    def close(self) -> None:
        """Send the buffered data and close."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        together = b"".join(self._waiting)
        self._waiting.clear()
        if together and not self._transport.is_closing():
            self._transport.write(together)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
