"""Runs localstripe, an independent imitation of Stripe's API, in a process of its own.

It imitates less than `tests.stripe_server`, but other people wrote it than wrote the shop. Its server is changed in two
ways, so that tests can run in parallel: it listens on a free port of this machine instead of on all interfaces, and it
does not write its state to a file whose name is the same for all servers.
"""

import contextlib
import secrets
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class LocalstripeServer:
    """A running localstripe. It accepts any key that looks like a secret key."""

    url: str
    secret_key: str = field(default_factory=lambda: f"sk_test_{secrets.token_hex(12)}")
    webhook_secret: str = field(default_factory=lambda: f"whsec_{secrets.token_hex(16)}")

    def send_webhooks_to(self, url: str, types: Sequence[str] | None = None) -> None:
        """Let localstripe post events of these types, or of all, to `url`, signed with `webhook_secret`.

        It waits a second before each.
        """
        endpoint = {"url": url, "secret": self.webhook_secret, "events": types}
        httpx.post(f"{self.url}/_config/webhooks/shop", json=endpoint).raise_for_status()

    def reset(self) -> None:
        """Delete all objects; keep the webhook endpoint."""
        httpx.delete(f"{self.url}/_config/data").raise_for_status()


@contextmanager
def localstripe_server() -> Iterator[LocalstripeServer]:
    """Start a server without objects. Yield it once it answers."""
    with TemporaryDirectory(prefix="localstripe-") as directory, contextlib.ExitStack() as stack:
        log = Path(directory) / "log"
        with socket.create_server(("127.0.0.1", 0)) as listening, log.open("wb") as output:
            url = f"http://127.0.0.1:{listening.getsockname()[1]}"
            process = subprocess.Popen(
                [sys.executable, "-m", "tests.localstripe_server", str(listening.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=[listening.fileno()],
                start_new_session=True,
            )
        stack.callback(_end, process)
        server = LocalstripeServer(url)
        try:
            # The socket already listens, so the request waits until the server answers it.
            httpx.get(f"{url}/v1/payment_intents", auth=(server.secret_key, ""), timeout=_START_SECONDS)
        except httpx.TransportError as error:
            raise RuntimeError(f"localstripe doesn't answer:\n{log.read_text(errors='replace')}") from error
        yield server


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()  # it has no data to save
    process.wait()


def _serve(descriptor: int) -> None:
    from aiohttp import web  # noqa: PLC0415 (needed in the server's process only)
    from localstripe import resources, server  # noqa: PLC0415

    resources.Store.dump_to_disk = lambda _: None
    web.run_app(server.app, sock=socket.socket(fileno=descriptor), print=None)


if __name__ == "__main__":
    _serve(int(sys.argv[1]))
