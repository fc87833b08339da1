"""Runs the shop in processes: its commands to their end, and its server while a test sends requests."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.fork_server import PIPE, ForkedProcess, run_forked
from tests.new_shops import put_new_shop

SECONDS = 60
_MIGRATING = ("create-admin", "seed", "serve", "worker")
"""Commands that migrate an embedded database."""


def environment(**variables: str) -> dict[str, str]:
    """Return this process's environment without the shop's settings, and with these variables."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("SHOP_")}
    return {**inherited, **variables}


def forget_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the shop's settings from this process's environment, for commands that a test runs in it."""
    for variable in os.environ.keys() - environment().keys():
        monkeypatch.delenv(variable)


def _prepare(folder: Path, variables: Mapping[str, str]) -> None:
    if "SHOP_DATABASE_URL" not in variables and not (folder / "shop.db").exists():
        put_new_shop(folder / "shop.db")


def run(
    folder: Path, *arguments: str, given: str = "", variables: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, in a forked process.

    Commands that would migrate a new embedded database get a migrated one, which saves time.
    """
    chosen = environment(**(variables or {}))
    if arguments[0] in _MIGRATING:
        _prepare(folder, chosen)
    return run_forked("shop", *arguments, cwd=folder, env=chosen, given=given, timeout=SECONDS)


def run_really(
    folder: Path, *arguments: str, given: str = "", variables: Mapping[str, str] | None = None
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, as a user does, in a new Python process instead of a forked one."""
    return subprocess.run(
        [sys.executable, "-m", "shop", *arguments],
        cwd=folder,
        env=environment(**(variables or {})),
        input=given,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


@contextmanager
def serving(
    folder: Path,
    *arguments: str,
    stop_by: signal.Signals = signal.SIGTERM,
    variables: Mapping[str, str] | None = None,
    open_files: int | None = None,
    really: bool = False,
) -> Iterator[tuple[str, list[str]]]:
    """Run a server; yield its URL and the lines that it printed. At the end it gets `stop_by`, and must end cleanly.

    `open_files` is the process's limit of open files. With `really`, the server starts as a user starts it: not
    forked, and without a database that was migrated before.
    """
    chosen, command = environment(**(variables or {})), ("serve", "--port", "0", *arguments)
    server: ForkedProcess | subprocess.Popen[str]
    with (folder / "stderr.txt").open("w") as errors:
        if really or open_files is not None:
            within = [] if open_files is None else ["prlimit", f"--nofile={open_files}"]
            server = subprocess.Popen(
                [*within, sys.executable, "-m", "shop", *command],
                cwd=folder,
                env=chosen,
                stdout=PIPE,
                stderr=errors,
                text=True,
            )
        else:
            _prepare(folder, chosen)
            server = ForkedProcess("shop", *command, cwd=folder, env=chosen, stdout=PIPE, stderr=errors)
        assert server.stdout is not None
        try:
            printed: list[str] = []
            for line in iter(server.stdout.readline, ""):
                printed.append(line.strip())
                if line.strip().startswith("Stop"):
                    break
            else:
                pytest.fail((folder / "stderr.txt").read_text())
            (opened,) = (line for line in printed if line.startswith("The shop is open at "))
            yield opened.removeprefix("The shop is open at "), printed
            server.send_signal(stop_by)
            assert server.wait(SECONDS) == 0, (folder / "stderr.txt").read_text()
        finally:
            server.kill()
            server.wait()
            server.stdout.close()
    assert "Traceback" not in (folder / "stderr.txt").read_text()
