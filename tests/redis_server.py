"""A real Valkey or Redis with the options of `docker/compose.yaml`, on a free port, to be killed and frozen.

It is Debian sid's Valkey, unpacked into `.cache/`, or, if that is not available, the machine's own Valkey or Redis.
"""

import contextlib
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import redis
import yaml
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.debian import PackagesUnavailableError, clean_environment, installed, loaded_by_its_own
from tests.mysql_server.process import free_port

SECONDS = 30
_COMPOSE = Path(__file__).parents[1] / "docker" / "compose.yaml"
OPTIONS: list[str] = yaml.safe_load(_COMPOSE.read_text())["services"]["valkey"]["command"][1:]
PASSWORD = "for:tests@this/machine"
"""How each server's own password begins: a server of another test refuses it."""


class RedisServer:
    """A server on one port for all its lives, with a password, that keeps nothing on disk.

    With a `certificate` (a file with its key in it), all is encrypted.
    """

    def __init__(self, folder: Path, certificate: Path | None = None) -> None:
        self._port = free_port()
        self._password = f"{PASSWORD}:{secrets.token_hex(8)}"
        self._folder = folder
        self._certificate = certificate
        self._command = _program()
        self._process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        address = f":{quote(self._password, safe='')}@127.0.0.1:{self._port}/1"
        if self._certificate is None:
            return f"redis://{address}"
        return f"rediss://{address}?ssl_ca_certs={self._certificate}"

    def start(self) -> None:
        """Start it, empty, and come back when it answers."""
        options = ["--bind", "127.0.0.1", "--dir", str(self._folder)]
        if self._certificate is None:
            options += ["--port", str(self._port)]
        else:
            options += ["--port", "0", "--tls-port", str(self._port), "--tls-auth-clients", "no"]
            for what in ("cert", "key", "ca-cert"):
                options += [f"--tls-{what}-file", str(self._certificate)]
        options += [*OPTIONS, "--requirepass", self._password]
        with (self._folder / "redis.log").open("a") as log:
            self._process = subprocess.Popen(
                [*self._command, *options], stdout=log, stderr=log, env=clean_environment()
            )
        deadline = time.monotonic() + SECONDS
        with self.client() as client:
            while True:
                with contextlib.suppress(redis.ConnectionError):
                    client.ping()
                    return
                time.sleep(0.01)
                if self._process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError((self._folder / "redis.log").read_text())

    def client(self) -> redis.Redis:
        """To look into it from a test."""
        return redis.Redis.from_url(self.url, retry=Retry(NoBackoff(), 0))

    def clear(self) -> None:
        """Delete everything that is kept in it."""
        with self.client() as client:
            client.flushall()

    def freeze(self) -> None:
        """From now on it takes what it is sent and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def running_redis(folder: Path, certificate: Path | None = None) -> Iterator[RedisServer]:
    """A server that answers. Raises PackagesUnavailableError."""
    server = RedisServer(folder, certificate)
    server.start()
    try:
        yield server
    finally:
        server.kill()


def _program() -> list[str]:
    try:
        return loaded_by_its_own(installed("valkey-server"), "usr/bin/valkey-server")
    except PackagesUnavailableError:
        for name in ("valkey-server", "redis-server"):
            if (found := shutil.which(name)) is not None:
                return [found]
        raise
