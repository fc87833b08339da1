"""Unpacks packages, and runs the programs in them."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.debian import apt
from tests.debian.apt import PackagesUnavailableError

_CACHE = Path(__file__).resolve().parents[2] / ".cache" / "debian"


def installed(package: str) -> Path:
    """Return the folder with a package of Debian sid and its dependencies, downloaded at the first call.

    Raises PackagesUnavailableError.
    """
    home = _CACHE / package
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "root").is_dir():
            unpack([package], home, home / "root")
    return home / "root"


def unpack(packages: Sequence[str], cache: Path, root: Path) -> None:
    """Download packages and their dependencies into `cache`, and unpack them. `root` exists only when complete."""
    print("Fetching", *packages, "from Debian sid, once, into", cache, file=sys.stderr, flush=True)
    partial = root.with_name(f"{root.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for package in apt.download(packages, suite="sid", into=cache):
        subprocess.run(["dpkg-deb", "--extract", package, partial], check=True)
    partial.rename(root)


def loaded_by_its_own(root: Path, program: str) -> list[str]:
    """Return the command that runs a program of `root` with the loader and the libraries in `root`."""
    loaders = sorted((root / "usr" / "lib").glob("*-linux-gnu/ld-linux-*.so.*"))
    if not loaders:
        raise PackagesUnavailableError("Debian's packages: no loader for this architecture among them.")
    loader = loaders[0]
    return [str(loader), "--inhibit-cache", "--library-path", str(loader.parent), str(root / program)]


def clean_environment() -> dict[str, str]:
    """Return the environment without variables that make programs of `installed` load the system's libraries."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("LD_", "OPENSSL_", "MYSQL"))
    }
