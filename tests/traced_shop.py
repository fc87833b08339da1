"""A shop in its own process that sends its traces to a collector."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.served_shop import SECONDS, serving

PASSWORD = "canary-password-4711"

EMAIL = "canary@example.com"

SEARCHED = "canary-query"

ADDRESS = "Canary Lane 9"

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"

CALLER = "b7ad6b7169203331"

TRACEPARENT = f"00-{TRACE_ID}-{CALLER}-01"


class Shop:
    """A shop in its own process, and a client of it."""

    def __init__(self, client: httpx.Client, folder: Path) -> None:
        self.client = client
        self.folder = folder
        self.token = ""

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        answer = self.client.request(method, path, headers=self._headers(options), **options)
        assert answer.is_success, answer.text
        return answer

    def _headers(self, options: dict[str, Any]) -> dict[str, str]:
        headers = options.pop("headers", {})
        return {"Authorization": f"Bearer {self.token}", **headers} if self.token else headers

    def sign_up(self) -> None:
        account = {"username": "ada", "password": PASSWORD}
        self.request("POST", "/api/auth/signup", json={**account, "email": EMAIL})
        self.token = self.request("POST", "/api/auth/login", json=account).json()["accessToken"]

    def check_out(self) -> httpx.Response:
        item = self.request("GET", "/api/products?page=1").json()["items"][0]["id"]
        self.request("POST", "/api/cart/items", json={"itemId": item, "quantity": 1})
        return self.request(
            "POST",
            "/api/cart/checkout",
            json={"shippingAddress": {"line1": ADDRESS}, "contact": {"email": EMAIL}},
            headers={"traceparent": TRACEPARENT, "X-Request-Id": "the-checkout"},
        )

    def lines(self) -> list[dict[str, Any]]:
        """Return the shop's log lines."""
        return [json.loads(line) for line in (self.folder / "stderr.txt").read_text().splitlines()]


@contextmanager
def open_shop(folder: Path, endpoint: str, *arguments: str, **variables: str) -> Iterator[Shop]:
    """Run a shop that sends its traces to `endpoint`."""
    chosen = {
        "SHOP_TRACING": "on",
        "SHOP_LOG_FORMAT": "json",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        **variables,
    }
    with (
        serving(folder, *(arguments or ("--no-worker",)), variables=chosen) as (url, _),
        httpx.Client(base_url=url, timeout=SECONDS) as client,
    ):
        yield Shop(client, folder)
