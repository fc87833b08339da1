"""A server process that dies on request, at any point of a request, as often as needed.

The program takes a database's URL and the shop's settings as arguments, and reads requests from standard input, one
JSON object per line. If a request names no point to die at, the process performs it and prints the number of points
that it passed. Otherwise it forks, and prints whether the fork died at that point. The start-up is therefore paid only
once.

The points are: each statement of a transaction, before and after each commit, and before and after each call of the
payment provider, each message to a webhook, and each mail.
"""

import asyncio
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from types import TracebackType
from typing import Any

import httpx
from sqlalchemy import event

from shop.adapters.payments.sandbox import SandboxPayments
from shop.adapters.payments.stripe import StripePayments
from shop.adapters.sql.catalogue.categories import KnownTree
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage, SqlUnitOfWork
from shop.container.root import assemble
from shop.entrypoints.http.wiring import http_app
from shop.settings import Payments, Settings
from shop.settings.mail import SmtpServer
from shop.testing import BASE_URL, ManualClock
from tests.fork_server import PIPE, ForkedProcess

OUTBOX = "outbox"
"""A `Request.path`: a run of the worker that makes events visible and delivers them to webhooks."""
MAIL = "mail"
"""A `Request.path`: a run of the worker that makes events visible, and queues and sends their mails."""
DIED = 86
"""The exit status of a process that was told to die."""


@dataclass(frozen=True, slots=True)
class Request:
    """A POST with a JSON body or other content; without a path, a run of the worker's sweep over the orders."""

    path: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    content: str | None = None


class MortalServer:
    """The test's side: starts the program, and sends requests to it."""

    def __init__(self, url: str, **settings: Any) -> None:
        self._program = ForkedProcess("tests.crashing", url, json.dumps(settings), stdin=PIPE, stdout=PIPE)

    def answer(self, request: Request, now: datetime) -> int:
        """Let the server perform the request. Return the number of points at which it could have died."""
        points: int = self._send(request, now, None)
        return points

    def dies(self, request: Request, now: datetime, *, at: int) -> bool:
        """Let the server die at this point of the request, counted from 1. Return whether it died."""
        died: bool = self._send(request, now, at)
        return died

    def _send(self, request: Request, now: datetime, die_at: int | None) -> Any:
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        command = {**asdict(request), "now": now.isoformat(), "die_at": die_at}
        print(json.dumps(command), file=self._program.stdin, flush=True)
        return json.loads(self._program.stdout.readline())

    def close(self) -> None:
        with self._program as program:
            assert program.stdin is not None
            program.stdin.close()
            program.wait(timeout=60)


@contextmanager
def mortal_server(url: str, settings: Mapping[str, Any] | None = None) -> Iterator[MortalServer]:
    server = MortalServer(url, **(settings or {}))
    try:
        yield server
    finally:
        server.close()


class _Points:
    """Counts the points that the process passes, and ends the process at the point `die_at`."""

    def __init__(self) -> None:
        self.passed = 0
        self.die_at: int | None = None

    def __call__(self, *_: Any) -> None:
        self.passed += 1
        if self.passed == self.die_at:
            os._exit(DIED)


class _CountedStorage(SqlStorage):
    def __init__(self, database: Database, points: _Points) -> None:
        super().__init__(database)
        self._points = points
        event.listen(database.writes.sync_engine, "before_cursor_execute", points)
        event.listen(database.writes.sync_engine, "commit", points)

    def unit_of_work(self) -> SqlUnitOfWork:
        return _CountedUnitOfWork(self.database, self._known_tree, self._points)


class _CountedUnitOfWork(SqlUnitOfWork):
    def __init__(self, database: Database, known_tree: KnownTree, points: _Points) -> None:
        super().__init__(database, known_tree)
        self._points = points

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await super().__aexit__(kind, error, trace)
        self._points()


class _Server:
    def __init__(self, url: str, settings: Mapping[str, Any]) -> None:
        self.points = _Points()
        self.clock = ManualClock()
        self._storage = _CountedStorage(Database(url), self.points)
        chosen = Payments(settings.get("payments", Payments.SANDBOX))
        if "mail" in settings:
            settings = {**settings, "mail": SmtpServer(**settings["mail"])}
        self._container = assemble(
            settings=Settings(**{"jwt_secret": "-" * 32, **settings, "payments": (chosen,)}),
            storage=self._storage,
            clock=self.clock,
        )
        self._provider = self._container.payments.payment_providers().offered(None)
        self._count_calls_of(self._provider)
        sender = self._container.outbox.webhook_sender()
        sender.send = self._counted(sender.send)
        if self._container.settings.sends_mail:
            mailer: Any = self._container.messages.mailer()
            mailer.send = self._counted(mailer.send)
        self._app = http_app(self._container)

    async def answer(self, command: Mapping[str, Any]) -> None:
        self.clock.advance(
            seconds=(datetime.fromisoformat(command["now"]) - self.clock.now()).total_seconds()
        )
        self.points.die_at = command["die_at"]
        if command["path"] is None:
            await self._container.payments.sweep_orders()()
        elif command["path"] == OUTBOX:
            await self._container.outbox.assign_positions()()
            await self._container.outbox.queue_deliveries()()
            await self._container.outbox.deliver_to_webhooks().drain()
        elif command["path"] == MAIL:
            await self._container.outbox.assign_positions()()
            await self._container.messages.queue_event_messages()()
            await self._container.messages.deliver_messages()()
        else:
            await self._post(command)
        self.points.die_at = None
        # Connections belong to this event loop, and the next request has another loop. The container itself can be
        # closed only once, so its connections are closed here one by one.
        await self._storage.close()
        if isinstance(self._provider, StripePayments):
            await self._provider.close()

    async def _post(self, command: Mapping[str, Any]) -> None:
        transport = httpx.ASGITransport(self._app)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            answer = await client.post(
                command["path"], headers=command["headers"], json=command["body"], content=command["content"]
            )
        assert answer.status_code < 500, answer.text

    def _counted(self, call: Any) -> Any:
        async def calling(*arguments: Any) -> Any:
            self.points()
            result = await call(*arguments)
            self.points()
            return result

        return calling

    def _count_calls_of(self, provider: SandboxPayments | StripePayments) -> None:
        for name in ("create_intent", "intent", "cancel_intent", "refund", "refunds_of", "confirm"):
            if hasattr(provider, name):
                setattr(provider, name, self._counted(getattr(provider, name)))


def main() -> None:
    server = _Server(sys.argv[1], json.loads(sys.argv[2]))
    for line in sys.stdin:
        command = json.loads(line)
        if command["die_at"] is None:
            asyncio.run(server.answer(command))
            print(server.points.passed, flush=True)
            server.points.passed = 0
            continue
        process = os.fork()
        if process == 0:
            asyncio.run(server.answer(command))
            os._exit(0)
        status = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        print(json.dumps(status == DIED), flush=True)


if __name__ == "__main__":
    main()
