"""Chromium for the tests of the pages: what is installed, or Debian's package, unpacked into `.cache/chromium/`.

    python -m tests.chromium        makes sure that there is one, and says where

`SHOP_TEST_CHROMIUM` names one to take instead. Nothing is installed on the system: Debian's packages of the machine's
own release, with all that they need, are unpacked and found by the loader through the environment.
"""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from tests.debian import apt
from tests.debian.apt import PackagesUnavailableError

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_PACKAGES = ("chromium", "fonts-dejavu-core")
_CACHE = Path(__file__).resolve().parents[1] / ".cache" / "chromium"


class ChromiumUnavailableError(Exception):
    """Chromium is neither installed nor available for download."""


@dataclass(frozen=True, slots=True)
class Chromium:
    """A program, and what its environment needs beside the usual."""

    program: Path
    environment: dict[str, str] = field(default_factory=dict)


def chromium() -> Chromium:
    """The browser; fetched first if need be. Raises ChromiumUnavailableError."""
    if given := os.environ.get("SHOP_TEST_CHROMIUM"):
        return Chromium(Path(given))
    for name in _NAMES:
        if found := shutil.which(name):
            return Chromium(Path(found))
    return _unpacked()


def _unpacked() -> Chromium:
    root = _CACHE / "root"
    try:
        _CACHE.mkdir(parents=True, exist_ok=True)
        with (_CACHE / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not root.is_dir():
                _fetch(root)
    except (PackagesUnavailableError, OSError, subprocess.CalledProcessError) as error:
        raise ChromiumUnavailableError(
            f"Chromium is not available for the page tests: {error}.\n"
            "Install it (on Debian: apt-get install chromium), or set SHOP_TEST_CHROMIUM to its path."
        ) from error
    (libraries,) = (root / "usr" / "lib").glob("*-linux-gnu")
    folders = [libraries, root / "lib" / libraries.name, *libraries.glob("*/")]
    environment = {
        "LD_LIBRARY_PATH": ":".join(map(str, folders)),
        "FONTCONFIG_SYSROOT": str(root),
        "XDG_DATA_DIRS": str(root / "usr" / "share"),
    }
    return Chromium(root / "usr" / "lib" / "chromium" / "chromium", environment)


def _fetch(root: Path) -> None:
    release = platform.freedesktop_os_release().get("VERSION_CODENAME")
    if release is None or shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise ChromiumUnavailableError("this is no Debian")
    print("Fetching Chromium from Debian, once, into", _CACHE, file=sys.stderr, flush=True)
    partial = root.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for package in apt.download(_PACKAGES, suite=release, into=_CACHE):
        # The machine's own loader goes with its own libc.
        if not package.name.startswith(("libc6_", "libc-bin_")):
            subprocess.run(["dpkg-deb", "--extract", package, partial], check=True)
    partial.rename(root)


if __name__ == "__main__":
    try:
        print("The pages are tested in", chromium().program)
    except ChromiumUnavailableError as unavailable:
        sys.exit(str(unavailable))
