"""A real nginx with the shop's own `docker/nginx.conf`, on free ports of this machine.

The program comes from Debian sid, unpacked into `.cache/`. If that is not available, the machine's own is used.
"""

import contextlib
import json
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.debian import PackagesUnavailableError, clean_environment, installed, loaded_by_its_own

CONFIGURATION = Path(__file__).parents[1] / "docker" / "nginx.conf"
_VARIABLE = re.compile(r"\$\{(NGINX_\w+)\}")
_OLDEST = (1, 27, 3)
"""The first version whose free edition resolves the host names of an upstream again while it runs."""


@dataclass(slots=True)
class NginxServer:
    """A running nginx."""

    url: str
    _log: Path
    _process: subprocess.Popen[bytes]
    _read: int = field(default=0, init=False)

    def new_lines(self) -> list[dict[str, str]]:
        """Return the access log lines since the last call.

        A request is logged shortly after its answer; call `stop` first to get the lines of all requests.
        """
        lines = self._log.read_text().splitlines()[self._read :]
        self._read += len(lines)
        return [json.loads(line) for line in lines]

    def stop(self) -> None:
        """Stop nginx gracefully: it first answers the requests in progress."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()


def filled_in(variables: Mapping[str, str]) -> str:
    """Return the configuration with its variables replaced, as envsubst does. KeyError if one is missing."""
    return _VARIABLE.sub(lambda name: variables[name[1]], CONFIGURATION.read_text())


def variables_of(text: str) -> set[str]:
    """Return the names of the variables in a configuration."""
    return set(_VARIABLE.findall(text))


@contextmanager
def nginx_server(folder: Path, port: int, *, large: str, small: str) -> Iterator[NginxServer]:
    """Run nginx in front of two instances ("host:port"). Yield it once it listens. Raises PackagesUnavailableError."""
    configuration = filled_in(
        {
            "NGINX_LISTEN": f"127.0.0.1:{port}",
            "NGINX_LOCAL_RESOLVERS": "127.0.0.1",  # never asked: the instances are given by address
            "NGINX_LARGE_INSTANCE": large,
            "NGINX_SMALL_INSTANCE": small,
        }
    )
    with nginx_with(configuration, folder, port) as server:
        yield server


@contextmanager
def nginx_with(configuration: str, folder: Path, port: int) -> Iterator[NginxServer]:
    """Run nginx with any configuration that listens on `port`. Raises PackagesUnavailableError."""
    program = _nginx()
    (folder / "nginx.conf").write_text(configuration)
    command = [*program, "-p", f"{folder}/", "-c", "nginx.conf", "-e", "stderr", "-g", "daemon off;"]
    access, errors = folder / "access.log", folder / "error.log"
    with access.open("w") as log, errors.open("w") as complaints:
        process = subprocess.Popen(command, stdout=log, stderr=complaints, env=clean_environment())
    server = NginxServer(f"http://127.0.0.1:{port}", access, process)
    try:
        _wait_until_it_listens(process, server.url, errors)
        yield server
    finally:
        process.terminate()
        process.wait()


def _nginx() -> list[str]:
    try:
        return loaded_by_its_own(installed("nginx"), "usr/sbin/nginx")
    except PackagesUnavailableError as error:
        found = shutil.which("nginx")
        if found is None:
            raise
        version = subprocess.run([found, "-v"], capture_output=True, text=True, check=True).stderr
        if tuple(map(int, re.findall(r"\d+", version)[:3])) < _OLDEST:
            raise PackagesUnavailableError(f"{error} This machine's own is too old: {version}") from error
        return [found]


def _wait_until_it_listens(process: subprocess.Popen[bytes], url: str, errors: Path) -> None:
    while process.poll() is None:
        with contextlib.suppress(httpx.ConnectError):
            httpx.get(f"{url}/metrics")
            return
    raise RuntimeError(f"nginx didn't start:\n{errors.read_text()}")
