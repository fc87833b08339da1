"""MySQL's own client programs for tests: Debian's, unpacked into `.cache/`, or the machine's own."""

import shlex
import shutil
from pathlib import Path

from tests.debian import PackagesUnavailableError, installed, loaded_by_its_own
from tests.mysql_server import CACHE

_PROGRAMS = ("mysql", "mysqldump")


def put_clients_into(folder: Path) -> None:
    """Make `mysql` and `mysqldump` of the folder programs that can be called. Raises PackagesUnavailableError."""
    for program in _PROGRAMS:
        script = folder / program
        script.write_text(f'#!/bin/sh\nexec {shlex.join(_command(program))} "$@"\n')
        script.chmod(0o755)


def _command(program: str) -> list[str]:
    server = CACHE / "server"  # which came with the clients, where the tests' server is Debian's
    try:
        root = server if server.is_dir() else installed("mysql-client-core")
        return loaded_by_its_own(root, f"usr/bin/{program}")
    except PackagesUnavailableError:
        if (found := shutil.which(program)) is None:
            raise
        return [found]
