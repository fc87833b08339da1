"""Sending messages to receivers that are slow, hostile, or at private addresses."""

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from shop.adapters.webhooks.sender import MAX_ANSWER_BYTES, HttpWebhookSender
from shop.adapters.webhooks.signatures import signature_headers
from shop.application.ports.outbox import OutgoingMessage
from tests.certificates import of_server, self_signed

pytestmark = pytest.mark.anyio

HOST = "hooks.example.com"
SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3")
AT = datetime.fromtimestamp(1614265330, UTC)
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
Talk = Callable[[asyncio.StreamWriter], Awaitable[None]]


def a_message(url: str) -> OutgoingMessage:
    return OutgoingMessage(url, "msg_1", AT, b'{"a":1}', SECRETS)


@dataclass
class Receiver:
    """An HTTP server that answers every request with `talk`."""

    talk: Talk
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            self.requests.append(head + await reader.readexactly(7))
            await self.talk(writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def saying(*answers: bytes) -> Talk:
    async def talk(writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            writer.write(answer)
            await writer.drain()

    return talk


async def silent(_: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def dripping(writer: asyncio.StreamWriter) -> None:
    """Send the answer byte by byte with short pauses, so that no single operation takes long."""
    for byte in b"HTTP/1.1 200 OK\r\nX: " + b"y" * 10_000:
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.02)


async def endless(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x" * MAX_ANSWER_BYTES)
        await writer.drain()


async def stalling(writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345")
    await writer.drain()
    await asyncio.sleep(60)


@asynccontextmanager
async def receiving(
    talk: Talk, tls: ssl.SSLContext | None = None, address: str = "127.0.0.1"
) -> AsyncIterator[Receiver]:
    receiver = Receiver(talk)
    server = await asyncio.start_server(receiver.handle, address, 0, ssl=tls)
    receiver.port = server.sockets[0].getsockname()[1]
    try:
        yield receiver
    finally:
        server.close()


async def to_this_machine(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


def a_sender(budget: float = 20, tls: ssl.SSLContext | None = None) -> HttpWebhookSender:
    return HttpWebhookSender(allow_private=True, resolve=to_this_machine, budget=budget, tls=tls)


async def test_a_message_arrives_signed_with_each_secret() -> None:
    async with receiving(saying(OK)) as receiver:
        result = await a_sender().send(a_message(f"http://{HOST}:{receiver.port}/hooks?a=%20b"))
        assert (result.error, result.response_status) == (None, 204)
        head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
        assert body == b'{"a":1}'
        lines = head.decode().split("\r\n")
        assert lines[0] == "POST /hooks?a=%20b HTTP/1.1"
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        assert headers["host"] == f"{HOST}:{receiver.port}"
        assert headers["content-type"] == "application/json"
        assert (headers["webhook-id"], headers["webhook-timestamp"]) == ("msg_1", "1614265330")
        signatures = headers["webhook-signature"].split(" ")
        alone = [signature_headers("msg_1", AT, body, [secret])["webhook-signature"] for secret in SECRETS]
        assert signatures == alone
        assert alone[0] != alone[1]


@pytest.mark.parametrize("status", [301, 302, 307, 308, 400, 404, 410, 500, 503])
async def test_only_success_statuses_count_and_redirects_are_not_followed(status: int) -> None:
    async with receiving(saying(OK)) as elsewhere:
        answer = f"HTTP/1.1 {status} X\r\nLocation: http://127.0.0.1:{elsewhere.port}/\r\n\r\n".encode()
        async with receiving(saying(answer)) as receiver:
            result = await a_sender().send(a_message(f"http://{HOST}:{receiver.port}"))
        assert result.response_status == status
        assert result.error == f"The receiver answered {status}."
        assert elsewhere.connections == 0


@pytest.mark.parametrize("talk", [silent, dripping])
async def test_one_time_limit_holds_for_the_whole_attempt(talk: Talk) -> None:
    async with receiving(talk) as receiver:
        async with asyncio.timeout(15):
            result = await a_sender(budget=0.5).send(a_message(f"http://{HOST}:{receiver.port}"))
    assert (result.error, result.response_status) == ("No answer within 0.5 seconds.", None)


async def test_the_time_limit_includes_the_look_up_of_the_name() -> None:
    async def never(_host: str, _port: int) -> list[str]:
        await asyncio.Event().wait()
        return []

    sender = HttpWebhookSender(allow_private=True, resolve=never, budget=0.1)
    assert (await sender.send(a_message(f"http://{HOST}"))).error == "No answer within 0.1 seconds."


async def test_only_the_start_of_a_long_response_is_read() -> None:
    async with receiving(endless) as receiver, asyncio.timeout(15):
        result = await a_sender().send(a_message(f"http://{HOST}:{receiver.port}"))
    assert (result.error, result.response_status) == (None, 200)


async def test_a_response_that_stalls_counts_by_its_status() -> None:
    async with receiving(stalling) as receiver:
        for budget in (0.2, 2, 20):  # on a busy machine, the status itself may come late
            result = await a_sender(budget=budget).send(a_message(f"http://{HOST}:{receiver.port}"))
            if result.error is None:
                break
    assert (result.error, result.response_status) == (None, 200)


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0\r\n\r\n", b"HTTP/1.1 200\r\n" + b"x" * 200_000])
async def test_an_invalid_response_is_a_failure(answer: bytes) -> None:
    async with receiving(saying(answer)) as receiver:
        result = await a_sender().send(a_message(f"http://{HOST}:{receiver.port}"))
    assert result.error is not None
    assert result.error.startswith("The connection failed: ")
    assert result.response_status is None


async def test_a_refused_connection_is_a_failure() -> None:
    async with receiving(saying(OK)) as receiver:
        port = receiver.port
    result = await a_sender().send(a_message(f"http://{HOST}:{port}"))
    assert result.error is not None
    assert result.error.startswith("The connection failed: ")


class TestPrivateNetworks:
    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "10.0.0.1",
            "169.254.169.254",
            "::1",
            "::ffff:127.0.0.1",
            "fd00::1",
            "224.0.0.1",
            "0.0.0.0",
        ],
    )
    async def test_a_name_that_resolves_to_a_private_address_is_refused(self, address: str) -> None:
        async def resolve(_host: str, _port: int) -> list[str]:
            return [address]

        async with receiving(saying(OK)) as receiver:
            sender = HttpWebhookSender(allow_private=False, resolve=resolve)
            result = await sender.send(a_message(f"https://{HOST}:{receiver.port}"))
            assert result.error == "The host has no public address."
            assert receiver.connections == 0

    async def test_the_address_that_was_checked_is_the_one_connected_to(self) -> None:
        """The name is looked up only once: a second look-up would lead to this machine."""
        asked: list[str] = []

        async def rebinding(host: str, _port: int) -> list[str]:
            asked.append(host)
            return ["192.0.2.1"] if len(asked) == 1 else ["127.0.0.1"]

        async with receiving(saying(OK)) as receiver:
            sender = HttpWebhookSender(allow_private=True, resolve=rebinding, budget=0.5)
            result = await sender.send(a_message(f"http://{HOST}:{receiver.port}"))
            assert result.error is not None
            assert receiver.connections == 0
        assert asked == [HOST]

    async def test_plain_http_is_refused(self) -> None:
        sender = HttpWebhookSender(allow_private=False, resolve=to_this_machine)
        assert (
            await sender.send(a_message("http://example.com"))
        ).error == "Events are sent to https addresses only."

    async def test_proxies_of_the_environment_are_ignored(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with receiving(saying(OK)) as proxy, receiving(saying(OK)) as receiver:
            monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
            monkeypatch.setenv("ALL_PROXY", f"http://127.0.0.1:{proxy.port}")
            assert (await a_sender().send(a_message(f"http://{HOST}:{receiver.port}"))).error is None
            assert proxy.connections == 0


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    return self_signed(tmp_path / "certificate.pem", HOST)


class TestCertificates:
    async def test_the_certificate_is_verified_against_the_host(self, certificate: Path) -> None:
        trusting = ssl.create_default_context(cafile=certificate)
        async with receiving(saying(OK), of_server(certificate)) as receiver:
            sender = a_sender(tls=trusting)
            assert (await sender.send(a_message(f"https://{HOST}:{receiver.port}"))).error is None
            other = await sender.send(a_message(f"https://other.example.com:{receiver.port}"))
            assert other.error is not None
            assert "certificate" in other.error.lower()

    async def test_an_answer_that_is_not_encrypted_fails_the_connection(self, certificate: Path) -> None:
        async def answer_in_the_clear(writer: asyncio.StreamWriter) -> None:
            os.write(writer.get_extra_info("socket").fileno(), OK)

        trusting = ssl.create_default_context(cafile=certificate)
        async with receiving(answer_in_the_clear, of_server(certificate)) as receiver:
            result = await a_sender(tls=trusting).send(a_message(f"https://{HOST}:{receiver.port}"))
        assert result.error is not None
        assert result.error.startswith("The connection failed: ")

    async def test_an_unknown_certificate_is_refused(self, certificate: Path) -> None:
        async with receiving(saying(OK), of_server(certificate)) as receiver:
            result = await a_sender().send(a_message(f"https://{HOST}:{receiver.port}"))
            assert result.error is not None
            assert receiver.requests == []


async def test_names_are_looked_up_by_the_system() -> None:
    sender = HttpWebhookSender(allow_private=True)
    # Some systems return the IPv6 address first, and the sender connects to the first address.
    first, *_ = await asyncio.get_running_loop().getaddrinfo("localhost", 0, type=socket.SOCK_STREAM)
    async with receiving(saying(OK), address=str(first[4][0])) as receiver:
        assert (await sender.send(a_message(f"http://localhost:{receiver.port}"))).error is None
    missing = await sender.send(a_message("http://nothing.invalid"))
    assert missing.error is not None
    assert missing.error.startswith("The host can't be found: ")
