"""SMTP against real servers: with STARTTLS and passwords, refusing, hanging, disconnecting."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from shop.adapters.mail.smtp import SmtpMailer
from shop.application.ports.messages import Mail, MailNotAccepted, MailText
from shop.settings.mail import Sender, SmtpServer
from shop.testing import START

pytestmark = pytest.mark.anyio

SENDER = Sender("Shop", "shop@shop.example")
MAIL = Mail("0199d3a1.0", "ada@example.com", MailText("Hello", "Plain ✓\n.\nend\n", "<p>✓</p>"), START)


class Inbox:
    """Accepts mail, unless it is given other replies."""

    def __init__(self, reply: str = "250 OK", recipient_reply: str = "250 OK") -> None:
        self.mails: list[Any] = []
        self.encrypted: list[bool] = []
        self._reply = reply
        self._recipient_reply = recipient_reply

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, *_: Any) -> str:  # noqa: N802
        if self._recipient_reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self._recipient_reply

    async def handle_DATA(self, _server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(envelope)
        self.encrypted.append(session.ssl is not None)
        return self._reply


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of `localhost` with its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    return file


def of_server(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


@asynccontextmanager
async def listening(protocol: Callable[[], Any], tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(protocol, "localhost", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def smtp(inbox: Inbox, **options: Any) -> Callable[[], SMTP]:
    return lambda: SMTP(inbox, **options)


def at(port: int, *, tls: bool = False, username: str | None = None, host: str = "localhost") -> SmtpServer:
    return SmtpServer(host, port, tls, username, None if username is None else "s3cret")


async def test_a_mail_arrives_as_it_is() -> None:
    inbox = Inbox()
    async with listening(smtp(inbox)) as port:
        await SmtpMailer(at(port), SENDER).send(MAIL)
    (envelope,) = inbox.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("shop@shop.example", ["ada@example.com"])
    assert b"Message-ID: <0199d3a1.0@shop.example>" in envelope.content
    assert inbox.encrypted == [False]


async def test_starttls_is_used_where_the_server_offers_it(certificate: Path) -> None:
    inbox = Inbox()
    async with listening(smtp(inbox, tls_context=of_server(certificate))) as port:
        await SmtpMailer(at(port), SENDER, tls_context=trusting(certificate)).send(MAIL)
    assert inbox.encrypted == [True]


async def test_tls_from_the_start(certificate: Path) -> None:
    inbox = Inbox()
    async with listening(smtp(inbox), of_server(certificate)) as port:
        await SmtpMailer(at(port, tls=True), SENDER, tls_context=trusting(certificate)).send(MAIL)
    assert len(inbox.mails) == 1


async def test_no_mail_is_sent_to_a_server_with_an_unknown_certificate(certificate: Path) -> None:
    inbox = Inbox()
    async with listening(smtp(inbox, tls_context=of_server(certificate))) as port:
        with pytest.raises(MailNotAccepted, match=r"(?i)certificate"):
            await SmtpMailer(at(port), SENDER).send(MAIL)
    assert inbox.mails == []


async def test_a_password_logs_in_over_starttls(certificate: Path) -> None:
    inbox, given = Inbox(), []

    def authenticate(*arguments: Any) -> AuthResult:
        given.append(arguments[-1])
        return AuthResult(success=True)

    options = {"tls_context": of_server(certificate), "authenticator": authenticate, "auth_required": True}
    async with listening(smtp(inbox, **options)) as port:
        mailer = SmtpMailer(at(port, username="ada"), SENDER, tls_context=trusting(certificate))
        await mailer.send(MAIL)
    assert given == [LoginPassword(b"ada", b"s3cret")]
    assert inbox.encrypted == [True]


async def test_a_password_is_not_sent_in_clear() -> None:
    """The server's own name is not one of the machine's, as far as the mailer can tell."""
    said: list[bytes] = []

    class Listening(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport
            transport.write(b"220 mail.example ESMTP\r\n")

        def data_received(self, data: bytes) -> None:
            said.append(data)
            self.transport.write(b"250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n")

    async with listening(Listening) as port:
        server = at(port, username="ada", host="LOCALHOST.")
        with pytest.raises(MailNotAccepted):
            await SmtpMailer(server, SENDER).send(MAIL)
    assert b"AUTH" not in b"".join(said)


@pytest.mark.parametrize(
    ("inbox", "reason"),
    [
        (Inbox(recipient_reply="550 No such user"), "550"),
        (Inbox(recipient_reply="450 Greylisted"), "450"),
        (Inbox(reply="554 Spam"), "554"),
        (Inbox(reply="451 Try later"), "451"),
    ],
)
async def test_a_refusal_is_reported_with_its_reason(inbox: Inbox, reason: str) -> None:
    async with listening(smtp(inbox)) as port:
        with pytest.raises(MailNotAccepted, match=reason):
            await SmtpMailer(at(port), SENDER).send(MAIL)


async def test_an_absent_server_is_a_failure() -> None:
    async with listening(asyncio.Protocol) as port:
        pass
    with pytest.raises(MailNotAccepted):
        await SmtpMailer(at(port), SENDER).send(MAIL)


@pytest.mark.parametrize("greeting", [b"", b"220 mail.example ESMTP\r\n"])
async def test_a_hanging_server_times_out(greeting: bytes) -> None:
    class Hanging(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            transport.write(greeting)

    async with listening(Hanging) as port:
        with pytest.raises(MailNotAccepted, match=r"within 0\.3 seconds"):
            await SmtpMailer(at(port), SENDER, seconds=0.3).send(MAIL)


async def test_a_slow_server_times_out() -> None:
    """Each read ends in time, but all of them together take too long."""

    class Dripping(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport
            self.drip()

        def drip(self) -> None:
            if not self.transport.is_closing():
                self.transport.write(b"220-still starting\r\n")
                asyncio.get_running_loop().call_later(0.05, self.drip)

    async with listening(Dripping) as port:
        with pytest.raises(MailNotAccepted, match=r"within 0\.5 seconds"):
            await SmtpMailer(at(port), SENDER, seconds=0.5).send(MAIL)


async def test_a_connection_closed_during_the_message_is_a_failure() -> None:
    class ClosingInData(Inbox):
        async def handle_DATA(self, server: Any, _session: Any, _envelope: Any) -> str:  # noqa: N802
            server.transport.abort()
            return "250 never seen"

    async with listening(smtp(ClosingInData())) as port:
        with pytest.raises(MailNotAccepted):
            await SmtpMailer(at(port), SENDER).send(MAIL)


async def test_a_connection_closed_while_sending_is_a_failure() -> None:
    """A message of some size needs several packets: the connection ends after the first of them."""
    received: list[int] = []

    class ClosingInMidMessage(asyncio.Protocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport
            self.is_message = False
            transport.write(b"220 mail.example ESMTP\r\n")

        def data_received(self, data: bytes) -> None:
            if self.is_message:
                received.append(len(data))
                self.transport.abort()
                return
            self.is_message = data.upper().startswith(b"DATA")
            self.transport.write(b"354 go on\r\n" if self.is_message else b"250 OK\r\n")

    long_text = MailText("Hello", "Plain\n" * 500_000, "<p>HTML</p>")
    async with listening(ClosingInMidMessage) as port:
        with pytest.raises(MailNotAccepted):
            await SmtpMailer(at(port), SENDER).send(Mail("1.0", "ada@example.com", long_text, START))
    assert sum(received) < 500_000
