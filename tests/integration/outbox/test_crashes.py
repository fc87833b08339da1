"""The worker dies at every statement, before and after each commit and each answer: no delivery is lost.

A delivery that is repeated has the same id, so receivers recognise it.
"""

import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from shop.domain.outbox.schedule import LEASE
from tests.crashing import OUTBOX, MortalServer, Request, mortal_server
from tests.instances import Instances, a_product, an_order, open_instances

pytestmark = pytest.mark.anyio

KEYS = ("-" * 32,)


class Receiver:
    """An HTTP server in its own thread that accepts every message."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, Any]] = []
        """The ids and bodies."""
        messages = self.messages

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                messages.append((self.headers["webhook-id"], json.loads(body)))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Write no log."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    threading.Thread(target=found.server.serve_forever, daemon=True).start()
    yield found
    found.server.shutdown()
    found.server.server_close()


@pytest.fixture
def mortal(database_url: str) -> Iterator[MortalServer]:
    with mortal_server(database_url, {"webhooks_allow_private": True, "secret_keys": KEYS}) as server:
        yield server


@pytest.fixture
async def shops(database_url: str) -> AsyncIterator[Instances]:
    async with open_instances(database_url, 1, webhooks_allow_private=True, secret_keys=KEYS) as instances:
        yield instances


async def a_webhook(admin: httpx.AsyncClient, url: str) -> str:
    made = await admin.post("/api/admin/webhooks", json={"url": url, "events": ["order.placed"]})
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


async def test_a_worker_that_dies_anywhere_loses_no_delivery(
    shops: Instances, mortal: MortalServer, receiver: Receiver
) -> None:
    admin, ada = await shops[0].admin(), await shops[0].customer("ada")
    webhook_id = await a_webhook(admin, receiver.url)
    product_id = await a_product(admin, stock=900)
    orders = []
    for _ in range(2):  # the first run also does work that is done only once
        orders.append((await an_order(ada, product_id))["id"])
        points = mortal.answer(Request(OUTBOX), shops[0].clock.now())
    assert points >= 12
    repeated = 0
    for point in range(1, points + 1):
        orders.append((await an_order(ada, product_id))["id"])
        before = len(receiver.messages)
        assert mortal.dies(Request(OUTBOX), shops[0].clock.now(), at=point), point
        await shops.outlive()
        arrived = len(receiver.messages) > before
        shops.advance(seconds=LEASE.total_seconds())
        mortal.answer(Request(OUTBOX), shops[0].clock.now())
        repeated += arrived and len(receiver.messages) == before + 2
    ids: dict[str, set[str]] = {}
    for message_id, body in receiver.messages:
        ids.setdefault(body["subject"]["id"], set()).add(message_id)
    assert ids.keys() == set(orders)
    assert all(len(each) == 1 for each in ids.values()), "a repeated delivery has the same id"
    counted = Counter(message_id for message_id, _ in receiver.messages)
    assert max(counted.values()) <= 2
    assert 1 <= repeated <= 4, "deaths between the receiver's answer and the commit"
    shown = await admin.get(f"/api/admin/webhooks/{webhook_id}/deliveries", params={"page": 1, "limit": 100})
    deliveries = shown.json()["items"]
    assert {each["status"] for each in deliveries} == {"succeeded"}
    assert len(deliveries) == len(orders)
