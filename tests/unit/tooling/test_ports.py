"""Test processes get different ports."""

import subprocess
import sys

from tests.documents import ROOT
from tests.mysql_server.process import free_port

ASKING = (
    "from tests.mysql_server.process import free_port; print(*(free_port() for _ in range(400))); input()"
)


def test_concurrent_processes_get_different_ports() -> None:
    asking = [
        subprocess.Popen(
            [sys.executable, "-c", ASKING],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    given: list[str] = []
    for process in asking:
        assert process.stdout is not None
        given += process.stdout.readline().split()
    for process in asking:
        process.communicate("\n")
    assert len(given) == len(set(given)) == 1_600


def test_ports_are_outside_the_ephemeral_range() -> None:
    first_of_the_system = 32_768
    assert all(free_port() < first_of_the_system for _ in range(20))
