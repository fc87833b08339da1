"""Connections that can be ended on request, which HTTP frameworks prevent and networks do not."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

Address = tuple[str, int]


class Connections:
    """The open ones, by the client's address. To be used in the server's event loop."""

    def __init__(self) -> None:
        self._open: dict[Address, asyncio.Transport] = {}
        self._refusing = False

    def drop(self, client: Address) -> None:
        """Close one without an answer."""
        transport = self._open.pop(client, None)
        if transport is not None:
            transport.close()

    def refuse(self) -> None:
        """Close all of them, and every new one, until `accept()`."""
        self._refusing = True
        for client in list(self._open):
            self.drop(client)

    def accept(self) -> None:
        self._refusing = False

    def protocol(self) -> type[asyncio.Protocol]:
        """The protocol for a uvicorn server whose connections these are."""
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
