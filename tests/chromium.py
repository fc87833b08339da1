"""Chromium for the tests of the pages: the installed one, or Debian's package, unpacked into `.cache/chromium/`.

    python -m tests.chromium        downloads Chromium if necessary, and prints its path

`SHOP_TEST_CHROMIUM` is the path of another browser to use instead. Nothing is installed on the system: the packages of
the machine's own Debian release are unpacked with their dependencies, and environment variables tell the loader where
they are.
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
    """The path of the browser, and the environment variables that it needs in addition."""

    program: Path
    environment: dict[str, str] = field(default_factory=dict)


def chromium() -> Chromium:
    """Return the browser, downloaded first if necessary. Raises ChromiumUnavailableError."""
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
        raise ChromiumUnavailableError("this is not a Debian system")
    print("Fetching Chromium from Debian, once, into", _CACHE, file=sys.stderr, flush=True)
    partial = root.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for package in apt.download(_PACKAGES, suite=release, into=_CACHE):
        # The machine's own loader needs the machine's own libc.
        if not package.name.startswith(("libc6_", "libc-bin_")):
            subprocess.run(["dpkg-deb", "--extract", package, partial], check=True)
    partial.rename(root)


if __name__ == "__main__":
    try:
        print("The pages are tested in", chromium().program)
    except ChromiumUnavailableError as unavailable:
        sys.exit(str(unavailable))
