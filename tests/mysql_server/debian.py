"""Oracle's MySQL server for Debian, run from a folder with the libraries of its own release.

The cache has `packages/` and `apt/` (the downloads), `server/` (the extracted packages), `template/` (an initialised
data directory) and `runs/` (the data of running servers). Under a lock, a folder gets its final name only when it is
complete, so first runs may be interrupted or run in parallel.
"""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.debian import PackagesUnavailableError, clean_environment, loaded_by_its_own, unpack
from tests.mysql_server.process import MySQLUnavailableError, free_port, running, settings, tail

_PACKAGES = ("mysql-server-core", "mysql-client-core")


@contextmanager
def server(cache: Path, password: str, *, durable: bool) -> Iterator[int]:
    """Run the server with a fresh data directory on a free port of 127.0.0.1. Yield the port."""
    if shutil.which("setpriv") is None:
        raise MySQLUnavailableError("Debian's packages: not a Debian system (setpriv missing).")
    with _run_directory(cache) as run:
        data = run / "data"
        shutil.copytree(cache / "template", data)
        credentials = run / "credentials.sql"
        credentials.touch(mode=0o600)
        credentials.write_text(
            f"ALTER USER root@localhost IDENTIFIED BY '{password}';\n"
            "RENAME USER root@localhost TO root@'%';\n"
        )
        port = free_port()
        options = [
            f"--datadir={data}",
            f"--pid-file={data / 'mysqld.pid'}",
            f"--init-file={credentials}",
            f"--port={port}",
            "--bind-address=127.0.0.1",
            "--socket=",
            *settings(durable=durable),
        ]
        with running(
            # The kernel kills the server when its parent ends, even if the parent is killed.
            ["setpriv", "--pdeathsig=KILL", *_mysqld(cache), *options],
            port=port,
            log=run / "log",
            within=60,
            grace=0,
            environment=clean_environment(),
        ):
            yield port


@contextmanager
def _run_directory(cache: Path) -> Iterator[Path]:
    """Yield a new folder, locked while this process lives: later runs delete folders whose process was killed."""
    runs = cache / "runs"
    runs.mkdir(parents=True, exist_ok=True)
    with _locked(cache / "lock"):
        if not (cache / "server").is_dir():
            _install(cache)
        if not (cache / "template").is_dir():
            _initialise(cache)
        _sweep(runs)
        run = Path(tempfile.mkdtemp(dir=runs))
        owner = (run / "owner").open("w")
        fcntl.flock(owner, fcntl.LOCK_EX)
    try:
        with owner:
            yield run
    finally:
        shutil.rmtree(run, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _sweep(runs: Path) -> None:
    for run in runs.iterdir():
        try:
            with (run / "owner").open("w") as owner:
                fcntl.flock(owner, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            continue  # in use, or being removed by its owner
        shutil.rmtree(run, ignore_errors=True)


def _install(cache: Path) -> None:
    try:
        unpack(_PACKAGES, cache, cache / "server")
    except PackagesUnavailableError as error:
        raise MySQLUnavailableError(str(error)) from error


def _initialise(cache: Path) -> None:
    partial = cache / "template.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    log = cache / "initialise.log"
    command = [
        *_mysqld(cache),
        "--initialize-insecure",
        f"--datadir={partial}",
        "--innodb-redo-log-capacity=16M",
        *settings(durable=False),
    ]
    with log.open("wb") as output:
        done = subprocess.run(command, stdout=output, stderr=output, env=clean_environment(), check=False)
    if done.returncode:
        raise MySQLUnavailableError(
            f"Debian's packages: the data directory can't be initialised:\n{tail(log)}"
        )
    partial.rename(cache / "template")


def _mysqld(cache: Path) -> list[str]:
    """Return the command that runs the server with its own loader and libraries, and the paths of its files."""
    root = cache / "server" / "usr"
    try:
        command = loaded_by_its_own(cache / "server", "usr/sbin/mysqld")
    except PackagesUnavailableError as error:
        raise MySQLUnavailableError(str(error)) from error
    return [
        *command,
        "--no-defaults",
        *(["--user=root"] if os.geteuid() == 0 else []),
        f"--basedir={root}",
        f"--lc-messages-dir={root / 'share' / 'mysql'}",
        f"--character-sets-dir={root / 'share' / 'mysql' / 'charsets'}",
        f"--plugin-dir={root / 'lib' / 'mysql' / 'plugin'}",
        "--secure-file-priv=NULL",
    ]
