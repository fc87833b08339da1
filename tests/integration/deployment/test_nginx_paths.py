"""The requests that nginx itself refuses for their path or form, with the real nginx and this repository's rules.

The shop behind it has its metrics on the main port, so only nginx's own rule hides them.
"""

import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import yaml

from tests.documents import ROOT
from tests.mysql_server.process import free_port
from tests.nginx_server import nginx_server, nginx_with
from tests.served_shop import SECONDS, serving

METRICS = b"shop_http_requests_total"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("shop"), variables={"SHOP_TRUSTED_PROXIES": "127.0.0.1"}) as (
        url,
        _,
    ):
        yield url


@pytest.fixture(scope="module")
def nginx(shop: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    address = urlsplit(shop).netloc
    with nginx_server(tmp_path_factory.mktemp("nginx"), free_port(), large=address, small=address) as server:
        yield server.url


INGRESS = """
pid nginx.pid;
events {{}}
http {{
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    access_log off;
    server {{
        listen 127.0.0.1:{port};
        proxy_set_header Host $http_host;
        location / {{ return 404; }}
        {locations}
    }}
}}
"""


@pytest.fixture(scope="module")
def ingress(shop: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The ingress's rules as F5's NGINX Ingress Controller writes them. Every service is the same shop."""
    (rule,) = yaml.safe_load((ROOT / "deploy/kubernetes/base/ingress.yaml").read_text())["spec"]["rules"]
    paths = [(each["path"], each["pathType"]) for each in rule["http"]["paths"]]
    forms = [f"= {path}" for path, _ in paths] + [f"{path}/" for path, kind in paths if kind == "Prefix"]
    locations = "\n".join(f"location {form} {{ proxy_pass {shop}; }}" for form in forms)
    port = free_port()
    configuration = INGRESS.format(port=port, locations=locations)
    with nginx_with(configuration, tmp_path_factory.mktemp("ingress"), port) as server:
        yield server.url


def exchange(url: str, request: bytes) -> tuple[int, dict[str, str], bytes]:
    """Send the bytes of `request` unchanged. Return the status, headers and body of the answer."""
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port), timeout=SECONDS) as connection:
        connection.sendall(request)
        received = b""
        while not is_complete(received) and (more := connection.recv(65_536)):
            received += more
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
    return int(lines[0].split()[1]), headers, body


def is_complete(received: bytes) -> bool:
    """Return whether the answer is complete. The connection may stay open for seconds after it."""
    head, end, body = received.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: (\d+)", head, re.IGNORECASE)
    return bool(end and length and len(body) >= int(length[1]))


def get(url: str, target: str) -> tuple[int, dict[str, str], bytes]:
    request = f"GET {target} HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n"
    return exchange(url, request.encode("latin-1"))


def forms_of(path: str) -> list[str]:
    """Return spellings of a path that some routers treat as the same path."""
    name = path.removeprefix("/")
    encoded = "".join(f"%{ord(character):02x}" for character in name)
    return [
        path,
        *(
            path + end
            for end in ("/", "//", "%2f", "%2F%2f", "/%2f/", "/.", "/./", "/%2e", "/x/..", "/x/%2e%2e/")
        ),
        *(
            path + end
            for end in (";x", "%20", "%09", "%0a", "%c2%a0", "%00", "%23", "%3f", "?a=b", "/?a=b", "%5c")
        ),
        *(
            start + name
            for start in ("//", "///", "/./", "/%2f", "%2f", "/x/../", "/x%2f..%2f", "/%20", "/..//", "\\")
        ),
        *(f"/api/products/../..{path}", f"/api%2f..{path}", f"/health/live/..%2f..{path}"),
        "/" + encoded,
        "/" + encoded + "%2f",
        path.upper(),
        f"http://shop.example{path}",
        f"http://shop.example/{path}/",
    ]


@pytest.mark.parametrize("target", forms_of("/metrics"))
def test_no_spelling_of_the_path_exposes_the_metrics(shop: str, nginx: str, target: str) -> None:
    status, headers, body = get(nginx, target)
    assert METRICS not in body
    assert status in (400, 404)
    assert json.loads(body)["error"]["code"] in ("BAD_REQUEST", "NOT_FOUND")
    assert headers["x-request-id"]


def test_some_spellings_reach_the_metrics_without_nginx(shop: str) -> None:
    reached = [target for target in forms_of("/metrics") if METRICS in get(shop, target)[2]]
    assert len(reached) > 10


@pytest.mark.parametrize("path", ["/metrics", "/health/ready"])
def test_no_spelling_of_an_unrouted_path_passes_the_ingress(ingress: str, path: str) -> None:
    for target in forms_of(path):
        status, headers, body = get(ingress, target)
        assert status in (400, 404), target
        assert METRICS not in body, target
        assert "x-request-id" not in headers or status == 404, target
    assert get(ingress, "/api/products?page=1")[0] == 200


@pytest.mark.parametrize(
    ("request_sent", "status", "code"),
    [
        (b"HELLO\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET /../.. HTTP/1.1\r\nHost: a\r\n\r\n", 400, "BAD_REQUEST"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nA: " + b"a" * 9_000 + b"\r\n\r\n", 431, "HEADERS_TOO_LARGE"),
        (b"GET / HTTP/1.1\r\nHost: a\r\n" + b"A: b\r\n" * 9_000 + b"\r\n", 431, "HEADERS_TOO_LARGE"),
        (b"GET /" + b"a" * 9_000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "URI_TOO_LONG"),
        (b"TRACE / HTTP/1.1\r\nHost: a\r\n\r\n", 405, "METHOD_NOT_ALLOWED"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n", 413, "PAYLOAD_TOO_LARGE"),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n", 501, "NOT_IMPLEMENTED"),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n" + b"A: b\r\n" * 101 + b"\r\n",
            431,
            "HEADERS_TOO_LARGE",
        ),
    ],
)
def test_nginx_refusals_have_the_api_error_format(
    nginx: str, request_sent: bytes, status: int, code: str
) -> None:
    answered, headers, body = exchange(nginx, request_sent)
    error = json.loads(body)["error"]
    assert (answered, error["code"]) == (status, code)
    assert error["message"]
    assert headers["content-type"] == "application/json"
    assert "retry-after" not in headers
    assert re.fullmatch(r"[0-9a-f-]{32,36}", headers["x-request-id"])


def test_nginx_error_pages_cannot_be_requested(nginx: str) -> None:
    status, _, body = get(nginx, "/nginx-error/502")
    assert (status, json.loads(body)["error"]["code"]) == (404, "NOT_FOUND")
