"""MySQL in a container, from a running Docker engine."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.mysql_server.process import MySQLUnavailableError, free_port, running, settings

IMAGE = "mysql:8.4"

# The container ends when its standard input does, so it never outlives this process, however that ends.
_UNTIL_INPUT_ENDS = 'exec 3<&0; cat <&3 >/dev/null & docker-entrypoint.sh mysqld "$@" & wait -n'


@contextmanager
def server(_cache: Path, password: str, *, durable: bool) -> Iterator[int]:
    """Run the image on a free port of 127.0.0.1. Yield the port."""
    if shutil.which("docker") is None or not _succeeds("info"):
        raise MySQLUnavailableError("Docker: no engine is running.")
    if not _succeeds("image", "inspect", IMAGE) and not _succeeds("pull", "--quiet", IMAGE, timeout=600):
        raise MySQLUnavailableError(f"Docker: the image {IMAGE} can't be pulled.")
    port = free_port()
    options = ["--interactive", "--rm", f"--publish=127.0.0.1:{port}:3306", "--env=MYSQL_ROOT_PASSWORD"]
    inside = ["bash", "-c", _UNTIL_INPUT_ENDS, "mysqld", *settings(durable=durable)]
    with (
        tempfile.TemporaryDirectory() as directory,
        running(
            ["docker", "run", *options, IMAGE, *inside],
            port=port,
            log=Path(directory, "log"),
            within=120,
            grace=20,
            environment={**os.environ, "MYSQL_ROOT_PASSWORD": password},
        ),
    ):
        yield port


def _succeeds(*arguments: str, timeout: float = 20) -> bool:
    try:
        done = subprocess.run(["docker", *arguments], capture_output=True, timeout=timeout, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
