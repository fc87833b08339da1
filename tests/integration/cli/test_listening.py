"""`shop webhooks listen`: events are printed as they happen, and forwarded to a receiver on this machine."""

import json
import queue
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from shop.adapters.webhooks.signatures import signature_headers
from shop.entrypoints.cli import main
from tests.fork_server import PIPE, ForkedProcess
from tests.served_shop import SECONDS, environment, run, serving

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PASSWORD = "correct horse battery staple"


@contextmanager
def receiving(status: int) -> Iterator[tuple[str, "queue.Queue[tuple[Any, bytes]]"]]:
    """Yield the URL of a receiver that answers with this status, and the headers and bodies that it gets."""
    messages: queue.Queue[tuple[Any, bytes]] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            messages.put((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/hooks", messages
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def listening(folder: Path, *arguments: str) -> Iterator[ForkedProcess]:
    """Yield the command after it has begun to wait; at the end SIGINT must stop it cleanly."""
    command = ("shop", "webhooks", "listen", *arguments)
    with (
        (folder / "listener.txt").open("w") as errors,
        ForkedProcess(*command, cwd=folder, env=environment(), stdout=PIPE, stderr=errors) as listener,
    ):
        try:
            yield listener
            listener.send_signal(signal.SIGINT)
            assert listener.wait(SECONDS) == 0
        finally:
            listener.kill()
            print((folder / "listener.txt").read_text())


def line_of(listener: ForkedProcess) -> str:
    assert listener.stdout is not None
    return listener.stdout.readline().strip()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[tuple[Path, httpx.Client]]:
    """The folder of an open shop, and an admin's client."""
    with serving(tmp_path) as (url, _), httpx.Client(base_url=url, timeout=SECONDS) as admin:
        made = run(tmp_path, "create-admin", "owner", "--password-stdin", given=PASSWORD)
        assert made.returncode == 0, made.stderr
        login = admin.post("/api/auth/login", json={"username": "owner", "password": PASSWORD}).json()
        admin.headers["Authorization"] = f"Bearer {login['accessToken']}"
        yield tmp_path, admin


def make_product(admin: httpx.Client, name: str) -> str:
    made = admin.post("/api/products", json={"name": name, "price": 12.5, "stock": 3})
    return str(made.raise_for_status().json()["id"])


def test_new_events_are_printed_and_forwarded_signed(shop: tuple[Path, httpx.Client]) -> None:
    folder, admin = shop
    make_product(admin, "Mug from before")
    with (
        receiving(204) as (url, messages),
        listening(folder, "--events", "product.*", "--forward", url, "--secret", SECRET) as listener,
    ):
        assert line_of(listener) == f"Forwarding to {url}, signed with {SECRET}"
        assert line_of(listener).startswith("Waiting for events")
        product_id = make_product(admin, "Mug")
        headers, body = messages.get(timeout=SECONDS)
        event = json.loads(body)
        shown = line_of(listener)
    assert shown.split(maxsplit=1)[1] == f"{event['id']} product.created product {product_id} → 204"
    (in_feed,) = admin.get("/api/admin/events", params={"type": "product.created"}).json()["items"][-1:]
    assert event == in_feed
    at = datetime.fromtimestamp(int(headers["webhook-timestamp"])).astimezone()
    expected = signature_headers(event["id"], at, body, [SECRET])
    assert {name: headers[name] for name in expected} == expected


def test_a_refused_event_is_shown_and_the_next_one_is_sent(shop: tuple[Path, httpx.Client]) -> None:
    folder, admin = shop
    with receiving(500) as (url, messages), listening(folder, "--forward", url) as listener:
        assert line_of(listener).startswith(f"Forwarding to {url}, signed with whsec_")
        line_of(listener)
        for name in ("Mug", "Plate"):
            make_product(admin, name)
            assert line_of(listener).endswith(" → The receiver answered 500.")
    assert messages.qsize() == 2


def test_events_are_printed_without_a_receiver(shop: tuple[Path, httpx.Client]) -> None:
    folder, admin = shop
    with listening(folder, "--events", "customer.created,stock.*") as listener:
        assert line_of(listener).startswith("Waiting for events")
        make_product(admin, "Mug")
        admin.post("/api/auth/signup", json={"username": "ada", "password": PASSWORD}).raise_for_status()
        assert " customer.created customer " in line_of(listener)


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--events", "order.eaten", "must be a group such as order.*, or one of order.placed"),
        ("--forward", "localhost:3000", "must be an address such as http://localhost:3000/hooks"),
        ("--secret", "whsec_c2hvcnQ=", "must be whsec_ and at least 24 bytes in Base64"),
        ("--secret", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "must be whsec_"),
    ],
)
def test_wrong_options_are_usage_errors(option: str, value: str, message: str) -> None:
    result = CliRunner().invoke(main, ["webhooks", "listen", option, value])
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.replace("│", " ").split())
