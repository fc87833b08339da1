"""Traces of a real server process, as a collector receives them; with an absent collector; and without tracing."""

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from sqlalchemy import func, select, text, update

from shop.adapters.sql.catalogue.tables import products
from shop.adapters.sql.orders.tables import orders
from shop.adapters.tracing.sql import _described
from tests.fork_server import run_forked
from tests.new_shops import put_new_shop
from tests.otlp_receiver import CLIENT, ERROR, SERVER, Collector, otlp_receiver
from tests.served_shop import SECONDS, environment, run, serving
from tests.stripe_server import StripeServer, stripe_server
from tests.traced_shop import ADDRESS, CALLER, EMAIL, PASSWORD, SEARCHED, TRACE_ID, TRACEPARENT, open_shop


@pytest.fixture
def collector() -> Iterator[Collector]:
    with otlp_receiver() as opened:
        yield opened


@pytest.fixture
def stripe() -> Iterator[StripeServer]:
    with stripe_server() as opened:
        yield opened


def with_stripe(stripe: StripeServer) -> dict[str, str]:
    return {
        "SHOP_PAYMENTS": "stripe",
        "SHOP_STRIPE_API_BASE": stripe.url,
        "SHOP_STRIPE_SECRET_KEY": stripe.secret_key,
        "SHOP_STRIPE_WEBHOOK_SECRETS": stripe.webhook_secret,
    }


def test_a_checkout_is_one_trace_down_to_its_statements(
    tmp_path: Path, collector: Collector, stripe: StripeServer
) -> None:
    with open_shop(tmp_path, collector.url, **with_stripe(stripe)) as shop:
        shop.sign_up()
        answer = shop.check_out()
    # The server has stopped: everything was sent.
    [request] = collector.named("POST /api/cart/checkout")
    assert (request.trace_id, request.parent_id, request.kind) == (TRACE_ID, CALLER, SERVER)
    assert request.attributes == {
        "http.request.method": "POST",
        "http.route": "/api/cart/checkout",
        "http.response.status_code": 201,
        "shop.request_id": "the-checkout",
    }
    assert answer.headers["X-Request-Id"] == "the-checkout"
    steps = [span.name for span in collector.below(request)]
    reserved, called, stored = (
        steps.index("transaction PlaceOrder._reserve"),
        steps.index("payment provider payment_intents.create"),
        steps.index("transaction OpenPayment._store"),
    )
    assert reserved < called < stored, steps
    statements = collector.below(collector.below(request)[reserved])
    assert {"INSERT orders", "INSERT order_lines", "UPDATE stock"} <= {each.name for each in statements}
    assert {each.kind for each in statements} == {CLIENT}
    assert statements[0].attributes.keys() == {"db.system.name", "db.operation.name", "db.collection.name"}
    whole = [span for span in collector.spans if span.trace_id == TRACE_ID]
    for span in whole:
        assert request.start <= span.start <= span.end <= request.end
        assert not span.events
        assert span.status != ERROR
    assert {span.resource["service.name"] for span in whole} == {"shop"}


def test_every_line_of_a_request_names_its_trace(tmp_path: Path, collector: Collector) -> None:
    with open_shop(tmp_path, collector.url) as shop:
        shop.request("GET", "/api/products?page=1", headers={"traceparent": TRACEPARENT})
        shop.request("GET", "/api/products?page=1")
        shop.request("GET", "/health/live")
        shop.request("GET", "/metrics")
    lines = [line for line in shop.lines() if line["event"] == "request"]
    assert [line["trace_id"] for line in lines] == [
        span.trace_id for span in collector.named("GET /api/products")
    ]
    assert lines[0]["trace_id"] == TRACE_ID != lines[1]["trace_id"]
    assert not [span for span in collector.spans if span.name in {"GET /health/live", "GET /metrics"}]


def text_of(body: bytes) -> str:
    """Return an export as text, where quotes delimit each value; without its ids, which may contain any short word."""
    text_format = str(ExportTraceServiceRequest.FromString(body))
    return re.sub(r"^ *(trace|span|parent_span)_id: .*", "", text_format, flags=re.MULTILINE)


def test_no_secret_is_in_a_trace(tmp_path: Path, collector: Collector, stripe: StripeServer) -> None:
    with open_shop(tmp_path, collector.url, **with_stripe(stripe)) as shop:
        shop.sign_up()
        order = shop.check_out().json()["order"]
        shop.request("GET", f"/api/products/search?q={SEARCHED}&page=1")
        stripe.down()
        answers = [
            shop.client.post("/api/auth/signup", json={"username": "ada", "password": PASSWORD}),
            shop.client.post(
                f"/api/orders/{order['id']}/payment", headers={"Authorization": f"Bearer {shop.token}"}
            ),
            shop.client.get(f"/{SEARCHED}"),
            shop.client.post("/api/webhooks/stripe", content=f'{{"id": "{stripe.secret_key}"}}'),
        ]
        stripe.up()
        token = shop.token
    assert [answer.status_code for answer in answers] == [409, 503, 404, 400]
    sent = "\n".join(map(text_of, collector.bodies))
    assert "POST /api/orders/{order_id}/payment" in sent
    assert "GET unmatched" in sent
    secrets = [PASSWORD, EMAIL, SEARCHED, ADDRESS, token, token.split(".")[2], "ada", stripe.secret_key]
    secrets += [stripe.webhook_secret, order["payment"]["clientSecret"], order["number"], order["id"]]
    assert not [secret for secret in secrets if re.search(rf"\b{re.escape(secret)}\b", sent)]


def test_spans_name_the_class_of_an_error(tmp_path: Path, collector: Collector, stripe: StripeServer) -> None:
    with open_shop(tmp_path, collector.url, **with_stripe(stripe)) as shop:
        shop.sign_up()
        order = shop.check_out().json()["order"]
        stripe.down()
        failed = shop.client.post(
            f"/api/orders/{order['id']}/payment", headers={"Authorization": f"Bearer {shop.token}"}
        )
        stripe.up()
    assert failed.status_code == 503
    [request] = collector.named("POST /api/orders/{order_id}/payment")
    assert request.status == ERROR
    [call] = [span for span in collector.below(request) if span.name.startswith("payment provider")]
    assert (call.status, call.attributes["error.type"]) == (ERROR, "APIConnectionError")
    assert not call.events


def test_each_worker_round_is_a_trace(tmp_path: Path, collector: Collector) -> None:
    with open_shop(tmp_path, collector.url, "--worker", OTEL_BSP_SCHEDULE_DELAY="50"):
        round_ = collector.wait_for("worker orders")
        collector.wait_for("worker backlog")
    assert round_.parent_id == ""
    assert "SELECT order_states" in {span.name for span in collector.below(round_)}


def test_the_standard_variables_choose_the_sampling_and_the_names(
    tmp_path: Path, collector: Collector
) -> None:
    variables = {
        "OTEL_EXPORTER_OTLP_COMPRESSION": "gzip",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=trial",
        "OTEL_SERVICE_NAME": "corner-shop",
        "OTEL_TRACES_SAMPLER": "parentbased_always_off",
    }
    with open_shop(tmp_path, collector.url, **variables) as shop:
        shop.request("GET", "/api/products?page=1")
        shop.request("GET", "/api/products?page=1", headers={"traceparent": TRACEPARENT})
    assert {span.trace_id for span in collector.spans} == {TRACE_ID}
    resource = collector.spans[0].resource
    assert resource["service.name"] == "corner-shop"
    assert resource["deployment.environment.name"] == "trial"


@pytest.mark.parametrize("kind", ["down", "silent"])
def test_an_unresponsive_collector_does_not_delay_requests(tmp_path: Path, kind: str) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if kind == "silent":
            taken.listen()
        endpoint = f"http://127.0.0.1:{taken.getsockname()[1]}"
        variables = {
            "OTEL_BSP_SCHEDULE_DELAY": "10",
            "OTEL_BSP_MAX_QUEUE_SIZE": "8",
            "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "4",
        }
        with open_shop(tmp_path, endpoint, **variables) as shop:
            shop.sign_up()
            for _ in range(100):
                shop.request("GET", "/api/auth/me")
            told = time.monotonic()
    assert time.monotonic() - told < 30
    complaints = [line for line in shop.lines() if line["event"] != "request"]
    assert len(complaints) <= 3, complaints
    if kind == "down":
        assert complaints[0]["event"] == "traces_not_sent"


IMPORTED = """
import sys
from pathlib import Path
from shop.container.building import build_shop
from shop.entrypoints.http.wiring import http_app
from shop.entrypoints.worker import worker_of
from shop.settings import Configuration
import os
container = build_shop(Configuration.read(os.environ, Path()).settings(to_serve=True))
http_app(container)
worker_of(container)
# Litestar itself looks at a module of constants, in opentelemetry.semconv.
of_traces = ("opentelemetry.trace", "opentelemetry.context", "opentelemetry.sdk", "opentelemetry.exporter",
    "google.protobuf", "shop.adapters.tracing")
print(sorted(name for name in sys.modules if name.startswith(of_traces)))
"""


@pytest.mark.parametrize("switch", ["off", "on"])
def test_without_tracing_the_sdk_is_not_loaded(tmp_path: Path, switch: str) -> None:
    variables = environment(SHOP_TRACING=switch, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1")
    done = run_forked(None, code=IMPORTED, cwd=tmp_path, env=variables, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    assert (done.stdout == "[]\n") is (switch == "off")


def test_log_lines_have_no_trace_id_without_tracing(tmp_path: Path) -> None:
    with serving(tmp_path, variables={"SHOP_LOG_FORMAT": "json"}) as (url, _):
        httpx.get(f"{url}/api/products?page=1").raise_for_status()
    assert "trace" not in (tmp_path / "stderr.txt").read_text()


def test_commands_that_make_no_spans_start_nothing(tmp_path: Path) -> None:
    put_new_shop(tmp_path / "shop.db")
    done = run(
        tmp_path,
        "migrate",
        variables={"SHOP_TRACING": "on", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("statement", "name"),
    [
        (select(products.c.id).where(products.c.name == "canary"), "SELECT products"),
        (select(func.count()).select_from(select(orders.c.id).subquery()), "SELECT orders"),
        (select(orders.c.id).union_all(select(products.c.id)), "SELECT orders"),
        (update(products).values(name="canary"), "UPDATE products"),
        (products.insert(), "INSERT products"),
        (products.delete(), "DELETE products"),
        (text("SELECT 'canary'"), "TEXT"),
    ],
)
def test_statements_are_called_by_kind_and_table(statement: Any, name: str) -> None:
    told, attributes = _described(statement, "mysql")
    assert told == name
    assert "canary" not in repr((told, attributes))
    assert attributes["db.system.name"] == "mysql"
