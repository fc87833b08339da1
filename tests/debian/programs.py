"""Unpacks packages and runs what is in them."""

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
    """The folder with a package of Debian sid and all it needs; fetched once. Raises PackagesUnavailableError."""
    home = _CACHE / package
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "root").is_dir():
            unpack([package], home, home / "root")
    return home / "root"


def unpack(packages: Sequence[str], cache: Path, root: Path) -> None:
    """Fetch packages with all they need by way of `cache`; `root` appears when it is complete."""
    print("Fetching", *packages, "from Debian sid, once, into", cache, file=sys.stderr, flush=True)
    partial = root.with_name(f"{root.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    for package in apt.download(packages, suite="sid", into=cache):
        subprocess.run(["dpkg-deb", "--extract", package, partial], check=True)
    partial.rename(root)


def loaded_by_its_own(root: Path, program: str) -> list[str]:
    """The command that runs a program of `root` by the loader and the libraries that it was built with."""
    loaders = sorted((root / "usr" / "lib").glob("*-linux-gnu/ld-linux-*.so.*"))
    if not loaders:
        raise PackagesUnavailableError("Debian's packages: no loader for this architecture among them.")
    loader = loaders[0]
    return [str(loader), "--inhibit-cache", "--library-path", str(loader.parent), str(root / program)]


def clean_environment() -> dict[str, str]:
    """Nothing that would bring the system's libraries into a process of another release."""
    return {
        name: value for name, value in os.environ.items() if not name.startswith(("LD_", "OPENSSL_", "MYSQL"))
    }
