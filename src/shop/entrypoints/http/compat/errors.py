"""Translates every error below a dialect's path into the dialect's shape."""

from collections.abc import Sequence
from typing import cast

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from shop.entrypoints.http.compat.dialect import Dialect
from shop.entrypoints.http.framework.problems import ProblemAnswer

_read = msgspec.json.Decoder(ProblemAnswer).decode


class DialectErrors:
    """Wraps the whole application. It also reads tokens in dialects whose scheme is not `Bearer`."""

    def __init__(self, app: ASGIApp, dialects: Sequence[Dialect]) -> None:
        self._app = app
        self._dialects = {dialect.name.value: dialect for dialect in dialects}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dialect = self._dialect_of(scope)
        if dialect is None:
            await self._app(scope, receive, send)
            return
        _accept_scheme(scope, dialect)
        await self._app(scope, receive, _Translator(dialect, send))

    def _dialect_of(self, scope: Scope) -> Dialect | None:
        if scope["type"] != ScopeType.HTTP:
            return None
        base, _, rest = scope["path"].strip("/").partition("/")
        return self._dialects.get(rest.lstrip("/").partition("/")[0]) if base == "compat" else None


def _accept_scheme(scope: Scope, dialect: Dialect) -> None:
    """Replace the dialect's scheme in `Authorization` by `Bearer`, which the application expects."""
    scope["headers"] = [
        (name, b"Bearer " + token.partition(b" ")[2])
        if name == b"authorization" and token.partition(b" ")[0].lower() == dialect.token_scheme.lower()
        else (name, token)
        for name, token in scope["headers"]
    ]


class _Translator:
    """Holds an error's headers back until its body, which determines the length, is known."""

    def __init__(self, dialect: Dialect, send: Send) -> None:
        self._dialect = dialect
        self._send = send
        self._head: HTTPResponseStartEvent | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] >= 400:
            self._head = message
        elif message["type"] == "http.response.body" and self._head is not None:
            head, self._head = self._head, None
            # Every error body is a single message: framework/problems.py creates them all.
            if message["body"]:
                body = msgspec.json.encode({self._dialect.error_field: _read(message["body"]).error.message})
                head["headers"] = [
                    (name, b"%d" % len(body) if name == b"content-length" else value)
                    for name, value in head["headers"]
                ]
                message = cast("Message", {**message, "body": body})
            await self._send(head)
            await self._send(message)
        else:
            await self._send(message)
