"""Common to all requests: id, headers, log line, metrics, and the client's address."""

import asyncio
import re
from typing import Any

import httpx
import pytest

from shop.entrypoints.http.framework.client_addresses import TrustedProxies
from shop.entrypoints.logs import configure_logging
from tests.logs import Log
from tests.unit.framework.toy import AS_ADA, client_of, toy_app

pytestmark = pytest.mark.anyio


@pytest.fixture
def log() -> Log:
    stream = Log()
    configure_logging(stream=stream)
    return stream


@pytest.mark.parametrize(
    "path", ["/api/trouble/where", "/nowhere", "/api/trouble/bug", "/api/gadgets", "/schema"]
)
async def test_every_response_has_a_unique_request_id(toy: httpx.AsyncClient, path: str) -> None:
    first, second = await toy.get(path), await toy.get(path)
    assert first.headers["x-request-id"] != second.headers["x-request-id"]
    assert first.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("request_id", ["a", "trace-1.2_3", "x" * 128])
async def test_a_valid_request_id_is_adopted(toy: httpx.AsyncClient, request_id: str) -> None:
    for path in ("/api/trouble/where", "/nowhere", "/api/trouble/bug"):
        response = await toy.get(path, headers={"X-Request-Id": request_id})
        assert response.headers["x-request-id"] == request_id


@pytest.mark.parametrize("request_id", ["", "x" * 129, "a b", "a\tb", "<script>", "é".encode("latin-1"), '"'])
async def test_other_request_ids_are_replaced(toy: httpx.AsyncClient, request_id: str | bytes) -> None:
    response = await toy.get("/api/trouble/where", headers={b"X-Request-Id": request_id})
    assert len(response.headers["x-request-id"]) == 36


async def test_only_static_files_are_cached_without_revalidation(toy: httpx.AsyncClient) -> None:
    script = re.findall(r'src="([^"]+)"', (await toy.get("/schema")).text)[0]
    cache_control = {
        (method, path): (await toy.request(method, path, headers=AS_ADA)).headers["cache-control"]
        for method, path in [
            ("GET", "/api/gadgets?page=1"),
            ("GET", "/api/gadgets/g-1"),
            ("PATCH", "/api/gadgets/g-1"),
            ("GET", "/nowhere"),
            ("GET", script),
        ]
    }
    assert list(cache_control.values()) == [
        "no-cache",
        "no-cache",
        "no-store",
        "no-store",
        "public, max-age=31536000, immutable",
    ]


async def test_a_request_leaves_one_line_without_secrets(toy: httpx.AsyncClient, log: Log) -> None:
    headers = {**AS_ADA, "X-Request-Id": "trace-1", "Cookie": "secret-cookie"}
    await toy.patch("/api/gadgets/g-1?token=secret-query", headers=headers, json={"name": "secret-body"})
    [line] = log.lines
    assert line.pop("ms") >= 0
    assert line.pop("time").endswith("Z")
    assert line == {
        "event": "request",
        "level": "info",
        "request_id": "trace-1",
        "method": "PATCH",
        "route": "/api/gadgets/{gadget_id}",
        "status": 200,
        "client": "203.0.113.9",
    }
    assert b"secret" not in log.getvalue()
    assert b"token" not in log.getvalue()


async def test_an_unknown_route_and_method_are_logged_without_what_was_sent(
    toy: httpx.AsyncClient, log: Log
) -> None:
    await toy.request("BREW", "/secret/path")
    [line] = log.requests
    assert (line["method"], line["route"], line["status"]) == ("other", "unmatched", 404)


async def test_health_checks_are_not_logged(toy: httpx.AsyncClient, log: Log) -> None:
    for path in ("/health/live", "/health/ready", "/metrics"):
        await toy.get(path)
    assert log.lines == []


async def test_a_bug_is_logged_with_its_traceback_and_request_id(toy: httpx.AsyncClient, log: Log) -> None:
    response = await toy.get("/api/trouble/bug")
    error, request = log.lines
    assert error["level"] == "error"
    assert "ZeroDivisionError: secret of the inside" in error["exception"]
    assert error["route"] == "/api/trouble/{kind}"
    assert error["request_id"] == request["request_id"] == response.headers["x-request-id"]


async def test_readable_logs_are_text_with_tracebacks_and_without_tokens(
    toy: httpx.AsyncClient, log: Log
) -> None:
    configure_logging(readable=True, stream=log)
    await toy.get("/api/trouble/bug", headers=AS_ADA)
    text = log.getvalue().decode()
    assert not text.startswith("{"), "this is JSON"
    assert "ZeroDivisionError" in text
    assert "/api/trouble/{kind}" in text
    assert "token-of-ada" not in text


async def test_a_higher_level_leaves_requests_out(toy: httpx.AsyncClient, log: Log) -> None:
    configure_logging("warning", stream=log)
    await toy.get("/api/trouble/where")
    assert log.getvalue() == b""
    with pytest.raises(KeyError):
        configure_logging("loud")


async def test_requests_are_counted_by_route_and_timed() -> None:
    async with client_of(toy_app()) as toy:
        for number in range(3):
            await toy.get(f"/api/gadgets/g-{number}")
        await toy.request("BREW", "/api/gadgets/g-1")
        await toy.get("/some/where")
        text = (await toy.get("/metrics")).text
    route = 'route="/api/gadgets/{gadget_id}"'
    assert f'shop_http_requests_total{{method="GET",{route},status="200"}} 1.0' in text
    assert f'shop_http_requests_total{{method="GET",{route},status="404"}} 2.0' in text
    assert f'shop_http_request_duration_seconds_count{{method="GET",{route},status="404"}} 2.0' in text
    assert (
        f'shop_http_request_duration_seconds_bucket{{le="+Inf",method="GET",{route},status="404"}} 2.0'
        in text
    )
    assert 'shop_http_requests_total{method="other",route="unmatched",status="405"} 1.0' in text
    assert 'shop_http_requests_total{method="GET",route="unmatched",status="404"} 1.0' in text
    assert "shop_http_requests_in_flight 1.0" in text
    assert "/some/where" not in text


async def test_a_cancelled_request_is_counted_and_no_longer_in_flight(log: Log) -> None:
    app = toy_app()

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    app.asgi_handler._app = never
    async with client_of(app) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await client.get("/api/trouble/where")
    assert app.asgi_handler._metrics.in_flight == 0
    assert log.requests[0]["status"] == 499


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded_for", "client"),
    [
        ([], "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        (["10.0.0.0/8"], "203.0.113.9", ["198.51.100.1"], "203.0.113.9"),
        (["10.0.0.0/8"], "10.0.0.1", [], "10.0.0.1"),
        (["10.0.0.0/8"], "10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", ["6.6.6.6, 198.51.100.1"], "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", ["6.6.6.6, 198.51.100.1, 10.0.0.2"], "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", ["6.6.6.6", "198.51.100.1", "10.0.0.2"], "198.51.100.1"),
        (["10.0.0.0/8"], "10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        (["10.0.0.0/8"], "10.0.0.1", ["6.6.6.6, nonsense, 10.0.0.2"], "10.0.0.2"),
        (["10.0.0.0/8"], "10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
        (["::1"], "::1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        (["::1"], "::1", ["2001:DB8:0::7"], "2001:db8::7"),
        (["10.0.0.0/8"], "::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
        (["10.0.0.1"], "10.0.0.2", ["198.51.100.1"], "10.0.0.2"),
    ],
)
async def test_only_trusted_proxies_state_the_client_address(
    trusted: list[str], peer: str, forwarded_for: list[str], client: str
) -> None:
    headers = [("X-Forwarded-For", value) for value in forwarded_for]
    async with client_of(toy_app(trusted_proxies=trusted), peer) as http:
        assert (await http.get("/api/trouble/where", headers=headers)).json() == client


def test_a_proxy_that_is_no_address_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        TrustedProxies(["nonsense"])


ORIGIN = "https://shop.example"


@pytest.fixture
async def open_toy(anyio_backend: str) -> Any:
    async with client_of(toy_app(cors_origins=[ORIGIN])) as client:
        yield client


def allowed_origin(response: httpx.Response) -> str | None:
    return response.headers.get("access-control-allow-origin")


async def test_no_origin_is_allowed_by_default(toy: httpx.AsyncClient) -> None:
    response = await toy.get("/api/trouble/where", headers={"Origin": ORIGIN})
    assert allowed_origin(response) is None


@pytest.mark.parametrize("path", ["/api/trouble/where", "/nowhere", "/api/trouble/bug", "/api/gadgets"])
async def test_an_allowed_origin_can_read_every_response(open_toy: httpx.AsyncClient, path: str) -> None:
    response = await open_toy.get(path, headers={"Origin": ORIGIN})
    assert allowed_origin(response) == ORIGIN
    assert "ETag" in response.headers["access-control-expose-headers"]
    assert response.headers["vary"] == "Origin"


@pytest.mark.parametrize(
    "origin", [ORIGIN + ".evil.example", "http://shop.example", "null", "", ORIGIN.upper()]
)
async def test_other_origins_cannot_read_responses(open_toy: httpx.AsyncClient, origin: str) -> None:
    response = await open_toy.get("/api/trouble/where", headers={"Origin": origin})
    assert response.status_code == 200
    assert allowed_origin(response) is None
    assert response.headers["vary"] == "Origin"


async def test_only_preflights_of_allowed_origins_are_granted(open_toy: httpx.AsyncClient) -> None:
    asking = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "if-match"}
    response = await open_toy.options("/api/gadgets/g-1", headers={"Origin": ORIGIN, **asking})
    assert response.status_code == 204
    assert allowed_origin(response) == ORIGIN
    assert "PATCH" in response.headers["access-control-allow-methods"]
    assert "If-Match" in response.headers["access-control-allow-headers"]
    assert response.headers["x-request-id"]
    refused = await open_toy.options("/api/gadgets/g-1", headers={"Origin": "https://evil.example", **asking})
    assert allowed_origin(refused) is None
    assert "access-control-allow-methods" not in refused.headers


async def test_options_without_a_preflight_names_the_methods(open_toy: httpx.AsyncClient) -> None:
    response = await open_toy.options("/api/gadgets", headers={"Origin": ORIGIN})
    assert response.headers["allow"] == "GET, HEAD, OPTIONS, POST"
    assert allowed_origin(response) == ORIGIN
