"""MySQL's own client programs for tests: from Debian sid, unpacked into `.cache/`, or else the machine's."""

import shlex
import shutil
from pathlib import Path

from tests.debian import PackagesUnavailableError, installed, loaded_by_its_own
from tests.mysql_server import CACHE

_PROGRAMS = ("mysql", "mysqldump")


def put_clients_into(folder: Path) -> None:
    """Write executable scripts `mysql` and `mysqldump` into the folder. Raises PackagesUnavailableError."""
    for program in _PROGRAMS:
        script = folder / program
        script.write_text(f'#!/bin/sh\nexec {shlex.join(_command(program))} "$@"\n')
        script.chmod(0o755)


def _command(program: str) -> list[str]:
    server = CACHE / "server"  # has the clients too, if the tests' server comes from Debian's packages
    try:
        root = server if server.is_dir() else installed("mysql-client-core")
        return loaded_by_its_own(root, f"usr/bin/{program}")
    except PackagesUnavailableError:
        if (found := shutil.which(program)) is None:
            raise
        return [found]
