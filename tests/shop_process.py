"""`shop serve` in separate processes, as instances of one shop."""

from pathlib import Path

import httpx

from tests.fork_server import PIPE, ForkedProcess
from tests.served_shop import environment

SECONDS = 60
_KEY = "several instances, one key: 32 bytes at least"


class ShopProcess:
    """`shop serve` in its own process. It keeps its port when it is started again.

    `settings` are environment variables, named without `SHOP_`.
    """

    def __init__(self, url: str, folder: Path, **settings: str) -> None:
        folder.mkdir()
        self.log = folder / "log"
        self._folder = folder
        settings = {"DATABASE_URL": url, "JWT_SECRET": _KEY, "PAYMENTS": "sandbox", **settings}
        self._environment = environment(**{f"SHOP_{name}": value for name, value in settings.items()})
        self._port = "0"
        self.start()

    def start(self) -> None:
        """Start the process without waiting until it serves; see `wait`."""
        command = ("shop", "serve", "--port", self._port)
        with self.log.open("a") as log:
            self._process = ForkedProcess(
                *command, cwd=self._folder, env=self._environment, stdout=PIPE, stderr=log
            )

    def wait(self) -> None:
        """Wait until the started process serves requests and is ready."""
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
        """Stop the process with SIGTERM, as an orchestrator does. Assert that it exits with 0."""
        with self._process as process:
            process.terminate()
            assert process.wait(SECONDS) == 0, self.log.read_text()

    def kill(self) -> None:
        with self._process as process:
            process.kill()
