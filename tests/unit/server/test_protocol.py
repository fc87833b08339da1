"""Refusals, timeouts and bounds of the HTTP protocol, over real sockets."""

import asyncio
from dataclasses import replace

import pytest
from litestar.types import Receive, Scope, Send

from shop.entrypoints.server.refusals import Refusal
from tests.unit.server.requests import GET, PATIENT, POST, error_in, opened, pass_time, received
from tests.unit.server.serving import echo, serving

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("sent", "refusal", "code"),
    [
        (b"HELLO\r\n\r\n", Refusal.MALFORMED, "BAD_REQUEST"),
        (b"GET /a HTTP/1.1\r\nno colon\r\n\r\n", Refusal.MALFORMED, "BAD_REQUEST"),
        (b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n", Refusal.MALFORMED, "BAD_REQUEST"),
        (POST + b"Content-Length: -1\r\n\r\n", Refusal.MALFORMED, "BAD_REQUEST"),
        (POST + b"Transfer-Encoding: chunked\r\n\r\nXY\r\n", Refusal.MALFORMED, "BAD_REQUEST"),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\n\r\n", Refusal.TARGET_TOO_LONG, "URI_TOO_LONG"),
        (b"GET /" + b"a" * 500_000, Refusal.TARGET_TOO_LONG, "URI_TOO_LONG"),
        (GET + b"A: b\r\n" * 100 + b"\r\n", Refusal.TOO_MANY_HEADERS, "HEADERS_TOO_LARGE"),
        (GET + b"A: " + b"b" * 40_000 + b"\r\n\r\n", Refusal.HEAD_TOO_LARGE, "HEADERS_TOO_LARGE"),
        (GET + b"A: " + b"b" * 500_000, Refusal.HEAD_TOO_LARGE, "HEADERS_TOO_LARGE"),
        (GET + b"A" * 500_000, Refusal.HEAD_TOO_LARGE, "HEADERS_TOO_LARGE"),
        (b"\r\n" * 250_000, Refusal.HEAD_TOO_LARGE, "HEADERS_TOO_LARGE"),
    ],
)
async def test_http_protocol_errors_have_the_api_error_format(
    sent: bytes, refusal: Refusal, code: str
) -> None:
    async with serving(echo, PATIENT) as server:
        status, answered, headers = error_in(await server.answers_to(sent))
        assert (status, answered) == (refusal.value[0], code)
        assert headers["content-type"] == "application/json"
        assert headers["x-request-id"]
        assert headers["connection"] == "close"
        assert server.connections.refusals[refusal] == 1


async def test_a_refusal_keeps_the_request_id_of_the_client() -> None:
    async with serving(echo, PATIENT) as server:
        answer = await server.answers_to(GET + b"X-Request-Id: mine\r\nA: " + b"b" * 500_000)
        assert error_in(answer)[2]["x-request-id"] == "mine"


async def test_requests_within_the_limits_are_answered() -> None:
    async with serving(echo, PATIENT) as server, await server.connect() as client:
        client.send(GET + b"A: b\r\n" * 98 + b"B: " + b"b" * 30_000 + b"\r\n\r\n")
        assert (await client.answer()).endswith(b"/a 0")
        client.send(b"GET /" + b"b" * 8_000 + b" HTTP/1.1\r\n\r\n")
        assert (await client.answer()).endswith(b"b 0")
        client.send(POST + b"Content-Length: 1000000\r\n\r\n" + b"b" * 1_000_000)
        assert (await client.answer()).endswith(b"/a 1000000")


async def test_trailers_are_no_headers_and_are_bounded() -> None:
    seen: list[bytes] = []

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await echo(scope, receive, send)
        seen.extend(name for name, _ in scope["headers"])

    chunked = POST + b"Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n"
    async with serving(application, PATIENT) as server:
        async with await server.connect() as client:
            client.send(chunked + b"Authorization: Bearer x\r\n\r\n")
            assert (await client.answer()).endswith(b"/a 1")
            assert b"authorization" not in seen
        endless = await server.answers_to(chunked + b"A: " + b"a" * 500_000)
        assert error_in(endless)[:2] == (431, "HEADERS_TOO_LARGE")


async def test_earlier_requests_of_a_connection_are_answered_first() -> None:
    """Pipelined: each answer in its turn, then the refusal."""
    pipelined = b"GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n"
    broken_body = b"POST /3 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nXY\r\n"
    async with serving(echo, PATIENT) as server:
        for broken in (b"HELLO\r\n\r\n", broken_body):
            answer = await server.answers_to(pipelined + broken)
            assert error_in(answer)[0] == 400
            statuses = [part.split()[0] for part in answer.split(b"HTTP/1.1 ")[1:]]
            assert statuses == [b"200", b"200", b"400"]
            assert b"/1 0" in answer
            assert b"/2 0" in answer
            assert b"/3" not in answer


async def test_a_request_that_offers_another_protocol_is_answered() -> None:
    async with serving(echo, PATIENT) as server:
        offer = GET + b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAAA\r\n\r\n"
        answer = await server.answers_to(offer + GET + b"\r\n")
        assert answer.endswith(b"/a 0")
        assert b"connection: close" in answer


@pytest.mark.parametrize(
    ("sent", "seconds", "refusal"),
    [
        (GET, PATIENT.head_seconds, Refusal.HEAD_TIMEOUT),
        (POST + b"Content-Length: 5\r\n\r\n{", PATIENT.body_seconds, Refusal.BODY_TIMEOUT),
        (POST + b"Transfer-Encoding: chunked\r\n\r\n", PATIENT.body_seconds, Refusal.BODY_TIMEOUT),
    ],
)
async def test_a_request_that_never_ends_is_timed_out(sent: bytes, seconds: float, refusal: Refusal) -> None:
    async with serving(echo, PATIENT) as server, await server.connect() as client:
        client.send(sent)
        await received(server, len(sent))
        pass_time(server, seconds - 5)
        assert server.connections.refusals[refusal] == 0
        pass_time(server, seconds + 5)
        assert error_in(await client.rest())[:2] == (408, "REQUEST_TIMEOUT")
        assert server.connections.refusals[refusal] == 1


async def test_a_second_request_that_never_ends_is_timed_out() -> None:
    async with serving(echo, PATIENT) as server, await server.connect() as client:
        client.send(GET + b"\r\n")
        await client.answer()
        client.send(GET)
        await received(server, 2 * len(GET) + 2)
        pass_time(server, PATIENT.head_seconds + 5)
        assert error_in(await client.rest())[:2] == (408, "REQUEST_TIMEOUT")


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_a_connection_without_a_request_is_closed(sent: bytes) -> None:
    async with serving(echo, PATIENT) as server, await server.connect() as client:
        client.send(sent)
        await opened(server, 1)
        await received(server, len(sent))
        pass_time(server, PATIENT.head_seconds + 5)
        assert await client.rest() == b""


async def test_trickling_does_not_extend_the_deadline() -> None:
    async with serving(echo, PATIENT) as server, await server.connect() as client:
        client.send(GET)
        await received(server, len(GET))
        for count in range(1, 5):
            pass_time(server, PATIENT.head_seconds - 5)
            client.send(b"A: b\r\n")
            await received(server, len(GET) + count * 6)
        pass_time(server, PATIENT.head_seconds + 5)
        assert error_in(await client.rest())[:2] == (408, "REQUEST_TIMEOUT")


async def test_each_byte_of_a_body_earns_time() -> None:
    limits = replace(PATIENT, body_bytes_per_second=1)
    request = POST + b"Content-Length: 1000\r\n\r\n" + b"b" * 999
    async with serving(echo, limits) as server, await server.connect() as client:
        client.send(request)
        await received(server, len(request))
        pass_time(server, limits.body_seconds + 900)
        client.send(b"b")
        assert (await client.answer()).endswith(b"/a 1000")


async def test_a_client_that_waits_for_the_shop_is_not_timed_out() -> None:
    go_on = asyncio.Event()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await go_on.wait()
        await echo(scope, receive, send)

    async with serving(application, PATIENT) as server, await server.connect() as client:
        client.send(POST + b"Content-Length: 10000000\r\n\r\n" + b"b" * 10_000_000)
        await received(server, 100_000)  # more than the server takes before the application asks for it
        pass_time(server, 100_000)
        go_on.set()
        assert (await client.answer()).endswith(b"/a 10000000")


async def test_a_refused_client_that_keeps_sending_is_disconnected() -> None:
    async with serving(echo, PATIENT) as server, await server.connect() as client:
        client.send(b"HELLO\r\n\r\n")
        await received(server, 9)
        pass_time(server, PATIENT.linger_seconds + 5)
        await client.rest()
        await opened(server, 0)
