"""The settings, start and end of a MySQL server from any source."""

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
    """This source cannot provide a server; the message says why."""


def settings(*, durable: bool) -> tuple[str, ...]:
    return _COMMON + (_DURABLE if durable else _QUICK)


_PORTS: Final = range(20_000, 32_000)
"""Below the ports that Linux uses for outgoing connections, which begin at 32,768."""


def free_port() -> int:
    """Return a port that no other test process of this user gets while this process lives.

    It is not a port that the system assigns by itself: after such a port was found free, and before a server listens
    on it, the system may assign it to another process, and two tests would send requests to one server.
    """
    folder = Path(tempfile.gettempdir()) / f"shop-test-ports-{os.getuid()}"
    folder.mkdir(exist_ok=True)
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
            return port  # the open file keeps the lock until the process ends
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
    """Run a server that listens on the port; yield once it accepts connections, at most `within` seconds later.

    At the end, its standard input is closed, and `grace` seconds later it is killed: its data is deleted in any case.
    It has its own session, so Ctrl-C in the terminal does not end it while tests still use it.
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
    """Return whether a MySQL server sends its greeting.

    That a forwarded port accepts a connection does not prove that a server listens behind it.
    """
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            greeting = connection.recv(5, socket.MSG_WAITALL)
    except OSError:
        return False
    return greeting[4:] == b"\x0a"
