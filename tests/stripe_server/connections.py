"""Connections that a test can close without an answer, which HTTP frameworks have no way to do."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]


class Connections:
    """The open connections by the client's address. Use it only in the server's event loop."""

    def __init__(self) -> None:
        self._open: dict[Address, asyncio.Transport] = {}
        self._refusing = False

    def drop(self, client: Address) -> None:
        """Close a connection without an answer."""
        transport = self._open.pop(client, None)
        if transport is not None:
            transport.close()

    def refuse(self) -> None:
        """Close all connections, and every new one until `accept()`."""
        self._refusing = True
        for client in list(self._open):
            self.drop(client)

    def accept(self) -> None:
        self._refusing = False

    def protocol(self) -> type[asyncio.Protocol]:
        """Return a protocol class for uvicorn that registers its connections here."""
        connections = self

        class Protocol(H11Protocol):
            def connection_made(self, transport: Any) -> None:
                super().connection_made(transport)
                if connections._refusing:
                    transport.close()
                elif self.client is not None:
                    connections._open[self.client] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                if self.client is not None:
                    connections._open.pop(self.client, None)
                super().connection_lost(exc)

        return Protocol
