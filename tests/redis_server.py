"""A real Valkey or Redis with the options of `docker/compose.yaml`, on a free port, which tests can kill and freeze.

The program is Debian sid's Valkey, unpacked into `.cache/`. If that is not available, the machine's own Valkey or Redis
is used.
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
"""The beginning of every password. The rest is random, so a server of another test refuses it."""


class RedisServer:
    """A server with a password, without a disk. It keeps its port when it is started again.

    With a `certificate` (a file that also has the private key), connections must use TLS.
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
        """Start the server, without data, and wait until it answers."""
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
        """Return a client with which a test can read and change the data."""
        return redis.Redis.from_url(self.url, retry=Retry(NoBackoff(), 0))

    def clear(self) -> None:
        """Delete all data."""
        with self.client() as client:
            client.flushall()

    def freeze(self) -> None:
        """Stop the process (SIGSTOP): connections stay open, but nothing is answered until `thaw`."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def running_redis(folder: Path, certificate: Path | None = None) -> Iterator[RedisServer]:
    """Run a server; yield it once it answers. Raises PackagesUnavailableError."""
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
