"""The HTTP/1.1 protocol of the shop: uvicorn's, with limits, timeouts and errors in the API's shape.

uvicorn has none of these: one endless header exhausts memory and blocks the event loop, and a request that
never ends holds its connection for ever.
"""

import asyncio
from math import inf
from time import perf_counter
from typing import Any, cast

import httptools
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from shop.entrypoints.http.framework.middleware import request_id_of
from shop.entrypoints.http.framework.request import known_request_id
from shop.entrypoints.logs import log_request
from shop.entrypoints.server.connections import Connections
from shop.entrypoints.server.refusals import Refusal
from shop.entrypoints.server.served import ServedApplication
from shop.entrypoints.server.write_coalescing import CoalescingTransport


class _LimitExceeded(Exception):
    """Raised to stop the parser."""


class ShopProtocol(HttpToolsProtocol):
    """One connection. The served application provides the process's `connections`."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._connections: Connections = cast("ServedApplication", self.app).connections
        self._limits = self._connections.limits
        self.timeout_keep_alive = self._limits.idle_seconds
        self.headers = []
        self.url = b""
        self.deadline = inf
        self._awaits_head = False
        self._in_message = False
        self._in_head = False
        self._began = perf_counter()
        self._unaccounted = 0
        """Bytes received since the last complete header section, body chunk or message."""
        self._body_began = inf
        self._body_bytes = 0
        self._reason: Refusal | None = None
        self._last_answer: bytes | None = None
        """The refusal to send once earlier requests are answered; further input is discarded."""
        self._discarded = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", CoalescingTransport(transport, self.loop)))
        if self._connections.admit(self.loop):
            self._wait_for_head()
        else:
            self._refuse(Refusal.NO_CAPACITY)

    def connection_lost(self, exc: Exception | None) -> None:
        self._connections.closed(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._last_answer is not None:
            self._discarded += len(data)
            if self._discarded > self._limits.linger_bytes:
                self.transport.abort()
            return
        self._unset_keepalive_if_required()
        self._unaccounted += len(data)
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserError:
            self._refuse(self._reason or Refusal.MALFORMED)
            return
        except httptools.HttpParserUpgrade:
            # Upgrades are not supported: the request is answered as it stands; what follows isn't HTTP.
            self.cycle.keep_alive = False
        if self._unaccounted > self._limits.head_bytes:
            only_target = self._in_head and not self.headers and len(self.url) > self._limits.target_bytes
            self._refuse(Refusal.TARGET_TOO_LONG if only_target else Refusal.HEAD_TOO_LARGE)
            return
        self._wait()

    # Parser callbacks.

    def on_message_begin(self) -> None:
        self._in_message = self._in_head = True
        self._began = perf_counter()
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # otherwise it is a trailer, which is ignored
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        limits = self._limits
        if len(self.url) > limits.target_bytes:
            self._stop_parsing(Refusal.TARGET_TOO_LONG)
        if len(self.headers) > limits.headers:
            self._stop_parsing(Refusal.TOO_MANY_HEADERS)
        if self._unaccounted > limits.head_bytes and self._head_size() > limits.head_bytes:
            self._stop_parsing(Refusal.HEAD_TOO_LARGE)
        super().on_headers_complete()
        self._in_head = False
        self._unaccounted = self._body_bytes = 0
        self._body_began = self.loop.time()

    def on_body(self, body: bytes) -> None:
        self._unaccounted = 0
        self._body_bytes += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._in_message = False
        self._unaccounted = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        another_begins = bool(self.pipeline)
        super().on_response_complete()
        if another_begins:
            return
        if self._last_answer is not None:
            self._send_last_answer(self._last_answer)
        elif self._in_message:
            self._wait()
        else:  # uvicorn's own timer closes idle connections
            self._awaits_head = False
            self.deadline = inf
            self._connections.wait_for_request(self)

    def _head_size(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)

    def _stop_parsing(self, reason: Refusal) -> None:
        self._reason = reason
        raise _LimitExceeded

    # Waiting for the client.

    @property
    def _answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # none before the first request
        return cycle is not None and not (cycle.response_complete or cycle.disconnected)

    def _wait(self) -> None:
        """Set the deadline for the part of the request that is still missing."""
        if self._in_message and not self._in_head:
            self._awaits_head = False
            self.deadline = self._body_deadline()
            self._connections.wait_for_body(self)
        elif self._answering:
            self._awaits_head = False
            self._connections.stop_waiting(self)
        elif not self._awaits_head:
            self._wait_for_head()

    def _wait_for_head(self) -> None:
        self._awaits_head = True
        self.deadline = self.loop.time() + self._limits.head_seconds
        self._connections.wait_for_request(self)

    def _body_deadline(self) -> float:
        earned: float = self._body_bytes / self._limits.body_bytes_per_second
        return self._body_began + self._limits.body_seconds + earned

    def time_out(self, now: float) -> None:
        """See `Waiting`."""
        if self._last_answer is not None:
            self.transport.abort()
        elif not self._in_message:
            self._connections.refusals[Refusal.HEAD_TIMEOUT] += 1
            self.transport.close()
        elif self._in_head:
            self._refuse(Refusal.HEAD_TIMEOUT)
        elif self.flow.read_paused:  # the client is waiting for the shop
            self._body_began, self._body_bytes = now, 0
            self.deadline = self._body_deadline()
        else:
            self._refuse(Refusal.BODY_TIMEOUT)

    def give_way(self) -> None:
        """See `Waiting`."""
        self._connections.refusals[Refusal.EVICTED] += 1
        self.transport.abort()

    # Refusals.

    def _refuse(self, refusal: Refusal) -> None:
        """Stop reading; close once this refusal and the answers to earlier requests are sent."""
        self._connections.refusals[refusal] += 1
        request_id = self._request_id()
        client = self.client[0] if self.client else "unknown"
        status = refusal.value[0]
        log_request(request_id, "other", "unmatched", status, perf_counter() - self._began, client)
        self._last_answer = refusal.answer(request_id, self.server_state.default_headers)
        if self._in_message and not self._in_head and not self._give_up_cycle():
            return
        if not self._answering and not self.pipeline:
            self._send_last_answer(self._last_answer)

    def _request_id(self) -> str:
        if not self._in_message:
            return request_id_of(())
        known = None if self._in_head else known_request_id(self.scope)
        return known or request_id_of(self.headers)

    def _give_up_cycle(self) -> bool:
        """Abandon the request with the invalid body. Return whether the refusal is its answer.

        If its answer has started, the connection is closed. If an earlier request is still being answered,
        the refusal is sent after that answer.
        """
        if self.cycle.response_started:
            self.transport.close()
            return False
        if self.pipeline and self.pipeline[0][0] is self.cycle:
            self.pipeline.popleft()
            return False  # `on_response_complete` sends the refusal
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        return True

    def _send_last_answer(self, answer: bytes) -> None:
        # Closing while the client still sends would reset the connection, and the client might miss the answer.
        if self.transport.is_closing():
            return
        self._unset_keepalive_if_required()
        self.transport.write(answer)
        self.transport.write_eof()
        self.flow.resume_reading()
        self.deadline = self.loop.time() + self._limits.linger_seconds
        self._connections.wait_for_request(self)
