"""Clients that send half a request or an endless one do not affect other clients."""

import contextlib
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.served_shop import SECONDS, serving

HALF_A_REQUEST = b"POST /api/auth/login HTTP/1.1\r\nHost: shop\r\nContent-Length: 100\r\n"


def connect(url: str) -> socket.socket:
    address = urlsplit(url)
    return socket.create_connection((address.hostname, address.port), timeout=SECONDS)


@contextmanager
def half_sent(url: str, count: int) -> Iterator[None]:
    with ExitStack() as stack:
        for _ in range(count):
            connection = stack.enter_context(connect(url))
            connection.sendall(HALF_A_REQUEST)
        yield


def metrics_of(url: str) -> dict[tuple[str, str], float]:
    """Return the samples by name and label values."""
    families = text_string_to_metric_families(httpx.get(f"{url}/metrics", timeout=SECONDS).text)
    return {
        (sample.name, ",".join(sample.labels.values())): sample.value
        for family in families
        for sample in family.samples
    }


def test_incomplete_requests_do_not_block_new_connections(tmp_path: Path) -> None:
    """There are more incomplete requests than the process may open files."""
    with serving(tmp_path, open_files=140) as (url, _):
        with half_sent(url, 200):
            for _ in range(20):
                assert httpx.get(f"{url}/api/products?page=1", timeout=SECONDS).status_code == 200
            metrics = metrics_of(url)
            assert metrics["process_open_fds", ""] < 140
            assert (
                metrics["shop_http_refusals_total", "evicted"]
                >= 200 - metrics["shop_http_connections_limit", ""]
            )
        log = (tmp_path / "stderr.txt").read_text()
        (warning,) = (json.loads(line) for line in log.splitlines() if "fewer connections" in line)
        assert warning["connections"] == metrics["shop_http_connections_limit", ""]


def test_an_endless_header_is_cut_off_and_costs_no_memory(tmp_path: Path) -> None:
    with serving(tmp_path) as (url, _):
        before = metrics_of(url)["process_resident_memory_bytes", ""]
        for _ in range(20):
            with connect(url) as connection:
                connection.sendall(b"GET / HTTP/1.1\r\nX-Request-Id: endless\r\nA: ")
                sent = 0
                with contextlib.suppress(ConnectionResetError, BrokenPipeError):
                    while sent < 200_000_000:
                        sent += connection.send(b"a" * 1_000_000)
                assert sent < 200_000_000
        after = metrics_of(url)
        assert after["process_resident_memory_bytes", ""] - before < 20_000_000
        assert after["shop_http_refusals_total", "head_too_large"] == 20


def test_an_oversized_request_head_gets_an_error_response(tmp_path: Path) -> None:
    with serving(tmp_path) as (url, _):
        answer = httpx.get(f"{url}/", headers={"A": "a" * 100_000, "X-Request-Id": "mine"}, timeout=SECONDS)
        assert (answer.status_code, answer.json()["error"]["code"]) == (431, "HEADERS_TOO_LARGE")
        assert answer.headers["X-Request-Id"] == "mine"
