"""Settings, start and end of a server, whatever its source."""

import fcntl
import os
import random
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_COMMON = (
    "--max-connections=600",
    "--max-connect-errors=1000000",
    "--mysqlx=OFF",
    "--skip-log-bin",
    "--skip-name-resolve",
    "--default-time-zone=+00:00",
)
_QUICK = (
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-flush-method=nosync",
    "--innodb-doublewrite=OFF",
    "--innodb-buffer-pool-size=256M",
    "--performance-schema=OFF",
)
_DURABLE = (
    "--innodb-flush-log-at-trx-commit=1",
    "--innodb-buffer-pool-size=2G",
    "--innodb-redo-log-capacity=1G",
)


class MySQLUnavailableError(RuntimeError):
    """No server is available in this way; the message says why."""


def settings(*, durable: bool) -> tuple[str, ...]:
    return _COMMON + (_DURABLE if durable else _QUICK)


_PORTS: Final = range(20_000, 32_000)
"""Below the ports of outgoing connections, which begin at 32,768."""


def free_port() -> int:
    """Return a port that no other test process of this machine is given, as long as this one lives.

    Not one of those that the system hands out by itself: between the moment when such a port was found free and the
    moment when a server listens on it, another process may be given the same, and two tests would talk to one server.
    """
    folder = Path(tempfile.gettempdir()) / "shop-test-ports"
    folder.mkdir(mode=0o777, exist_ok=True)
    candidates = list(_PORTS)
    random.shuffle(candidates)
    for port in candidates:
        claim = os.open(folder / str(port), os.O_CREAT | os.O_RDWR, 0o666)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
        except OSError:
            os.close(claim)
        else:
            return port  # the claim stays open, and so held, until the process ends
    raise RuntimeError("no port is free")


@contextmanager
def running(
    command: Sequence[str],
    *,
    port: int,
    log: Path,
    within: float,
    grace: float,
    environment: Mapping[str, str],
) -> Iterator[None]:
    """Run a server that listens on the port; enter once it accepts connections, `within` so many seconds.

    At the end its standard input is closed; after `grace` seconds it is killed, for its data is thrown
    away in any case. Its session is its own: a Ctrl-C in the terminal doesn't end it under its users.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )
    assert process.stdin is not None
    try:
        deadline = time.monotonic() + within
        while not _answers(port):
            if process.poll() is not None:
                raise MySQLUnavailableError(f"the server ended with code {process.returncode}:\n{tail(log)}")
            if time.monotonic() > deadline:
                raise MySQLUnavailableError(f"the server wasn't ready within {within:.0f} s:\n{tail(log)}")
            time.sleep(0.02)
        yield
    finally:
        process.stdin.close()
        try:
            process.wait(grace)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def tail(log: Path, lines: int = 20) -> str:
    return "\n".join("    " + line for line in log.read_text(errors="replace").splitlines()[-lines:])


def _answers(port: int) -> bool:
    """Whether a MySQL server greets: behind a forwarded port, a connection alone says nothing."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            greeting = connection.recv(5, socket.MSG_WAITALL)
    except OSError:
        return False
    return greeting[4:] == b"\x0a"
