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
    """Resolves the addresses of hosts, each host in a thread of its own.

    A name server that does not respond delays neither other hosts (as it would in a thread pool) nor the exit of the
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
    with suppress(RuntimeError):  # the event loop is closed: no task is waiting
        pending.get_loop().call_soon_threadsafe(_resolve, pending, found)


def _resolve(pending: asyncio.Future[Any], found: list[str] | BaseException) -> None:
    if pending.done():
        return
    if isinstance(found, BaseException):
        pending.set_exception(found)
        pending.exception()  # mark it as retrieved: every waiting task may have given up
    else:
        pending.set_result(found)
