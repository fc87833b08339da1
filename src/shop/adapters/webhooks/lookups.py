"""Looking up the addresses of hosts."""

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Returns the addresses of a host. Raises OSError if it has none."""


class Lookups:
    """Asks the system for the addresses of hosts, one host at a time in a thread of its own.

    A name server that does not answer can delay neither other hosts, as in a pool of threads, nor the exit of the
    process.
    """

    def __init__(self) -> None:
        self._pending: dict[tuple[str, int], asyncio.Future[list[str]]] = {}

    async def __call__(self, host: str, port: int) -> list[str]:
        key = host, port
        pending = self._pending.get(key)
        if pending is None:
            pending = self._pending[key] = asyncio.get_running_loop().create_future()
            pending.add_done_callback(lambda _: self._pending.pop(key, None))
            threading.Thread(target=_look_up, args=(pending, host, port), daemon=True).start()
        return await asyncio.shield(pending)


def _look_up(pending: asyncio.Future[list[str]], host: str, port: int) -> None:
    found: list[str] | BaseException
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found = list(dict.fromkeys(str(address[0]) for _, _, _, _, address in addresses))
    except (OSError, UnicodeError) as error:
        found = error if isinstance(error, OSError) else OSError(str(error))
    with suppress(RuntimeError):  # the event loop is closed: nobody waits any more
        pending.get_loop().call_soon_threadsafe(_resolve, pending, found)


def _resolve(pending: asyncio.Future[Any], found: list[str] | BaseException) -> None:
    if pending.done():
        return
    if isinstance(found, BaseException):
        pending.set_exception(found)
        pending.exception()  # mark it as read: everybody who waited may have given up
    else:
        pending.set_result(found)
