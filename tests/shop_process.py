"""`shop serve` in processes of their own, as instances of one shop."""

import os
from pathlib import Path

import httpx

from tests.fork_server import PIPE, ForkedProcess

SECONDS = 60
_KEY = "several instances, one key: 32 bytes at least"


class ShopProcess:
    """`shop serve` in a process of its own, on one port for all its lives; `settings` are variables without `SHOP_`."""

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        folder.mkdir()
        self.log = folder / "log"
        self._folder = folder
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("SHOP_")
        }
        settings = {"DATABASE_URL": url, "JWT_SECRET": _KEY, "PAYMENTS": "sandbox", **settings}
        self._environment |= {f"SHOP_{name}": value for name, value in settings.items()}
        self._port = "0"
        self.start()

    def start(self) -> None:
        """Start it; `wait` is for what follows."""
        command = ("shop", "serve", "--port", self._port)
        with self.log.open("a") as log:
            self._process = ForkedProcess(
                *command, cwd=self._folder, env=self._environment, stdout=PIPE, stderr=log
            )

    def wait(self) -> None:
        """Come back when it is open."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line.startswith("The shop is open at "), self.log.read_text()
        self._port = line.strip().rpartition(":")[2]
        httpx.get(f"http://{self.address}/health/ready", timeout=SECONDS).raise_for_status()

    def restart(self) -> None:
        self.start()
        self.wait()

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        """Stop it as an orchestrator does, and see it end well."""
        with self._process as process:
            process.terminate()
            assert process.wait(SECONDS) == 0, self.log.read_text()

    def kill(self) -> None:
        with self._process as process:
            process.kill()
