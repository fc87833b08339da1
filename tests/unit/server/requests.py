"""Requests by their bytes, and the errors in answers to them."""

import asyncio
import json
from typing import Any

from litestar.types import Receive, Scope, Send

from shop.entrypoints.server.connections import Limits
from tests.unit.server.serving import Server, echo

GET = b"GET /a HTTP/1.1\r\nHost: x\r\n"

POST = b"POST /a HTTP/1.1\r\nHost: x\r\n"

PATIENT = Limits(head_seconds=600, body_seconds=600, linger_seconds=600, sweep_seconds=600)


def error_in(answer: bytes) -> tuple[int, str, dict[str, str]]:
    """The status, the error code and the headers of the last answer in `answer`."""
    answer = answer[answer.rindex(b"HTTP/1.1 ") :]
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines[1:])
    assert int(headers["content-length"]) == len(body)
    error: dict[str, Any] = json.loads(body)["error"]
    assert error["message"]
    return int(lines[0].split()[1]), error["code"], headers


def pass_time(server: Server, seconds: float) -> None:
    """Have the server look at its deadlines as if so much time had passed."""
    server.connections.time_out_expired(asyncio.get_running_loop().time() + seconds)


async def received(server: Server, size: int) -> None:
    """Wait until the connection's protocol was given all that was sent."""
    while sum(server.received.values()) < size:  # noqa: ASYNC110 (the server runs in this loop)
        await asyncio.sleep(0)


async def opened(server: Server, count: int) -> None:
    while server.connections.open != count:  # noqa: ASYNC110 (the server runs in this loop)
        await asyncio.sleep(0)


class Gate:
    """An application that answers once it is told to."""

    def __init__(self) -> None:
        self.begun = asyncio.Semaphore(0)
        self.open = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun.release()
        await self.open.wait()
        await echo(scope, receive, send)
