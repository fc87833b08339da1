"""A load generator: keep-alive HTTP/1.1 on a few connections, each sending as soon as it has an answer.

A client is a generator: it yields requests as ready bytes, and the answers are sent to it. Only the status and the
content length are parsed, so that the generator on one core is faster than the servers that it measures.
"""

import asyncio
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import NamedTuple, cast
from urllib.parse import urlsplit

from bench.samples import Recorder, Sample, without_collector


class Answer(NamedTuple):
    """A response."""

    status: int
    body: bytes


Visit = Generator[bytes, Answer, None]
"""One unit of work, timed from its first request to its last answer."""


class UnexpectedAnswerError(Exception):
    """The server's answer isn't the expected one, so the measurement is invalid."""


def request(method: str, path: str, *, token: str | None = None, body: bytes | None = None) -> bytes:
    """Return the bytes of a request, with an optional JSON body."""
    lines = [f"{method} {path} HTTP/1.1", "host: localhost"]
    if token is not None:
        lines.append(f"authorization: Bearer {token}")
    if body is not None:
        lines += ["content-type: application/json", f"content-length: {len(body)}"]
    elif method != "GET":
        lines.append("content-length: 0")
    return "\r\n".join([*lines, "", ""]).encode() + (body or b"")


def asking(*requests: bytes, status: int = 200) -> Visit:
    """Yield these requests; the last must be answered with `status`, the others with 200."""
    for number, each in enumerate(requests, start=1):
        answer = yield each
        if answer.status != (status if number == len(requests) else 200):
            raise UnexpectedAnswerError(f"{answer.status} {answer.body.decode(errors='replace')[:500]}")


async def drive(url: str, clients: Sequence[Iterator[Visit]], seconds: float) -> Sample:
    """Let every client make visit after visit for `seconds`; a client without further visits stops."""
    with without_collector():
        recorder = Recorder(seconds)
        await asyncio.gather(*(_make_all(url, visits, recorder) for visits in clients))
    return recorder.sample()


async def make(url: str, visits: Iterator[Visit]) -> None:
    """Make all of these visits, without a time limit."""
    await _make_all(url, visits, Recorder(float("inf")))


async def _make_all(url: str, visits: Iterator[Visit], recorder: Recorder) -> None:
    parts = urlsplit(url)
    client = _Client(visits, recorder)
    await asyncio.get_running_loop().create_connection(lambda: client, parts.hostname or "", parts.port or 80)
    await client.done


@dataclass(slots=True, eq=False)
class _Client(asyncio.Protocol):
    visits: Iterator[Visit]
    recorder: Recorder
    done: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    _transport: asyncio.Transport = field(init=False)
    _visit: Visit = field(init=False)
    _started: float = 0.0
    _rest: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._next_visit(perf_counter())

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionError("the server hung up"))

    def data_received(self, data: bytes) -> None:
        if self._rest:
            data = self._rest + data
        head = data.find(b"\r\n\r\n")
        if head >= 0:
            at = data.find(b"content-length: ", 0, head) + 16
            end = head + 4 + int(data[at : data.find(b"\r\n", at)])
            if len(data) >= end:
                self._rest = b""
                self._answered(Answer(int(data[9:12]), data[head + 4 : end]))
                return
        self._rest = data

    def _answered(self, answer: Answer) -> None:
        try:
            self._transport.write(self._visit.send(answer))
        except StopIteration:
            now = perf_counter()
            self.recorder.record(self._started, now)
            self._next_visit(now)
        except UnexpectedAnswerError as error:
            self._end(error)

    def _next_visit(self, now: float) -> None:
        visit = next(self.visits, None) if now < self.recorder.deadline else None
        if visit is None:
            self._end()
        else:
            self._visit = visit
            self._started = now
            self._transport.write(next(visit))

    def _end(self, error: Exception | None = None) -> None:
        if error is None:
            self.done.set_result(None)
        else:
            self.done.set_exception(error)
        self._transport.close()
