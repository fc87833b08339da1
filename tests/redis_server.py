"""A real Valkey or Redis on a free port of this machine, to be killed and frozen.

It is Debian sid's Valkey, unpacked into `.cache/`, or, where that can't be had, the machine's own Valkey or Redis.
"""

import contextlib
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.debian import PackagesUnavailableError, clean_environment, installed, loaded_by_its_own
from tests.mysql_server.process import free_port

SECONDS = 30
PASSWORD = "for:tests@this/machine"


class RedisServer:
    """A server on one port for all its lives, with a password, that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._port = free_port()
        self._folder = folder
        self._command = _program()
        self._process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{self._port}/1"

    def start(self) -> None:
        """Start it, empty, and come back when it answers."""
        options = ["--port", str(self._port), "--bind", "127.0.0.1", "--dir", str(self._folder)]
        options += ["--save", "", "--appendonly", "no", "--requirepass", PASSWORD]
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

    def freeze(self) -> None:
        """From now on it takes what it is sent and answers nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()


@contextmanager
def running_redis(folder: Path) -> Iterator[RedisServer]:
    """A server that answers. Raises PackagesUnavailableError."""
    server = RedisServer(folder)
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
