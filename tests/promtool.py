"""Prometheus' own checker, promtool: from Debian sid, unpacked into `.cache/`, or else the machine's."""

import shutil
import subprocess
from pathlib import Path

from tests.debian import PackagesUnavailableError, clean_environment, installed, loaded_by_its_own


def promtool(*arguments: str, directory: Path) -> str:
    """Run promtool; return its output. AssertionError with the output if it fails. Raises PackagesUnavailableError."""
    done = subprocess.run(
        [*_program(), *arguments],
        cwd=directory,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _program() -> list[str]:
    try:
        return loaded_by_its_own(installed("prometheus"), "usr/bin/promtool")
    except PackagesUnavailableError:
        if (found := shutil.which("promtool")) is None:
            raise
        return [found]
