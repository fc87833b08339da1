"""The worker dies at every statement, around each commit and each answer of the mail server: no mail is lost.

A mail may be repeated, with the same `Message-ID`, if the worker dies between the server's answer and the commit.
"""

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterator
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from shop.domain.outbox.schedule import LEASE
from tests.crashing import MAIL, MortalServer, Request, mortal_server
from tests.instances import Instances, a_product, an_order, open_instances

pytestmark = pytest.mark.anyio

KEYS = ("-" * 32,)


class Inbox:
    """Accepts every mail, in a thread of its own."""

    def __init__(self) -> None:
        self.mails: list[Any] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def inbox() -> Iterator[tuple[Inbox, int]]:
    """An inbox, and the port of its server."""
    inbox, loop = Inbox(), asyncio.new_event_loop()
    server = loop.run_until_complete(loop.create_server(lambda: SMTP(inbox, loop=loop), "127.0.0.1", 0))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    yield inbox, server.sockets[0].getsockname()[1]
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    server.close()
    loop.close()


@pytest.fixture
def mortal(database_url: str, inbox: tuple[Inbox, int]) -> Iterator[MortalServer]:
    mail = {"host": "127.0.0.1", "port": inbox[1], "tls": False}
    with mortal_server(database_url, {"mail": mail, "secret_keys": KEYS}) as server:
        yield server


@pytest.fixture
async def shops(database_url: str) -> AsyncIterator[Instances]:
    async with open_instances(database_url, 1, secret_keys=KEYS) as instances:
        yield instances


async def test_a_worker_that_dies_anywhere_loses_no_mail(
    shops: Instances, mortal: MortalServer, inbox: tuple[Inbox, int]
) -> None:
    mails = inbox[0].mails
    admin, ada = await shops[0].admin(), await shops[0].customer("ada")
    await ada.put("/api/users/me", json={"profile": {"email": "ada@example.com"}})
    product_id = await a_product(admin, stock=900)
    numbers = []
    for _ in range(2):  # the first round does what is done only once
        numbers.append((await an_order(ada, product_id))["number"])
        points = mortal.answer(Request(MAIL), shops[0].clock.now())
    assert points >= 10
    repeated = 0
    for point in range(1, points + 1):
        numbers.append((await an_order(ada, product_id))["number"])
        before = len(mails)
        assert mortal.dies(Request(MAIL), shops[0].clock.now(), at=point), point
        await shops.outlive()
        arrived = len(mails) > before
        shops.advance(seconds=LEASE.total_seconds())
        mortal.answer(Request(MAIL), shops[0].clock.now())
        repeated += arrived and len(mails) == before + 2
    ids: dict[str, set[str]] = defaultdict(set)
    for mail in mails:
        ids[mail["Subject"]].add(mail["Message-ID"])
    assert ids.keys() == {f"Your order {number}" for number in numbers}
    assert all(len(each) == 1 for each in ids.values()), "a repetition has the same Message-ID"
    assert max(Counter(mail["Message-ID"] for mail in mails).values()) <= 2
    assert 1 <= repeated <= 4, "deaths between the server's answer and the commit"
    admin = await shops[0].log_in("owner")
    shown = (await admin.get("/api/admin/messages", params={"page": 1, "limit": 100})).json()
    assert shown["total"] == len(numbers)
    assert {message["status"] for message in shown["items"]} == {"sent"}
