"""Failures of a real Valkey or Redis: killed, frozen, silent, or refusing logins."""

import asyncio
import socket
import time
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from redis.asyncio import Connection

from shop.adapters.cache.redis import connection as connecting
from shop.adapters.cache.redis.connection import RedisConnection
from shop.adapters.cache.redis.shared_reads import RedisReads
from shop.application.ports.catalogue import CachedAnswer
from shop.application.ports.shared_reads import LIFETIME_SECONDS
from tests.redis_server import RedisServer, running_redis
from tests.shared_reads import PAGE, SECRET, found, kept, reached, redis_reads

pytestmark = pytest.mark.anyio

USUAL_SECONDS = connecting.BUDGET_SECONDS


@pytest.mark.usefixtures("lasting")
async def test_a_cancelled_caller_does_not_disturb_other_replies(here: RedisReads) -> None:
    for number in range(20):
        await kept(here, b"%d" % number, CachedAnswer(b"%d" % number, []))
    asking = [asyncio.create_task(found(here, b"%d" % number)) for number in range(20)]
    for moment, task in enumerate(asking[::2]):
        for _ in range(moment):
            await asyncio.sleep(0)
        task.cancel()
    answers = await asyncio.gather(*asking, return_exceptions=True)
    assert [answer.body for answer in answers[1::2]] == [b"%d" % number for number in range(1, 20, 2)]  # type: ignore[union-attr]
    assert (await found(here, b"7")) == CachedAnswer(b"7", [])


@pytest.mark.usefixtures("lasting")
async def test_a_killed_server_causes_no_errors_and_is_reconnected(
    here: RedisReads, server: RedisServer
) -> None:
    await kept(here)
    server.kill()
    assert await found(here) is None
    assert here.is_open
    assert here.errors["connection"] == 1
    server.start()
    await reached(here.connection)
    assert await found(here) is None
    await kept(here)
    assert await found(here) == PAGE


def freeze(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the server from answering, and restore the usual time limits."""
    server.freeze()
    monkeypatch.setattr(connecting, "BUDGET_SECONDS", USUAL_SECONDS)


@pytest.mark.usefixtures("lasting")
async def test_a_frozen_server_delays_only_the_first_callers(
    here: RedisReads, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    freeze(server, monkeypatch)
    began = time.monotonic()
    assert await asyncio.gather(*(found(here, b"%d" % number) for number in range(200))) == [None] * 200
    # Twice the budget if this machine is busy, and the time that 200 tasks take.
    assert time.monotonic() - began < 2 * USUAL_SECONDS + 0.5
    assert here.is_open
    assert here.errors["timeout"] == 1
    assert here.outcomes["catalogue", "unreachable"] == 200
    skipped = here.connection.get(b"not asked")
    with pytest.raises(StopIteration):
        skipped.send(None)  # it returns without waiting
    server.thaw()
    await reached(here.connection)


async def test_values_sent_to_a_frozen_server_have_expired_when_it_resumes(
    here: RedisReads, there: RedisReads, server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await kept(here, b"from before")
    look_up = await here.look_up("catalogue", b"late", CachedAnswer)
    freeze(server, monkeypatch)
    look_up.keep(PAGE)  # it now waits in the server's socket
    await here.connection.get(b"")
    assert here.is_open
    await asyncio.sleep(LIFETIME_SECONDS)
    server.thaw()
    await reached(here.connection)
    with server.client() as client:
        assert client.info("commandstats")["cmdstat_set"]["calls"] == 2, "the late value reached the server"
    for reads in (here, there):
        await reached(reads.connection)
        assert await found(reads, b"late") is None
        assert await found(reads, b"from before") is None


async def test_an_unresponsive_address_delays_no_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connecting, "BUDGET_SECONDS", USUAL_SECONDS)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        reads = RedisReads(RedisConnection(url), SECRET, "1")
        look_up = reads.look_up("catalogue", b"page", CachedAnswer)
        with pytest.raises(StopIteration):
            look_up.send(None)  # it returns without waiting
        async with asyncio.timeout(10):
            while not reads.errors.get("timeout"):  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await reads.connection.close()


def a_certificate(file: Path) -> Path:
    """Write a certificate for this machine that an unknown authority signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "a test's own authority")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    pem, form = Encoding.PEM, PrivateFormat.PKCS8
    file.write_bytes(certificate.public_bytes(pem) + key.private_bytes(pem, form, NoEncryption()))
    return file


@pytest.mark.usefixtures("lasting")
async def test_encrypted_connections_verify_the_certificate(tmp_path: Path) -> None:
    with running_redis(tmp_path, a_certificate(tmp_path / "certificate.pem")) as server:
        async with redis_reads(server.url) as reads:
            await kept(reads)
            assert await found(reads) == PAGE
        stranger = RedisConnection(server.url.partition("?")[0])
        stranger.start()
        async with asyncio.timeout(10):
            while not stranger.errors["connection"]:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        await stranger.close()


async def test_a_wrong_password_is_not_logged(
    server: RedisServer, capsys: pytest.CaptureFixture[str]
) -> None:
    connection = RedisConnection(server.url.replace("for%3Atests", "wrong"))
    connection.start()
    async with asyncio.timeout(10):
        while not connection.errors["connection"]:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    await connection.close()
    logged = capsys.readouterr().out
    assert "redis can't be reached" in logged
    assert "AuthenticationError" in logged
    assert "wrong" not in logged.replace("WRONGPASS", "")
    assert connection.is_open


async def test_pauses_between_connection_attempts_double_up_to_a_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []
    six_pauses = asyncio.Event()
    sleep = asyncio.sleep

    async def record_pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 6:
            six_pauses.set()
        await sleep(0)

    async def refused(_: Connection) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(Connection, "connect", refused)
    monkeypatch.setattr(connecting.asyncio, "sleep", record_pause)
    monkeypatch.setattr(connecting.random, "uniform", lambda low, high: 1.0)
    connection = RedisConnection("redis://nowhere.example")
    connection.start()
    await six_pauses.wait()
    await connection.close()
    assert pauses[:6] == [1, 2, 4, 8, 8, 8]


@pytest.mark.usefixtures("lasting")
async def test_a_closed_connection_is_not_reopened(here: RedisReads, monkeypatch: pytest.MonkeyPatch) -> None:
    await here.connection.close()
    attempts: list[Connection] = []

    async def record_attempt(attempt: Connection) -> None:
        attempts.append(attempt)
        raise ConnectionRefusedError

    monkeypatch.setattr(Connection, "connect", record_attempt)
    assert await found(here) is None
    here.connection.start()
    for _ in range(20):
        await asyncio.sleep(0)
    assert attempts == []
    assert here.is_open
