"""Which connections are closed when there are too many, over real sockets."""

import re

import pytest

from shop.entrypoints.server.connections import Limits
from shop.entrypoints.server.refusals import Refusal
from tests.documents import ROOT
from tests.unit.server.requests import GET, PATIENT, POST, Gate, error_in, opened
from tests.unit.server.serving import Server, echo, serving

pytestmark = pytest.mark.anyio

NGINX = (ROOT / "docker" / "nginx.conf").read_text()


async def test_the_longest_idle_connection_is_closed_first() -> None:
    async with serving(echo, Limits(connections=2)) as server:
        async with await server.connect() as idle, await server.connect() as half_sent:
            await opened(server, 2)
            idle.send(GET + b"\r\n")
            await idle.answer()
            half_sent.send(GET)
            async with await server.connect() as first, await server.connect() as second:
                first.send(GET + b"\r\n")
                assert (await first.answer()).endswith(b"/a 0")
                assert await half_sent.rest() == b""
                second.send(GET + b"\r\n")
                assert (await second.answer()).endswith(b"/a 0")
                assert await idle.rest() == b""
        assert server.connections.refusals[Refusal.EVICTED] == 2


async def test_an_idle_connection_is_closed_after_a_while() -> None:
    async with serving(echo, Limits(idle_seconds=0)) as server, await server.connect() as idle:
        idle.send(GET + b"\r\n")
        await idle.answer()
        assert await idle.rest() == b""


def test_proxies_close_idle_connections_before_the_shop_does() -> None:
    """Otherwise a proxy may send a request just when the shop closes."""
    own = re.search(r"keepalive \d+;.*?keepalive_timeout (\d+)s;", NGINX, re.DOTALL)
    assert own is not None
    default_of_nginx_and_aws = 60
    assert max(default_of_nginx_and_aws, int(own[1])) < Limits().idle_seconds


async def test_connections_sending_a_body_are_closed_last() -> None:
    gate = Gate()
    limits = Limits(connections=2, body_seconds=600)
    async with (
        serving(gate, limits) as server,
        await server.connect() as busy,
        await server.connect() as body,
    ):
        busy.send(GET + b"\r\n")
        body.send(POST + b"Content-Length: 5\r\n\r\n{")
        await gate.begun.acquire()
        await gate.begun.acquire()
        async with await server.connect() as newcomer:
            newcomer.send(GET + b"\r\n")
            await gate.begun.acquire()
            assert await body.rest() == b""
            gate.open.set()
            assert (await newcomer.answer()).endswith(b"/a 0")
            assert (await busy.answer()).endswith(b"/a 0")


async def test_connections_being_answered_are_not_closed() -> None:
    gate = Gate()
    async with serving(gate, Limits(connections=1)) as server, await server.connect() as busy:
        busy.send(GET + b"\r\n")
        await gate.begun.acquire()
        status, code, headers = error_in(await server.answers_to(GET + b"\r\n"))
        assert (status, code, headers["retry-after"]) == (503, "UNAVAILABLE", "1")
        gate.open.set()
        assert (await busy.answer()).endswith(b"/a 0")


async def test_the_use_of_connections_is_measured() -> None:
    gate = Gate()
    async with serving(gate, PATIENT) as server, await server.connect() as busy, await server.connect():
        busy.send(GET + b"\r\n")
        await gate.begun.acquire()
        await opened(server, 2)
        samples = samples_of(server)
        assert samples["shop_http_connections", "busy"] == 1
        assert samples["shop_http_connections", "waiting"] == 1
        assert samples["shop_http_connections_limit", ""] == 1_000
        assert samples["shop_http_refusals_total", "malformed"] == 0


def samples_of(server: Server) -> dict[tuple[str, str], float]:
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in server.connections.collect()
        for sample in family.samples
    }
